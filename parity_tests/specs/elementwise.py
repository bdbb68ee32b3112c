import math

from .._spec import ALL, FLOATS, INTS, case, each, op, t

COMPLEX = each(*[t(3, 4, draw=d, dtype="complex128") for d in ("normal", "ties", "nan", "large")])
MASK = t(3, 4, dtype="bool")
SMALL = each(t(), t(0), t(2, 0, 3), t(1, 1))
DRAWS = each(*[t(3, 4, draw=d) for d in ("normal", "ties", "zeros", "nan", "both_inf", "all_nan")])
OTHERS = each(t(3, 4), t(3, 4, draw="ties"), t(4, draw="nan"), t(3, 1, draw="both_inf"), t())
PAIRS = [
    case(DRAWS, OTHERS),
    case(each(t(), t(0, 4), t(1, 4), t(4)), each(t(4), t(1, 1))),
    case(t(3, 4), each(t(4, dtype="float32"), t(dtype="float64"), t(dtype="int32"))),
    case(t(3, 4, draw="nan"), t(3, 4, draw="all_nan")),
    case(t(2, 600, draw="ties"), t(draw="zeros")),
]
BAD_PAIRS = [
    (case(t(3), t(4)), RuntimeError),
    (case(t(3), t(3, dtype="complex64")), RuntimeError),
    (case(t(3), 1.0), TypeError),
    (case(1.0, t(3)), TypeError),
]
BIG = t(16, 64, 56, 56)

where = op(
    case(
        MASK,
        t(3, 4),
        each(t(3, 4), t(4), t(1, 1), t(), t(3, 4, draw="nan"), t(3, 4, draw="both_inf")),
    ),
    case(t(3, 4, dtype="uint8"), t(3, 4), t(3, 4)),
    case(each(t(dtype="bool"), t(2, 1, 4, dtype="bool"), t(3, 1, dtype="bool")), t(3, 4), t(3, 4)),
    case(
        MASK, t(3, 4), each(1, 2.5, True, t(dtype="float64"), t(dtype="int64"), t(4, dtype="int32"))
    ),
    case(MASK, each(1, 2.5, 1j), each(0, True, -1.0)),
    case(t(0, 4, dtype="bool"), t(0, 4), 1),
    errors=[
        (case(t(3, 4, dtype="int64"), t(3, 4), t(3, 4)), RuntimeError),
        (case(t(3, 4, dtype="float32"), t(3, 4), t(3, 4)), RuntimeError),
        (case(MASK, t(3, 4), t(5)), RuntimeError),
        (case(MASK, t(3, 4)), TypeError),
        (case(True, t(3), t(3)), TypeError),
    ],
    bench=case(t(16, 64, 56, 56, dtype="bool"), t(16, 64, 56, 56), t(16, 64, 56, 56)),
    dtypes=(*ALL, "complex128"),
    grad=1,
    terms="exact",
)
clamp = op(
    case(DRAWS, each(None, 0, -1), 1),
    case(DRAWS, -1),
    case(t(3, 4, draw="ties"), min=each(1, 0, 2.5), max=each(0, -1, 0.5)),
    case(t(3, 4, draw="nan"), each(math.nan, -math.inf), each(math.nan, math.inf, 0.5)),
    case(t(3, 4, draw="ties"), OTHERS, OTHERS),
    case(DRAWS, each(None, t(3, 4, draw="ties")), t(4, draw="nan")),
    case(t(3, 4, draw="ties"), t(3, 1, draw="ties")),
    case(SMALL, 0, 1),
    case(SMALL, max=t(1)),
    case(t(3, 4), each(t(4, dtype="float32"), t(dtype="float64"), t(dtype="int32"))),
    case(t(3, 4), 0, t(dtype="int32")),
    case(t(2, 600, draw="ties"), t(draw="zeros")),
    errors=[
        (case(t(3)), RuntimeError),
        (case(t(3, dtype="complex64"), 1), RuntimeError),
        (case(t(3), 1j), RuntimeError),
        (case(t(3, dtype="bool"), True), RuntimeError),
        (case(t(3, dtype="bool"), t(3, dtype="bool"), t(3, dtype="bool")), RuntimeError),
        (case(t(3, dtype="uint8"), 300), RuntimeError),
        (case(t(3, dtype="int8"), max=-129), RuntimeError),
        (case(t(3, dtype="float16"), 7e4), RuntimeError),
        (case(t(3), t(4)), RuntimeError),
        (case(t(3), "a"), TypeError),
        (case(t(3), 0.0, t(3)), TypeError),
        (case(1.0, 0.0), TypeError),
    ],
    bench=case(BIG, 0.0, 1.0),
    dtypes=(*FLOATS, *INTS),
    grad=1,
    terms="exact",
)
maximum = op(*PAIRS, errors=BAD_PAIRS, bench=case(BIG, BIG), dtypes=ALL, grad=1, terms="exact")
minimum = op(*PAIRS, errors=BAD_PAIRS, bench=case(BIG, BIG), dtypes=ALL, grad=1, terms="exact")
fmax = op(*PAIRS, errors=BAD_PAIRS, bench=case(BIG, BIG), dtypes=ALL, grad=1, terms="exact")
fmin = op(*PAIRS, errors=BAD_PAIRS, bench=case(BIG, BIG), dtypes=ALL, grad=1, terms="exact")
lerp = op(
    case(t(3, 4), t(3, 4), each(0, 1, True, 0.3, 0.5, 0.7, -0.3, -0.7, 2.5)),
    case(t(3, 4), t(3, 4), each(t(3, 4, draw="unit"), t(3, 1), t(1), t())),
    case(each(t(3, 4), t(1, 4), t(), t(0, 4)), t(4), each(0.25, t(1, 1))),
    case(t(3, 4), t(3, 4), each(t(dtype="float64"), t(dtype="int32"))),
    case(t(3, 4, draw="offset"), t(3, 4, draw="offset"), each(0.3, 0.7, t(4, draw="unit"))),
    case(t(3, 4, draw="nan"), t(3, 4), each(0.3, t(3, 4, draw="unit"))),
    errors=[
        (case(t(3, dtype="int32"), t(3, dtype="int32"), 0.5), RuntimeError),
        (case(t(3, dtype="bool"), t(3, dtype="bool"), 0.5), RuntimeError),
        (case(t(3), t(3, dtype="float64"), 0.5), RuntimeError),
        (case(t(3), t(3), t(3, dtype="float64")), RuntimeError),
        (case(t(3), t(3), 1j), RuntimeError),
        (case(t(3), t(4), 0.5), RuntimeError),
        (case(t(3), 1.0, 0.5), TypeError),
        (case(t(3), t(3), "a"), TypeError),
        (case(1.0, t(3), 0.5), TypeError),
    ],
    bench=case(BIG, BIG, 0.3),
    dtypes=(*FLOATS, "complex128"),
    terms="abs",  # a broadcast's gradient is a sum of products
)
abs = op(
    case(DRAWS),
    case(SMALL),
    errors=[(case(-1.0), TypeError), (case(t(3, dtype="bool")), RuntimeError)],
    bench=case(BIG),
    dtypes=("float64", "complex128", *FLOATS[1:], *INTS),  # complex: the one second derivative
)
logaddexp = op(
    case(DRAWS, OTHERS),
    case(each(t(), t(0, 4), t(1, 4), t(4)), each(t(4), t(1, 1))),
    case(t(3, 4), each(t(4, dtype="float32"), t(dtype="float64"), t(dtype="int32"))),
    case(t(3, 4, draw="large"), t(3, 4, draw="large")),
    case(each(t(3, 4, draw="inf"), t(3, 4, draw="neg_inf")), t(3, 4, draw="both_inf")),
    case(t(2, 600), t(draw="zeros")),
    case(COMPLEX, each(t(3, 4, dtype="complex128"), t(4, dtype="complex128"), t())),
    errors=[
        (case(t(3, dtype="int32"), t(3, dtype="int64")), RuntimeError),
        (case(t(3, dtype="bool"), t(3, dtype="bool")), RuntimeError),
        (case(t(3), t(4)), RuntimeError),
        (case(t(3), 1.0), TypeError),
        (case(1.0, t(3)), TypeError),
    ],
    bench=case(BIG, BIG),
)
