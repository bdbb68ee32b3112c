import numpy as np

from .._spec import FLOATS, case, each, op, t

INF = float("inf")
ORDERS = each(0, 1, 2, 3, 0.5, 1.5, INF, -INF)
LINES = each(1, -1, INF, -INF, "fro")
SINGULAR = each(2, -2, "nuc")
WIDE = each(t(3, 4, dtype="float64"), t(3, 4, dtype="float32"), t(3, 4, dtype="complex128"))
SPECIAL = each(t(2, 5, draw="nan"), t(2, 5, draw="inf"))
REAL_SPECIAL = each(*[t(2, 5, draw=d, dtype=n) for d in ("nan", "inf") for n in FLOATS[:2]])
BAD_DTYPES = [
    (case(t(3, 4, dtype="int64")), RuntimeError),
    (case(t(3, 4), dtype=np.dtype("int64")), RuntimeError),
    (case(t(3, 4), dtype=np.dtype("complex64")), RuntimeError),
    (case(t(3, 4, dtype="float64"), dtype=np.dtype("float32")), RuntimeError),
    (case([1.0]), TypeError),
]
BAD_MATRICES = [
    (case(t(3, 4), 3), RuntimeError),
    (case(t(3, 4), "bad"), RuntimeError),
    (case(t(3, 4, dtype="float16"), 2), RuntimeError),
    (case(t(3, 4), 1, dim=(0, -2)), RuntimeError),
    (case(t(3, 4), 1, dim=(0, 2)), IndexError),
    (case(t(3, 0), -1), IndexError),
    (case(t(3, 0), -2), IndexError),
    (case(t(3, 4), 1, dim="a"), TypeError),
]

vector_norm = op(
    case(t(3, 4), ORDERS, dim=each(None, 1)),
    case(t(3, 4, draw="zero_row"), ORDERS, dim=each(None, 1)),
    case(t(3, 4, draw="ties"), each(1, 2, INF, -INF), dim=0, keepdim=True),
    case(t(2, 3, 4), each(2, 3, INF), dim=each((0, 2), (), (-1,)), keepdim=each(False, True)),
    case(SPECIAL, each(0, 1, 2, 3, INF), dim=1),
    case(each(t(), t(0), t(2, 0), t(1, 1)), each(0, 1, 2, 3)),
    case(each(t(), t(0, 3)), 2, dim=-1),
    case(t(10, draw="large"), 2),
    case(t(3, 4), dtype=np.dtype("float64")),
    errors=[
        *BAD_DTYPES,
        (case(t(3, 4), dim=2), IndexError),
        (case(t(3, 4), dim=(0, 0)), RuntimeError),
        (case(t(0), INF), RuntimeError),
        (case(t(0, 3), -1, dim=0), RuntimeError),
        (case(t(3), 1j), RuntimeError),
        (case(t(3), "fro"), TypeError),
        (case(t(3), None), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, "complex128"),
)
matrix_norm = op(
    case(t(3, 4), LINES, keepdim=each(False, True)),
    case(t(2, 3, 4), LINES, dim=each((0, 2), (2, 1))),
    case(each(t(3, 4, draw="ties"), t(3, 4, draw="zeros"), t(1, 1)), LINES),
    case(REAL_SPECIAL, LINES),
    case(each(t(0, 3), t(3, 0), t(0, 4, 3)), each(1, INF, "fro")),
    case(WIDE, SINGULAR, keepdim=each(False, True)),
    case(t(2, 3, 4, dtype="float64"), SINGULAR, dim=each((0, 2), (2, 1))),
    case(t(0, 3, dtype="float64"), each(2, "nuc")),
    case(t(3, 4), each(1, "fro"), dtype=np.dtype("float64")),
    errors=[
        *BAD_DTYPES,
        *BAD_MATRICES,
        (case(t(3)), RuntimeError),
        (case(t(3, 4), dim=(0,)), RuntimeError),
        (case(t(3, 4), None), TypeError),
        (case(t(3, 4, dtype="int64"), dim=(-2, 2)), RuntimeError),
    ],
    bench=case(t(64, 256, 256), 1),
    dtypes=(*FLOATS, "complex128"),
)
norm = op(
    case(t(2, 3, 4), dim=each(None, 0, (0, 2)), keepdim=each(False, True)),
    case(t(3, 4), LINES),
    case(t(5), ORDERS),
    case(t(3, 4), ORDERS, dim=1),
    case(t(3, 4, draw="zero_row"), each(None, 1, 3, INF), dim=-1),
    case(t(2, 3, 4), each("fro", 1, -INF), dim=(2, 0)),
    case(REAL_SPECIAL, each(None, "fro", 1)),
    case(each(t(), t(0), t(2, 0), t(1, 1))),
    case(t(), dim=0),
    case(WIDE, SINGULAR),
    errors=[
        *BAD_DTYPES,
        *BAD_MATRICES,
        (case(t(2, 3, 4), 2), RuntimeError),
        (case(t(2, 3, 4), "fro"), RuntimeError),
        (case(t(), 2), RuntimeError),
        (case(t(2, 3, 4), dim=(0, 1, 2)), RuntimeError),
        (case(t(2, 3, 4), dim=()), RuntimeError),
        (case(t(3, 4), "nuc", dim=1), RuntimeError),
        (case(t(3, 4), dim="a"), TypeError),
        (case(t(0), INF), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), 2, dim=1),
    dtypes=(*FLOATS, "complex128"),
)
