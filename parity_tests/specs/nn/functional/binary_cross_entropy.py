from ...._spec import case, each, op, t

HARD, SOFT = t(2, 3, draw="labels"), t(2, 3, draw="unit")
ALL = each("none", "mean", "sum")
WEIGHTS = each(t(2, 3, draw="unit"), t(3), t(1), t(2, 1, dtype="float64"), t(3, dtype="int64"))
IMAGES = t(16, 8, 128, 128, draw="unit"), t(16, 8, 128, 128, draw="labels")
ERRORS = [
    (case(SOFT, SOFT, reduction="average"), ValueError),
    (case(SOFT, t(3, draw="unit")), ValueError),
    (case(SOFT, t(2, 3, draw="labels", dtype="int64")), RuntimeError),
    (case(t(2, dtype="int64"), t(2, dtype="int64")), RuntimeError),
    (case(SOFT, SOFT, t(2)), RuntimeError),
    (case(SOFT, SOFT, t(2, 2, 3)), RuntimeError),
    (case(SOFT, SOFT, t(3, dtype="complex64")), RuntimeError),
]

binary_cross_entropy = op(
    case(SOFT, each(SOFT, HARD), reduction=ALL),
    case(HARD, each(SOFT, HARD), reduction=ALL),
    case(SOFT, SOFT, WEIGHTS, reduction=each("none", "mean")),
    case(t(draw="unit"), t(draw="unit"), reduction=ALL),
    case(t(0), t(0), reduction=ALL),
    errors=[
        *ERRORS,
        (case(SOFT, t(2, 3, draw="unit", dtype="float64")), RuntimeError),
        (case(t(2, 3, draw="offset"), SOFT), RuntimeError),
        (case(t(2, 3, draw="nan"), SOFT), RuntimeError),
        (case(SOFT, t(2, 3, draw="offset")), RuntimeError),
    ],
    bench=case(*IMAGES),
)
binary_cross_entropy_with_logits = op(
    case(t(2, 3), each(SOFT, HARD), reduction=ALL),
    case(t(2, 3), SOFT, WEIGHTS, reduction=each("none", "mean")),
    case(t(2, 3), SOFT, reduction=each("none", "mean"), pos_weight=WEIGHTS),
    case(t(2, 3), each(SOFT, HARD), t(3), pos_weight=t(3)),
    case(
        each(*[t(2, 3, draw=d) for d in ("nan", "both_inf", "large", "zeros")]),
        each(SOFT, HARD),
        reduction="none",
        pos_weight=each(None, t(3, draw="positive")),
    ),
    case(t(2, 3), t(2, 3, draw="unit", dtype="float32"), reduction="none"),
    case(t(), t(draw="unit"), reduction=ALL),
    case(t(0), t(0), reduction=ALL),
    errors=[
        *ERRORS,
        (case(SOFT, t(2, 3, dtype="bool")), RuntimeError),
        (case(SOFT, SOFT, pos_weight=t(2)), RuntimeError),
        (case(SOFT, SOFT, pos_weight=t(2, 2, 3)), RuntimeError),
        (case(SOFT, SOFT, pos_weight=t(3, dtype="bool")), RuntimeError),
    ],
    bench=case(t(16, 8, 128, 128), IMAGES[1]),
)
