from ..._spec import case, each, op, t
from ._shared import ERRORS, HARD, IMAGES, LABELS, LOGITS, MASK, PIXELS, SOFT

MODULATORS = each("linear", "margin", "likelihood", "distance", "split")
ALPHA = t(3, draw="unit")
OPTIONS = [
    (case(t(3), t(3, draw="unit"), reduction="average"), ValueError),
    (case(t(3), t(3, draw="unit"), gamma=-1), ValueError),
    (case(t(3), t(3, draw="unit"), normalizer="rows"), ValueError),
    (case(t(3), t(3, draw="unit"), alpha=[0.5, 0.5]), RuntimeError),
]

sigmoid_focal_loss = op(
    case(LOGITS, each(HARD, SOFT), reduction=each("none", "mean", "sum")),
    case(LOGITS, each(HARD, SOFT), alpha=each(0.0, 0.7), gamma=each(0, 0.5, 1, 2, 5)),
    case(LOGITS, SOFT, gamma=each(0, 2, 2.7), modulator=MODULATORS),
    case(LOGITS, HARD, gamma=each(1, 5), modulator=MODULATORS),
    case(t(2, 3, 4, draw="large"), each(HARD, SOFT)),
    case(t(2, 3, 4, draw="zeros"), each(HARD, SOFT)),
    case(LOGITS, LABELS, alpha=each(None, 0.3, ALPHA), class_weight=each(None, ALPHA)),
    case(LOGITS, SOFT, alpha=ALPHA, alpha_negative=each(1.0, ALPHA), modulator="split"),
    case(LOGITS, SOFT, modulator=each("linear", "likelihood"), reduced_threshold=0.6),
    case(
        LOGITS,
        LABELS,
        mask=each(None, PIXELS, t(2, 1, 4, dtype="bool")),
        ignore_index=each(None, 1, 255),
        normalizer="valid",
        reduction="mean",
    ),
    case(
        LOGITS,
        LABELS,
        mask=PIXELS,
        normalizer=each("elements", "pixels", "batch", 7.0),
        reduction="mean",
    ),
    case(LOGITS, SOFT, mask=MASK, normalizer="valid", reduction=each("none", "mean")),
    case(LOGITS, HARD, ignore_index=1, reduction=each("none", "mean"), normalizer="valid"),
    case(t(2, 4, 3), LABELS, alpha=ALPHA, channel_dim=each(2, -1)),
    case(t(), t(draw="unit")),
    case(t(0, 3), t(0, 3), reduction=each("none", "sum")),
    errors=[
        *ERRORS,
        *OPTIONS,
        (case(t(3), t(3, draw="unit"), modulator="cubic"), ValueError),
        (case(t(3), t(3, draw="unit"), reduced_threshold=0.5), ValueError),
        (case(t(3), t(3, draw="unit"), reduction="mean", normalizer="pixels"), ValueError),
    ],
    bench=case(*IMAGES, reduction="mean"),
)
softmax_focal_loss = op(
    case(LOGITS, each(LABELS, SOFT), reduction=each("none", "mean", "sum")),
    case(LOGITS, each(LABELS, SOFT), alpha=each(0.25, ALPHA), gamma=each(0, 0.5, 1, 2, 5)),
    case(t(2, 3, 4, draw="zeros"), LABELS, gamma=2.7),
    case(t(2, 3, draw="tails"), t(2, draw="ties", dtype="int64")),
    case(t(1, 3, 16400), t(1, 16400, draw="ties", dtype="int64"), reduction="sum"),
    case(LOGITS, LABELS, alpha=0.3, class_weight=ALPHA, ignore_index=each(None, 2, -100)),
    case(
        LOGITS,
        LABELS,
        mask=each(None, PIXELS),
        ignore_index=1,
        normalizer=each("elements", "valid", "pixels", "batch", 7.0),
        reduction="mean",
    ),
    case(LOGITS, SOFT, mask=each(MASK, PIXELS), reduction=each("none", "mean")),
    case(t(2, 4, 3), LABELS, alpha=0.3, channel_dim=-1),
    case(t(0, 3), t(0, dtype="int64")),
    errors=[
        (case(t(2, 3), t(2, 4)), RuntimeError),
        (case(t(2, 3, dtype="int64"), t(2, 3)), RuntimeError),
        *ERRORS[3:],
        (case(LOGITS, LABELS, reduction="average"), ValueError),
        (case(LOGITS, LABELS, gamma=-1), ValueError),
    ],
    bench=case(
        t(16, 80, 128, 128), t(16, 128, 128, draw="labels", dtype="int64"), reduction="mean"
    ),
)
