from .._spec import ALL, FLOATS, INTS, case, each, op, t

DRAWS = each(t(2, 3, 4), t(2, 3, 4, draw="ties"), t(2, 3, 4, draw="nan"))
SPECIAL = each(*[t(2, 5, draw=d) for d in ("inf", "both_inf", "all_nan", "zeros", "offset")])
SMALL = each(t(), t(1, 1), t(0))
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, 4), dim=(0,)), TypeError),
    (case(t(3, dtype="complex64")), RuntimeError),
    (case(t(3, dtype="complex64"), dim=1), IndexError),
    (case([1.0, 2.0]), TypeError),
]
SORTS = [
    case(DRAWS, dim=each(0, -1), descending=each(False, True)),
    case(DRAWS),
    case(SPECIAL, descending=each(False, True)),
    case(SMALL, dim=each(0, -1)),
    case(t(2, 0, 3), dim=each(0, 1)),
    case(t(2, 300, draw="ties"), stable=True, descending=each(False, True)),
    case(t(300, 2, draw="zeros"), dim=0, stable=True),
]

sort = op(
    *SORTS,
    errors=ERRORS,
    bench=case(t(2048, 1000), dim=1),
    dtypes=ALL,
    grad=1,
    indices="any",
    terms="exact",
)
argsort = op(
    *SORTS,
    errors=ERRORS,
    bench=case(t(2048, 1000), dim=1),
    dtypes=ALL,
    grad=0,
    indices="any",
)
msort = op(
    case(DRAWS),
    case(SPECIAL),
    case(each(t(), t(1, 1), t(0), t(2, 0))),
    errors=[(case(t(3, dtype="complex64")), RuntimeError), (case([1.0, 2.0]), TypeError)],
    bench=case(t(1000, 2048)),
    dtypes=ALL,
    grad=1,
    terms="exact",
)
topk = op(
    case(DRAWS, k=2, dim=each(0, -1), largest=each(True, False)),
    case(DRAWS, k=each(0, 4)),
    case(SPECIAL, k=each(1, 3), largest=each(True, False)),
    case(each(t(2, 70, draw="nan"), t(2, 70, draw="ties")), k=2, largest=each(True, False)),
    case(t(70, 2, draw="both_inf"), k=2, dim=0, largest=each(True, False)),
    case(each(t(2, 300, draw="nan"), t(2, 320, draw="ties")), k=2, largest=each(True, False)),
    case(each(t(), t(1, 1)), k=each(0, 1)),
    case(t(2, 0, 3), k=0, dim=1),
    case(t(2, 0, 3), k=2),
    errors=[
        (case(t(3, 4), k=1, dim=2), IndexError),
        (case(t(3, 4), k=5), RuntimeError),
        (case(t(3, 4), k=-1), RuntimeError),
        (case(t(3, 4), k=1.0), TypeError),
        (case(t(3, 4), k=True), TypeError),
        (case(t(3, 4), k=1, dim=(0,)), TypeError),
        (case(t(3, dtype="bool"), k=1), RuntimeError),
        (case(t(3, dtype="complex64"), k=1), RuntimeError),
        (case([1.0, 2.0], k=1), TypeError),
    ],
    bench=case(t(2048, 1000), k=5),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    indices="any",
    terms="exact",
)
