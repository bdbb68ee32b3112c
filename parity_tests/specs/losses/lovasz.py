from ..._spec import case, each, op, t
from ._shared import ERRORS, HARD, LABELS, LOGITS, MASK, PIXELS

PER = each("batch", "sample")
WEIGHT = t(3, draw="positive")
TWO = t(2, 4, draw="labels", dtype="int64")

lovasz_hinge_loss = op(
    case(LOGITS, each(HARD, t(2, 3, 4, draw="zeros")), per=PER),
    case(LOGITS, HARD, per=PER, mask=each(None, MASK), ignore_index=each(None, 0)),
    case(t(4), t(4, draw="labels")),
    errors=[
        *ERRORS[:3],
        (case(t(3), t(3)), ValueError),
        (case(LOGITS, HARD, per="class"), ValueError),
    ],
    bench=case(t(8, 512, 512), t(8, 512, 512, draw="labels")),
    grad=1,
)
lovasz_softmax_loss = op(
    case(LOGITS, each(LABELS, TWO), classes=each("present", "all"), per=PER),
    case(LOGITS, TWO, per=PER, class_weight=WEIGHT),
    case(LOGITS, LABELS, per=PER, mask=each(None, PIXELS), ignore_index=1),
    case(t(2, 4, 3), LABELS, channel_dim=-1),
    errors=[
        *ERRORS[3:4],
        *ERRORS[5:],
        (case(LOGITS, t(2, 3, 4)), RuntimeError),
        (case(LOGITS, LABELS, classes="some"), ValueError),
    ],
    bench=case(t(2, 21, 256, 256), t(2, 256, 256, draw="labels", dtype="int64")),
)
