"""Patches of images as columns, and back."""

import functools
import operator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from ..._checks import as_array
from ..._dtypes import accumulator
from .conv import ints

Pair = tuple[int, int]
Options = tuple[Pair, Pair, Pair, Pair]


def unfold(
    input: Any,
    kernel_size: int | Pair,
    dilation: int | Pair = 1,
    padding: int | Pair = 0,
    stride: int | Pair = 1,
) -> jax.Array:
    """The patches that a kernel sees of an image, each as a column.

    Torch:    torch.nn.functional.unfold
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C kh kw, L), with L patches: as many as `conv2d` has
              pixels.
    Dtypes:   floating, complex and bool kept.
    Gradient: `fold` of the cotangent.
    Errors:   RuntimeError for other dtypes or ranks, an empty image, an option out of range or of
              another length than two, or a kernel larger than the padded image; IndexError for
              fewer than three dims; TypeError for an argument of another kind.

    >>> unfold(jnp.arange(6.0).reshape(1, 2, 3), (2, 2))
    Array([[0., 1.],
           [1., 2.],
           [3., 4.],
           [4., 5.]], dtype=float...)
    """
    op, x = "unfold", as_array("unfold", "input", input)
    kernel, dilation, padding, stride = _options(op, kernel_size, dilation, padding, stride)
    _check_dtype(op, x)
    if x.ndim < 3:
        raise IndexError(f"{op}: input must have 3 or 4 dims, got {x.shape}")
    if x.ndim > 4 or 0 in x.shape[-3:]:
        raise RuntimeError(f"{op}: input must have 3 or 4 dims that are not empty, got {x.shape}")
    blocks = _blocks(x.shape[-2:], kernel, dilation, padding, stride)
    if min(blocks) < 1:
        raise RuntimeError(
            f"{op}: kernel_size must not exceed the padded input, got {kernel} with dilation "
            f"{dilation} on {x.shape[-2:]} padded by {padding}"
        )
    out = _unfold(x if x.ndim == 4 else x[None], (kernel, dilation, padding, stride), blocks)
    return out if x.ndim == 4 else out[0]


def fold(
    input: Any,
    output_size: int | Pair,
    kernel_size: int | Pair,
    dilation: int | Pair = 1,
    padding: int | Pair = 0,
    stride: int | Pair = 1,
) -> jax.Array:
    """The image in which each column is added as a patch: the transpose of `unfold`.

    Torch:    torch.nn.functional.fold
    Shapes:   (N, C kh kw, L) or (C kh kw, L) -> (N, C, *output_size), L as `unfold` has it.
    Dtypes:   floating, complex and bool kept; 16-bit floats accumulate in float32.
    Gradient: `unfold` of the cotangent.
    Errors:   RuntimeError for other dtypes or ranks, an empty input, an option out of range or of
              another length than two, or a size of input that does not fit; TypeError for an
              argument of another kind.

    >>> fold(jnp.ones((4, 4)), (3, 3), (2, 2))
    Array([[[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]]], dtype=float...)
    """
    op, x = "fold", as_array("fold", "input", input)
    size = _pair(op, "output_size", output_size, None)
    kernel, dilation, padding, stride = _options(op, kernel_size, dilation, padding, stride)
    _check_dtype(op, x)
    if x.ndim not in (2, 3) or 0 in x.shape[-2:]:
        raise RuntimeError(f"{op}: input must have 2 or 3 dims that are not empty, got {x.shape}")
    blocks = _blocks(size, kernel, dilation, padding, stride)
    columns = blocks[0] * blocks[1]
    if x.shape[-2] % (kernel[0] * kernel[1]) or min(blocks) < 1 or x.shape[-1] != columns:
        raise RuntimeError(
            f"{op}: input must be (N, C kh kw, L) with kernel_size {kernel} and {blocks} patches "
            f"for output_size {size}, got {x.shape}"
        )
    out = _fold(x if x.ndim == 3 else x[None], size, (kernel, dilation, padding, stride), blocks)
    return out if x.ndim == 3 else out[0]


@partial(jax.jit, static_argnames=("options", "blocks"))
def _unfold(x: jax.Array, options: Options, blocks: Pair) -> jax.Array:
    kernel, dilation, padding, stride = options
    pads = [(0, 0, 0), (0, 0, 0), *((p, p, 0) for p in padding)]
    wide = x.astype(accumulator(x.dtype))  # the gradient is a sum
    out = lax.pad(wide, jnp.zeros((), wide.dtype), pads)
    for i, (k, d, s, n) in enumerate(zip(kernel, dilation, stride, blocks, strict=True)):
        axis = 2 + 2 * i  # from (N, C, H, W) to (N, C, kh, H', W) to (N, C, kh, kw, H', W')
        taps = [lax.slice_in_dim(out, j * d, j * d + (n - 1) * s + 1, s, axis) for j in range(k)]
        out = jnp.stack(taps, axis=2 + i)
    rows = x.shape[1] * kernel[0] * kernel[1]
    return out.reshape(x.shape[0], rows, blocks[0] * blocks[1]).astype(x.dtype)


@partial(jax.jit, static_argnames=("size", "options", "blocks"))
def _fold(x: jax.Array, size: Pair, options: Options, blocks: Pair) -> jax.Array:
    kernel, dilation, padding, stride = options
    wide = jnp.int32 if x.dtype == jnp.bool_ else accumulator(x.dtype)
    channels = x.shape[1] // (kernel[0] * kernel[1])
    out = x.astype(wide).reshape(x.shape[0], channels, *kernel, *blocks)
    for i in (1, 0):
        k, d, s, n = kernel[i], dilation[i], stride[i], blocks[i]
        out = jnp.moveaxis(out, 2 + i, 0)
        axis, length = 2 + 2 * i, size[i] + 2 * padding[i]
        config = [(0, 0, 0)] * (out.ndim - 1)
        terms = []
        for j in range(k):
            config[axis] = (j * d, length - j * d - (n - 1) * s - 1, s - 1)
            terms.append(lax.pad(out[j], jnp.zeros((), wide), config))
        out = functools.reduce(operator.add, terms)
    (top, left), (height, width) = padding, size
    return out[:, :, top : top + height, left : left + width].astype(x.dtype)


def _options(op: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Options:
    return (
        _pair(op, "kernel_size", kernel_size, 1),
        _pair(op, "dilation", dilation, 1),
        _pair(op, "padding", padding, 0),
        _pair(op, "stride", stride, 1),
    )


def _pair(op: str, name: str, value: Any, lowest: int | None) -> Pair:
    if isinstance(value, tuple | list) and len(value) != 2:
        raise RuntimeError(f"{op}: {name} must be an int or two, got {value!r}")
    first, second = ints(op, name, value, 2, lowest)
    return first, second


def _blocks(size: Any, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Pair:
    """How many patches there are along each dim."""
    parts = zip(size, kernel, dilation, padding, stride, strict=True)
    high, wide = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in parts)
    return high, wide


def _check_dtype(op: str, x: jax.Array) -> None:
    if not jnp.issubdtype(x.dtype, jnp.inexact) and x.dtype != jnp.bool_:
        raise RuntimeError(f"{op}: input must be floating point, complex or bool, got {x.dtype}")
