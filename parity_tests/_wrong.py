"""Wrong implementations that take more than a line; `faults.py` says what is wrong with each."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import jaxchan
from jaxchan import channels, losses
from jaxchan.nn.functional import conv2d

from ._breaking import through


def summed_in_its_dtype(input: Any, dim: Any) -> jax.Array:
    lines = jnp.moveaxis(input, dim, 0)
    return lax.scan(lambda total, x: (total + x, None), jnp.zeros_like(lines[0]), lines)[0]


def halved_mean(input: Any, dim: int) -> jax.Array:
    total = jnp.sum(input, dim).astype(input.dtype)
    return total / input.shape[dim]


def wide_mean(input: Any, dim: int) -> jax.Array:
    return jaxchan.mean(input.astype(jnp.float32), dim)


def narrow_sum(input: Any, dim: int) -> jax.Array:
    return jnp.sum(input, dim, dtype=input.dtype)


def wrapping_sum(input: Any, dim: int) -> jax.Array:
    return narrow_sum(input, dim).astype(jnp.int64)


def negated_amax(input: Any, *args: Any, **kwargs: Any) -> jax.Array:
    return -jaxchan.amax(-jnp.asarray(input), *args, **kwargs)


def nan_argmin(input: Any, dim: int, keepdim: bool) -> jax.Array:
    return jnp.nanargmin(input, dim, keepdims=keepdim)


def literal_sum(input: Any, dim: Any, keepdim: bool) -> jax.Array:
    return jnp.sum(input, dim, keepdims=keepdim)


def nan_counting_mean(input: Any, *args: Any, **kwargs: Any) -> jax.Array:
    return jaxchan.mean(jnp.nan_to_num(input), *args, **kwargs)


def as_int32(indices: jax.Array) -> jax.Array:
    return indices.astype(jnp.int32)


def complex_norm(input: Any, **options: Any) -> jax.Array:
    return jaxchan.norm(input, **options).astype(jnp.complex128)


def widening_where(condition: Any, input: Any, other: Any) -> jax.Array:
    return jnp.where(condition, jnp.astype(input, other.dtype), other)


def one_tie_amax(input: Any, dim: Any = (), keepdim: bool = False) -> jax.Array:
    return jaxchan.max(input, dim, keepdim).values


def shared_max(input: Any, dim: int, keepdim: bool = False) -> Any:
    right = jaxchan.max(input, dim, keepdim)
    return right._replace(values=jaxchan.amax(input, dim, keepdim))


def last_argmax(input: Any, dim: Any = None, keepdim: bool = False) -> jax.Array:
    flat, line = (jnp.reshape(input, -1), 0) if dim is None else (input, dim)
    last = flat.shape[line] - 1 - jaxchan.argmax(jnp.flip(flat, line), line, True)
    if dim is None:
        return last.reshape((1,) * input.ndim if keepdim else ())
    return last if keepdim else jnp.squeeze(last, line)


def one_pass_var(input: Any, dim: Any = None) -> jax.Array:
    n = input.size if dim is None else input.shape[dim]
    square, mean = jnp.mean(input * input, dim), jnp.mean(input, dim)
    return (square - mean * mean) * n / (n - 1)


def plain_var(input: Any, dim: Any, correction: float) -> jax.Array:
    deviation = input - jnp.mean(input, dim, keepdims=True)
    divisor = jnp.asarray(max(input.size - correction, 0), input.dtype)
    return jnp.sum(deviation * deviation, dim) / divisor


def naive_norm(input: Any, p: Any, dim: Any = None) -> jax.Array:
    if p in (1, "fro"):
        size = jnp.where(input >= 0, input, -input)
        return jnp.sum(size, dim) if p == 1 else jnp.sqrt(jnp.sum(size * size, dim))
    return jnp.sum(jnp.abs(input) ** p, dim) ** (1 / p)


def lost_nan(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    return plain(*primals), jnp.sum(tangents[0], 1)


def prod_by_division(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    value = plain(*primals)
    return value, value * jnp.sum(tangents[0] / primals[0], 1)


def leaking_where(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    (condition, _, y), (_, dx, dy) = primals, tangents
    return plain(*primals), jnp.where(condition, dx, dy) + (y - y) * dy


def upper_median(input: Any) -> jax.Array:
    return jnp.sort(input.reshape(-1))[input.size // 2]


def to_the_first_equal(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    value = plain(*primals)
    place = jnp.argmax(primals[0].reshape(-1) == value)
    return value, tangents[0].reshape(-1)[place]


def merging_unique(input: Any, sorted: bool = True, **flags: bool) -> Any:
    result = jnp.unique(input, **flags)
    return tuple(result) if isinstance(result, tuple | list) else result


def unsorted_unique(input: Any, **_: Any) -> jax.Array:
    return jnp.asarray(list(dict.fromkeys(np.asarray(input).tolist())), input.dtype)


def flipping_conv2d(input: Any, weight: Any, bias: Any = None, **options: Any) -> jax.Array:
    return conv2d(input, weight[:, :, ::-1, ::-1], bias, **options)


def same_at_the_start(input: Any, weight: Any, dilation: int = 1, **_: Any) -> jax.Array:
    totals = [dilation * (k - 1) for k in weight.shape[2:]]
    pads = [(0, 0), (0, 0), *((t - t // 2, t // 2) for t in totals)]
    return conv2d(jnp.pad(input, pads), weight, dilation=dilation)


def rounded_conv2d(input: Any, weight: Any, *args: Any, **options: Any) -> jax.Array:
    rounded = through(jnp.bfloat16)
    return conv2d(rounded(jnp.asarray(input)), rounded(jnp.asarray(weight)), *args, **options)


def shuffled_groups(input: Any, weight: Any, bias: Any = None, *, groups: int, **o: Any):
    out = conv2d(input, weight, bias, groups=groups, **o)
    n, channels, *size = out.shape
    grouped = out.reshape(n, groups, channels // groups, *size)
    return jnp.swapaxes(grouped, 1, 2).reshape(out.shape)


def merge_to_the_last(*tensors: Any, **options: Any) -> Any:
    merged, mask = channels.merge_by_norm(*tensors[::-1], **options)
    return channels.MergeByNorm(merged, len(tensors) - 1 - mask)


def merge_by_argmax(*tensors: Any, ord: float, return_mask: bool) -> Any:
    stacked = jnp.stack(tensors)
    spatial = tuple(range(3, stacked.ndim))
    mask = jnp.argmax(jnp.sum(jnp.abs(lax.stop_gradient(stacked)) ** ord, spatial), 0)
    chosen = mask.reshape(1, *mask.shape, *(1 for _ in spatial))
    return channels.MergeByNorm(jnp.take_along_axis(stacked, chosen, 0)[0], mask)


def merge_to_all(*tensors: Any, **options: Any) -> Any:
    value = channels.merge_by_norm(*lax.stop_gradient(tensors), **options)
    total = functools.reduce(operator.add, tensors)
    return value + (total - lax.stop_gradient(total)) / len(tensors)


def focal_of_constant_weight(inputs: Any, targets: Any, **options: Any) -> jax.Array:
    cross_entropy = losses.sigmoid_focal_loss(inputs, targets, 0.5, 0, **options) * 2
    weighted = losses.sigmoid_focal_loss(inputs, targets, **options)
    return lax.stop_gradient(weighted / cross_entropy) * cross_entropy


def detached_dice(inputs: Any, targets: Any, smooth: float = 1.0) -> jax.Array:
    p = jax.nn.sigmoid(inputs)
    whole = lax.stop_gradient(jnp.sum(p) + jnp.sum(targets) + smooth)
    return 1 - (2 * jnp.sum(p * targets) + smooth) / whole


def value_dependent(input: Any, *args: Any, **kwargs: Any) -> jax.Array:
    sign = 1 if float(jnp.sum(input)) > 0 else -1
    return sign * jaxchan.mean(sign * jnp.asarray(input), *args, **kwargs)


def retracing(input: Any, *args: Any, **kwargs: Any) -> jax.Array:
    """Leaves a global setting changed, which is part of the key of every compiled program."""
    jax.config.update("jax_default_matmul_precision", "highest")
    return jaxchan.sum(input, *args, **kwargs)


def biasless_conv2d(input: Any, weight: Any, bias: Any, **options: Any) -> jax.Array:
    return conv2d(input, weight, **options)


def turned_conv2d(input: Any, weight: Any, bias: Any, *, stride: Any, **options: Any) -> jax.Array:
    return conv2d(input, weight, bias, stride=stride[::-1], **options)


def frozen_bias(input: Any, weight: Any, bias: Any, **options: Any) -> jax.Array:
    return conv2d(input, weight, lax.stop_gradient(bias), **options)


def dice_by_sample(inputs: Any, targets: Any, smooth: float = 1.0) -> jax.Array:
    return jnp.mean(jax.vmap(lambda x, t: losses.dice_loss(x, t, smooth))(inputs, targets))


def of_the_first(plain: Callable, *stacked: Any) -> Any:
    first = plain(*(x[0] for x in stacked))
    return jnp.stack([first] * len(stacked[0]))


def reversed_batch(plain: Callable, stacked: Any) -> Any:
    return jax.vmap(plain)(jnp.flip(stacked, 0))


def any_of_all(plain: Callable, stacked: Any) -> Any:
    each = jax.vmap(plain)(stacked)
    return jnp.broadcast_to(jnp.any(each, 0), each.shape)


def set_of_dims(input: Any, dim: Any) -> jax.Array:
    return jaxchan.sum(input, tuple({d % 2 for d in dim}) if isinstance(dim, tuple) else dim)


def float_mean(input: Any, **_: Any) -> jax.Array:
    return jnp.mean(jnp.asarray(input, jnp.float32))


def wrapped_amax(input: Any, dim: Any) -> jax.Array:
    return jaxchan.amax(input, dim % input.ndim)


def any_where(condition: Any, input: Any, other: Any) -> jax.Array:
    return jnp.where(condition != 0, input, other)


def strided_same(input: Any, weight: Any, *_: Any, stride: Any = 1, **__: Any) -> jax.Array:
    return lax.conv_general_dilated(input, weight, (stride, stride), "SAME")


def without_op(error: Exception) -> Exception:
    return type(error)(str(error).partition(": ")[2])


def without_argument(error: Exception) -> Exception:
    return type(error)(str(error).partition(":")[0] + ": bad call")
