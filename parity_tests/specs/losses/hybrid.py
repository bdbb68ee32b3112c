from ..._spec import case, each, op, t
from ._shared import ERRORS, HARD, IMAGES, LABELS, LOGITS, PIXELS, SOFT

focal_dice_loss = op(
    case(LOGITS, each(HARD, SOFT), lambda_focal=each(0.5, 0.0, 1.0, 0.3)),
    case(LOGITS, HARD, alpha=0.7, gamma=1, smooth=0.5, lambda_dice=each(None, 2.0)),
    case(LOGITS, each(LABELS, SOFT), activation="softmax", per=each("batch", "sample_class")),
    case(LOGITS, LABELS, class_weight=t(3, draw="positive"), per=each("sample", "class")),
    case(LOGITS, LABELS, mask=each(None, PIXELS), ignore_index=1, normalizer="valid"),
    errors=[
        *ERRORS,
        (case(t(3), t(3, draw="unit"), gamma=-1), ValueError),
        (case(t(3), t(3, draw="unit"), activation="relu"), ValueError),
    ],
    bench=case(*IMAGES),
)
