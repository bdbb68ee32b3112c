"""Calls that all losses share. Logits are (2, 3, 4); labels are (2, 4)."""

from ..._spec import case, t

LOGITS = t(2, 3, 4)
HARD, SOFT = t(2, 3, 4, draw="labels"), t(2, 3, 4, draw="unit")
LABELS = t(2, 4, draw="ties", dtype="int64")  # 0, 1 and 2
MASK, PIXELS = t(2, 3, 4, dtype="bool"), t(2, 4, dtype="bool")
ERRORS = [
    (case(t(3), t(4)), RuntimeError),
    (case(t(3, dtype="int64"), t(3)), RuntimeError),
    (case(t(3), t(3, dtype="int64")), RuntimeError),
    (case(t(2, 3, 4), t(2, 5, dtype="int64")), RuntimeError),
    (case(t(2, 3), t(2, 3, draw="positive")), ValueError),
    (case(t(2, 1), t(2, draw="offset", dtype="int64")), IndexError),
    (case(LOGITS, LABELS, channel_dim=3), IndexError),
    (case(LOGITS, LABELS, channel_dim=1, mask=t(3, 4, dtype="bool")), RuntimeError),
]
IMAGES = t(16, 80, 128, 128), t(16, 80, 128, 128, draw="labels")
