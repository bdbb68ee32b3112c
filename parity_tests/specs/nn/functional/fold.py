from ...._spec import FLOATS, case, each, op, t

IMAGE, COLUMNS = t(2, 3, 6, 5), t(2, 12, 20)
DTYPES = (*FLOATS, "complex128", "bool")

unfold = op(
    case(IMAGE, each(2, (2, 3), [6, 5])),
    case(IMAGE, (2, 3), dilation=each(2, (1, 2)), padding=each(1, (2, 0)), stride=each(2, (3, 1))),
    case(t(3, 6, 5), 2, 1, 1, 2),
    case(each(t(0, 3, 6, 5), t(1, 1, 3, 3, draw="nan"), t(1, 1, 3, 3, draw="both_inf")), 2),
    errors=[
        (case(IMAGE, 7), RuntimeError),
        (case(IMAGE, (2,)), RuntimeError),
        (case(IMAGE, 0), RuntimeError),
        (case(IMAGE, 2, stride=0), RuntimeError),
        (case(IMAGE, 2, padding=-1), RuntimeError),
        (case(IMAGE, 2, dilation=0), RuntimeError),
        (case(t(2, 0, 6, 5), 2), RuntimeError),
        (case(t(2, 3, 0, 5), 2, padding=2), RuntimeError),
        (case(t(1, 2, 3, 6, 5), 2), RuntimeError),
        (case(t(2, 3, 6, 5, dtype="int64"), 2), RuntimeError),
        (case(t(6, 5), 2), IndexError),
        (case(IMAGE, None), TypeError),
        (case(IMAGE, 2, padding="same"), TypeError),
    ],
    bench=case(t(8, 32, 56, 56), 3, padding=1),
    dtypes=DTYPES,
    grad=1,
)

fold = op(
    case(COLUMNS, (6, 5), each(2, (2, 2))),
    case(t(2, 12, 6), 6, (3, 2), 1, (1, 0), (3, 2)),
    case(t(2, 12, 6), 6, (3, 2), (1, 2), 1, (3, 2)),
    case(t(12, 20), (6, 5), 2),
    case(t(2, 6, 12), (5, 6), (2, 3), stride=(2, 1), padding=(1, 0)),
    case(each(t(0, 12, 20), t(2, 12, 20, draw="nan"), t(2, 12, 20, draw="both_inf")), (6, 5), 2),
    errors=[
        (case(t(2, 12, 19), (6, 5), 2), RuntimeError),
        (case(t(2, 13, 20), (6, 5), 2), RuntimeError),
        (case(COLUMNS, (6,), 2), RuntimeError),
        (case(COLUMNS, (6, 5), 2, stride=0), RuntimeError),
        (case(COLUMNS, (6, 5), 0), RuntimeError),
        (case(COLUMNS, (6, 5), 2, padding=-1), RuntimeError),
        (case(COLUMNS, (0, 5), 2), RuntimeError),
        (case(t(2, 0, 20), (6, 5), 2), RuntimeError),
        (case(t(12), (6, 5), 2), RuntimeError),
        (case(t(2, 12, 20, dtype="int64"), (6, 5), 2), RuntimeError),
        (case(COLUMNS, None, 2), TypeError),
        (case(COLUMNS, (6.0, 5), 2), TypeError),
    ],
    bench=case(t(8, 288, 3136), 56, 3, padding=1),
    dtypes=DTYPES,
    grad=1,
)
