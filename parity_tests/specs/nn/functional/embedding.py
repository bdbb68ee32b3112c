import math

from ...._spec import case, each, op, t

SHORT = t(2, 3, draw="labels", dtype="int64")
LONG = t(400, draw="ties", dtype="int64")
ROWS = t(4, 3)

embedding = op(
    case(each(SHORT, LONG, t(draw="ties", dtype="int32"), t(0, dtype="int64")), ROWS),
    case(each(SHORT, LONG), ROWS, each(0, 1, -3)),
    case(each(SHORT, LONG), ROWS, each(None, 0), scale_grad_by_freq=True),
    case(SHORT, t(4, 3, draw="large"), None, 1.0, each(2.0, 1, math.inf, 3, 0)),
    case(SHORT, each(ROWS, t(4, 3, draw="nan"), t(4, 3, draw="zeros")), 1, each(0.5, 100)),
    case(SHORT, ROWS, sparse=True),
    case(each(t(0, dtype="int64"), t(2, draw="labels", dtype="int64")), t(3, 0)),
    case(t(0, dtype="int64"), t(0, 3)),
    case(SHORT, each(t(4, 3, dtype="int64"), t(4, 3, dtype="bool"), t(4, 3, dtype="complex128"))),
    errors=[
        (case(SHORT, t(4)), RuntimeError),
        (case(SHORT, t(1, 3)), IndexError),
        (case(t(9, dtype="int64"), ROWS), IndexError),
        (case(SHORT, t(0, 3)), RuntimeError),
        (case(t(2, dtype="uint8"), ROWS), RuntimeError),
        (case(t(2), ROWS), RuntimeError),
        (case(SHORT, ROWS, 4), AssertionError),
        (case(SHORT, ROWS, -5), AssertionError),
        (case(SHORT, ROWS, 0.0), TypeError),
        (case(1, ROWS), TypeError),
        (case(SHORT, 1.0), TypeError),
        (case(SHORT, ROWS, max_norm="a"), TypeError),
        (case(SHORT, ROWS, max_norm=1.0, norm_type="a"), TypeError),
        (case(SHORT, t(4, 3, dtype="int64"), max_norm=1.0), RuntimeError),
        (case(SHORT, ROWS, scale_grad_by_freq=1), TypeError),
        (case(SHORT, ROWS, sparse="a"), TypeError),
    ],
    bench=case(t(64, 512, draw="ties", dtype="int32"), t(30000, 256)),
    grad=1,
)
one_hot = op(
    case(each(SHORT, t(2, 3, dtype="int64", draw="zeros")), each(2, 5)),
    case(each(t(draw="labels", dtype="int64"), t(0, 3, dtype="int64")), 3),
    errors=[
        (case(t(3, dtype="int32")), RuntimeError),
        (case(t(3)), RuntimeError),
        (case(SHORT, 1), RuntimeError),
        (case(SHORT, 0), RuntimeError),
        (case(t(20, dtype="int64")), RuntimeError),
        (case(t(0, dtype="int64")), RuntimeError),
        (case(SHORT, 2.0), TypeError),
        (case(SHORT, True), TypeError),
        (case(1, 2), TypeError),
    ],
    grad=0,
    jit=False,
)
