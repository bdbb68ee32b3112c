from ...._spec import case, each, op, t

INF = float("inf")
THREE = t(2, 4, 8), t(2, 5, 8), t(2, 5, 6)
FOUR = t(2, 3, 4, 8), t(2, 3, 5, 8), t(2, 3, 5, 8)  # for which torch has a kernel of its own
MASK = t(4, 5, draw="ties", dtype="bool")
VALUES = [t(2, heads, 5, 6) for heads in (3, 2, 1)]
SPECIAL = [t(2, 4, 8, draw=d) for d in ("nan", "inf", "both_inf", "large", "zeros")]

scaled_dot_product_attention = op(
    case(*THREE, is_causal=each(False, True), scale=each(None, 0.5, -2.0, 0.0)),
    case(*FOUR, each(None, MASK, t(4, 5), t(2, 1, 1, 5), t(1, 1, draw="zeros", dtype="bool"))),
    case(*FOUR, is_causal=True),
    case(t(2, 3, 5, 8), t(2, 3, 4, 8), t(2, 3, 4, 8), is_causal=True),
    case(*THREE, each(MASK, t(5), t(), t(4, 1, draw="ties", dtype="bool"), t(2, 1, 5))),
    case(*THREE, each(t(4, 5, draw="zeros", dtype="bool"), t(4, 5, draw="both_inf"))),
    case(*THREE, t(2, 4, 5, dtype="float32")),
    case(each(*SPECIAL), t(2, 5, 8), t(2, 5, 6), each(None, MASK)),
    case(t(2, 4, 8), each(*[t(2, 5, 8, draw=d) for d in ("nan", "inf")]), t(2, 5, 6), MASK),
    case(t(2, 4, 8), t(2, 5, 8), t(2, 5, 6, draw="nan"), is_causal=True),
    case(*THREE, scale=each(INF, float("nan"))),
    case(t(4, 8), t(5, 8), t(5, 6)),
    case(t(3, 4, 8), t(2, 3, 5, 8), t(2, 1, 5, 6), each(None, MASK)),
    case(
        t(2, 6, 4, 8),
        t(2, 3, 5, 8),
        each(*[t(2, n, 5, 6) for n in (3, 2, 1)]),
        MASK,
        enable_gqa=True,
    ),
    case(t(6, 4, 8), t(2, 2, 5, 8), t(2, 2, 5, 6), is_causal=True, enable_gqa=True),
    case(*THREE, dropout_p=each(1, -1.0, float("nan"))),
    case(t(2, 0, 8), t(2, 5, 8), t(2, 5, 6)),
    case(t(2, 4, 8), t(2, 0, 8), t(2, 0, 6)),
    case(t(2, 4, 0), t(2, 5, 0), t(2, 5, 6)),
    errors=[
        (case(t(8), t(5, 8), t(5, 6)), RuntimeError),
        (case(t(2, 4, 8), t(2, 5, 7), t(2, 5, 6)), RuntimeError),
        (case(t(2, 4, 8), t(2, 5, 8), t(2, 4, 6)), RuntimeError),
        (case(t(2, 4, 8), t(3, 5, 8), t(3, 5, 6)), RuntimeError),
        (case(t(2, 4, 8), t(2, 5, 8), t(2, 5, 6, dtype="float64")), RuntimeError),
        (case(*[t(2, 3, 4, dtype="int64")] * 3), RuntimeError),
        (case(*[t(2, 3, 4, dtype="complex64")] * 3), RuntimeError),
        (case(*THREE, t(4, 4)), RuntimeError),
        (case(*THREE, t(1, 2, 4, 5)), RuntimeError),
        (case(*THREE, t(4, 5, dtype="float64")), RuntimeError),
        (case(*THREE, t(4, 5, dtype="int64")), RuntimeError),
        (case(*THREE, t(4, 5), is_causal=True), RuntimeError),
        (case(*THREE, dropout_p=1.5), RuntimeError),
        (case(*[t(2, n, 4, 8) for n in (6, 4, 4)], enable_gqa=True), RuntimeError),
        (case(*[t(2, n, 4, 8) for n in (2, 4, 4)], enable_gqa=True), RuntimeError),
        (case(t(4, 8), t(5, 8), t(5, 6), enable_gqa=True), IndexError),
        (case(1.0, *THREE[1:]), TypeError),
        (case(*THREE, 1.0), TypeError),
        (case(*THREE, is_causal=1), TypeError),
        (case(*THREE, enable_gqa="a"), TypeError),
        (case(*THREE, scale=1j), TypeError),
        (case(*THREE, dropout_p="a"), TypeError),
    ],
    bench=case(*[t(4, 8, 512, 64)] * 3),
)
