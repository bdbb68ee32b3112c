from ...._spec import FLOATS, case, each, op, t

INF = float("inf")
ALL, TWO = each("none", "mean", "sum"), each("none", "mean")
TIES = t(2, 3, draw="ties")
SPECIAL = each(*[t(2, 3, draw=d) for d in ("nan", "both_inf", "large", "zeros")])
OTHERS = each(t(3), t(2, 1), t(), t(4, 2, 3))
PAIRS = [
    case(t(2, 3), t(2, 3), reduction=ALL),
    case(TIES, TIES, reduction=ALL),
    case(t(2, 3), OTHERS, reduction=TWO),
    case(t(3), t(2, 3)),
    case(SPECIAL, each(t(2, 3), t(2, 3, draw="zeros")), reduction=TWO),
    case(t(2, 3), each(t(2, 3, dtype="float32"), t(dtype="float64"), t(2, 3, dtype="int64"))),
    case(each(t(), t(0), t(0, 3)), t(1), reduction=ALL),
    case(t(), t(), reduction=TWO),
]
# torch has no gradient for a huber_loss of two dtypes
WEIGHTED = [
    case(t(2, 3), each(t(2, 3), t(3)), reduction=ALL, weight=t(2, 3, draw="unit")),
    case(t(3), t(2, 3), reduction=TWO, weight=t(3, draw="unit")),
    case(t(2, 3), t(2, 3), reduction="none", weight=t(2, 3, dtype="float32")),
    case(
        t(2, 3),
        TIES,
        reduction=TWO,
        weight=each(t(2, 3, dtype="int64"), t(2, 3, draw="zeros")),
    ),
    case(t(0, 3), t(0, 3), reduction=ALL, weight=t(0, 3)),
    case(t(), t(), weight=t()),
]
INTEGERS = t(2, 3, dtype="int64"), t(2, 3, dtype="uint8")
ERRORS = [
    (case(t(3), t(3), reduction="average"), ValueError),
    (case(t(3), t(4)), RuntimeError),
]
PLAIN = [*ERRORS, (case(*INTEGERS), RuntimeError)]
BAD_WEIGHTS = [
    (case(t(2, 3), t(2, 3), weight=t(3)), ValueError),
    (case(t(2, 3), t(2, 3), weight=t(2, 3), reduction="average"), ValueError),
]
BIG = t(16, 64, 56, 56)

mse_loss = op(
    *PAIRS,
    *WEIGHTED,
    case(*INTEGERS, reduction=ALL, weight=t(2, 3, dtype="int64", draw="ties")),
    errors=[
        *PLAIN,
        *BAD_WEIGHTS,
        (case(t(3), t(3, dtype="complex64")), RuntimeError),
        (case(t(3), t(3, dtype="bool"), weight=t(3)), RuntimeError),
    ],
    bench=case(BIG, BIG),
)
l1_loss = op(
    *PAIRS,
    *WEIGHTED,
    case(*INTEGERS, reduction=each("none", "sum")),
    case(*INTEGERS, reduction=ALL, weight=t(2, 3, dtype="int64", draw="ties")),
    errors=[*PLAIN, *BAD_WEIGHTS, (case(t(3), t(3, dtype="bool")), RuntimeError)],
    bench=case(BIG, BIG),
    dtypes=(*FLOATS, "complex128"),
)
smooth_l1_loss = op(
    *PAIRS,
    case(TIES, TIES, reduction=TWO, beta=each(0, 0.5, 2.0)),
    case(SPECIAL, t(2, 3), reduction="none", beta=each(0.0, 100.0)),
    errors=[
        *PLAIN,
        (case(t(3), t(3, dtype="complex64")), RuntimeError),
        (case(t(3), t(3), beta=-1.0), RuntimeError),
        (case(t(3), t(3), beta=float("nan")), RuntimeError),
        (case(t(3), t(3, dtype="bool"), beta=0.0), RuntimeError),
        (case(t(3), t(3), beta="a"), TypeError),
    ],
    bench=case(BIG, BIG),
)
huber_loss = op(
    *PAIRS,
    *WEIGHTED,
    case(TIES, TIES, reduction=TWO, delta=each(0.5, 1, 2.0)),
    case(SPECIAL, t(2, 3), reduction="none", delta=100.0),
    case(t(2, 3), t(2, 3), reduction="none", delta=INF),
    errors=[
        *PLAIN,
        *BAD_WEIGHTS,
        (case(t(3), t(3, dtype="complex64")), RuntimeError),
        (case(t(3, dtype="int64"), t(3)), RuntimeError),
        (case(t(3), t(3), delta=0), RuntimeError),
        (case(t(3), t(3), delta=float("nan")), RuntimeError),
        (case(t(3), t(3), delta="a"), TypeError),
    ],
    bench=case(BIG, BIG),
)
poisson_nll_loss = op(
    case(t(2, 3), t(2, 3, draw="positive"), each(True, False), each(True, False), reduction=ALL),
    case(t(2, 3), TIES, each(True, False), True, reduction="none"),
    case(SPECIAL, t(2, 3, draw="positive"), each(True, False), each(True, False), reduction="none"),
    case(t(2, 3), SPECIAL, each(True, False), True, reduction="none"),
    case(t(2, 3, draw="zeros"), t(2, 3), False, eps=each(0.0, 0.5), reduction="none"),
    case(t(2, 3), OTHERS, full=True),
    case(t(3), t(2, 3), full=True),
    case(
        t(2, 3),
        each(
            t(2, 3, dtype="float32"), t(dtype="float64"), t(2, 3, dtype="int64"), t(3, dtype="bool")
        ),
    ),
    case(*INTEGERS, each(True, False), each(True, False), reduction="none"),
    case(INTEGERS[1], t(2, 3, draw="offset", dtype="uint8"), reduction="none"),
    case(t(2, 3, dtype="bool"), INTEGERS[0]),
    case(each(t(), t(0), t(0, 3)), t(1), reduction=ALL),
    errors=[
        *ERRORS,
        (case(t(3, dtype="bool"), t(3, dtype="bool")), RuntimeError),
        (case(t(3, dtype="bool"), t(3), False), RuntimeError),
        (case(t(3), t(3, dtype="bool"), full=True), RuntimeError),
        (case(t(3), t(3, dtype="complex64"), full=True), RuntimeError),
        (case(t(3), 1.0), TypeError),
        (case(t(3), t(3), 1), TypeError),
        (case(t(3), t(3), full="a"), TypeError),
        (case(t(3), t(3), False, eps="a"), TypeError),
    ],
    bench=case(BIG, t(16, 64, 56, 56, draw="unit")),
)
gaussian_nll_loss = op(
    case(t(2, 3), t(2, 3), t(2, 3, draw="positive"), each(False, True), reduction=ALL),
    case(
        t(2, 3),
        each(t(2, 3), t(3)),
        each(t(2, draw="positive"), t(2, 1, draw="positive"), t(1, 3, draw="positive"), 0.7),
        reduction=TWO,
    ),
    case(
        t(2, 3),
        t(2, 3, draw="zeros", dtype="float64"),
        each(t(2, 3, draw="zeros", dtype="float64"), t(2, 3, draw="labels", dtype="float64")),
        reduction="none",
    ),
    case(t(2, 3), t(2, 3), t(2, 3, draw="unit"), eps=each(0.5, 0.0)),
    case(
        each(*[t(2, 3, draw=d) for d in ("nan", "both_inf")]),
        t(2, 3),
        t(2, 3, draw="positive"),
        reduction="none",
    ),
    case(
        t(2, 3, draw="large", dtype="float64"), t(2, 3), t(2, 3, draw="positive", dtype="float64")
    ),
    case(t(2, 3), t(2, 3), t(2, 3, draw="all_nan"), reduction="none"),
    case(t(3), t(2, 3), t(3, draw="positive"), reduction="none"),
    case(t(3), t(3), t(draw="positive"), reduction="none"),
    case(t(2, 3), t(2, 3, dtype="int64"), t(2, 3, draw="positive")),
    case(t(2, 3, dtype="float32"), t(2, 3), t(2, 3, draw="positive", dtype="float64")),
    case(t(2, 3, dtype="int64"), t(2, 3, dtype="uint8"), each(2.0, t(2, draw="positive"))),
    case(t(0, 3), t(0, 3), t(0, 3), reduction=ALL),
    case(t(), t(), each(2.0, t(draw="positive"))),
    errors=[
        (case(t(3), t(3), t(3, draw="positive"), reduction="average"), ValueError),
        (case(t(3), t(3), t(3, draw="neg_inf")), ValueError),
        (case(t(3), t(3), -1.0), ValueError),
        (case(t(2, 3), t(2, 3), t(3, draw="positive")), ValueError),
        (case(t(2, 3), t(2, 3), t(1, 1, draw="positive")), ValueError),
        (case(t(2, 3), t(2), t(2, 3, draw="positive")), RuntimeError),
        (case(t(3), t(3, dtype="bool"), 1.0), RuntimeError),
        (case(t(3), t(3), t(3, dtype="uint8")), RuntimeError),
        (case(t(3), t(3), t(3, dtype="complex64")), RuntimeError),
        (case(t(3), t(3), 1), TypeError),
        (case(t(3), t(3), t(3, draw="positive"), eps="a"), TypeError),
    ],
    bench=case(BIG, BIG, t(16, 64, 56, 56, draw="positive")),
)
