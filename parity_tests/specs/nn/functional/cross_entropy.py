from ...._spec import case, each, op, t

ALL, TWO = each("none", "mean", "sum"), each("none", "mean")
INFINITE = [t(3, 4, draw=d) for d in ("nan", "inf", "neg_inf", "both_inf")]
SPECIAL = each(*INFINITE, t(3, 4, draw="large"), t(3, 4, draw="ties"))
ONE = t(draw="ties", dtype="int64")
LABELS, NONE = t(3, draw="ties", dtype="int64"), t(3, draw="zeros", dtype="int64")  # in 0, 1, 2
IMAGE, MAP = t(2, 3, 2, 4), t(2, 2, 4, draw="ties", dtype="int64")
SHARES = t(3, 4, draw="unit")
SIZES = [
    case(t(3, 4), LABELS, reduction=ALL),
    case(t(3, 4), LABELS, ignore_index=1, reduction=ALL),
    case(t(3, 4), NONE, ignore_index=0, reduction=ALL),
    case(t(3, 4), LABELS, t(4, draw="positive"), ignore_index=each(-100, 1), reduction=ALL),
    case(t(3, 4), NONE, t(4, draw="zeros")),
    case(SPECIAL, LABELS, reduction="none"),
    case(SPECIAL, LABELS, ignore_index=1),
    case(t(3, 4), t(3, draw="ties", dtype="uint8"), ignore_index=each(-100, 1)),
    case(IMAGE, MAP, reduction=ALL),
    case(IMAGE, MAP, each(t(3, draw="positive"), t(3, 1, draw="positive")), ignore_index=2),
    case(t(2, 3, 4), t(2, 4, draw="ties", dtype="int64"), reduction=TWO),
    case(t(2, 3, 1, 2, 2), t(2, 1, 2, 2, draw="ties", dtype="int64"), reduction="none"),
    case(t(2, 11, 8, 16, draw="large"), t(2, 8, 16, draw="ties", dtype="int64")),
    case(t(1, 3, 16400), t(1, 16400, draw="ties", dtype="int64")),
    case(
        t(4), each(t(draw="ties", dtype="int64"), t(1, dtype="int64", draw="ties")), reduction=ALL
    ),
    case(t(4), t(draw="zeros", dtype="int64"), ignore_index=0, reduction=ALL),
    case(each(t(0, 3), t(0, 0)), t(0, dtype="int64"), reduction=ALL),
    case(t(2, 3, 0, 4), t(2, 0, 4, dtype="int64"), reduction=ALL),
]
ERRORS = [
    (case(t(3, 4), LABELS, reduction="average"), ValueError),
    (case(t(3, 4), t(2, draw="ties", dtype="int64")), ValueError),
    (case(t(4), t(2, draw="ties", dtype="int64")), ValueError),
    (case(t(3, 4), t(draw="ties", dtype="int64")), ValueError),
    (case(t(4), t(1, 1, draw="ties", dtype="int64")), RuntimeError),
    (case(t(3, 4), t(3, 1, draw="ties", dtype="int64")), RuntimeError),
    (case(IMAGE, t(2, 2, 3, draw="ties", dtype="int64")), RuntimeError),
    (case(IMAGE, t(2, 2, draw="ties", dtype="int64")), RuntimeError),
    (case(IMAGE, t(2, 2, 4, draw="ties", dtype="uint8")), RuntimeError),
    (case(t(3, 4), t(3, draw="ties", dtype="int32")), RuntimeError),
    (case(t(3, 4), t(3)), RuntimeError),
    (case(t(3, 4, dtype="int64"), LABELS), RuntimeError),
    (case(t(3, 4, dtype="complex64"), LABELS), RuntimeError),
    (case(t(3, 4), LABELS, t(3)), RuntimeError),
    (case(t(3, 4), LABELS, t(1, 4)), RuntimeError),
    (case(t(3, 4), LABELS, t(4, dtype="float64")), RuntimeError),
    (case(t(3, 2), t(3, draw="offset", dtype="int64")), IndexError),
    (case(IMAGE, t(2, 2, 4, draw="offset", dtype="int64")), IndexError),
    (case(t(4), t(draw="offset", dtype="int64"), reduction="none"), IndexError),
    (case(t(2, 0), t(2, draw="zeros", dtype="int64")), IndexError),
    (case(t(3, 4), [0, 1, 2]), TypeError),
    (case(t(3, 4), LABELS, ignore_index=1.5), TypeError),
]
# bench narrows 64-bit integers, and torch takes no others but these
BIG = case(t(4096, 1000), t(4096, draw="ties", dtype="uint8"))

cross_entropy = op(
    *SIZES,
    case(t(3, 4), LABELS, label_smoothing=each(0.1, 1.0, -0.5), reduction=TWO),
    case(
        t(3, 4),
        LABELS,
        t(4, draw="positive"),
        ignore_index=each(-100, 1),
        label_smoothing=0.1,
        reduction=ALL,
    ),
    case(t(3, 4), NONE, ignore_index=0, label_smoothing=0.1),
    case(
        IMAGE,
        MAP,
        t(3, draw="positive"),
        ignore_index=2,
        label_smoothing=0.3,
        reduction=TWO,
    ),
    # of large logits torch's second derivative is a difference of which few digits are left
    case(each(*INFINITE), LABELS, label_smoothing=0.1, reduction="none"),
    case(t(4), ONE, label_smoothing=0.1, reduction=TWO),
    case(t(3, 4), SHARES, label_smoothing=each(0.0, 0.1), reduction=ALL),
    case(t(3, 4), SHARES, each(t(4), t(4, dtype="int64")), reduction=TWO),
    case(t(3, 4), t(3, 4, draw="unit", dtype="float32"), reduction="none"),
    case(SPECIAL, each(SHARES, t(3, 4, draw="labels")), reduction="none"),
    case(IMAGE, t(2, 3, 2, 4, draw="unit"), t(3), label_smoothing=0.1, reduction=TWO),
    case(t(4), t(4, draw="unit"), reduction=ALL),
    case(t(0, 3), t(0, 3), reduction=ALL),
    errors=[
        *ERRORS,
        (case(t(3, 4), t(3, 4, dtype="int64")), RuntimeError),
        (case(t(), t()), IndexError),
        (case(t(3, 4), SHARES, ignore_index=0), RuntimeError),
        (case(t(3, 4), SHARES, t(3)), RuntimeError),
        (case(t(3, 4), t(3, 4, dtype="complex64")), RuntimeError),
        (case(t(3, 4), LABELS, label_smoothing=1.1), RuntimeError),
        (case(t(4), t(1, draw="zeros", dtype="int64"), label_smoothing=0.1), RuntimeError),
        (case(t(3, 4), t(3, draw="ties", dtype="uint8"), t(4), label_smoothing=0.1), RuntimeError),
        (case(t(3, 4), LABELS, label_smoothing="a"), TypeError),
    ],
    bench=BIG,
)
nll_loss = op(
    *SIZES,
    errors=[*ERRORS, (case(t(), t(dtype="int64", draw="zeros")), ValueError)],
    bench=BIG,
    grad=1,
)
kl_div = op(
    case(t(3, 4), SHARES, reduction=each("none", "mean", "sum", "batchmean")),
    case(
        t(3, 4),
        each(t(3, 4), SHARES),
        reduction=each("none", "mean", "sum", "batchmean"),
        log_target=True,
    ),
    case(
        each(t(3, 4), t(3, 4, draw="both_inf"), t(3, 4, draw="nan")),
        each(*[t(3, 4, draw=d) for d in ("labels", "ties", "nan", "both_inf", "zeros")]),
        reduction="none",
        log_target=each(False, True),
    ),
    case(
        t(3, 4),
        each(t(4, draw="unit"), t(2, 1, 4, draw="unit")),
        reduction=each("batchmean", "mean"),
    ),
    case(t(4), SHARES, reduction="batchmean"),
    case(t(3, 4, dtype="float32"), SHARES),
    case(t(3, 4), t(draw="unit"), log_target=each(False, True)),
    case(t(), t(draw="unit"), reduction=each("none", "mean", "batchmean")),
    case(t(0, 3), t(0, 3), reduction=each("none", "mean", "sum", "batchmean")),
    errors=[
        (case(t(3), t(3), reduction="average"), ValueError),
        (case(t(3), t(4)), RuntimeError),
        (case(t(3), t(3, dtype="int64")), RuntimeError),
        (case(t(3, dtype="int64"), t(3)), RuntimeError),
        (case(t(3, dtype="complex64"), t(3)), RuntimeError),
        (case(t(3), t(3), log_target=1), TypeError),
        (case(t(3), 1.0), TypeError),
    ],
    bench=case(t(4096, 1000), t(4096, 1000, draw="unit")),
)
