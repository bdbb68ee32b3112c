"""Overlap losses: one minus a ratio of sums, of which true positives are a part.

With p the probabilities and t the targets, TP = sum(p t), FP = sum(p (1 - t)), FN = sum((1 - p) t).
The loss is computed from FP and FN, not as 1 - score: nearly perfect predictions keep their digits.
16-bit floats are computed and summed in float32; results have the dtype of the inputs.
"""

from typing import Any

import jax

from .._checks import check_option
from .._dtypes import as_scalar
from ._arguments import check_gamma, given, wide_dtype
from ._overlap import generalized_loss, needs_channel, options_of, overlap_loss

Array = jax.Array


def dice_loss(
    inputs: Any,
    targets: Any,
    smooth: Any = 1.0,
    *,
    activation: str | None = "sigmoid",
    per: str = "batch",
    squared: bool = False,
    overlap: str = "product",
    denominator_floor: float = 0.0,
    log_floor: float | None = None,
    absent: str = "keep",
    class_weight: Any = None,
    weight_mode: str = "scale",
    classes: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    channel_dim: int = 1,
) -> Array:
    """One minus the Dice coefficient of the probabilities and the targets.

    Loss = 1 - (2 TP + smooth) / (sum(p) + sum(t) + smooth); squared: of p^2 and t^2, as in
    Milletari et al., V-Net (2016). With the defaults it is one ratio over everything.

    Torch:    none; torchref.losses.overlap.dice_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels -> (). Under "none" ()
              for per="batch", (C,) for "class", (N,) for "sample", (N, C) for "sample_class".
              One ratio over everything without labels: any shape.
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; 0 where masked, and where a ratio is of nothing.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option or a target
              outside [0, 1]; IndexError for a label or a class that is none, or a wrong
              channel_dim.

    The options are those of `tversky_loss`; smooth is added to twice what it is added to there.

    >>> import jax.numpy as jnp
    >>> float(dice_loss(jnp.zeros(2), jnp.array([0.0, 1.0])))
    0.333...
    """
    op = "dice_loss"
    channel = needs_channel(activation, per, classes)
    at = given(op, inputs, targets, mask, ignore_index, channel_dim, needs_channel=channel)
    options = options_of(
        op,
        at,
        smooth=smooth,
        activation=activation,
        per=per,
        overlap=overlap,
        classes=classes,
        reduction=reduction,
        class_weight=class_weight,
        weight_mode=weight_mode,
        denominator_floor=denominator_floor,
        log_floor=log_floor,
        absent=absent,
    )
    half = as_scalar(0.5, wide_dtype(at))
    return overlap_loss(at, options, half, half, scale=2.0, squared=bool(squared), exponent=1.0)


def tversky_loss(
    inputs: Any,
    targets: Any,
    alpha: Any = 0.5,
    beta: Any = 0.5,
    smooth: Any = 1.0,
    exponent: float = 1.0,
    *,
    activation: str | None = "sigmoid",
    per: str = "batch",
    squared: bool = False,
    overlap: str = "product",
    denominator_floor: float = 0.0,
    log_floor: float | None = None,
    absent: str = "keep",
    class_weight: Any = None,
    weight_mode: str = "scale",
    classes: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    channel_dim: int = 1,
) -> Array:
    """One minus the Tversky index: alpha weighs false positives, beta false negatives.

    Loss = (1 - (TP + smooth) / (TP + alpha FP + beta FN + smooth))^exponent: Salehi et al. (2017),
    and with an exponent, 1 / gamma of the paper, the focal Tversky loss of Abraham and Khan (2018).
    alpha = beta = 1 is the Jaccard loss.

    Torch:    none; torchref.losses.overlap.tversky_loss
    Shapes:   as `dice_loss`.
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; 0 where masked, where a ratio is of nothing, and where
              a loss of 0 has an exponent below 1.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              exponent or a target outside [0, 1]; IndexError for a label or a class that is none,
              or a wrong channel_dim.

    activation: "sigmoid", "softmax" over the channel, or None for inputs that are probabilities.
    per: what has a ratio of its own: the "batch", each "class", "sample" or "sample_class".
    smooth: a number, or one for the numerator and one for the denominator. denominator_floor: the
    least denominator. log_floor: -log of the score, at least this, in place of 1 - score.
    squared: FP = sum(p^2) - TP and FN = sum(t^2) - TP. overlap: "product" takes TP as above,
    "minimum" as sum(min(p, t)), FP and FN as what it leaves of p and t: then p = t is no loss.
    absent: a class without targets counts as others ("keep"), as 0 ("zero") or not ("skip"; if all
    are absent the loss is 1). class_weight: on each loss ("scale"), also divided by their sum
    ("mean"), or inside each sum of a pooled ratio ("inside"). classes: which count, None for all.
    mask (True counts) and ignore_index take elements or pixels out. Under jit targets cannot be
    looked at: a label that is no class is a row of zeros. 0 / 0 counts as a loss of 0.

    >>> import jax.numpy as jnp
    >>> float(tversky_loss(jnp.zeros(2), jnp.array([0.0, 1.0]), alpha=0.3, beta=0.7, smooth=0.0))
    0.5
    """
    op = "tversky_loss"
    channel = needs_channel(activation, per, classes)
    at = given(op, inputs, targets, mask, ignore_index, channel_dim, needs_channel=channel)
    options = options_of(
        op,
        at,
        smooth=smooth,
        activation=activation,
        per=per,
        overlap=overlap,
        classes=classes,
        reduction=reduction,
        class_weight=class_weight,
        weight_mode=weight_mode,
        denominator_floor=denominator_floor,
        log_floor=log_floor,
        absent=absent,
    )
    a, b = (as_scalar(weight, wide_dtype(at)) for weight in (alpha, beta))
    power = check_gamma(op, "exponent", exponent)
    return overlap_loss(at, options, a, b, scale=1.0, squared=bool(squared), exponent=power)


def generalized_dice_loss(
    inputs: Any,
    targets: Any,
    smooth: Any = 1e-5,
    *,
    volume_weight: str = "square",
    activation: str | None = "sigmoid",
    per: str = "sample",
    overlap: str = "product",
    classes: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    channel_dim: int = 1,
) -> Array:
    """One minus a Dice coefficient in which each class weighs as one over its squared volume.

    Loss = 1 - (2 sum_c v_c TP_c + smooth) / (sum_c v_c (sum(p_c) + sum(t_c)) + smooth), where v_c
    is 1 / n_c^2 ("square"), 1 / n_c ("simple") or 1 ("uniform") with n_c = sum(t_c): Sudre et al.,
    Generalised Dice overlap (2017). An absent class has the largest weight of the others.

    Torch:    none; torchref.losses.overlap.generalized_dice_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels -> (). Under "none" (N,),
              or () for per="batch".
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; 0 where masked, and where a ratio is of nothing.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option or a target
              outside [0, 1]; IndexError for a label or a class that is none, or a wrong
              channel_dim.

    The options are those of `tversky_loss`.

    >>> import jax.numpy as jnp
    >>> float(generalized_dice_loss(jnp.zeros((1, 2, 1)), jnp.array([[0]]), smooth=0.0))
    0.5
    """
    op = "generalized_dice_loss"
    check_option(op, "volume_weight", volume_weight, ("square", "simple", "uniform"))
    check_option(op, "per", per, ("sample", "batch"))
    at = given(op, inputs, targets, mask, ignore_index, channel_dim, needs_channel=True)
    options = options_of(
        op,
        at,
        smooth=smooth,
        activation=activation,
        per=per,
        overlap=overlap,
        classes=classes,
        reduction=reduction,
    )
    return generalized_loss(at, options, volume_weight)
