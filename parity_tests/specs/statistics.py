from .._spec import FLOATS, case, each, op, t

DIMS = each(None, 0, -1, (0, 2), (), (-3, 1))
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim=(0, 0)), RuntimeError),
    (case(t(3, 4), dim="a"), TypeError),
    (case(t(3, dtype="int64")), RuntimeError),
    (case(t(3, dtype="bool")), RuntimeError),
    (case(t(3), 0, unbiased=False, correction=1), TypeError),
    (case(t(3), correction="1"), TypeError),
    (case([1.0, 2.0]), TypeError),
]
CASES = [
    # no infinities here: torch's var_mean has another mean of them than mean (see differences.py)
    case(t(2, 3, 4), dim=DIMS, keepdim=each(False, True)),
    case(t(2, 3), dim=each(None, 1), correction=each(0, 1, 1.5, 2, 3, 4, 7)),
    case(t(2, 3), 1, each(True, False), each(True, False)),
    case(t(2, 3), each(True, False)),
    case(t(2, 3, draw="zeros"), dim=each(None, 1), correction=each(0, 1, 3)),
    case(each(t(), t(1, 1), t(1)), dim=each(None, 0)),
    case(each(t(0), t(2, 0)), dim=each(None, 0)),
    case(t(2, 0), dim=1, correction=-1),
    case(t(2, 3), dim=(), correction=each(0, 1)),
    case(t(2, 5, draw="nan"), dim=each(None, 1)),
    case(t(2, 400, draw="offset"), dim=each(None, 1)),
]
INFINITE = [
    case(t(2, 5, draw="inf"), dim=each(None, 1)),
    case(each(t(1, draw="nan"), t(2, draw="inf")), correction=2),
]

# lines enough for the loop that a CPU has for them
MANY = case(
    each(t(11, 130), t(11, 130, draw="offset"), t(11, 130, draw="both_inf"), t(3, 16400)), dim=0
)
var = op(
    *CASES,
    *INFINITE,
    MANY,
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56), dim=(0, 2, 3)),
    dtypes=(*FLOATS, "complex128"),
)
std = op(
    *CASES,
    *INFINITE,
    MANY,
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, "complex128"),
)
# the mean is a sum of terms, which torch takes in float64 here; the variance of the magnitudes is
# not larger than the variance
var_mean = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56), dim=(0, 2, 3)),
    dtypes=(*FLOATS, "complex128"),
    terms="abs",
)
std_mean = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, "complex128"),
    terms="abs",
)
