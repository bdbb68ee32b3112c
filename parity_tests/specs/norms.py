import numpy as np

from .._spec import FLOATS, case, each, op, t

INF = float("inf")
ORDERS = each("fro", None, 0, 1, 2, 3, 0.5, 1.5, 2.5, INF, -INF)

norm = op(
    case(t(3, 4), p=ORDERS, dim=each(None, 1)),
    case(each(t(3, 4, dtype="float64"), t(3, 4, dtype="float32")), p=-1, dim=each(None, 1)),
    case(t(3, 4, draw="zero_row"), p=ORDERS, dim=each(None, 1)),
    case(t(3, 4, draw="zeros"), p=ORDERS),
    case(t(3, 4, draw="ties"), p=each(1, 2, INF, -INF), dim=0, keepdim=True),
    case(t(2, 3, 4), p=each("fro", 3, INF), dim=each((0, 2), (), (-1,)), keepdim=each(False, True)),
    case(t(2, 5, draw="nan"), p=each("fro", 0, 1, 3, INF), dim=1),
    case(t(2, 5, draw="inf"), p=each("fro", 1, INF), dim=1),
    case(each(t(), t(0), t(2, 0), t(1, 1)), p=each("fro", 0, 1, 3)),
    case(t(10, draw="large"), p=2),
    case(t(3, 4), p="fro", dtype=np.dtype("float64")),
    case(t(3, 4, dtype="float64"), p="nuc", keepdim=each(False, True)),
    case(t(2, 3, 4, dtype="float64"), p="nuc", dim=each((0, 2), (2, 1))),
    errors=[
        (case(t(3, dtype="int64")), RuntimeError),
        (case(t(3, 4), p="bad"), RuntimeError),
        (case(t(3), p="nuc"), RuntimeError),
        (case(t(3, 4), p="nuc", dim=(0,)), RuntimeError),
        (case(t(3, 4), dim=2), IndexError),
        (case(t(3, 4), p=2, dim=(0, 0)), RuntimeError),
        (case(t(0), p=INF), RuntimeError),
        (case(t(0), p=-1), RuntimeError),
        (case(t(0, 3), p=INF, dim=0), RuntimeError),
        (case(t(3), dtype=np.dtype("int64")), RuntimeError),
        (case(t(3, dtype="complex64"), dtype=np.dtype("float32")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, "complex128"),
)
