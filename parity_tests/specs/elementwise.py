from .._spec import ALL, case, each, op, t

MASK = t(3, 4, dtype="bool")

where = op(
    case(
        MASK,
        t(3, 4),
        each(t(3, 4), t(4), t(1, 1), t(), t(3, 4, draw="nan"), t(3, 4, draw="both_inf")),
    ),
    case(t(3, 4, dtype="uint8"), t(3, 4), t(3, 4)),
    case(each(t(dtype="bool"), t(2, 1, 4, dtype="bool"), t(3, 1, dtype="bool")), t(3, 4), t(3, 4)),
    case(
        MASK, t(3, 4), each(1, 2.5, True, t(dtype="float64"), t(dtype="int64"), t(4, dtype="int32"))
    ),
    case(MASK, each(1, 2.5, 1j), each(0, True, -1.0)),
    case(t(0, 4, dtype="bool"), t(0, 4), 1),
    errors=[
        (case(t(3, 4, dtype="int64"), t(3, 4), t(3, 4)), RuntimeError),
        (case(t(3, 4, dtype="float32"), t(3, 4), t(3, 4)), RuntimeError),
        (case(MASK, t(3, 4), t(5)), RuntimeError),
        (case(MASK, t(3, 4)), TypeError),
        (case(True, t(3), t(3)), TypeError),
    ],
    bench=case(t(16, 64, 56, 56, dtype="bool"), t(16, 64, 56, 56), t(16, 64, 56, 56)),
    dtypes=(*ALL, "complex128"),
    grad=1,
)
