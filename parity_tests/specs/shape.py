from .._spec import ALL, case, each, op, t

squeeze = op(
    case(t(1, 3, 1, 2), each(0, 1, -2, (0, 2), (0, 1), (), (-1, -2))),
    case(each(t(1, 3, 1, 2), t(), t(1), t(0, 1))),
    case(each(t(), t(1), t(0, 1)), 0),
    errors=[
        (case(t(1, 3), 2), IndexError),
        (case(t(1, 3), (0, -2)), RuntimeError),
        (case(t(1, 3), "a"), TypeError),
        (case([[1.0]]), TypeError),
    ],
    bench=case(t(16, 64, 1, 1)),
    dtypes=(*ALL, "complex128"),
    grad=1,
)
