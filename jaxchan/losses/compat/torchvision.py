"""torchvision.ops 0.29's focal loss."""

from typing import Any

import jax

from ..focal import sigmoid_focal_loss as _sigmoid_focal_loss


def sigmoid_focal_loss(
    inputs: Any, targets: Any, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> jax.Array:
    """torchvision.ops.sigmoid_focal_loss; alpha=-1 is no weighting."""
    if alpha != -1 and not 0 <= alpha <= 1:
        raise ValueError(f"sigmoid_focal_loss: alpha must be in [0, 1] or -1, got {alpha}")
    weight = None if alpha == -1 else alpha
    return _sigmoid_focal_loss(inputs, targets, weight, gamma, reduction, modulator="linear")
