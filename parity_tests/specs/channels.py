"""What to try on the operations by channel: every rank, norm and tie; every shape of kernel."""

from .._spec import FLOATS, INTS, case, each, op, t

merge_by_norm = op(
    case(t(2, 3, 4), t(2, 3, 4), ord=each(0, 1, 2, 2.5, 0.5, -1, float("inf"), -float("inf"))),
    case(t(2, 3, 4, 4), t(2, 3, 4, 4), t(2, 3, 4, 4), return_mask=each(False, True)),
    case(t(2, 2, 2, 2, 3), t(2, 2, 2, 2, 3), return_mask=True, channel_dim=each(1, 2, -1)),
    # four positions of -1, 0 or 1 in 24 channels: most norms have an equal
    case(*[t(4, 6, 4, draw="ties")] * 3, ord=each(0, 1, 2, float("inf")), return_mask=True),
    case(t(2, 3, 4, draw="zeros"), t(2, 3, 4, draw="zeros"), ord=each(2, 0.5, -1)),
    case(t(2, 3, 4, draw="zeros"), t(2, 3, 4), return_mask=True),
    case(t(2, 3, 4, draw="large"), t(2, 3, 4, draw="large"), ord=each(2, 3), return_mask=True),
    case(t(2, 3, 4, draw="nan"), t(2, 3, 4), ord=each(0, 2, float("inf")), return_mask=True),
    case(t(2, 3, 4), t(2, 3, 4, draw="nan"), ord=each(0, 2, float("inf")), return_mask=True),
    case(t(2, 3, 4), t(2, 3, 4, draw="inf"), ord=each(0, 2, -float("inf")), return_mask=True),
    case(t(2, 1, 1), t(2, 1, 1), return_mask=True),
    case(t(2, 3, 0), t(2, 3, 0), return_mask=True),
    case(t(0, 3, 4), t(0, 3, 4), return_mask=True),
    errors=[
        (case(t(2, 3, 4)), TypeError),
        (case(t(2, 3, 4), t(2, 3, 4), ord="fro"), TypeError),
        (case(t(2, 3, 4), t(2, 3, 5)), RuntimeError),
        (case(t(2, 3), t(2, 3)), RuntimeError),
        (case(t(2, 3, 4), t(2, 3, 4, dtype="int64")), RuntimeError),
        (case(t(2, 3, 4, dtype="int64"), t(2, 3, 4, dtype="int64")), RuntimeError),
        (case(t(2, 3, 0), t(2, 3, 0), ord=float("inf")), RuntimeError),
        (case(t(2, 3, 4), t(2, 3, 4), channel_dim=3), IndexError),
        (case(t(2, 3, 4), t(2, 3, 4), channel_dim=0), IndexError),
    ],
    bench=case(t(16, 64, 56, 56), t(16, 64, 56, 56)),
    grad=1,
)

corr2d = op(
    case(t(5, 6), each(t(1, 1), t(2, 3), t(5, 6))),
    case(t(5, 6, draw="offset", dtype="float32"), t(2, 3, dtype="float32")),
    errors=[
        (case(t(3, 5, 6), t(2, 3)), RuntimeError),
        (case(t(5, 6), t(1, 2, 3)), RuntimeError),
        (case(t(5, 6), t(6, 1)), RuntimeError),
        (case(t(5, 6), t(0, 1)), RuntimeError),
        (case(t(5, 6, dtype="float32"), t(2, 3, dtype="float16")), RuntimeError),
        (case(t(5, 6, dtype="bool"), t(2, 3, dtype="bool")), RuntimeError),
    ],
    bench=case(t(64, 64), t(3, 3)),
    dtypes=(*FLOATS, *INTS),
    terms="abs",
)

corr2d_multi_in = op(
    case(t(3, 5, 6), each(t(3, 1, 1), t(3, 2, 3))),
    case(t(1, 5, 6), t(1, 5, 6)),
    errors=[
        (case(t(5, 6), t(2, 3)), RuntimeError),
        (case(t(3, 5, 6), t(2, 2, 3)), RuntimeError),
        (case(t(3, 5, 6), t(3, 2, 7)), RuntimeError),
        (case(t(3, 5, 6, dtype="float32"), t(3, 2, 3, dtype="int64")), RuntimeError),
    ],
    bench=case(t(3, 64, 64), t(3, 3, 3)),
    dtypes=(*FLOATS, *INTS),
    terms="abs",
)

corr2d_multi_in_out = op(
    case(t(3, 5, 6), each(t(2, 3, 1, 1), t(2, 3, 2, 3))),
    case(t(1, 5, 6), t(1, 1, 5, 6)),
    errors=[
        (case(t(3, 5, 6), t(3, 2, 3)), RuntimeError),
        (case(t(3, 5, 6), t(3, 2, 2, 3)), RuntimeError),
        (case(t(3, 5, 6), t(2, 3, 6, 6)), RuntimeError),
        (case(t(3, 5, 6, dtype="float32"), t(2, 3, 2, 3, dtype="float16")), RuntimeError),
    ],
    bench=case(t(3, 224, 224), t(16, 3, 3, 3)),
    dtypes=(*FLOATS, *INTS),
    terms="abs",
)

corr2d_multi_in_out_1x1 = op(
    case(t(3, 5, 6), t(2, 3, 1, 1)),
    case(t(1, 5, 6), t(1, 1, 1, 1)),
    errors=[
        (case(t(3, 5, 6), t(2, 3, 2, 3)), RuntimeError),
        (case(t(3, 5, 6), t(3, 2, 1, 1)), RuntimeError),
        (case(t(5, 6), t(2, 3, 1, 1)), RuntimeError),
        (case(t(3, 5, 6, dtype="float32"), t(2, 3, 1, 1, dtype="float16")), RuntimeError),
    ],
    bench=case(t(64, 56, 56), t(64, 64, 1, 1)),
    dtypes=(*FLOATS, *INTS),
    terms="abs",
)
