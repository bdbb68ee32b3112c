from ...._spec import FLOATS, case, each, op, t

DTYPES = (*FLOATS, "int64", "complex128")

linear = op(
    case(t(2, 3), t(4, 3), each(None, t(4), t(1), t(), t(2, 1), t(2, 4))),
    case(each(t(3), t(5, 2, 3), t(0, 3)), t(4, 3), each(None, t(4))),
    case(t(5, 2, 3), t(4, 3), each(t(2, 4), t(5, 1, 4))),
    case(t(3), t(4, 3), each(t(1, 4), t(1), t())),
    case(each(t(2, 3), t(3), t(2, 1, 3)), t(3)),
    case(t(3), t(3), t()),
    case(t(2, 0), t(4, 0), t(4)),
    case(t(2, 3), t(0, 3), each(None, t(0))),
    case(t(2, 300), t(3, 300), t(3)),
    case(t(2, 64, draw="offset"), t(3, 64)),
    case(t(2, 3, draw="nan"), t(4, 3), t(4)),
    case(t(2, 3, draw="inf", dtype="float64"), t(4, 3, dtype="float64")),
    errors=[
        (case(t(2, 3), t(4, 2)), RuntimeError),
        (case(t(), t(4, 1)), RuntimeError),
        (case(t(2, 3), t()), RuntimeError),
        (case(t(2, 3), t(5, 4, 3)), RuntimeError),
        (case(t(2, 3), t(4, 3), t(3)), RuntimeError),
        (case(t(2, 3), t(4, 3), t(1, 2, 4)), RuntimeError),
        (case(t(3), t(4, 3), t(2, 4)), RuntimeError),
        (case(t(3), t(4, 3), t(1, 1)), RuntimeError),
        (case(t(2, 3), t(3), t(2)), RuntimeError),
        (case(t(2, 3), t(4, 3, dtype="float64")), RuntimeError),
        (case(t(2, 3, dtype="bool"), t(4, 3, dtype="bool")), RuntimeError),
        (case(1.0, t(4, 3)), TypeError),
        (case(t(2, 3), 1.0), TypeError),
        (case(t(2, 3), t(4, 3), 1.0), TypeError),
    ],
    bench=case(t(1024, 768), t(768, 768), t(768)),
    dtypes=DTYPES,
    terms="abs",
)
