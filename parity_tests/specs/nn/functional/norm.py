"""What to try on the normalisations. Running variances are drawn positive, as variances are."""

from ...._spec import FLOATS, case, each, op, t

X, C, VAR = t(4, 3, 5), t(3), t(3, draw="positive")
OTHER_RANKS = each(t(4, 3), t(2, 3, 2, 2), t(1, 3, 2), t(2, 3, 1, 2, 2))
SINGULAR = each(*[t(2, 3, 4, draw=d) for d in ("nan", "inf", "both_inf", "zeros")])
OFFSET = t(2, 3, 100, draw="offset")
# large enough for the loops that take sums over rows, or over samples, on CPU
ROWS = each(t(2, 6, 9, 12), t(2, 6, 9, 12, draw="offset"))
SAMPLES = each(t(8, 3, 7, 7), t(8, 3, 7, 7, draw="offset"))
HALF, NARROW = (
    each(t(4, 3, 5, dtype="bfloat16"), t(4, 3, 5, dtype="float16")),
    t(3, dtype="float32"),
)
NARROW_VAR = t(3, draw="positive", dtype="float32")
LONG, COMPLEX, WIDE = (
    t(4, 3, 5, dtype="int64"),
    t(4, 3, 5, dtype="complex64"),
    t(3, dtype="float64"),
)

BATCH = [
    case(X, C, VAR, each(None, C), each(None, C)),
    case(X, C, VAR, C, C, training=True),
    case(OTHER_RANKS, C, VAR, C, C, training=each(False, True)),
    case(SINGULAR, C, VAR, C, C, training=each(False, True)),
    case(X, t(3, draw="nan"), VAR, training=each(False, True)),
    case(X, t(3, draw="inf"), t(3, draw="inf"), t(3, draw="one_zero"), C),
    case(X, C, t(3, draw="zeros"), C, eps=1),
    case(X, C, t(3, draw="zeros"), eps=0.0),
    case(each(t(0, 3, 5), t(2, 3, 0)), C, VAR, C, C, training=each(False, True)),
    case(t(2, 0, 5), t(0), t(0), training=True),
    case(OFFSET, C, VAR, C, C, training=True),
    case(SAMPLES, C, VAR, C, C, training=True),
    case(HALF, NARROW, NARROW_VAR, NARROW, NARROW, training=each(False, True)),
]
BATCH_ERRORS = [
    (case(X, None, None), RuntimeError),
    (case(X, C, None), RuntimeError),
    (case(X, C, None, training=True), ValueError),
    (case(X, None, VAR, training=True), ValueError),
    (case(X, t(4), VAR), RuntimeError),
    (case(X, C, t(4)), RuntimeError),
    (case(X, t(3, 1), VAR), RuntimeError),
    (case(X, C, VAR, t(4)), RuntimeError),
    (case(X, C, VAR, None, t(2)), RuntimeError),
    (case(t(3), C, VAR), RuntimeError),
    (case(t(3), None, None, training=True), IndexError),
    (case(t(), None, None, training=True), IndexError),
    (case(t(1), None, None, training=True), ValueError),
    (case(t(1, 3), C, VAR, training=True), ValueError),
    (case(t(1, 3, 1, 1), None, None, training=True), ValueError),
    (case(LONG, C, VAR), RuntimeError),
    (case(COMPLEX, C, VAR), RuntimeError),
    (case(X, WIDE, WIDE), RuntimeError),
    (case(X, C, VAR, WIDE), RuntimeError),
    (case(X, C, VAR, C, WIDE), RuntimeError),
    (case(X, None, None, t(3, dtype="bfloat16"), training=True), RuntimeError),
    (case(t(4, 3, dtype="bfloat16"), NARROW, NARROW_VAR, t(3, dtype="bfloat16")), RuntimeError),
    (case(t(4, 3, dtype="bfloat16"), WIDE, WIDE), RuntimeError),
    (case(X, C, VAR, eps=-1.0), ValueError),
    (case(X, C, VAR, training=True, eps=0.0), ValueError),
    (case(X, C, VAR, eps="1"), TypeError),
    (case(X, C, VAR, momentum=None), TypeError),
    (case(X, C, VAR, training=1), TypeError),
    (case(X, C, VAR, [1.0]), TypeError),
    (case(X, 0.0, VAR), TypeError),
]

batch_norm = op(
    *BATCH,
    case(X, None, None, each(None, C), each(None, C), training=True),
    case(X, None, None, C, training=True, eps=0.5),
    case(HALF, None, None, None, NARROW, training=True),
    case(t(0, 3, 5), None, None),
    errors=BATCH_ERRORS,
    bench=case(t(16, 64, 56, 56), None, None, t(64), t(64), training=True),
)
batch_norm_stats = op(
    *BATCH,
    case(X, None, None, training=True),
    case(X, C, VAR, training=True, momentum=each(0.0, 1, 0.3)),
    case(each(t(4, 5, 3), t(4, 2, 2, 3), t(4, 3)), C, VAR, C, C, True, data_format="NHWC"),
    case(each(t(4, 5, 3), t(0, 5, 3)), C, VAR, C, C, data_format="NHWC"),
    errors=BATCH_ERRORS,
)

INSTANCE = [
    case(X, None, None, each(None, C), each(None, C)),
    case(X, C, VAR, C, C, each(True, False)),
    case(each(t(2, 3, 2, 2), t(1, 3, 2), t(2, 3, 1, 2, 2)), C, VAR, C, C),
    case(each(t(4, 3), t(2, 3, 2, 2), t(1, 3, 1)), C, VAR, C, C, use_input_stats=False),
    case(SINGULAR, C, VAR, C, C, use_input_stats=each(True, False)),
    case(X, None, None, C, eps=each(0.0, -9.0, 1)),
    case(t(2, 3, 0), C, VAR, C, C, use_input_stats=each(True, False)),
    case(t(0, 3, 5), C, VAR, use_input_stats=each(True, False)),
    case(t(2, 0, 5)),
    case(OFFSET, C, VAR, C, C),
    case(ROWS, t(6), t(6, draw="positive"), t(6), t(6)),
    case(HALF, NARROW, NARROW_VAR, NARROW, NARROW, use_input_stats=each(True, False)),
]
INSTANCE_ERRORS = [
    (case(X, None, None, use_input_stats=False), RuntimeError),
    (case(X, C, None, use_input_stats=False), RuntimeError),
    (case(X, C), ValueError),
    (case(X, None, VAR), ValueError),
    (case(t(4, 3)), ValueError),
    (case(t(4, 3, 1)), ValueError),
    (case(t()), ValueError),
    (case(t(3), C, VAR, use_input_stats=False), IndexError),
    (case(t(0, 3, 5), weight=C), IndexError),
    (case(t(2, 0, 5), bias=t(0)), IndexError),
    (case(X, t(4), t(4)), RuntimeError),
    (case(X, t(3, 1), VAR), RuntimeError),
    (case(X, weight=t(4)), RuntimeError),
    (case(X, weight=t(1, 3)), RuntimeError),
    (case(X, bias=t(1)), RuntimeError),
    (case(LONG), RuntimeError),
    (case(COMPLEX), RuntimeError),
    (case(X, weight=WIDE), RuntimeError),
    (case(X, weight=C, bias=WIDE), RuntimeError),
    (case(t(4, 3, 5, dtype="bfloat16"), C, VAR, None, NARROW), RuntimeError),
    (case(X, eps="1"), TypeError),
    (case(X, momentum=None), TypeError),
    (case(X, use_input_stats=1), TypeError),
    (case(X, weight=[1.0]), TypeError),
]

instance_norm = op(
    *INSTANCE,
    case(X, t(3, dtype="int64"), t(3, draw="positive", dtype="bfloat16"), C, C),
    case(HALF, None, None, None, NARROW),
    errors=INSTANCE_ERRORS,
    bench=case(t(16, 64, 56, 56), None, None, t(64), t(64)),
)
instance_norm_stats = op(
    *INSTANCE,
    case(X, C, VAR, momentum=each(0.0, 1, 0.3)),
    case(each(t(4, 5, 3), t(4, 2, 2, 3)), C, VAR, C, C, data_format="NHWC"),
    case(each(t(4, 5, 3), t(4, 3)), C, VAR, C, C, False, data_format="NHWC"),
    errors=INSTANCE_ERRORS,
)

SIX, HALF_SIX = t(2, 6, 4), each(t(2, 6, 4, dtype="bfloat16"), t(2, 6, 4, dtype="float16"))
group_norm = op(
    case(SIX, each(1, 2, 3, 6), t(6), t(6)),
    case(SIX, 2, each(None, t(6)), each(None, t(6))),
    case(each(t(2, 6), t(2, 6, 2, 2), t(1, 6, 1), t(2, 6, 1, 2, 2)), 3, t(6), t(6)),
    case(t(2, 6), 6, t(6), t(6)),
    case(SINGULAR, each(1, 3), t(3), t(3)),
    case(t(2, 6, 4, draw="ties"), 2, eps=each(0.0, -9.0, 1)),
    case(t(0, 6, 4), 3, t(6), t(6)),
    case(each(t(2, 0, 4), t(2, 6, 0)), 3),
    case(t(2, 6, 100, draw="offset"), 3, t(6), t(6)),
    case(ROWS, 3, t(6), t(6)),
    case(t(16, 6, 4), 3, each(None, t(6)), t(6)),
    case(HALF_SIX, 3, each(None, t(6, dtype="float32")), t(6, dtype="float32")),
    errors=[
        (case(SIX, 4), RuntimeError),
        (case(SIX, 12), RuntimeError),
        (case(SIX, -1), RuntimeError),
        (case(SIX, 0), ZeroDivisionError),
        (case(t(6), 3), RuntimeError),
        (case(t(), 3), RuntimeError),
        (case(t(1, 3), 3), ValueError),
        (case(t(1, 3, 1), 2), ValueError),
        (case(SIX, 3, t(5)), RuntimeError),
        (case(SIX, 3, t(6, 1)), RuntimeError),
        (case(SIX, 3, None, t(3)), RuntimeError),
        (case(LONG, 3), RuntimeError),
        (case(COMPLEX, 3), RuntimeError),
        (case(SIX, 3, t(6, dtype="float64")), RuntimeError),
        (case(SIX, 3, t(6, dtype="float16")), RuntimeError),
        (case(t(2, 6, dtype="float16"), 3, t(6, dtype="float16"), t(6)), RuntimeError),
        (case(SIX, 3.0), TypeError),
        (case(SIX, True), TypeError),
        (case(SIX, "a"), TypeError),
        (case(SIX, 3, eps=None), TypeError),
        (case(SIX, 3, [1.0]), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), 32, t(64), t(64)),
)

LAST = t(2, 3, 4)
LAST_ERRORS = [
    (case(LAST, ()), RuntimeError),
    (case(LAST, (3,)), RuntimeError),
    (case(LAST, (2, 3)), RuntimeError),
    (case(LAST, (-1,)), RuntimeError),
    (case(LAST, (4,), t(3)), RuntimeError),
    (case(LAST, (3, 4), t(4)), RuntimeError),
    (case(t(2, 4, dtype="int64"), (4,)), RuntimeError),
    (case(t(2, 4, dtype="bool"), (4,)), RuntimeError),
    (case(LAST, 4), TypeError),
    (case(LAST, (4.0,)), TypeError),
    (case(LAST, (True,)), TypeError),
    (case(LAST, None), TypeError),
    (case(LAST, (4,), [1.0]), TypeError),
    (case([1.0], (1,)), TypeError),
    (case(LAST, (4,), eps="1"), TypeError),
]

layer_norm = op(
    case(LAST, (4,), each(None, t(4)), each(None, t(4))),
    case(LAST, (3, 4), t(3, 4), t(3, 4)),
    case(LAST, [2, 3, 4], t(2, 3, 4), t(2, 3, 4)),
    case(ROWS, (9, 12), t(9, 12), t(9, 12)),
    case(t(16, 3, 4), (3, 4), t(3, 4), t(3, 4)),
    case(t(4), (4,), t(4), t(4)),
    case(each(t(3, 1), t(1)), (1,), t(1), t(1)),
    case(SINGULAR, (4,), t(4), t(4)),
    case(t(3, 4, draw="ties"), (4,), eps=each(0.0, -9.0, 1)),
    case(t(0, 4), (4,), t(4), t(4)),
    case(t(2, 0), (0,), t(0), t(0)),
    case(t(3, 100, draw="offset"), (100,), t(100), t(100)),
    case(t(3, 4, dtype="bfloat16"), (4,), t(4, dtype="float32"), t(4, dtype="float32")),
    case(t(3, 4, dtype="float16"), (4,), None, t(4, dtype="float32")),
    errors=[
        *LAST_ERRORS,
        (case(t(), ()), RuntimeError),
        (case(t(), (1,)), RuntimeError),
        (case(LAST, (5, 2, 3, 4)), RuntimeError),
        (case(LAST, (4,), None, t(3)), RuntimeError),
        (case(t(2, 4, dtype="complex64"), (4,)), RuntimeError),
        (case(LAST, (4,), t(4, dtype="float64")), RuntimeError),
        (case(LAST, (4,), t(4, dtype="float16")), RuntimeError),
        (case(t(2, 4, dtype="float16"), (4,), t(4, dtype="float16"), t(4)), RuntimeError),
        (case(LAST, (4,), eps=None), TypeError),
    ],
    bench=case(t(16, 512, 768), (768,), t(768), t(768)),
)

rms_norm = op(
    case(LAST, (4,), each(None, t(4)), each(None, 0.0, 0.5, 1)),
    case(LAST, (3, 4), t(3, 4)),
    case(LAST, [2, 3, 4], t(2, 3, 4)),
    case(t(4), (4,), t(4)),
    case(each(t(3, 1), t(1)), (1,), t(1), eps=0.01),
    case(SINGULAR, (4,), t(4)),
    case(t(3, 4, draw="ties"), (4,), eps=-9.0),
    case(t(3, 4, draw="large"), (4,), t(4, draw="large")),
    case(t(0, 4), (4,), t(4)),
    case(t(2, 0), (0,), t(0)),
    case(t(3, 100, draw="offset"), (100,), t(100)),
    *[case(t(3, 4, dtype="float32"), (4,), t(4, dtype=d)) for d in ("bfloat16", "int64", "bool")],
    case(t(3, 4, dtype="float16"), (4,), t(4, dtype="float32")),
    errors=[
        *LAST_ERRORS,
        (case(t(), ()), RuntimeError),
        (case(t(), (1,)), ValueError),
        (case(LAST, (5, 2, 3, 4)), ValueError),
    ],
    bench=case(t(16, 512, 768), (768,), t(768)),
    dtypes=(*FLOATS, "complex128"),
)

local_response_norm = op(
    case(t(2, 5, 3), each(1, 2, 3, 4, 5, 12)),
    case(each(t(2, 5, 3, 2), t(2, 5, 1, 2, 2), t(1, 1, 1), t(2, 3, 1, 2, 1, 2)), 3),
    case(t(2, 5, 3), 2, alpha=each(0.5, 2), beta=each(0.75, 2.0, 1, 0.0, -0.5), k=each(2, 0.5)),
    case(each(t(2, 5, 3, draw="zeros"), t(2, 5, 3, draw="one_zero")), 1, alpha=1.0, k=0.0),
    case(t(2, 5, 3), 3, alpha=-1.0, k=0.0),
    case(SINGULAR, 2, alpha=1.0),
    case(t(2, 40, 3, draw="offset", dtype="float32"), 5, alpha=1.0),
    case(each(t(2, 6, 2), t(2, 6, 2, 2)), each(3, 4), alpha=each(1.0, 2)),
    case(each(t(0, 5, 3), t(2, 0, 3), t(2, 5, 0)), 2),
    errors=[
        (case(t(2, 3), 2), ValueError),
        (case(t(2, 5, 3), 0), RuntimeError),
        (case(t(2, 5, 3), -1), RuntimeError),
        (case(t(2, 5, 3, 2, dtype="bfloat16"), 2), RuntimeError),
        (case(t(2, 5, 3, dtype="int32"), 2), RuntimeError),
        (case(t(2, 5, 3, dtype="bool"), 2), RuntimeError),
        (case(t(2, 5, 3, dtype="complex64"), 2), RuntimeError),
        (case(t(2, 5, 3), 2.0), TypeError),
        (case(t(2, 5, 3), True), TypeError),
        (case(t(2, 5, 3), "2"), TypeError),
        (case(t(2, 5, 3), 2, alpha="1"), TypeError),
        (case(t(2, 5, 3), 2, beta="1"), TypeError),
        (case(t(2, 5, 3), 2, k=None), TypeError),
    ],
    bench=case(t(16, 64, 56, 56), 5),
    dtypes=(*FLOATS, "int64"),
)
