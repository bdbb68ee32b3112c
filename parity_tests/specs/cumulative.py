import numpy as np

from .._spec import ALL, FLOATS, case, each, op, t

DTYPES = each(np.dtype("float32"), np.dtype("int64"))
SMALL = each(t(), t(0), t(1), t(2, 0, 3), t(0, 3))
SPECIAL = each(*[t(2, 5, draw=d) for d in ("nan", "inf", "neg_inf", "both_inf", "all_nan")])
ZEROS = each(*[t(3, 4, draw=d) for d in ("one_zero", "two_zeros", "zero_row", "ties", "zeros")])
# as many lines as make XLA's CPU go step by step
ROWS = each(*[t(130, 3, draw=d) for d in ("normal", "ties", "nan")], t(130, 20))
COLUMNS = each(t(3, 130, draw="both_inf"), t(3, 130, draw="one_zero"))
BETWEEN = t(2, 3, 65, draw="neg_inf")
# as many elements as make them products there
LONG = each(*[t(66, 997, draw=d) for d in ("normal", "nan", "both_inf")], t(600, 120))
BAD_DIMS = [
    (case(t(3, 4), 2), IndexError),
    (case(t(3, 4), -3), IndexError),
    (case(t(), 1), IndexError),
    (case(t(3, 4), "a"), TypeError),
    (case(t(3, 4), 1.0), TypeError),
    (case(t(3, 4), (0, 1)), TypeError),
    (case([1.0, 2.0], 0), TypeError),
]
# in float64 torch's forward mode, which adds 1e-13 to the sums and stops at nan, has no judge here
NARROW = each(
    *[t(2, 5, draw=d, dtype="float32") for d in ("large", "nan", "inf", "neg_inf", "both_inf")],
    *[t(*shape, dtype="float32") for shape in ((0,), (2, 0, 3), (0, 3))],
)
BOOL = [(case(t(3, 4), 0, dtype=np.dtype("bool")), RuntimeError)]

cumsum = op(
    case(t(2, 3, 4), each(0, 1, -1)),
    case(t(2, 3), 1, dtype=DTYPES),
    case(SMALL, 0),
    case(SPECIAL, 1),
    case(t(3, 700, draw="offset"), 1),
    case(t(300, 2, draw="large"), 0),
    case(ROWS, 1),
    case(COLUMNS, 0),
    case(BETWEEN, 1),
    case(LONG, 1),
    case(t(1000, 66), 0),
    errors=[*BAD_DIMS, *BOOL],
    bench=case(t(4096, 1000), 1),
    dtypes=(*ALL, "complex128"),
    terms="abs",
    grad=1,
)
cumprod = op(
    case(t(2, 3, 4), each(0, 1, -1)),
    case(each(t(2, 3, dtype="float64"), t(2, 3, dtype="int32")), 1, dtype=DTYPES),
    case(SMALL, 0),
    case(each(*[t(2, 5, draw=d) for d in ("nan", "inf", "neg_inf", "all_nan")]), 1),
    case(t(2, 5, draw="both_inf", dtype="float64"), 1),
    case(ZEROS, each(0, 1)),
    case(each(t(1, 3), t(1, 3, draw="inf", dtype="float64"), t(1, 3, draw="zeros")), 0),
    case(each(t(1, 3, draw="inf", dtype="complex64"), t(draw="inf", dtype="complex64")), 0),
    case(t(2, 60, draw="positive"), 1),
    case(ROWS, 1),
    case(COLUMNS, 0),
    case(BETWEEN, 1),
    errors=[*BAD_DIMS, *BOOL],
    bench=case(t(4096, 100, draw="positive"), 1),
    dtypes=(*ALL, "complex128"),
)
logcumsumexp = op(
    case(t(2, 3, 4), each(0, 1, -1)),
    case(each(t(), t(1), t(2, 5, draw="ties")), 0),
    case(NARROW, each(0, -1)),
    case(t(2, 5, draw="both_inf", dtype="float16"), 1),
    case(t(2, 5, draw="neg_inf", dtype="bfloat16"), 1),
    case(t(2, 60, draw="offset"), 1),
    case(t(2, 60), 1),
    case(each(t(130, 3), t(130, 3, draw="ties")), 1),
    case(each(*[t(3, 130, draw=d, dtype="float32") for d in ("nan", "neg_inf")]), 0),
    case(t(2, 3, 65, draw="offset"), 1),
    errors=[
        *BAD_DIMS,
        (case(t(3, dtype="int64"), 0), RuntimeError),
        (case(t(3, dtype="bool"), 0), RuntimeError),
    ],
    bench=case(t(4096, 1000), 1),
    dtypes=(*FLOATS, "complex128"),
)
cummax = op(
    case(each(t(2, 3, 4), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="zeros")), each(0, 1, -1)),
    case(SMALL, 0),
    case(t(2, 0), 5),
    case(SPECIAL, each(0, 1)),
    case(t(2, 300, draw="ties"), 1),
    case(ROWS, 1),
    case(COLUMNS, 0),
    case(BETWEEN, 1),
    errors=[*BAD_DIMS, (case(t(3, dtype="complex64"), 0), RuntimeError)],
    bench=case(t(4096, 1000), 1),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
cummin = op(
    case(each(t(2, 3, 4), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="zeros")), each(0, 1, -1)),
    case(SMALL, 0),
    case(t(2, 0), 5),
    case(SPECIAL, each(0, 1)),
    case(t(2, 300, draw="ties"), 1),
    case(ROWS, 1),
    case(COLUMNS, 0),
    case(BETWEEN, 1),
    errors=[*BAD_DIMS, (case(t(3, dtype="complex64"), 0), RuntimeError)],
    bench=case(t(4096, 1000), 1),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
