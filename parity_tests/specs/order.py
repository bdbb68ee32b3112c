from .._spec import ALL, FLOATS, INTS, case, each, op, t

DRAWS = each(t(2, 3, 4), t(2, 3, 5), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="nan"))
SPECIAL = each(t(2, 5, draw="inf"), t(2, 5, draw="both_inf"), t(2, 5, draw="all_nan"))
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim=(0,)), TypeError),
    (case(t(3, 4), keepdim=True), TypeError),
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
MODES = (t(2, 3, 4), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="zeros"))
# beyond 16 elements torch leaves open which of several equals gets the gradient
LINES = each(t(2, 3, 4), t(2, 2, 4, draw="ties"), t(2, 2, 4, draw="nan"))
HOW = each("linear", "lower", "higher", "midpoint", "nearest")
QUANTILES = [
    case(LINES, q=0.5),
    case(t(4), q=0.5, interpolation=HOW),  # just between two places, the upper one even
    case(LINES, q=t(3, draw="unit"), dim=1, interpolation=HOW),
    case(t(2, 3, 4), q=each(t(draw="unit"), t(2, draw="unit"), t(0)), keepdim=True),
    case(t(2, 3, 4), q=t(2, draw="unit"), dim=0, keepdim=each(False, True)),
    case(t(2, 7), q=t(9, draw="unit"), dim=1),
    case(t(2, 7), q=t(4, draw="labels"), dim=1),
    case(each(t(2, 5, draw="both_inf"), t(2, 5, draw="all_nan")), q=0.4, dim=1, interpolation=HOW),
    case(t(2, 5, draw="inf"), q=each(0, 0.4, 0.5, 1), dim=1),
    case(t(2, 5, draw="both_inf"), q=each(0, 0.5, 1), dim=1),
    case(each(t(), t(1, 1)), q=each(0.5, t(2, draw="unit")), dim=each(None, 0)),
    case(t(2, 9, draw="offset"), q=0.7, dim=1),
    case(t(16, draw="zeros"), q=0.3),
]
QUANTILE_ERRORS = [
    (case(t(3, 4), q=0.5, dim=2), IndexError),
    (case(t(3, 4), q=1.5), RuntimeError),
    (case(t(3, 4), q=-0.5), RuntimeError),
    (case(t(3, 4), q=float("nan")), RuntimeError),
    (case(t(3, 4), q=t(2, draw="offset")), RuntimeError),
    (case(t(3, 4), q=t(1, 1, draw="unit")), RuntimeError),
    (case(t(3, 4), q=t(1, draw="unit", dtype="float16")), RuntimeError),
    (case(t(3, 4), q=0.5, interpolation="cubic"), RuntimeError),
    (case(t(3, 4), q="a"), TypeError),
    (case(t(3, 4), q=[0.5]), TypeError),
    (case(t(3, 4, dtype="int32"), q=0.5), RuntimeError),
    (case(t(3, 4, dtype="float16"), q=0.5), RuntimeError),
    (case(t(3, dtype="complex64"), q=0.5), RuntimeError),
    (case(t(0, 3), q=0.5, dim=1), RuntimeError),
    (case([1.0, 2.0], q=0.5), TypeError),
]

median = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(4096, 1000), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
    terms="exact",
)
nanmedian = op(
    *CASES,
    errors=ERRORS,
    bench=case(t(4096, 1000), dim=1),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
    terms="exact",
)
kthvalue = op(
    case(DRAWS, k=each(1, 2), dim=each(0, -1), keepdim=each(False, True)),
    case(SPECIAL, k=each(1, 4, 5)),
    case(each(t(), t(1, 1)), k=1, dim=0),
    case(t(2, 300, draw="zeros"), k=300),
    case(t(2, 9, draw="offset"), k=5),
    case(t(2, 0, 3), k=2, dim=0),
    errors=[
        (case(t(3, 4), k=1, dim=2), IndexError),
        (case(t(0, 3), k=1, dim=0), IndexError),
        (case(t(3, 4), k=0), RuntimeError),
        (case(t(3, 4), k=5), RuntimeError),
        (case(t(3, 4), k=1.0), TypeError),
        (case(t(3, 4), k=True), TypeError),
        (case(t(3, 4), k=1, dim=(0,)), TypeError),
        (case(t(3, dtype="bool"), k=1), RuntimeError),
        (case(t(3, dtype="complex64"), k=1), RuntimeError),
        (case([1.0, 2.0], k=1), TypeError),
    ],
    bench=case(t(4096, 1000), k=100),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
    terms="exact",
)
mode = op(
    case(each(*MODES), dim=each(0, -1), keepdim=each(False, True)),
    case(each(t(2, 5, draw="inf"), t(2, 5, draw="both_inf"), t(2, 5, draw="all_nan"))),
    case(t(2, 16, draw="ties")),
    case(t(2, 9, draw="offset")),
    case(each(t(130, 5, draw="ties"), t(130, 2)), dim=1),
    case(each(t(), t(1, 1)), dim=0),
    case(t(2, 0, 3), dim=0),
    errors=[
        (case(t(3, 4), dim=2), IndexError),
        (case(t(0, 3), dim=0), IndexError),
        (case(t(3, 4), dim=(0,)), TypeError),
        (case(t(3, dtype="complex64")), RuntimeError),
        (case([1.0, 2.0]), TypeError),
    ],
    bench=case(t(4096, 1000, draw="ties"), dim=1),
    dtypes=ALL,
    grad=1,
    indices="any",
    terms="exact",
)
quantile = op(
    *QUANTILES,
    errors=QUANTILE_ERRORS,
    bench=case(t(4096, 1000), q=0.3, dim=1),
    dtypes=("float64", "float32"),
)
nanquantile = op(
    *QUANTILES,
    case(t(2, 5, draw="all_nan"), t(2, draw="zeros"), dim=1),
    errors=QUANTILE_ERRORS,
    bench=case(t(4096, 1000), q=0.3, dim=1),
    dtypes=("float64", "float32"),
)
