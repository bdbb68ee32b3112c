from ...._spec import FLOATS, case, each, op, t

DTYPES = (*FLOATS, "int64", "bool", "complex128")

pixel_shuffle = op(
    case(t(2, 12, 2, 3), each(1, 2)),
    case(t(18, 1, 2), 3),
    case(each(t(0, 2, 3), t(2, 4, 0, 3)), 2),
    case(t(2, 2, 4, 2, 1), 2),
    errors=[
        (case(t(4, 4), 2), RuntimeError),
        (case(t(6, 2, 2), 2), RuntimeError),
        (case(t(4, 2, 2), 0), RuntimeError),
        (case(t(4, 2, 2), 2.0), TypeError),
        (case(1.0, 2), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), 2),
    dtypes=DTYPES,
    grad=1,
)
pixel_unshuffle = op(
    case(t(2, 3, 4, 6), each(1, 2)),
    case(t(2, 3, 6), 3),
    case(each(t(0, 2, 4), t(2, 4, 0, 2)), 2),
    case(t(2, 2, 1, 4, 2), 2),
    errors=[
        (case(t(4, 4), 2), RuntimeError),
        (case(t(1, 3, 2), 2), RuntimeError),
        (case(t(1, 2, 3), 2), RuntimeError),
        (case(t(4, 2, 2), -1), RuntimeError),
        (case(t(4, 2, 2), True), TypeError),
        (case(1.0, 2), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), 2),
    dtypes=DTYPES,
    grad=1,
)
channel_shuffle = op(
    case(t(2, 6, 3), each(1, 2, 3, 6)),
    case(each(t(1, 4, 2, 3), t(0, 4, 3), t(2, 0, 3), t(2, 2, 1, 2, 1)), 2),
    errors=[
        (case(t(4, 4), 2), RuntimeError),
        (case(t(2, 4, 3), 3), RuntimeError),
        (case(t(2, 4, 3), 0), RuntimeError),
        (case(t(2, 4, 3), "a"), TypeError),
        (case(1.0, 2), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), 4),
    dtypes=DTYPES,
    grad=1,
)
