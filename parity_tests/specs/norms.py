import numpy as np

from .._spec import FLOATS, case, each, op, t

INF = float("inf")
SLICES = each(*[t(3, 4, draw=d) for d in ("ties", "zeros", "zero_row", "large")])
ORDERS = each("fro", None, 0, 1, 2, 3, 0.5, 1.5, 2.5, -1, INF, -INF)

norm = op(
    case(t(3, 4), p=ORDERS, dim=each(None, 1)),
    case(t(3, 4, draw="zero_row"), p=ORDERS, dim=each(None, 1)),
    case(t(3, 4, draw="zeros"), p=ORDERS),
    case(t(3, 4, draw="ties"), p=each(1, 2, INF, -INF), dim=0, keepdim=True),
    case(t(2, 3, 4), p=each("fro", 3, INF), dim=each((0, 2), (), (-1,)), keepdim=each(False, True)),
    case(t(2, 5, draw="nan"), p=each("fro", 0, 1, 3, INF), dim=1),
    case(t(2, 5, draw="inf"), p=each("fro", 1, INF), dim=1),
    case(each(t(), t(0), t(2, 0), t(1, 1)), p=each("fro", 0, 1, 3)),
    case(t(10, draw="large"), p=each(2, 3, 4, 0.5, -1)),
    case(t(11, 130, draw="ties"), p=each(0, 1, 3, 0.5), dim=0),
    case(t(3, 16400), p=2, dim=0),
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
        (case(t(3, dtype="float64"), dtype=np.dtype("float32")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, "complex128"),
)
dist = op(
    case(t(3, 4), t(3, 4), p=each(0, 1, 2, 3, 1.5, 0.5, -1, INF, -INF)),
    case(t(3, 4, draw="ties"), t(3, 4, draw="ties"), p=each(0, 1, 2, INF, -INF)),
    case(t(3, 4, draw="zeros"), t(4, draw="zeros"), p=each(1, 2, 3, 0.5, INF)),
    case(t(3, 4), each(t(4), t(1, 1), t(), t(2, 3, 4))),
    case(t(3, 4), each(t(3, 4, dtype="int64"), t(3, 4, dtype="float32"), t(dtype="float64"))),
    case(each(t(2, 5, draw="nan"), t(2, 5, draw="inf")), t(2, 5), p=each(1, 2, INF)),
    case(each(t(), t(0), t(0, 3), t(1, 1)), t(1)),
    case(t(700, draw="large"), t(700)),
    errors=[
        (case(t(3), t(4)), RuntimeError),
        (case(t(3, dtype="int64"), t(3, dtype="int64")), RuntimeError),
        (case(t(3), t(3, dtype="bool")), RuntimeError),
        (case(t(0), t(0), p=INF), RuntimeError),
        (case(t(0), t(0), p=-1), RuntimeError),
        (case(t(3), 1.0), TypeError),
        (case([1.0], t(1)), TypeError),
        (case(t(3), t(3), p="fro"), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), t(16, 64, 56, 56)),
    dtypes=(*FLOATS, "complex128"),
)
renorm = op(
    case(t(3, 4), each(1, 2, 3, 1.5, 0.5, INF), each(0, -1), 1.0),
    case(t(2, 3, 4), 2, 1, each(0, 0.5, 2, 100.0)),
    case(SLICES, each(1, 2, INF), 0, 1.5),
    case(t(3, 4, draw="large"), each(3, 2.5, 0.5), 0, 1.5),
    case(each(t(2, 5, draw="nan"), t(2, 5, draw="inf")), each(1, 2), each(0, 1), 1.0),
    case(each(t(1, 1), t(0, 3), t(2, 0)), 2, 0, 1.0),
    case(t(2, 700), 2, 0, 1.0),
    errors=[
        (case(t(3, 4), 2, 2, 1.0), IndexError),
        (case(t(3), 2, 0, 1.0), RuntimeError),
        (case(t(3, 4, dtype="int64"), 2, 0, 1.0), RuntimeError),
        (case(t(3, 4), 0, 0, 1.0), RuntimeError),
        (case(t(3, 4), 1j, 0, 1.0), RuntimeError),
        (case(t(3, 4), 2, 0, -1.0), RuntimeError),
        (case(t(2, 0), INF, 0, 1.0), RuntimeError),
        (case(t(3, 4), "a", 0, 1.0), TypeError),
        (case(t(3, 4), 2, "a", 1.0), TypeError),
        (case(t(3, 4), 2, 0, "a"), TypeError),
        (case([1.0], 2, 0, 1.0), TypeError),
    ],
    bench=case(t(4096, 1000), 2, 0, 1.0),
    dtypes=(*FLOATS, "complex128"),
)
