"""Focal losses on logits: cross-entropy, weighted down where the prediction is already good.

Probabilities near 0 and 1 are exact (`_logistic.py`, `_softmax.py`), and derivatives are closed
forms, so that values and gradients are finite for every logit whose limit is. 16-bit floats are
computed and summed in float32; results have the dtype of the inputs.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from .._checks import check_option
from .._elementwise import fence
from ._arguments import (
    Given,
    Reduction,
    check_gamma,
    dense,
    divided,
    given,
    labels,
    masked,
    per_class,
    reduce,
    reduction_of,
)
from ._blocks import reduced
from ._logistic import MODULATORS, focal, split_focal, times
from ._softmax import log_likelihood, log_softmax, surprise

Array = jax.Array


def sigmoid_focal_loss(
    inputs: Any,
    targets: Any,
    alpha: Any = 0.25,
    gamma: float = 2,
    reduction: str = "none",
    *,
    alpha_negative: Any = None,
    modulator: str = "interpolate",
    reduced_threshold: float | None = None,
    class_weight: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> Array:
    """Focal loss of independent logits, p = sigmoid(inputs), for targets in [0, 1] or class labels.

    Loss = (alpha t + (1 - alpha)(1 - t)) f BCE(p, t). For targets of 0 and 1 every modulator is the
    factor of Lin et al., Focal Loss for Dense Object Detection (2017); soft targets tell apart
    interpolate: t (1 - p)^gamma + (1 - t) p^gamma; linear: (t (1 - p) + (1 - t) p)^gamma;
    margin: sigmoid(-inputs (2 t - 1))^gamma; likelihood: (1 - exp(-BCE))^gamma;
    distance: |t - p|^gamma; split: alpha t (1 - p)^gamma log p and its counterpart, not multiplied.

    Torch:    none; torchref.losses.focal.sigmoid_focal_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels -> (N, C, *), or () under
              "mean" and "sum". Without labels or arguments by class, any shape.
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; finite for every logit, infinite ones too, and every
              gamma >= 0; 0 where masked, whatever is there.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              gamma or a target outside [0, 1]; IndexError for a label that is no class, or a wrong
              channel_dim.

    Under jit targets cannot be looked at: a label that is no class is a row of zeros.
    alpha: None for no weights; may be one a class. alpha_negative: in place of 1 - alpha.
    reduced_threshold: where the likelihood is below it f is 1, elsewhere the base of f is divided
    by it (Sergievskiy and Ponamarev, 2019).
    mask (True counts) and ignore_index take elements or pixels out. normalizer: what "mean" divides
    by: "elements" (masked ones too), "valid" elements, "pixels" that count, "batch" or a number.

    >>> float(sigmoid_focal_loss(jnp.zeros(2), jnp.array([0.0, 1.0]), reduction="sum"))
    0.173...
    """
    op = "sigmoid_focal_loss"
    at = given(op, inputs, targets, mask, ignore_index, channel_dim)
    check_option(op, "modulator", modulator, MODULATORS)
    if reduced_threshold is not None and modulator in ("interpolate", "split"):
        raise ValueError(f"{op}: reduced_threshold must be None for modulator={modulator!r}")
    weights = [
        per_class(op, name, value, at)
        for name, value in [
            ("alpha", alpha),
            ("alpha_negative", alpha_negative),
            ("class_weight", class_weight),
        ]
    ]
    return _sigmoid_focal(
        at,
        weights,
        reduction_of(op, reduction, normalizer, at),
        gamma=check_gamma(op, "gamma", gamma),
        modulator=modulator,
        threshold=reduced_threshold,
    )


def softmax_focal_loss(
    inputs: Any,
    targets: Any,
    alpha: Any = None,
    gamma: float = 2,
    reduction: str = "none",
    *,
    class_weight: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> Array:
    """Focal loss of logits that exclude each other, p = softmax(inputs) over the channel.

    Loss_c = -alpha_c t_c (1 - p_c)^gamma log p_c, after Lin et al., Focal Loss for Dense Object
    Detection (2017). A single alpha is for every class but class 0, the background, which gets
    1 - alpha. With gamma 0 and normalizer="pixels" the mean is the cross-entropy's.

    Torch:    none; torchref.losses.focal.softmax_focal_loss
    Shapes:   inputs (N, C, *), targets (N, *) for int labels or (N, C, *) -> (N, C, *), 0 off the
              target, or () under "mean" and "sum".
    Dtypes:   floating; inputs and dense targets are promoted as in arithmetic.
    Gradient: to inputs and dense targets; finite where the loss is, for every gamma >= 0; 0 where
              masked.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              gamma or a target outside [0, 1]; IndexError for a label that is no class, or a wrong
              channel_dim.

    mask, ignore_index, normalizer and labels under jit are as in `sigmoid_focal_loss`.

    >>> float(softmax_focal_loss(jnp.zeros((1, 2)), jnp.array([1]), gamma=0, reduction="sum"))
    0.693...
    """
    op = "softmax_focal_loss"
    at = given(op, inputs, targets, mask, ignore_index, channel_dim, needs_channel=True)
    weights = [per_class(op, "alpha", alpha, at), per_class(op, "class_weight", class_weight, at)]
    return _softmax_focal(
        at,
        weights,
        reduction_of(op, reduction, normalizer, at),
        gamma=check_gamma(op, "gamma", gamma),
    )


@partial(jax.jit, static_argnames=("gamma", "modulator", "threshold"))
def _sigmoid_focal(
    at: Given,
    weights: list[Array | None],
    how: Reduction,
    gamma: float,
    modulator: str,
    threshold: float | None,
) -> Array:
    loss = partial(_sigmoid_terms, gamma=gamma, modulator=modulator, threshold=threshold)
    return reduced(loss, how, at, weights)


def _sigmoid_terms(
    at: Given,
    weights: list[Array | None],
    gamma: float,
    modulator: str,
    threshold: float | None,
) -> Array:
    alpha, alpha_negative, class_weight = weights
    x, t, mask = dense(at)
    if alpha_negative is None and alpha is not None:
        alpha_negative = 1 - alpha
    a, b = (weighted(side, w) for side, w in ((t, alpha), (1 - t, alpha_negative)))
    if modulator == "split":
        loss = split_focal(x, a, b, gamma)
    else:
        loss = focal(x, t, gamma, modulator, threshold)
        loss = loss if alpha is None and alpha_negative is None else (a + b) * loss
    return masked(weighted(loss, class_weight), mask)


@partial(jax.jit, static_argnames="gamma")
def _softmax_focal(at: Given, weights: list[Array | None], how: Reduction, gamma: float) -> Array:
    alpha, class_weight = weights
    x, t, mask = dense(at, together=True)
    axis = at.channel or 0
    if alpha is not None and not alpha.ndim:
        classes = jnp.arange(x.shape[axis]).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
        alpha = jnp.where(classes == 0, 1 - alpha, alpha)
    if at.targets.ndim == x.ndim or how.kind == "none":
        loss = times(t, surprise(log_softmax(x, axis), gamma))
        return reduce(weighted(weighted(loss, alpha), class_weight), mask, how, at)
    label = labels(at)
    loss = surprise(log_likelihood(x, label, axis), gamma)
    for weight in (alpha, class_weight):
        if weight is not None:
            loss *= jnp.take(weight, label, mode="clip") if weight.ndim else weight
    if mask is None or mask.shape[axis] == 1:
        kept = mask
    else:
        kept = jnp.take_along_axis(mask, label, axis, mode="clip")
    return divided(jnp.sum(fence(masked(loss, kept))), x.shape, mask, how, at)


def weighted(value: Array, weight: Array | None) -> Array:
    """The product, or the value where there is no weight."""
    return value if weight is None else weight * value
