from .._spec import FLOATS, INTS, case, each, op, t

DRAWS = each(t(2, 3, 4), t(2, 3, 5), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="nan"))
SPECIAL = each(t(2, 5, draw="inf"), t(2, 5, draw="both_inf"), t(2, 5, draw="all_nan"))
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim=(0,)), TypeError),
    (case(t(0, 3), dim=0), IndexError),
    (case(t(3, dtype="bool")), RuntimeError),
    (case(t(3, dtype="complex64")), RuntimeError),
    (case([1.0, 2.0]), TypeError),
]
CASES = [
    case(DRAWS),
    case(DRAWS, dim=each(0, -1), keepdim=each(False, True)),
    case(SPECIAL),
    case(SPECIAL, dim=1),
    case(each(t(), t(1, 1)), dim=0),
    case(each(t(), t(0), t(1, 1))),
    case(t(2, 0, 3), dim=0),
]

median = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(4096, 1000), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
)
nanmedian = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(4096, 1000), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
)
