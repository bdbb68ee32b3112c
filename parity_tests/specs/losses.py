from .._spec import case, each, op, t

HARD, SOFT = t(2, 3, 4, draw="labels"), t(2, 3, 4, draw="unit")
ERRORS = [
    (case(t(3), t(4)), RuntimeError),
    (case(t(3, dtype="int64"), t(3)), RuntimeError),
    (case(t(3), t(3, dtype="int64")), RuntimeError),
]
IMAGES = t(16, 80, 128, 128), t(16, 80, 128, 128, draw="labels")

sigmoid_focal_loss = op(
    case(t(2, 3, 4), each(HARD, SOFT), reduction=each("none", "mean", "sum")),
    case(t(2, 3, 4), each(HARD, SOFT), alpha=each(0.0, 0.7), gamma=each(0, 0.5, 1, 2, 5)),
    case(t(2, 3, 4, draw="large"), each(HARD, SOFT)),
    case(t(), t()),
    errors=[
        *ERRORS,
        (case(t(3), t(3), reduction="average"), ValueError),
        (case(t(3), t(3), gamma=-1), ValueError),
    ],
    bench=case(*IMAGES, reduction="mean"),
)
dice_loss = op(
    case(t(2, 3, 4), each(HARD, SOFT, t(2, 3, 4, draw="zeros")), smooth=each(1.0, 0.0, 1e-5)),
    case(t(), t()),
    errors=ERRORS,
    bench=case(*IMAGES),
)
focal_dice_loss = op(
    case(t(2, 3, 4), each(HARD, SOFT), lambda_focal=each(0.5, 0.0, 1.0, 0.3)),
    case(t(2, 3, 4), HARD, alpha=0.7, gamma=1, smooth=0.5),
    errors=[*ERRORS, (case(t(3), t(3), gamma=-1), ValueError)],
    bench=case(*IMAGES),
)
