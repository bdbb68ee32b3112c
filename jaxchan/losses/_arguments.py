"""What every loss does first and last: check the arguments, make targets dense, mask, reduce."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .._checks import as_array, check_floating, check_option, check_same_shape, is_number
from .._dims import canonical_dim
from .._dtypes import accumulator, as_scalar, result_type
from .._elementwise import fence

REDUCTIONS = ("none", "mean", "sum")
NORMALIZERS = ("elements", "valid", "pixels", "batch")
FEW = 1 << 16  # targets that are looked at sooner than a program is called and waited for
Array = jax.Array


STATIC: Any = {"static": True}


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Given:
    """Checked arguments. `channel` is the axis of the classes, None where there need not be one."""

    x: Array
    targets: Array
    mask: Array | None
    ignore_index: int | None = field(metadata=STATIC)
    channel: int | None = field(metadata=STATIC)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Reduction:
    """How to reduce: the divisor of a mean is a number, or else named."""

    kind: str = field(metadata=STATIC)
    normalizer: str = field(metadata=STATIC)
    divisor: Array | None


def given(
    op: str,
    inputs: Any,
    targets: Any,
    mask: Any = None,
    ignore_index: int | None = None,
    channel_dim: int = 1,
    *,
    labels: bool = True,
    needs_channel: bool = False,
) -> Given:
    """The arguments that all losses share, checked.

    labels: whether integer targets without a channel, class indices, are taken beside dense ones.
    needs_channel: whether the loss has a use for the channel even with dense targets.
    """
    x, t = as_array(op, "inputs", inputs), as_array(op, "targets", targets)
    check_floating(op, "inputs", x, complex_too=False)
    indices = labels and t.ndim == x.ndim - 1 and jnp.issubdtype(t.dtype, jnp.integer)
    if not indices:
        check_floating(op, "targets", t, complex_too=False)
    if x.ndim < 2 and not (indices or needs_channel):
        channel = None
    else:
        channel = canonical_dim(op, channel_dim, x.ndim, "channel_dim")
    if indices:
        assert channel is not None
        check_pixels(op, "targets", t, x, channel)
        t = t.astype(jnp.int32) if t.dtype.itemsize < 4 else t  # which holds any class
    else:
        check_same_shape(op, ("inputs", x), ("targets", t))
    if mask is not None:
        mask = _checked_mask(op, mask, x, channel)
    _check_range(op, x, t, mask, ignore_index, channel if indices else None)
    return Given(x, t, mask, ignore_index, channel)


def check_pixels(op: str, name: str, array: Array, x: Array, channel: int) -> None:
    pixels = x.shape[:channel] + x.shape[channel + 1 :]
    if array.shape != pixels:
        raise RuntimeError(
            f"{op}: {name} must have the shape of inputs {x.shape} without dim {channel}, "
            f"got {array.shape}"
        )


def _checked_mask(op: str, mask: Any, x: Array, channel: int | None) -> Array:
    """The mask as bool, with as many dims as `x`."""
    mask = as_array(op, "mask", mask).astype(bool)
    if channel is not None and mask.ndim == x.ndim - 1:
        check_pixels(op, "mask", mask, x, channel)
        return jnp.expand_dims(mask, channel)
    fits = zip(mask.shape, x.shape, strict=False)
    if mask.ndim != x.ndim or any(m not in (1, n) for m, n in fits):
        raise RuntimeError(
            f"{op}: mask must broadcast to the shape of inputs {x.shape}, got {mask.shape}"
        )
    return mask


def _check_range(
    op: str, x: Array, t: Array, mask: Array | None, ignore_index: int | None, channel: int | None
) -> None:
    """Labels must be classes, and dense targets in [0, 1], where they count. Not under jit."""
    if isinstance(t, Tracer) or isinstance(mask, Tracer) or not t.size:
        return
    last = 1 if channel is None else x.shape[channel] - 1
    if t.size <= FEW and t.is_fully_addressable:
        host = np.asarray(t), None if mask is None else np.asarray(mask)
        some = _outside(*host, last, ignore_index, channel).any()
    else:
        some = _some_outside(t, mask, last, ignore_index, channel)
    if not isinstance(some, Tracer) and some:
        outside = _outside(t, mask, last, ignore_index, channel)
        worst = np.asarray(t)[np.asarray(outside)][0]
        kind = IndexError if channel is not None else ValueError
        raise kind(f"{op}: targets must be in [0, {last}], got {worst}")


@partial(jax.jit, static_argnums=(2, 3, 4))
def _some_outside(*arguments: Any) -> Array:
    return _outside(*arguments).any()


def _outside(t: Any, mask: Any, last: int, ignore_index: int | None, channel: int | None) -> Any:
    outside = (t < 0) | (t > last)
    if ignore_index is not None:
        outside &= t != ignore_index
    if mask is not None:
        outside &= mask if channel is None else mask.any(axis=channel)
    return outside


def check_gamma(op: str, name: str, gamma: Any) -> float:
    """The exponent as a float; ValueError if it is negative."""
    if gamma < 0:
        raise ValueError(f"{op}: {name} must not be negative, got {gamma}")
    return float(gamma)


def per_class(op: str, name: str, value: Any, at: Given) -> Array | None:
    """None, one number, or one number a class, so that it broadcasts to the inputs."""
    if value is None:
        return None
    dtype = wide_dtype(at)
    if is_number(value):
        return as_scalar(value, dtype)
    array = jnp.asarray(np.asarray(value) if isinstance(value, Sequence) else value)
    array = array.astype(dtype)
    if array.ndim == 0:
        return array
    classes = None if at.channel is None else at.x.shape[at.channel]
    if array.ndim != 1 or array.shape[0] != classes:
        raise RuntimeError(
            f"{op}: {name} must be a number or one for each of {classes} classes, "
            f"got shape {array.shape}"
        )
    return jnp.expand_dims(array, tuple(d for d in range(at.x.ndim) if d != at.channel))


def reduction_of(op: str, reduction: str, normalizer: Any, at: Given) -> Reduction:
    """The checked reduction."""
    check_option(op, "reduction", reduction, REDUCTIONS)
    if not isinstance(normalizer, str):
        return Reduction(reduction, "", as_scalar(normalizer, wide_dtype(at)))
    check_option(op, "normalizer", normalizer, NORMALIZERS)
    one_channel = at.mask is None or at.mask.shape[at.channel or 0] == 1
    if normalizer == "pixels" and (at.channel is None or not one_channel):
        raise ValueError(f"{op}: normalizer='pixels' needs a channel, and a mask without one")
    if normalizer == "batch" and not at.x.ndim:
        raise ValueError(f"{op}: normalizer='batch' needs inputs with dims, got 0-d")
    return Reduction(reduction, normalizer, None)


def wide_dtype(at: Given) -> np.dtype:
    """What the loss is computed in."""
    return accumulator(out_dtype(at))


def out_dtype(at: Given) -> np.dtype:
    """What the loss is returned in."""
    indices = jnp.issubdtype(at.targets.dtype, jnp.integer)
    return at.x.dtype if indices else result_type(at.x, at.targets)


def dense(at: Given, *, together: bool = False) -> tuple[Array, Array, Array | None]:
    """Inputs and targets of the inputs' shape, in the wide dtype, and the mask of what counts.

    A label that is no class gives a row of zeros. together: whether the channels of a pixel have a
    result in common, so that one that is masked still matters to the others.
    """
    x, t, mask, channel = at.x, at.targets, at.mask, at.channel
    dtype = wide_dtype(at)
    indices = t.ndim < x.ndim
    if indices:
        t = labels(at)
    if at.ignore_index is not None:
        kept = t != at.ignore_index
        mask = kept if mask is None else mask & kept
    if indices:
        classes = jax.lax.broadcasted_iota(t.dtype, x.shape, channel or 0)
        t = classes == t
    x, t = x.astype(dtype), t.astype(dtype)
    if mask is not None:  # where a mask holds 0, inputs may be anything, and targets too
        t = jnp.where(mask, t, jnp.zeros_like(t))
        if not together or mask.shape[channel or 0] == 1:
            x = jnp.where(mask, x, jnp.zeros_like(x))
    return x, t, mask


def labels(at: Given) -> Array:
    """Class indices, with 1 in place of the classes."""
    assert at.channel is not None
    return jnp.expand_dims(at.targets, at.channel)


def masked(loss: Array, mask: Array | None) -> Array:
    """The loss, 0 where it does not count."""
    return loss if mask is None else jnp.where(mask, loss, jnp.zeros_like(loss))


def reduce(loss: Array, mask: Array | None, how: Reduction, at: Given) -> Array:
    """The masked loss, summed, or summed and divided; nothing to divide by counts as 1."""
    loss = masked(loss, mask)
    if how.kind == "none":
        return loss.astype(out_dtype(at))
    return divided(jnp.sum(fence(loss)), loss.shape, mask, how, at)


def divided(
    total: Array, shape: tuple[int, ...], mask: Array | None, how: Reduction, at: Given
) -> Array:
    """The sum of a loss of this shape, or what is its mean."""
    if how.kind == "mean" and how.divisor is not None:
        total /= how.divisor
    elif how.kind == "mean":
        count = _count(shape, mask, how.normalizer, at.channel, total.dtype)
        total /= jnp.maximum(count, jnp.ones_like(total))
    return total.astype(out_dtype(at))


def _count(
    shape: tuple[int, ...],
    mask: Array | None,
    normalizer: str,
    channel: int | None,
    dtype: np.dtype,
) -> Array:
    if normalizer == "batch":
        return jnp.asarray(shape[0], dtype)
    if normalizer == "pixels":
        shape = tuple(1 if d == channel else n for d, n in enumerate(shape))
    if normalizer == "elements" or mask is None:
        return jnp.asarray(math.prod(shape), dtype)
    return jnp.sum(jnp.broadcast_to(mask, shape), dtype=dtype)
