from ..._spec import case, each, op, t
from ._shared import ERRORS, HARD, IMAGES, LABELS, LOGITS, MASK, PIXELS, SOFT

PER = each("batch", "class", "sample", "sample_class")
BY_CLASS, POOLED = each("class", "sample_class"), each("batch", "sample")
REDUCTION = each("none", "mean", "sum")
WEIGHT = t(3, draw="positive")
OPTIONS = [
    (case(t(3), t(3, draw="unit"), activation="relu"), ValueError),
    (case(LOGITS, SOFT, per="pixel"), ValueError),
    (case(t(3), t(3, draw="unit"), reduction="average"), ValueError),
    (case(LOGITS, SOFT, classes=(3,)), IndexError),
    (case(LOGITS, SOFT, smooth=(1.0, 1.0, 1.0)), ValueError),
]
WEIGHTS = [
    (case(LOGITS, SOFT, class_weight=WEIGHT), ValueError),
    (case(LOGITS, SOFT, per="class", class_weight=t(2)), RuntimeError),
    (case(LOGITS, SOFT, absent="drop"), ValueError),
]

dice_loss = op(
    case(LOGITS, each(HARD, SOFT, t(2, 3, 4, draw="zeros")), smooth=each(1.0, 0.0, 1e-5)),
    case(t(), t(draw="unit")),
    case(LOGITS, each(LABELS, SOFT), activation=each("sigmoid", "softmax"), per=PER),
    case(LOGITS, SOFT, squared=each(False, True), overlap=each("product", "minimum")),
    case(LOGITS, SOFT, squared=True, per=PER),
    case(LOGITS, SOFT, smooth=each((0.0, 1e-8), (2.0, 0.5)), per="class", reduction=REDUCTION),
    case(LOGITS, t(2, 4, draw="labels", dtype="int64"), per=BY_CLASS, absent=each("zero", "skip")),
    case(LOGITS, SOFT, per=BY_CLASS, class_weight=WEIGHT, weight_mode=each("scale", "mean")),
    case(LOGITS, SOFT, per=POOLED, class_weight=WEIGHT, weight_mode="inside", reduction=REDUCTION),
    case(LOGITS, LABELS, per="sample_class", classes=each((1, 2), (2, 0)), ignore_index=1),
    case(LOGITS, SOFT, classes=(1, 2), per="class", class_weight=WEIGHT, mask=each(MASK, PIXELS)),
    case(t(2, 3, 4, draw="unit"), SOFT, activation=None, mask=each(MASK, PIXELS)),
    case(LOGITS, SOFT, log_floor=each(1e-7, 0.6), denominator_floor=each(1e-7, 100.0)),
    case(t(2, 4, 3), LABELS, activation="softmax", per=PER, channel_dim=-1),
    errors=[*ERRORS, *OPTIONS, *WEIGHTS],
    bench=case(*IMAGES),
)
tversky_loss = op(
    case(LOGITS, each(HARD, SOFT), alpha=each(0.3, 1.0), beta=each(0.7, 1), smooth=each(1.0, 1e-5)),
    case(LOGITS, LABELS, exponent=each(0.75, 1.0, 2), per=PER, activation="softmax"),
    case(LOGITS, SOFT, 0.3, 0.7, overlap="minimum", per=PER),
    case(LOGITS, SOFT, 0.3, 0.7, squared=True, per=each("batch", "class")),
    case(LOGITS, SOFT, 0.3, 0.7, per=BY_CLASS, class_weight=WEIGHT, reduction=REDUCTION),
    case(LOGITS, SOFT, per=POOLED, class_weight=WEIGHT, weight_mode="inside"),
    case(LOGITS, t(2, 4, draw="labels", dtype="int64"), per=BY_CLASS, absent=each("zero", "skip")),
    case(LOGITS, LABELS, classes=(1, 2), per="class", mask=each(None, PIXELS), ignore_index=1),
    case(LOGITS, SOFT, log_floor=1e-7, denominator_floor=each(1e-7, 100.0)),
    case(t(2, 4, 3), LABELS, per="sample", channel_dim=-1),
    errors=[*ERRORS, *OPTIONS, *WEIGHTS, (case(LOGITS, SOFT, exponent=-1.0), ValueError)],
    bench=case(*IMAGES, 0.3, 0.7, exponent=0.75),
)
generalized_dice_loss = op(
    case(LOGITS, each(LABELS, SOFT), volume_weight=each("square", "simple", "uniform")),
    case(LOGITS, t(2, 4, draw="labels", dtype="int64"), per=POOLED, reduction=REDUCTION),
    case(LOGITS, t(2, 3, 4, draw="zeros"), per=POOLED),
    case(LOGITS, LABELS, activation="softmax", classes=(1, 2), smooth=each(1.0, (0.0, 1.0))),
    case(LOGITS, SOFT, overlap="minimum", mask=each(MASK, PIXELS)),
    case(t(2, 4, 3), LABELS, ignore_index=1, channel_dim=-1),
    errors=[
        *ERRORS[3:],
        (case(t(2, 3), t(2, 4)), RuntimeError),
        *OPTIONS[1:2],
        *OPTIONS[3:],
        (case(LOGITS, SOFT, volume_weight="cubic"), ValueError),
    ],
    bench=case(t(16, 80, 128, 128), t(16, 128, 128, draw="labels", dtype="int64")),
)
