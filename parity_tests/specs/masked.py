import numpy as np

from .._spec import FLOATS, case, each, op, t

INF = float("inf")
FLOAT64, FLOAT32 = np.dtype("float64"), np.dtype("float32")
INT64, INT32 = np.dtype("int64"), np.dtype("int32")
INTS = ("int32", "uint8")
MASK, ROWS, NONE = t(3, 4, dtype="bool"), t(3, 1, dtype="bool"), t(4, draw="zeros", dtype="bool")
EVERY = t(3, 4, draw="offset", dtype="int64")  # not 0: True
MOST = t(4, draw="one_zero", dtype="float64")  # masks the first of each line
MASKS = each(None, MASK, ROWS, NONE, t(4, draw="nan", dtype="float32"))
HIDING = t(3, 4, draw="three_zeros", dtype="float64")
# planted among the first three elements: HIDING hides them, other masks some or none
SPECIAL = each(*[t(3, 4, draw=d) for d in ("nan", "inf", "both_inf", "ties", "zero_row")])
SMALL = each(t(), t(0), t(2, 0), t(0, 3), t(1, 1))
ONE = t(draw="labels", dtype="bool")
BIG, BIG_MASK = t(16, 64, 56, 56), t(16, 1, 56, 56, dtype="bool")

BAD_MASKS = [
    (case(t(3, 4), 0, mask=t(1, 3, 4, dtype="bool")), IndexError),
    (case(t(3, 4), 0, mask=t(3, dtype="bool")), RuntimeError),
    (case(t(1, 4), 0, mask=MASK), RuntimeError),
]
BAD_DIMS = [
    (case(t(3, 4), 2), IndexError),
    (case(t(3, 4), (0, 0)), RuntimeError),
    (case(t(3, 4), "a"), TypeError),
    (case(t(3, 4), 1.0), TypeError),
]
BAD = [*BAD_MASKS, *BAD_DIMS]
NO_IDENTITY = [
    (case(t(3, 4, dtype="bool"), 1, mask=MASK), RuntimeError),
    (case(t(3, 4, dtype="uint16"), 1, mask=MASK), RuntimeError),
]
COMPLEX = [(case(t(3, 4, dtype="complex64"), 1, mask=MASK), TypeError)]

REDUCED = [
    case(t(3, 4), each(None, 1), keepdim=each(False, True), mask=MASKS),
    # torch's forward mode is nan where a mask keeps nothing: not beside a line that is nan anyway
    case(SPECIAL, 1, mask=each(MASK, MOST, HIDING)),
    case(t(3, 4), each((), (0, 1), (1,)), mask=MASK),
    case(t(2, 3, 4), (0, -1), mask=each(MASK, ROWS)),
]
EMPTY = case(SMALL, each(None, 0), mask=ONE)
LINES = [
    case(t(3, 4), each(0, -1), mask=MASKS),
    case(SPECIAL, 1, mask=each(MASK, MOST, HIDING)),
    case(t(3, 4), each(None, (1, 0)), mask=MASK),
    case(SMALL, 0, mask=ONE),
    case(each(t(3, 4, dtype="float32"), t(3, 4, dtype="int32")), 0, dtype=FLOAT64, mask=MASK),
]
COMPLEX_REDUCED = case(t(3, 4, dtype="complex128"), each(None, 1), mask=each(None, MASK, ROWS))
# lines enough for the loop that a CPU has for them
MANY = case(
    t(11, 130, draw="nan"),
    0,
    mask=each(*[t(*shape, dtype="bool") for shape in ((11, 130), (11, 1), (130,))]),
)

sum = op(
    *REDUCED,
    EMPTY,
    case(t(3, 4), each(None, 1), dtype=each(FLOAT64, INT64), mask=MASK),
    MANY,
    errors=[*BAD, (case(t(3, 4), (0, -2)), RuntimeError)],
    bench=case(BIG, 1, mask=BIG_MASK),
    dtypes=(*FLOATS, *INTS, "complex128", "bool"),
    terms="abs",
    grad=1,
)
prod = op(
    *REDUCED,
    EMPTY,
    case(t(3, 4), (1, -1), keepdim=True, mask=MASK),
    case(t(3, 4), (1, -2), keepdim=True, mask=MASK),
    case(t(2, 3, 4), (1, -2), mask=MASK),
    case(t(3, 4), each([], 0), dtype=each(FLOAT64, INT32), mask=MASK),
    errors=[*BAD, (case(t(3, 4), (1, -1)), IndexError)],
    dtypes=(*FLOATS, *INTS),
)
mean = op(
    *REDUCED,
    EMPTY,
    case(t(3, 4, dtype="int32"), 1, dtype=FLOAT64, mask=MASK),
    case(t(3, 700, draw="large"), 1, mask=t(700, dtype="bool")),
    MANY,
    errors=[
        *BAD,
        (case(t(3, 4, dtype="int64"), 1), ValueError),
        (case(t(3, 4), 1, dtype=INT64), ValueError),
    ],
    bench=case(BIG, 1, mask=BIG_MASK),
    dtypes=(*FLOATS, "complex128"),
    terms="abs",
    grad=1,
)
EXTREMES = [
    *REDUCED,
    case(t(0, 3), 1, mask=t(3, dtype="bool")),
    case(t(), mask=ONE),
    case(t(3, 4, draw="zeros"), 1, mask=MASK),
    case(t(3, 4, dtype="bool"), 1),
    case(t(3, 4), 1, dtype=each(FLOAT64, INT32), mask=EVERY),
]
BAD_EXTREMES = [
    *BAD,
    *NO_IDENTITY,
    *COMPLEX,
    (case(t(0, 3)), IndexError),
    (case(t(3, dtype="complex64"), 0), RuntimeError),
]
amax = op(*EXTREMES, errors=BAD_EXTREMES, dtypes=(*FLOATS, *INTS), grad=1)
amin = op(*EXTREMES, errors=BAD_EXTREMES, dtypes=(*FLOATS, *INTS), grad=1)
PLACES = [
    case(t(3, 4), each(None, 1), keepdim=each(False, True), mask=MASKS),
    case(SPECIAL, 1, mask=each(MASK, ROWS, HIDING)),
    case(t(), each(None, 0), mask=ONE),
    case(t(3, 4), 1, dtype=each(FLOAT64, INT64), mask=MASK),
]
BAD_PLACES = [
    *BAD_MASKS,
    *NO_IDENTITY,
    *COMPLEX,
    (case(t(3, 4), 2), IndexError),
    (case(t(0)), IndexError),
    (case(t(3, dtype="bool")), RuntimeError),
    (case(t(3, dtype="complex64")), RuntimeError),
    (case(t(3, 4), (1,)), TypeError),
]
argmax = op(*PLACES, errors=BAD_PLACES, dtypes=(*FLOATS, *INTS), grad=0)
argmin = op(*PLACES, errors=BAD_PLACES, dtypes=(*FLOATS, *INTS), grad=0)
logsumexp = op(
    *REDUCED,
    EMPTY,
    case(t(3, 4, dtype="bool"), 1),
    case(t(3, 4, dtype="float64"), 1, dtype=each(FLOAT32, INT32), mask=EVERY),
    COMPLEX_REDUCED,
    errors=[*BAD, *NO_IDENTITY, (case(t(3, 4), []), RuntimeError)],
    dtypes=(*FLOATS, *INTS),
)
median = op(
    case(t(3, 4), keepdim=each(False, True), mask=MASKS),
    # no ties of a line's elements, nor of its nans: torch leaves open which takes the gradient
    case(each(t(3, 4, draw="inf"), t(3, 4, draw="both_inf")), 1, mask=each(MASK, ROWS, HIDING)),
    case(t(2, 5, draw="nan"), 1, mask=each(None, t(2, 1, dtype="bool"))),
    case(t(3, 4), each(None, (1, 0), ()), mask=MASK),
    case(each(t(), t(1, 1), t(2, 3)), 0, dtype=FLOAT64),
    case(t(3, 4, dtype="int32"), each(0, 1), dtype=each(None, FLOAT64), mask=EVERY),
    case(each(t(3, 4, dtype="bool"), t(3, 4, dtype="complex64")), 0),
    errors=[
        *BAD,
        (case(t(), None), IndexError),
        (case(t(3, 0)), IndexError),
        (case(t(3, 4, dtype="int64"), 1, mask=NONE), ValueError),
    ],
    grad=1,
)
norm = op(
    case(t(3, 4), each(0, 1, 2, 3, 0.5, INF, -INF, -1), 1, mask=each(MASK, ROWS)),
    case(t(3, 4), 2, each(None, 0, (), (0, 1)), keepdim=each(False, True), mask=MASKS),
    case(SPECIAL, each(1, 2, INF), 1, mask=each(MASK, ROWS, HIDING)),
    case(SMALL, 2, mask=ONE),
    case(t(3, 4, dtype="complex128"), each(1, 2), 1, mask=MASK),
    case(t(3, 4), dtype=FLOAT64, mask=MASK),
    errors=[
        *[(case(t(3, 4), 2, dim), kind) for dim, kind in ((2, IndexError), ("a", TypeError))],
        *[(case(t(3, 4), 2, dim), RuntimeError) for dim in ((0, 0), (0, -2))],
        (case(t(3, 4), mask=t(1, 3, 4, dtype="bool")), IndexError),
        (case(t(3, 4), mask=t(3, dtype="bool")), RuntimeError),
        (case(t(3, 4, dtype="int64"), 2), RuntimeError),
        (case(t(3, 4, dtype="float64"), dtype=FLOAT32), RuntimeError),
        (case(t(3, 4), 1j), RuntimeError),
        (case(t(0), INF), RuntimeError),
        (case(t(3, 4), "fro"), TypeError),
        (case(t(3, 4), None), TypeError),
        (case(t(3, 4, dtype="int64"), -INF, mask=MASK), AssertionError),
        (case(t(3, 4, dtype="complex64"), -INF, mask=MASK), AssertionError),
    ],
)
SPREAD = [
    *REDUCED[:1],
    *REDUCED[2:],
    COMPLEX_REDUCED,
    case(SPECIAL, 1, mask=each(MOST, ROWS, HIDING)),
    case(SMALL, mask=ONE),
    case(t(3, 4), 1, each(None, True, False), mask=each(None, MOST)),
    case(t(3, 4), each(None, 1), correction=each(0, 1.5, 2, 7), mask=each(None, MOST)),
    case(t(3, 4), 1, dtype=each(FLOAT64, INT64), mask=EVERY),
    case(t(3, 4, dtype="float64"), 1, dtype=each(FLOAT32, np.dtype("complex128"))),
    case(t(3, 4, draw="zeros"), 1, mask=MASK),
]
BAD_SPREAD = [
    *BAD,
    (case(t(3, dtype="bool")), RuntimeError),
    (case(t(3), 0, True, correction=1), AssertionError),
]
var = op(*SPREAD, errors=BAD_SPREAD, dtypes=(*FLOATS, "int32"))
std = op(*SPREAD, errors=BAD_SPREAD, dtypes=(*FLOATS, "int32"))
BAD_SOFTMAX = [
    *BAD,
    *NO_IDENTITY,
    *COMPLEX,
    (case(t(3, 4), []), IndexError),
    (case(t(3, dtype="int64"), 0), RuntimeError),
    (case(t(3, dtype="bool"), 0), RuntimeError),
    (case(t(3), 0, dtype=INT64), RuntimeError),
]
INTEGERS = case(t(3, 4, dtype="uint8"), 1, dtype=FLOAT64, mask=MASK)
softmax = op(*LINES, INTEGERS, errors=BAD_SOFTMAX, bench=case(BIG, 1, mask=BIG_MASK))
log_softmax = op(*LINES, INTEGERS, errors=BAD_SOFTMAX)
softmin = op(*LINES, INTEGERS, errors=BAD_SOFTMAX)
BAD_RUNNING = [
    *BAD,
    (case(t(3, dtype="bool"), 0), RuntimeError),
    (case(t(3), 0, dtype=np.dtype("bool")), RuntimeError),
]
cumsum = op(
    *LINES,
    errors=BAD_RUNNING,
    dtypes=(*FLOATS, *INTS, "complex128"),
    terms="abs",
    grad=1,
)
cumprod = op(*LINES, errors=BAD_RUNNING, dtypes=(*FLOATS, *INTS, "complex128"))
normalize = op(
    case(t(3, 4), each(0, 1, 2, 3, INF), 1, mask=MASKS),
    case(t(3, 4, dtype="float64"), each(-INF, -1), 1, mask=MASKS),
    case(SPECIAL, 2, 1, mask=each(MOST, ROWS, HIDING)),
    case(t(3, 4), 2, each(None, (0, 1)), eps=each(0, 1e-12, 1), mask=MASK),
    case(t(3, 4, draw="zeros"), 2, 1, eps=1e-30, mask=MASK),
    case(SMALL, 2, 0, mask=ONE),
    case(t(3, 4), 2, 0, dtype=FLOAT64, mask=MASK),
    errors=[
        (case(t(3, 4), 2, 2), IndexError),
        (case(t(3, 4), 2, "a"), TypeError),
        (case(t(3, 4), 2, 1, mask=t(1, 3, 4, dtype="bool")), IndexError),
        (case(t(3, 4), 2, 1, mask=t(3, dtype="bool")), RuntimeError),
        (case(t(3, 4, dtype="int64"), 2, 1), RuntimeError),
        (case(t(3, 4, dtype="float64"), 2, 1, dtype=FLOAT32), RuntimeError),
        (case(t(3, 4), 1j, 1), RuntimeError),
        (case(t(3, 4), 2, 1, eps=1j), RuntimeError),
        (case(t(3, 4), 2, 1, eps="a"), TypeError),
        (case(t(3, 4), None, 1), TypeError),
        (case(t(3, 4, dtype="complex64"), -INF, 1, mask=MASK), AssertionError),
    ],
    dtypes=(*FLOATS, "complex128"),
)
logaddexp = op(
    case(t(3, 4), t(3, 4), input_mask=MASKS, other_mask=each(None, MASK)),
    case(SPECIAL, t(3, 4), input_mask=each(MASK, HIDING), other_mask=ROWS),
    case(t(3, 4), each(t(4), t(), t(3, 4, dtype="float32")), input_mask=MASK),
    case(t(), t(3, 4), other_mask=MASK),
    case(t(3, 4), t(), input_mask=MASK, other_mask=ONE),
    case(t(3, 4, dtype="float64"), t(4, dtype="float64"), dtype=FLOAT32, input_mask=MASK),
    case(SMALL, t(1)),
    case(t(3, 4, dtype="complex128"), t(3, 4, dtype="complex128")),
    errors=[
        (case(t(3, dtype="int64"), t(3, dtype="int64")), RuntimeError),
        (case(t(3), t(4)), RuntimeError),
        (case(t(3), t(3), input_mask=t(2, dtype="bool")), RuntimeError),
        (case(t(), t(3), input_mask=t(3, dtype="bool")), IndexError),
        (case(t(3), t(3), other_mask=t(1, 3, dtype="bool")), IndexError),
        (
            case(t(3, dtype="complex64"), t(3, dtype="complex64"), input_mask=t(3, dtype="bool")),
            TypeError,
        ),
    ],
)
