from .._spec import ALL, FLOATS, INTS, case, each, op, t

DIMS = each(0, -1, (0, 2), (), (-3, 1))
DRAWS = each(t(2, 3, 4), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="nan"), t(2, 3, 4, draw="zeros"))
SPECIAL = each(*[t(2, 5, draw=d) for d in ("inf", "neg_inf", "both_inf", "all_nan")])
MANY = each(t(11, 130, draw="ties"), t(11, 130, draw="nan"), t(2, 130, draw="both_inf"))
ROWS = each(t(3, 40, draw="ties"), t(3, 40, draw="nan"))  # of more than a few neighbours
EMPTY = [
    (case(t(0, 3), dim=0), IndexError),
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim="a"), TypeError),
    (case([1.0, 2.0]), TypeError),
]
REAL = [(case(t(3, dtype="complex64")), RuntimeError), (case(t(0, 3)), RuntimeError)]
REPEATED = [
    (case(t(3, 4), dim=(0, 0)), RuntimeError),
    (case(t(0, 3), dim=(0, 0)), IndexError),
]
PAIRS = [
    (case(t(3), t(4)), RuntimeError),
    (case(t(3), 1.0), TypeError),
    (case(t(3), other=t(3, dtype="complex64")), RuntimeError),
    (case(t(3, 4), dim=(0, 1)), TypeError),
    (case(t(3, 4), keepdim=True), TypeError),
    (case(t(3, 4), t(4), keepdim=True), TypeError),
]

amax = op(
    case(t(2, 3, 4, draw="ties"), dim=DIMS, keepdim=each(False, True)),
    case(DRAWS),
    case(SPECIAL, dim=1),
    case(each(t(), t(1, 1)), dim=each((), 0)),
    case(t(2, 0, 3), dim=0),
    case(t(2, 600, draw="zeros"), dim=1),
    case(MANY, dim=0),
    errors=[*EMPTY, *REAL, *REPEATED],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
amin = op(
    case(t(2, 3, 4, draw="ties"), dim=DIMS, keepdim=each(False, True)),
    case(DRAWS),
    case(SPECIAL, dim=1),
    case(each(t(), t(1, 1)), dim=each((), 0)),
    case(t(2, 0, 3), dim=0),
    case(MANY, dim=0),
    errors=[*EMPTY, *REAL, *REPEATED],
    bench=case(t(16, 64, 56, 56), dim=(2, 3)),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
max = op(
    case(DRAWS),
    case(DRAWS, dim=each(0, 2), keepdim=each(False, True)),
    case(SPECIAL, dim=1),
    case(each(t(), t(1, 1)), dim=0),
    case(t()),
    case(t(2, 0, 3), dim=0),
    case(MANY, dim=0),
    case(ROWS, dim=1),
    case(t(3, 4, draw="ties"), other=each(t(3, 4, draw="ties"), t(4, draw="nan"), t(1, 1), t())),
    case(t(3, 4), t(4, dtype="float32")),
    case(t(3, 4), t(dtype="float64")),
    errors=[*EMPTY, *REAL, *PAIRS],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
min = op(
    case(DRAWS),
    case(DRAWS, dim=each(0, 2), keepdim=each(False, True)),
    case(SPECIAL, dim=1),
    case(each(t(), t(1, 1)), dim=0),
    case(t()),
    case(MANY, dim=0),
    case(ROWS, dim=1),
    case(t(3, 4, draw="ties"), other=each(t(3, 4, draw="ties"), t(4, draw="nan"), t(1, 1), t())),
    errors=[*EMPTY, *REAL, *PAIRS],
    bench=case(t(16, 64, 56, 56)),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
argmax = op(
    case(DRAWS, dim=each(None, 0, -1), keepdim=each(False, True)),
    case(SPECIAL, dim=each(None, 1)),
    case(each(t(), t(1, 1)), dim=each(None, 0)),
    case(t(2, 0, 3), dim=0),
    case(MANY, dim=0),
    case(ROWS, dim=1),
    errors=[
        *EMPTY,
        (case(t(0)), IndexError),
        (case(t(3, 4), dim=(0,)), TypeError),
        (case(t(3, dtype="bool")), RuntimeError),
        (case(t(3, dtype="complex64")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=0,
)
argmin = op(
    case(DRAWS, dim=each(None, 0, -1), keepdim=each(False, True)),
    case(SPECIAL, dim=each(None, 1)),
    case(each(t(), t(1, 1)), dim=each(None, 0)),
    case(MANY, dim=0),
    case(ROWS, dim=1),
    errors=[
        *EMPTY,
        (case(t(0)), IndexError),
        (case(t(3, 4), dim=(0,)), TypeError),
        (case(t(3, dtype="bool")), RuntimeError),
        (case(t(3, dtype="complex64")), RuntimeError),
    ],
    bench=case(t(4096, 1000), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=0,
)
aminmax = op(
    case(DRAWS, dim=each(None, 0, -1), keepdim=each(False, True)),
    case(SPECIAL, dim=each(None, 1)),
    case(each(t(), t(1, 1)), dim=each(None, 0), keepdim=each(False, True)),
    case(t(2, 0, 3), dim=0),
    case(t(2, 600, draw="zeros"), dim=1),
    case(MANY, dim=0),
    errors=[*EMPTY, *REAL, (case(t(3, 4), dim=(0,)), TypeError)],
    bench=case(t(16, 64, 56, 56), dim=1),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
