"""Lovász losses: the convex extension of the Jaccard loss, for its direct optimisation.

Berman et al., The Lovász-Softmax loss (2018). Errors are sorted from the largest; each counts as
much as the Jaccard loss grows when its pixel is got wrong too. With I the foreground still to come
and U the union so far, that is 1 / U for a foreground pixel and I / (U (U - 1)) for another, where
a difference of two Jaccard losses would cancel.
16-bit floats are computed and summed in float32; results have the dtype of the inputs.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .._checks import as_array, check_option
from .._elementwise import fence
from .._select import pick, sort_keys
from ._arguments import Given, dense, given, out_dtype, per_class
from ._logistic import times
from ._overlap import probabilities

Array = jax.Array
POOLS = ("batch", "sample")


def lovasz_hinge_loss(
    inputs: Any,
    targets: Any,
    *,
    per: str = "batch",
    mask: Any = None,
    ignore_index: int | None = None,
) -> Array:
    """Lovász extension of the Jaccard loss of binary logits, at hinge errors.

    Loss = sum_i max(e_i, 0) d_i, where e = 1 - inputs (2 t - 1) from the largest, and d is the
    growth of the Jaccard loss: Berman et al., The Lovász-Softmax loss (2018), after Yu and Blaschko
    (2015).

    Torch:    none; torchref.losses.lovasz.lovasz_hinge_loss
    Shapes:   inputs and targets (N, *) -> (), the mean over samples for per="sample".
    Dtypes:   floating; inputs and targets are promoted as in arithmetic.
    Gradient: to inputs, d_i towards the target where e_i > 0; 0 to targets and where masked.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option or a target
              that is neither 0 nor 1 (under jit it counts as 1 above 0.5).

    mask (True counts) and ignore_index take pixels out before they are sorted; without any the loss
    is 0.

    >>> float(lovasz_hinge_loss(jnp.array([3.0, -3.0]), jnp.array([0.0, 0.0])))
    4.0
    """
    op = "lovasz_hinge_loss"
    at = given(op, inputs, targets, mask, ignore_index, labels=False)
    check_option(op, "per", per, POOLS)
    _check_binary(op, at)
    return _hinge(at, per)


def lovasz_softmax_loss(
    inputs: Any,
    targets: Any,
    *,
    classes: str = "present",
    per: str = "batch",
    class_weight: Any = None,
    mask: Any = None,
    ignore_index: int | None = None,
    channel_dim: int = 1,
) -> Array:
    """Mean over classes of the Lovász extension of the Jaccard loss, at errors of softmax(inputs).

    Loss_c = sum_i e_i d_i, where e = 1 - p_c in class c and p_c elsewhere, from the largest, and d
    is the growth of the Jaccard loss: Berman et al., The Lovász-Softmax loss (2018).

    Torch:    none; torchref.losses.lovasz.lovasz_softmax_loss
    Shapes:   inputs (N, C, *), targets (N, *) of int labels -> ().
    Dtypes:   floating inputs, integer targets.
    Gradient: to inputs; 0 where masked.
    Errors:   RuntimeError for another dtype or shape; ValueError for an unknown option; IndexError
              for a label that is no class (under jit it is in none), or a wrong channel_dim.

    classes: "present" leaves out those without a pixel, "all" does not. per="sample": the mean over
    samples. class_weight: on each class's loss. mask (True counts) and ignore_index take pixels out
    before they are sorted; without any the loss is 0.

    >>> float(lovasz_softmax_loss(jnp.zeros((1, 2, 1)), jnp.array([[0]])))
    0.5
    """
    op = "lovasz_softmax_loss"
    check_option(op, "per", per, POOLS)
    check_option(op, "classes", classes, ("present", "all"))
    labels, x = as_array(op, "targets", targets), as_array(op, "inputs", inputs)
    if labels.ndim != x.ndim - 1 or not jnp.issubdtype(labels.dtype, jnp.integer):
        raise RuntimeError(
            f"{op}: targets must be int labels, inputs {x.shape} without the channel, "
            f"got {labels.dtype} {labels.shape}"
        )
    at = given(op, x, labels, mask, ignore_index, channel_dim, needs_channel=True)
    if at.mask is not None and at.mask.shape[at.channel or 0] != 1:
        raise RuntimeError(f"{op}: mask must be without a channel, got {at.mask.shape}")
    return _softmax(at, per_class(op, "class_weight", class_weight, at), classes, per)


def _check_binary(op: str, at: Given) -> None:
    if isinstance(at.targets, Tracer) or isinstance(at.mask, Tracer):
        return
    t = np.asarray(at.targets)
    counts = np.ones_like(t, bool) if at.mask is None else np.broadcast_to(at.mask, t.shape)
    if at.ignore_index is not None:
        counts = counts & (t != at.ignore_index)
    other = counts & (t != 0) & (t != 1)
    if other.any():
        raise ValueError(f"{op}: targets must be 0 or 1, got {t[other][0]}")


@partial(jax.jit, static_argnames="per")
def _hinge(at: Given, per: str) -> Array:
    x, t, mask = dense(at)
    foreground = t > 0.5
    samples = x.shape[0] if per == "sample" and x.ndim else 1
    shape = (samples, x.size // max(samples, 1))
    error = jnp.where(foreground, 1 - x, 1 + x)
    counts = jnp.broadcast_to(True if mask is None else mask, x.shape)
    hinge = jnp.where(error > 0, error, jnp.zeros_like(error))
    loss = _extension(*(array.reshape(shape) for array in (hinge, foreground, counts)))
    return jnp.mean(loss).astype(out_dtype(at))


@partial(jax.jit, static_argnames=("classes", "per"))
def _softmax(at: Given, weight: Array | None, classes: str, per: str) -> Array:
    x, t, mask = dense(at, together=True)
    p, q = probabilities(x, "softmax", at.channel)
    foreground = t > 0.5
    counts = jnp.broadcast_to(True if mask is None else mask, x.shape)
    error, foreground, counts = (
        _by_class(array, at.channel or 0, per)
        for array in (jnp.where(foreground, q, p), foreground, counts)
    )
    loss = _extension(error, foreground, counts)
    kept = counts.any(-1) if classes == "all" else foreground.any(-1)
    if weight is not None:
        loss = loss * weight.reshape(1, -1) if weight.ndim else loss * weight
    number = jnp.sum(kept, axis=-1, dtype=loss.dtype)
    total = jnp.sum(jnp.where(kept, loss, jnp.zeros_like(loss)), axis=-1)
    return jnp.mean(total / jnp.maximum(number, jnp.ones_like(number))).astype(out_dtype(at))


def _by_class(array: Array, channel: int, per: str) -> Array:
    """(samples, classes, pixels), with the pixels of all samples together unless per sample."""
    array = jnp.moveaxis(array, channel, 1)
    if per == "batch":
        array = jnp.moveaxis(array, 0, 1)[None]
    return array.reshape(*array.shape[:2], math.prod(array.shape[2:]))


@jax.custom_jvp
def _extension(error: Array, foreground: Array, counts: Array) -> Array:
    """The sum over the last axis of each error times what its pixel adds to the Jaccard loss."""
    growth, places = _growth(error, foreground, counts)
    return _weighted(growth, pick(error, places, -1))


@_extension.defjvp
def _extension_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    """The growth is a function of the order alone, hence without a derivative."""
    (error, *_), (d_error, *_) = primals, tangents
    growth = _put_back(*_growth(*primals))
    return _weighted(growth, error), jnp.sum(growth * d_error, axis=-1)


def _weighted(growth: Array, error: Array) -> Array:
    # fenced, or a library takes the sum as a product of vectors, and loses a digit
    return jnp.sum(fence(times(growth, error)), axis=-1)


def _growth(error: Array, foreground: Array, counts: Array) -> tuple[Array, Array]:
    """By how much each pixel makes the Jaccard loss grow, in the order of errors, and its place."""
    error, dtype = jax.lax.stop_gradient(error), error.dtype
    first = jnp.where(counts, -error, jnp.full_like(error, jnp.inf))
    places = sort_keys(first, error.ndim - 1, descending=False)[1]
    foreground, counts = (pick(array, places, -1) for array in (foreground & counts, counts))
    hits = jnp.cumsum(foreground, axis=-1, dtype=jnp.int32)
    number = jnp.sum(foreground, axis=-1, keepdims=True, dtype=jnp.int32)
    union = number + jnp.cumsum(counts, axis=-1, dtype=jnp.int32) - hits
    to_come, whole = (number - hits).astype(dtype), union.astype(dtype)
    before = jnp.maximum(whole - 1, jnp.ones_like(whole))
    only = jnp.where(number == 0, jnp.ones_like(whole), jnp.zeros_like(whole))
    other = jnp.where(union == 1, only, to_come / (whole * before))
    growth = jnp.where(foreground, 1 / jnp.maximum(whole, jnp.ones_like(whole)), other)
    return jnp.where(counts, growth, jnp.zeros_like(growth)), places


def _put_back(values: Array, places: Array) -> Array:
    """The values of each last-axis line, each at its place."""

    def by_sorting(values: Array, places: Array) -> Array:
        return jax.lax.sort((places, values), num_keys=1)[1]

    def by_writing(values: Array, places: Array) -> Array:
        lines = [array.reshape(-1, array.shape[-1]) for array in (values, places)]
        put = jax.vmap(lambda line, at: line.at[at].set(line, unique_indices=True))
        return put(*lines).reshape(values.shape)

    return jax.lax.platform_dependent(values, places, cpu=by_writing, default=by_sorting)
