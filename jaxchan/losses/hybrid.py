"""Focal and Dice loss together: one looks at pixels, the other at regions."""

from typing import Any

import jax
import jax.numpy as jnp

from .._checks import check_option
from .._dtypes import accumulator, as_scalar, in_dtype
from ._arguments import given, out_dtype
from .focal import sigmoid_focal_loss, softmax_focal_loss
from .overlap import dice_loss


def focal_dice_loss(
    inputs: Any,
    targets: Any,
    lambda_focal: Any = 0.5,
    alpha: Any = 0.25,
    gamma: float = 2,
    smooth: Any = 1.0,
    *,
    lambda_dice: Any = None,
    activation: str = "sigmoid",
    per: str = "batch",
    class_weight: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> jax.Array:
    """lambda_focal times the mean focal loss plus lambda_dice times the Dice loss.

    lambda_dice is 1 - lambda_focal unless given: Zhu et al., AnatomyNet (2018), has 1 and 1.

    Torch:    none; torchref.losses.hybrid.focal_dice_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels -> (). Without labels or
              arguments by class, any shape.
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; 0 where masked.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              gamma or a target outside [0, 1]; IndexError for a label that is no class, or a wrong
              channel_dim.

    activation: "sigmoid" or "softmax", of both terms. The rest is as in `sigmoid_focal_loss` and
    `dice_loss`; class_weight is for both terms.

    >>> float(focal_dice_loss(jnp.zeros(2), jnp.array([0.0, 1.0]), lambda_focal=0.0))
    0.333...
    """
    op = "focal_dice_loss"
    check_option(op, "activation", activation, ("sigmoid", "softmax"))
    if gamma < 0:
        raise ValueError(f"{op}: gamma must not be negative, got {gamma}")
    at = given(op, inputs, targets, mask, ignore_index, channel_dim)
    dtype = accumulator(out_dtype(at))
    # rounded to 16 bits once, at the end
    x, t = in_dtype(at.x, dtype), at.targets
    t = in_dtype(t, dtype) if jnp.issubdtype(t.dtype, jnp.floating) else t
    shared: dict[str, Any] = {"mask": at.mask, "ignore_index": ignore_index}
    shared |= {"channel_dim": channel_dim, "reduction": "mean"}
    focal_loss = sigmoid_focal_loss if activation == "sigmoid" else softmax_focal_loss
    focal = focal_loss(
        x, t, alpha, gamma, class_weight=class_weight, normalizer=normalizer, **shared
    )
    mode = "inside" if per in ("batch", "sample") else "scale"
    dice = dice_loss(
        x,
        t,
        smooth,
        activation=activation,
        per=per,
        class_weight=class_weight,
        weight_mode=mode,
        **shared,
    )
    share = as_scalar(lambda_focal, dtype)
    rest = 1 - share if lambda_dice is None else as_scalar(lambda_dice, dtype)
    return (share * focal + rest * dice).astype(out_dtype(at))
