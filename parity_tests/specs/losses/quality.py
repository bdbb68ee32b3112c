from ..._spec import case, each, op, t
from ._shared import ERRORS, HARD, LABELS, LOGITS, MASK, PIXELS, SOFT

REDUCTION = each("none", "mean", "sum")
BINS = t(2, 4, draw="unit")
AT_BINS = t(2, 4, draw="labels")  # 0 and 1: the derivative is the one from above
ROWS = t(200_000, 80), t(200_000, 80, draw="labels")

quality_focal_loss = op(
    case(LOGITS, each(HARD, SOFT, LABELS), beta=each(1, 2.0, 2.7), reduction=REDUCTION),
    case(LOGITS, SOFT, mask=each(None, MASK, PIXELS), reduction="mean", normalizer="valid"),
    case(LOGITS, LABELS, ignore_index=1, normalizer=each("elements", 7.0), reduction="mean"),
    case(t(2, 4, 3), LABELS, channel_dim=-1),
    errors=[
        (case(t(2, 3), t(2, 4)), RuntimeError),
        *ERRORS[3:],
        (case(LOGITS, SOFT, beta=-1), ValueError),
    ],
    bench=case(*ROWS, reduction="mean"),
)
varifocal_loss = op(
    case(LOGITS, each(HARD, SOFT, LABELS), iou_weighted=each(True, False), reduction=REDUCTION),
    case(LOGITS, HARD, alpha=0.5, gamma=each(0, 0.5, 1, 2.7)),
    case(LOGITS, each(HARD, SOFT), mask=each(MASK, PIXELS), reduction="mean", normalizer="valid"),
    case(LOGITS, LABELS, ignore_index=1, normalizer=7.0, reduction="mean"),
    case(t(2, 4, 3), LABELS, channel_dim=-1),
    case(t(), t(draw="unit")),
    errors=[*ERRORS, (case(LOGITS, SOFT, gamma=-1), ValueError)],
    bench=case(*ROWS, reduction="mean"),
)
distribution_focal_loss = op(
    case(LOGITS, each(BINS, AT_BINS), reduction=REDUCTION),
    case(t(2, 2, 4), each(BINS, t(2, 4, draw="zeros"))),
    case(LOGITS, BINS, mask=PIXELS, reduction="mean", normalizer=each("elements", "valid", 7.0)),
    case(t(2, 4, 3), BINS, channel_dim=-1),
    errors=[
        (case(LOGITS, t(2, 5)), RuntimeError),
        (case(t(2, 3, 4, dtype="int64"), BINS), RuntimeError),
        (case(LOGITS, t(2, 4, draw="offset")), ValueError),
        (case(t(2, 1, 4), BINS), RuntimeError),
        (case(LOGITS, BINS, channel_dim=3), IndexError),
        (case(LOGITS, BINS, reduction="average"), ValueError),
    ],
    bench=case(t(400_000, 17), t(400_000, draw="unit"), reduction="mean"),
)
