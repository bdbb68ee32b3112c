from .._spec import ALL, case, each, op, t

FLAGS = each(False, True)
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(), dim=0), IndexError),
    (case(t(0, 3), dim=1), RuntimeError),
    (case(t(3, dtype="complex64")), RuntimeError),
    (case([1.0, 2.0]), TypeError),
]
DRAWS = each(
    t(12, draw="ties"), t(3, 4, draw="ties"), t(9, draw="nan"), t(9, draw="inf"), t(), t(0), t(2, 0)
)

unique = op(
    case(DRAWS, sorted=FLAGS, return_inverse=FLAGS, return_counts=FLAGS),
    case(t(6, 2, 1, draw="labels"), return_inverse=FLAGS, return_counts=FLAGS, dim=each(0, 1, -1)),
    case(t(0, 3), dim=0, return_inverse=True, return_counts=True),
    errors=ERRORS,
    bench=case(t(1_000_000, draw="labels")),
    dtypes=ALL,
    grad=0,
    jit=False,
    terms="exact",
)
unique_consecutive = op(
    case(DRAWS, return_inverse=FLAGS, return_counts=FLAGS),
    case(each(t(6, 2, draw="nan"), t(4, 2, draw="all_nan")), return_inverse=True, dim=each(0, 1)),
    case(t(6, 2, 1, draw="labels"), return_inverse=FLAGS, return_counts=FLAGS, dim=each(0, 1, -1)),
    errors=ERRORS,
    bench=case(t(1_000_000, draw="labels")),
    dtypes=ALL,
    grad=0,
    jit=False,
    terms="exact",
)
