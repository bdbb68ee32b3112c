import math

from ...._spec import FLOATS, case, each, op, t

ROW, IMAGE = t(2, 3, 4), t(2, 3, 4, 5)
MODES = each("reflect", "replicate", "circular")

pad = op(
    case(
        IMAGE, each((1, 2), (0, 1, 2, 0), (1, 0, -1, 2, 0, 1, -1, 1), (-2, -3)), value=each(None, 2)
    ),
    case(ROW, [1, 1], "constant", each(-1.5, math.nan, True)),
    case(each(t(), t(3), t(0, 3)), ()),
    case(each(t(0), t(0, 3)), (1, 1)),
    case(each(t(2, 4), ROW), each((1, 3), (3, 0), (0, 0), (-1, 0), (0, -2)), MODES),
    case(each(ROW, IMAGE), each((1, 0, 1, 2), (2, -1, 0, 0)), MODES),
    case(IMAGE, (1, 1, 0, 2, 2, 1), MODES),
    case(t(1, 2, 3, 3, 2), (1, 0, -1, 2, 1, 1), MODES),
    case(t(2, 3), each((7, 5), (-3, 4), (5, -4)), "replicate"),
    case(t(2, 5), each((-4, 2), (4, -2), (-2, 1)), "reflect"),
    case(t(2, 5), each((5, 5), (-2, 3), (-4, 1), (-2, -2), (-2, -3)), "circular", 0.0),
    case(t(0, 2, 3), (1, 2), MODES),
    case(t(2, 0, 3), each((1, 2), (-1, -2)), "circular"),
    case(t(2, 3, draw="nan"), (4, 4), "replicate"),
    case(t(2, 3, dtype="bool"), (1, 2), each("constant", "circular")),
    case(t(2, 3, dtype="bool"), (1, 2), "constant", 5),
    case(t(2, 3, dtype="uint8"), (1, 2), each("constant", "replicate")),
    errors=[
        (case(t(3), (1,)), RuntimeError),
        (case(t(3), (1, 1, 1, 1)), RuntimeError),
        (case(t(), (1, 1)), RuntimeError),
        (case(t(3), (-2, -2)), RuntimeError),
        (case(t(3), (-4, 2)), RuntimeError),
        (case(t(3), 1), TypeError),
        (case(t(3), (1.5, 1)), TypeError),
        (case(t(3), (True, 1)), TypeError),
        (case(t(3), (1, 1), 1), TypeError),
        (case(t(3), (1, 1), "constant", "a"), TypeError),
        (case(t(3), (1, 1), "constant", 1j), TypeError),
        (case(1.0, (1, 1)), TypeError),
        (case(t(3, dtype="uint8"), (1, 1), "constant", -1), RuntimeError),
        (case(t(3, dtype="int64"), (1, 1), "constant", math.inf), RuntimeError),
        (case(t(3, dtype="float16"), (1, 1), "constant", 1e6), RuntimeError),
        (case(t(2, 3), (1, 1), "mirror"), NotImplementedError),
        (case(t(3), (1, 1), "reflect"), NotImplementedError),
        (case(t(2, 3), (1, 1, 1, 1), "replicate"), NotImplementedError),
        (case(IMAGE, (1, 1), "circular"), NotImplementedError),
        (case(t(2, 3), (), "reflect"), NotImplementedError),
        (case(t(2, 3), (1, 1), "reflect", 1.0), RuntimeError),
        (case(t(2, 3), (3, 1), "reflect"), RuntimeError),
        (case(t(2, 3), (-3, 0), "reflect"), RuntimeError),
        (case(t(2, 3), (-4, 1), "replicate"), RuntimeError),
        (case(t(0, 3), (1, 1), "replicate"), RuntimeError),
        (case(t(2, 0, 3), (1, 1), "reflect"), RuntimeError),
        (case(t(2, 3, dtype="bool"), (1, 1), "reflect"), RuntimeError),
        (case(t(2, 3), (4, 0), "circular"), RuntimeError),
        (case(t(2, 3), (-2, -2), "circular"), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), (1, 1, 1, 1), "reflect"),
    dtypes=(*FLOATS, "int64", "complex128"),
    grad=1,
)
