"""Dense losses on logits, for binary and multi-label targets, which may be soft: any in [0, 1].

A logit x means the probability p = sigmoid(x). Probabilities near 0 and 1 are never formed: with
log p = -softplus(-x) and log(1 - p) = -softplus(x) every power and logarithm stays exact there.
16-bit floats are computed and summed in float32; results have the dtype of the inputs.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ._checks import as_array, check_floating, check_option, check_same_shape
from ._dtypes import accumulator, result_type

REDUCTIONS = ("none", "mean", "sum")


def sigmoid_focal_loss(
    inputs: Any, targets: Any, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> jax.Array:
    """Cross-entropy of sigmoid(inputs), weighted down where the prediction is already good.

    Loss = (alpha t + (1 - alpha)(1 - t)) (t (1 - p)^gamma + (1 - t) p^gamma) BCE(p, t). For targets
    of 0 and 1 this is the focal loss of Lin et al., Focal Loss for Dense Object Detection (2017).

    Torch:    none; torchref.losses.sigmoid_focal_loss
    Shapes:   inputs (*), targets (*) -> (*), or () under "mean" and "sum".
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs and targets; finite for every finite logit and every gamma >= 0.
    Errors:   RuntimeError for integer arguments or unequal shapes; ValueError for an unknown
              reduction or a negative gamma.

    >>> float(sigmoid_focal_loss(jnp.zeros(2), jnp.array([0.0, 1.0]), reduction="sum"))
    0.173...
    """
    x, t = _pair("sigmoid_focal_loss", inputs, targets)
    check_option("sigmoid_focal_loss", "reduction", reduction, REDUCTIONS)
    _check_gamma("sigmoid_focal_loss", gamma)
    return _focal(x, t, float(alpha), float(gamma), reduction)


def dice_loss(inputs: Any, targets: Any, smooth: float = 1.0) -> jax.Array:
    """One minus the overlap of sigmoid(inputs) with targets, over all elements at once.

    Loss = 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth): Milletari et al., V-Net (2016),
    with plain sums in the denominator.

    Torch:    none; torchref.losses.dice_loss
    Shapes:   inputs (*), targets (*) -> ().
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs and targets.
    Errors:   RuntimeError for integer arguments or unequal shapes.

    >>> float(dice_loss(jnp.array([50.0, -50.0]), jnp.array([1.0, 0.0])))
    0.0
    """
    x, t = _pair("dice_loss", inputs, targets)
    return _dice(x, t, float(smooth))


def focal_dice_loss(
    inputs: Any,
    targets: Any,
    lambda_focal: float = 0.5,
    alpha: float = 0.25,
    gamma: float = 2,
    smooth: float = 1.0,
) -> jax.Array:
    """lambda_focal times the mean focal loss plus (1 - lambda_focal) times the Dice loss.

    Torch:    none; torchref.losses.focal_dice_loss
    Shapes:   inputs (*), targets (*) -> ().
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs and targets.
    Errors:   RuntimeError for integer arguments or unequal shapes; ValueError for a negative gamma.

    >>> float(focal_dice_loss(jnp.zeros(2), jnp.array([0.0, 1.0]), lambda_focal=0.0))
    0.333...
    """
    x, t = _pair("focal_dice_loss", inputs, targets)
    _check_gamma("focal_dice_loss", gamma)
    return _focal_dice(x, t, lambda_focal, float(alpha), float(gamma), float(smooth))


def _pair(op: str, inputs: Any, targets: Any) -> tuple[jax.Array, jax.Array]:
    x, t = as_array(op, "inputs", inputs), as_array(op, "targets", targets)
    check_floating(op, "inputs", x, complex_too=False)
    check_floating(op, "targets", t, complex_too=False)
    check_same_shape(op, ("inputs", x), ("targets", t))
    dtype = result_type(x, t)
    return x.astype(dtype), t.astype(dtype)


def _check_gamma(op: str, gamma: float) -> None:
    if gamma < 0:
        raise ValueError(f"{op}: gamma must not be negative, got {gamma}")


@partial(jax.jit, static_argnames=("alpha", "gamma", "reduction"))
def _focal(x: jax.Array, t: jax.Array, alpha: float, gamma: float, reduction: str) -> jax.Array:
    loss = _focal_elements(_wide(x), _wide(t), alpha, gamma)
    if reduction == "mean":
        loss = jnp.mean(loss)
    elif reduction == "sum":
        loss = jnp.sum(loss)
    return loss.astype(x.dtype)


@partial(jax.jit, static_argnames="smooth")
def _dice(x: jax.Array, t: jax.Array, smooth: float) -> jax.Array:
    return _overlap_loss(_wide(x), _wide(t), smooth).astype(x.dtype)


@partial(jax.jit, static_argnames=("alpha", "gamma", "smooth"))
def _focal_dice(
    x: jax.Array, t: jax.Array, lambda_focal: float, alpha: float, gamma: float, smooth: float
) -> jax.Array:
    share = jnp.asarray(lambda_focal).astype(_wide(x).dtype)
    focal = jnp.mean(_focal_elements(_wide(x), _wide(t), alpha, gamma))
    dice = _overlap_loss(_wide(x), _wide(t), smooth)
    return (share * focal + (1 - share) * dice).astype(x.dtype)


def _wide(x: jax.Array) -> jax.Array:
    return x.astype(accumulator(x.dtype))


def _focal_elements(x: jax.Array, t: jax.Array, alpha: float, gamma: float) -> jax.Array:
    minus_log_p, minus_log_q = jax.nn.softplus(-x), jax.nn.softplus(x)  # q = 1 - p
    cross_entropy = t * minus_log_p + (1 - t) * minus_log_q
    modulator = t * jnp.exp(-gamma * minus_log_q) + (1 - t) * jnp.exp(-gamma * minus_log_p)
    return (alpha * t + (1 - alpha) * (1 - t)) * modulator * cross_entropy


def _overlap_loss(x: jax.Array, t: jax.Array, smooth: float) -> jax.Array:
    p = jax.nn.sigmoid(x)
    return 1 - (2 * jnp.sum(p * t) + smooth) / (jnp.sum(p) + jnp.sum(t) + smooth)
