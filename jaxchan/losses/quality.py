"""Losses of detectors that predict how good a box is: quality focal, varifocal, distribution focal.

16-bit floats are computed and summed in float32; results have the dtype of the inputs.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .._checks import as_array, check_floating
from .._dtypes import accumulator, in_dtype, result_type
from .._elementwise import fence
from ._arguments import (
    Given,
    Reduction,
    check_gamma,
    check_pixels,
    dense,
    divided,
    given,
    masked,
    reduce,
    reduction_of,
)
from ._blocks import Sums, reduced, total
from ._logistic import focal, split_focal, times
from ._softmax import log_likelihood

Array = jax.Array


def quality_focal_loss(
    inputs: Any,
    targets: Any,
    beta: float = 2.0,
    reduction: str = "none",
    *,
    mask: Any = None,
    ignore_index: int | None = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> Array:
    """Cross-entropy of sigmoid(inputs) with a quality, weighed by their distance; sums classes.

    Loss = sum_c |t_c - p_c|^beta BCE(p_c, t_c): Li et al., Generalized Focal Loss (2020). The
    target of the true class is its quality, an IoU, and of every other class 0.

    Torch:    none; torchref.losses.quality.quality_focal_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels of quality 1 -> (N, *),
              or () under "mean" and "sum". "mean" by "elements" divides by the number of these.
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs and targets; finite for every logit, and 0 from the distance where it is 0.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              beta or a target outside [0, 1]; IndexError for a label that is no class, or a wrong
              channel_dim.

    mask, ignore_index, normalizer and labels under jit are as in `sigmoid_focal_loss`.

    >>> quality_focal_loss(jnp.array([[0.0, -50.0]]), jnp.array([[0.9, 0.0]]))
    Array([0.1109...], dtype=float...)
    """
    op = "quality_focal_loss"
    at = given(op, inputs, targets, mask, ignore_index, channel_dim, needs_channel=True)
    how = reduction_of(op, reduction, normalizer, at)
    return _quality_focal(at, how, check_gamma(op, "beta", beta))


def varifocal_loss(
    inputs: Any,
    targets: Any,
    alpha: float = 0.75,
    gamma: float = 2.0,
    iou_weighted: bool = True,
    reduction: str = "none",
    *,
    mask: Any = None,
    ignore_index: int | None = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> Array:
    """Cross-entropy of sigmoid(inputs) with a quality: weighed by it, or down if there is none.

    Loss = t BCE(p, t) where t > 0 (without the factor t unless iou_weighted), elsewhere
    alpha p^gamma BCE(p, 0): Zhang et al., VarifocalNet (2020).

    Torch:    none; torchref.losses.quality.varifocal_loss
    Shapes:   inputs (N, C, *), targets the same, or (N, *) for int labels of quality 1 ->
              (N, C, *), or () under "mean" and "sum". Without labels, any shape.
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs and targets, through the weight too; finite for every logit.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option, a negative
              gamma or a target outside [0, 1]; IndexError for a label that is no class, or a wrong
              channel_dim.

    mask, ignore_index, normalizer and labels under jit are as in `sigmoid_focal_loss`.

    >>> varifocal_loss(jnp.zeros(2), jnp.array([0.5, 0.0]))
    Array([0.346..., 0.129...], dtype=float...)
    """
    op = "varifocal_loss"
    at = given(op, inputs, targets, mask, ignore_index, channel_dim)
    how = reduction_of(op, reduction, normalizer, at)
    gamma = check_gamma(op, "gamma", gamma)
    return _varifocal(at, how, float(alpha), gamma, bool(iou_weighted))


def distribution_focal_loss(
    inputs: Any,
    targets: Any,
    reduction: str = "none",
    *,
    mask: Any = None,
    normalizer: Any = "elements",
    channel_dim: int = 1,
) -> Array:
    """Cross-entropy of softmax(inputs) over the bins 0 to n with the two bins beside the target.

    Loss = -(l + 1 - y) log p_l - (y - l) log p_(l+1) with l = floor(y), or n - 1 for y = n: Li et
    al., Generalized Focal Loss (2020).

    Torch:    none; torchref.losses.quality.distribution_focal_loss
    Shapes:   inputs (N, n + 1, *), targets (N, *) -> (N, *), or () under "mean" and "sum".
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs; to targets log p_l - log p_(l+1), at a bin that of the interval above.
    Errors:   RuntimeError for another dtype or shape, or a single bin; ValueError for an unknown
              option or a target outside [0, n]; IndexError for a wrong channel_dim.

    Under jit a target outside [0, n] is moved to the nearer end.

    >>> distribution_focal_loss(jnp.zeros((1, 4)), jnp.array([1.5]))
    Array([1.386...], dtype=float...)
    """
    op = "distribution_focal_loss"
    at = _bins(op, inputs, targets, mask, channel_dim)
    return _distribution_focal(at, reduction_of(op, reduction, normalizer, at))


def _bins(op: str, inputs: Any, targets: Any, mask: Any, channel_dim: int) -> Given:
    """The arguments of a loss whose targets lie between the channels."""
    x, y = as_array(op, "inputs", inputs), as_array(op, "targets", targets)
    check_floating(op, "inputs", x, complex_too=False)
    check_floating(op, "targets", y, complex_too=False)
    dtype = result_type(x, y)
    at = given(
        op,
        in_dtype(x, dtype),
        jnp.zeros(x.shape, dtype),
        mask,
        channel_dim=channel_dim,
        needs_channel=True,
    )
    assert at.channel is not None
    check_pixels(op, "targets", y, x, at.channel)
    last = x.shape[at.channel] - 1
    if last < 1:
        raise RuntimeError(f"{op}: inputs must have two bins or more, got {x.shape}")
    if not isinstance(y, Tracer) and not isinstance(at.mask, Tracer):
        known = np.asarray(y)
        outside = (known < 0) | (known > last)
        if at.mask is not None:
            kept = np.asarray(at.mask).any(axis=at.channel)
            outside &= np.broadcast_to(kept, known.shape)
        if outside.any():
            raise ValueError(f"{op}: targets must be in [0, {last}], got {known[outside][0]}")
    return Given(at.x, in_dtype(y, dtype), at.mask, None, at.channel)


@partial(jax.jit, static_argnames="beta")
def _quality_focal(at: Given, how: Reduction, beta: float) -> Array:
    assert at.channel is not None
    mask = dense(at)[2]
    mask = mask if mask is None else mask.any(at.channel)
    if how.kind == "none":
        return reduce(_by_row(at, beta), mask, how, at)
    terms, plain = partial(_distances, beta=beta), partial(_summed_rows, beta=beta)
    (whole,) = total(Sums(terms, plain=plain), at, None)
    rows = at.x.shape[: at.channel] + at.x.shape[at.channel + 1 :]
    return divided(whole[0, 0], rows, mask, how, at)


def _distances(at: Given, others: None, beta: float) -> tuple[Array]:
    x, t, mask = dense(at)
    return (masked(focal(x, t, beta, "distance", None), mask),)


def _summed_rows(at: Given, others: None, beta: float) -> tuple[Array]:
    return (jnp.sum(fence(_by_row(at, beta))).reshape(1, 1),)


def _by_row(at: Given, beta: float) -> Array:
    (loss,) = _distances(at, None, beta)
    return jnp.sum(loss, axis=at.channel)


@partial(jax.jit, static_argnames=("alpha", "gamma", "iou_weighted"))
def _varifocal(at: Given, how: Reduction, alpha: float, gamma: float, iou_weighted: bool) -> Array:
    options = {"alpha": alpha, "gamma": gamma, "iou_weighted": iou_weighted}
    return reduced(partial(_varifocal_terms, **options), how, at, None)


def _varifocal_terms(
    at: Given, others: None, alpha: float, gamma: float, iou_weighted: bool
) -> Array:
    x, t, mask = dense(at)
    zero, one = jnp.zeros_like(t), jnp.ones_like(t)
    positive = split_focal(x, t, 1 - t, 0.0)
    positive = t * positive if iou_weighted else positive
    negative = split_focal(x, zero, alpha * one, gamma)
    return masked(jnp.where(t > 0, positive, negative), mask)


@jax.jit
def _distribution_focal(at: Given, how: Reduction) -> Array:
    dtype = accumulator(at.x.dtype)
    x, y, mask, axis = at.x.astype(dtype), at.targets.astype(dtype), at.mask, at.channel or 0
    y = jnp.expand_dims(y, axis)
    if mask is not None:
        x, y = jnp.where(mask, x, jnp.zeros_like(x)), jnp.where(mask, y, jnp.zeros_like(y))
        mask = mask.any(axis)
    last = x.shape[axis] - 1
    y = jnp.where(y < 0, jnp.zeros_like(y), jnp.where(y > last, jnp.full_like(y, last), y))
    low = jnp.minimum(jnp.floor(y), jnp.full_like(y, last - 1))
    left, right = (log_likelihood(x, low.astype(jnp.int32) + i, axis) for i in (0, 1))
    loss = times(low + 1 - y, left) + times(y - low, right)
    return reduce(-jnp.squeeze(loss, axis), mask, how, at)
