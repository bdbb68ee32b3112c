import numpy as np

from .._spec import ALL, FLOATS, case, each, op, t

DTYPES = each(None, np.dtype("float32"), np.dtype("int64"))
DIMS = each(None, 0, -1, (0, 2), (), (-3, 1))
SPECIAL = each(*[t(2, 5, draw=d) for d in ("nan", "inf", "both_inf", "all_nan")])
ZEROS = each(*[t(3, 4, draw=d) for d in ("one_zero", "two_zeros", "zero_row")])
BAD_DIMS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim=-3), IndexError),
    (case(t(3, 4), dim=(0, -2)), RuntimeError),
    (case(t(3, 4), dim="a"), TypeError),
    (case(t(3, 4), dim=1.0), TypeError),
    (case([1.0, 2.0]), TypeError),
]
BAD_DIMS_GIVEN = [*BAD_DIMS[:-1], (case([1.0, 2.0], dim=0), TypeError)]
# lines enough for the loop that a CPU has for them; so many that it has one for every sum
MANY = [t(11, 130), t(11, 130, draw="nan")]
WIDE = [t(3, 16400), t(11, 16400)]

sum = op(
    case(t(2, 3, 4), dim=DIMS, keepdim=each(False, True)),
    case(t(2, 3, 4), dtype=DTYPES),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL, dim=each(None, 1)),
    case(t(7, 500, draw="offset"), dim=1),
    case(each(*WIDE), dim=0),
    errors=BAD_DIMS,
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*ALL, "complex128"),
    terms="abs",
    grad=1,
)
nansum = op(
    case(t(2, 3, 4, draw="nan"), dim=DIMS, keepdim=each(False, True)),
    case(t(2, 3, 4), dtype=DTYPES),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL, dim=each(None, 1)),
    case(each(*MANY), dim=0),
    errors=[*BAD_DIMS, (case(t(3, dtype="complex64")), RuntimeError)],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=ALL,
    terms="abs",
    grad=1,
)
mean = op(
    case(t(2, 3, 4), dim=DIMS, keepdim=each(False, True)),
    case(t(2, 3, 4, dtype="int32"), dtype=np.dtype("float32")),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL, dim=each(None, 1)),
    case(t(2, 1, draw="inf"), dim=1),
    case(t(3, 700, draw="large"), dim=1),
    case(each(*WIDE), dim=0),
    errors=[
        *BAD_DIMS,
        (case(t(3, dtype="int64")), RuntimeError),
        (case(t(3, dtype="bool")), RuntimeError),
        (case(t(3), dtype=np.dtype("int64")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=(2, 3)),
    dtypes=(*FLOATS, "complex128"),
    terms="abs",
    grad=1,
)
nanmean = op(
    case(t(2, 3, 4, draw="nan"), dim=DIMS, keepdim=each(False, True)),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL, dim=each(None, 1)),
    case(t(12, draw="offset")),
    case(each(*MANY), dim=0),
    errors=[
        *BAD_DIMS,
        (case(t(3, dtype="int64")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=(2, 3)),
    terms="abs",
    grad=1,
)
prod = op(
    case(t(2, 3, 4), dim=each(0, -1), keepdim=each(False, True)),
    case(each(t(2, 3), t(), t(0), t(1, 1), t(2, 0, 3))),
    case(each(t(), t(0), t(2, 0, 3)), dim=0),
    case(ZEROS),
    case(ZEROS, dim=1),
    case(SPECIAL, dim=1),
    case(t(2, 3), dtype=DTYPES),
    errors=[
        (case(t(3, 4), dim=2), IndexError),
        (case(t(3, 4), dim=(0, 1)), TypeError),
        (case(t(3, 4), keepdim=True), TypeError),
        (case([1.0, 2.0]), TypeError),
    ],
    bench=case(t(4096, 100, draw="positive"), dim=1),
    dtypes=(*ALL, "complex128"),
)
all = op(
    case(t(2, 3, 4, draw="ties"), dim=DIMS, keepdim=each(False, True)),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL),
    errors=BAD_DIMS,
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*ALL, "complex64"),
    grad=0,
)
any = op(
    case(t(2, 3, 4, draw="ties"), dim=DIMS, keepdim=each(False, True)),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(each(t(2, 3, draw="zeros"), t(2, 3, draw="all_nan"))),
    errors=BAD_DIMS,
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*ALL, "complex64"),
    grad=0,
)
count_nonzero = op(
    case(t(2, 3, 4, draw="ties"), dim=DIMS),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=each(None, 0)),
    case(SPECIAL, dim=each(None, 1)),
    case(t(11, 130, draw="ties"), dim=0),
    errors=BAD_DIMS,
    bench=case(t(16, 64, 56, 56, draw="ties"), dim=1),
    dtypes=(*ALL, "complex64"),
    grad=0,
)
logsumexp = op(
    case(t(2, 3, 4), dim=each(0, -1, (0, 2), (-3, 1)), keepdim=each(False, True)),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=0),
    case(each(t(), t(0, 3)), dim=()),
    case(t(2, 5), dim=(), keepdim=True),
    case(t(2, 0), dim=1),
    case(each(*[t(2, 5, draw=d) for d in ("nan", "inf", "neg_inf", "both_inf", "ties")]), dim=1),
    case(t(3, 4, draw="large"), dim=each(0, 1)),
    case(t(2, 300, draw="offset"), dim=1),
    case(each(*MANY, t(11, 130, draw="inf"), t(11, 130, draw="neg_inf"), WIDE[0]), dim=0),
    case(t(2, 3, dtype="int64"), dim=0),
    case(t(2, 3, dtype="bool"), dim=0),
    errors=[
        *BAD_DIMS_GIVEN,
        (case(t(3, 4), dim=()), RuntimeError),
        (case(t(3, 4), dim=None), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=1),
)
