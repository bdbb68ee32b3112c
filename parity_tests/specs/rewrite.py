"""What to try on sums, means and adds as convolutions; test_rewrite.py has whole functions."""

from .._spec import case, each, op, t

ERRORS = [
    (case(t(3, 4)), RuntimeError),
    (case(t(2, 3, 4, dtype="int64")), RuntimeError),
    (case(t(2, 0, 4)), RuntimeError),
]

sum_as_conv = op(
    case(each(t(2, 3, 4), t(2, 3, 4, 4), t(2, 2, 2, 2, 3), t(2, 1, 4))),
    case(each(*[t(2, 3, 4, draw=d) for d in ("large", "offset", "nan", "both_inf")])),
    case(t(0, 3, 4)),
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56)),
    terms="abs",
    grad=1,
)

mean_as_conv = op(
    case(each(t(2, 3, 4), t(2, 3, 4, 4), t(2, 2, 2, 2, 3), t(2, 1, 4))),
    case(each(*[t(2, 3, 4, draw=d) for d in ("large", "offset", "nan", "both_inf")])),
    case(t(0, 3, 4)),
    errors=ERRORS,
    bench=case(t(16, 64, 56, 56)),
    terms="abs",
    grad=1,
)

# finite values only: test_rewrite.py shows what an inf does
add_as_conv = op(
    case(t(2, 3, 4), t(2, 3, 4)),
    case(*[t(2, 3, 4, 4)] * 3),
    case(t(2, 2, 2, 2, 3), t(2, 2, 2, 2, 3)),
    case(t(2, 1, 4), t(2, 1, 4, draw="large")),
    case(t(0, 3, 4), t(0, 3, 4)),
    errors=[
        (case(t(2, 3, 4)), TypeError),
        (case(t(3, 4), t(3, 4)), RuntimeError),
        (case(t(2, 3, 4), t(2, 3, 1)), RuntimeError),
        (case(t(2, 3, 4, dtype="float32"), t(2, 3, 4, dtype="float16")), RuntimeError),
        (case(t(2, 3, 4, dtype="int64"), t(2, 3, 4, dtype="int64")), RuntimeError),
    ],
    bench=case(t(16, 64, 56, 56), t(16, 64, 56, 56)),
    terms="abs",
    grad=1,
)
