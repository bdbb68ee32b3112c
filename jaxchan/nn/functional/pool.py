"""Pooling with windows that slide over the input.

Beyond torch: `data_format` is torch's "NCL", "NCHW" or "NCDHW"; with "NLC", "NHWC" or "NDHWC" the
channels of input and output come last. ValueError for another.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._checks import as_array, check_option
from ..._dtypes import category, index_dtype
from ..._elementwise import magnitude
from ..._norms import real_number
from ._windows import Line, Sliding, Windows, largest, means, places
from .conv import INTS, LAYOUTS, Size, ints

Stride = Size | None
FEW = 8  # the largest power that is multiplied out


def avg_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    *,
    data_format: str = "NCL",
) -> jax.Array:
    """Mean of each window of sequences.

    Torch:    torch.nn.functional.avg_pool1d
    Shapes:   (N, C, L) or (C, L) -> (N, C, L'), L' as the sizes of `avg_pool2d`.
    Dtypes:   as `avg_pool2d`.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError and TypeError as `avg_pool2d`.

    >>> avg_pool1d(jnp.array([[1.0, 3.0, 6.0]]), 2, stride=1)
    Array([[2. , 4.5]], dtype=float...)
    """
    sliding = (kernel_size, stride, padding, 1, ceil_mode)
    return _avg_pool("avg_pool1d", 1, input, sliding, count_include_pad, None, data_format)


def avg_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """Mean of each window of images.

    Torch:    torch.nn.functional.avg_pool2d
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C, H', W') with
              H' = floor((H + 2 padding - kernel_size) / stride) + 1, or rounded up by `ceil_mode`
              unless the last window starts beyond the input and the padding before it.
    Dtypes:   floating and int64 kept, integers divided towards 0; 16-bit floats accumulate in
              float32.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError for other dtypes, an input that is empty but for its batch, a kernel
              larger than the padded input, a padding that is negative or above half the kernel, a
              size or stride below 1, or a divisor of 0; IndexError for fewer than three dims;
              TypeError for an argument of another kind.

    `stride` is the kernel's size if not given. The divisor is the number of cells of the window,
    those of the padding included or not; what lies beyond the padding never counts.

    >>> avg_pool2d(jnp.ones((1, 3, 3)), 2, padding=1)
    Array([[[0.25, 0.5 ],
            [0.5 , 1.  ]]], dtype=float...)
    """
    _check_dims("avg_pool2d", input)
    sliding = (kernel_size, stride, padding, 1, ceil_mode)
    counting = (count_include_pad, divisor_override)
    return _avg_pool("avg_pool2d", 2, input, sliding, *counting, data_format)


def avg_pool3d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    data_format: str = "NCDHW",
) -> jax.Array:
    """Mean of each window of volumes.

    Torch:    torch.nn.functional.avg_pool3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), sizes as in `avg_pool2d`.
    Dtypes:   float64, float32 and int64 kept, integers divided towards 0.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError and TypeError as `avg_pool2d`, RuntimeError also for fewer dims and for
              16-bit floats.

    >>> avg_pool3d(jnp.arange(8.0).reshape(1, 2, 2, 2), (1, 2, 2))
    Array([[[[1.5]],
            [[5.5]]]], dtype=float...)
    """
    sliding = (kernel_size, stride, padding, 1, ceil_mode)
    counting = (count_include_pad, divisor_override)
    return _avg_pool("avg_pool3d", 3, input, sliding, *counting, data_format)


def max_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    data_format: str = "NCL",
) -> Any:
    """Largest element of each window of sequences.

    Torch:    torch.nn.functional.max_pool1d
    Shapes:   (N, C, L) or (C, L) -> (N, C, L'), L' as the sizes of `max_pool2d`.
    Dtypes:   floating kept, and signed and 8-bit integers with `return_indices`; indices are int64.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError and TypeError as `max_pool2d`.

    >>> max_pool1d(jnp.array([[1.0, 5.0, 5.0]]), 2, 1, return_indices=True)
    (Array([[5., 5.]], dtype=float...), Array([[1, 1]], dtype=int...))
    """
    sliding = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool("max_pool1d", 1, input, sliding, return_indices, data_format)


def max_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    data_format: str = "NCHW",
) -> Any:
    """Largest element of each window of images, with `return_indices` also its place.

    Torch:    torch.nn.functional.max_pool2d
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C, H', W') with H' =
              floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, or rounded up by
              `ceil_mode` unless the last window starts beyond the input and the padding before it.
    Dtypes:   floating, signed integers and uint8 kept; indices are int64, counted row by row.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError for other dtypes or ranks, an input that is empty but for its batch, a
              kernel larger than the padded input, a padding that is negative or above half the
              kernel, or a size, stride or dilation below 1; TypeError for an argument of another
              kind.

    `stride` is the kernel's size if not given. The padding is never chosen: it counts as -inf.

    >>> max_pool2d(jnp.arange(16.0).reshape(1, 4, 4), 2)
    Array([[[ 5.,  7.],
            [13., 15.]]], dtype=float...)
    """
    sliding = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool("max_pool2d", 2, input, sliding, return_indices, data_format)


def max_pool3d(
    input: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    data_format: str = "NCDHW",
) -> Any:
    """Largest element of each window of volumes, with `return_indices` also its place.

    Torch:    torch.nn.functional.max_pool3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), sizes as in `max_pool2d`.
    Dtypes:   as `max_pool2d`.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError and TypeError as `max_pool2d`.

    >>> max_pool3d(jnp.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 2))
    Array([[[[5.],
             [7.]]]], dtype=float...)
    """
    sliding = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool("max_pool3d", 3, input, sliding, return_indices, data_format)


def lp_pool1d(
    input: Any,
    norm_type: float,
    kernel_size: Size,
    stride: Stride = None,
    ceil_mode: bool = False,
    *,
    data_format: str = "NCL",
) -> jax.Array:
    """The norm of order `norm_type` of each window of sequences, without absolute values.

    Torch:    torch.nn.functional.lp_pool1d
    Shapes:   (N, C, L) or (C, L) -> (N, C, L'), L' as the sizes of `avg_pool2d`.
    Dtypes:   as `lp_pool2d`.
    Gradient: as `lp_pool2d`.
    Errors:   RuntimeError as `lp_pool2d`; TypeError also for a kernel_size that is a tuple;
              ZeroDivisionError for a norm_type of 0.

    >>> lp_pool1d(jnp.array([[3.0, 4.0, 0.0]]), 2, 2, stride=1)
    Array([[5., 4.]], dtype=float...)
    """
    op = "lp_pool1d"
    p = _order(op, norm_type)
    if isinstance(kernel_size, tuple | list) and not math.isinf(p):
        raise TypeError(f"{op}: kernel_size must be an int, got {kernel_size!r}")
    return _lp_pool(op, 1, input, p, kernel_size, stride, ceil_mode, data_format)


def lp_pool2d(
    input: Any,
    norm_type: float,
    kernel_size: Size,
    stride: Stride = None,
    ceil_mode: bool = False,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """The norm of order `norm_type` of each window of images, without absolute values.

    Torch:    torch.nn.functional.lp_pool2d
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C, H', W'), sizes as in `avg_pool2d`.
    Dtypes:   floating kept, integers give float32; with norm_type inf as `max_pool2d`.
    Gradient: that of the root of the sum of powers; 0 where the sum is 0.
    Errors:   RuntimeError as `avg_pool2d`, and for a complex norm_type; ValueError for a
              kernel_size of another length than two; IndexError for fewer than three dims;
              TypeError for an argument of another kind; ZeroDivisionError for a norm_type of 0.

    The root is that of the window's mean times the kernel's size, which is the sum but in windows
    that `ceil_mode` cuts off. An odd order leaves negative sums, whose root is nan. `stride` is the
    kernel's size if not given.

    >>> lp_pool2d(jnp.array([[[3.0, 4.0], [0.0, 12.0]]]), 2, 2)
    Array([[[13.]]], dtype=float...)
    """
    op = "lp_pool2d"
    p = _order(op, norm_type)
    if isinstance(kernel_size, tuple | list) and len(kernel_size) != 2:
        raise ValueError(f"{op}: kernel_size must be an int or two, got {kernel_size!r}")
    _check_dims(op, input)
    return _lp_pool(op, 2, input, p, kernel_size, stride, ceil_mode, data_format)


def _check_dims(op: str, input: Any) -> None:
    if getattr(input, "ndim", 3) < 3:  # torch asks for a size that is not there
        raise IndexError(f"{op}: input must have 3 or 4 dims, got {input.shape}")


def _avg_pool(
    op: str,
    n: int,
    input: Any,
    sliding: tuple,
    count_include_pad: Any,
    divisor_override: Any,
    data_format: Any,
) -> jax.Array:
    x = as_array(op, "input", input)
    if not isinstance(count_include_pad, bool):
        raise TypeError(f"{op}: count_include_pad must be a bool, got {count_include_pad!r}")
    if divisor_override is not None:
        if isinstance(divisor_override, tuple | list):
            raise TypeError(f"{op}: divisor_override must be an int, got {divisor_override!r}")
        (divisor_override,) = ints(op, "divisor_override", divisor_override, 1, None)
        if divisor_override == 0:
            raise RuntimeError(f"{op}: divisor_override must not be 0, got 0")
    batch, windows = _slide(op, n, x, sliding, data_format)
    floating = category(x.dtype) == 2 and x.dtype.itemsize > (1 if n < 3 else 2)
    if not floating and x.dtype != index_dtype():
        raise RuntimeError(f"{op}: input must be floating point or int64, got {x.dtype}")
    out = _avg_jit(batch, windows, count_include_pad, divisor_override)
    return out if x.ndim == n + 2 else out[0]


def _max_pool(
    op: str, n: int, input: Any, sliding: tuple, return_indices: Any, data_format: Any
) -> Any:
    x = as_array(op, "input", input)
    batch, windows = _slide(op, n, x, sliding, data_format)
    floating = category(x.dtype) == 2 and x.dtype.itemsize > 1
    if not floating and (x.dtype not in (*INTS, index_dtype()) or (n == 1 and not return_indices)):
        wanted = "floating point" if n == 1 else "floating point, int8 to int64 or uint8"
        raise RuntimeError(f"{op}: input must be {wanted}, got {x.dtype}")
    out = max_jit(batch, windows, bool(return_indices))
    out = out if x.ndim == n + 2 else tuple(a[0] for a in out)
    return out if return_indices else out[0]


def _order(op: str, norm_type: Any) -> int | float:
    order = real_number(op, "norm_type", norm_type)
    if order == 0:
        raise ZeroDivisionError(f"{op}: norm_type must not be 0, got {norm_type!r}")
    return norm_type


def _lp_pool(
    op: str,
    n: int,
    input: Any,
    p: int | float,
    kernel_size: Any,
    stride: Any,
    ceil_mode: Any,
    data_format: Any,
) -> jax.Array:
    x = as_array(op, "input", input)
    sliding = (kernel_size, stride, 0, 1, ceil_mode)
    if math.isinf(p):
        if x.dtype == jnp.bool_:
            raise RuntimeError(f"{op}: input must not be bool for norm_type {p}, got {x.dtype}")
        size = magnitude(x)
        if p > 0:
            return _max_pool(op, n, size, sliding, False, data_format)
        return -_max_pool(op, n, -size, sliding, False, data_format)
    if category(x.dtype) < 2:
        x = _integers(op, x, p)
    mean = _avg_pool(op, n, _powers(x, p), sliding, True, None, data_format)
    return _root(mean, p, math.prod(ints(op, "kernel_size", kernel_size, n, 1)))


def _integers(op: str, x: jax.Array, p: int | float) -> jax.Array:
    """Integers and bools in the dtype of their powers."""
    if isinstance(p, float):
        return x.astype(jnp.float32)
    if p < 0:
        raise RuntimeError(f"{op}: norm_type must not be negative for integers, got {p}")
    return x.astype(index_dtype()) if x.dtype == jnp.bool_ else x


@partial(jax.jit, static_argnames="p")
def _powers(x: jax.Array, p: int | float) -> jax.Array:
    return _power(x, p)


def _power(x: jax.Array, p: int | float) -> jax.Array:
    if float(p).is_integer() and abs(p) <= FEW:
        return lax.integer_pow(x, int(p))
    return lax.sqrt(x) if p == 0.5 else lax.pow(x, jnp.full_like(x, p))


@partial(jax.jit, static_argnames=("p", "size"))
def _root(mean: jax.Array, p: int | float, size: int) -> jax.Array:
    if category(mean.dtype) < 2:
        mean, size = (mean * size).astype(jnp.float32), 1
    return _power_of_sum(mean, 1 / p, size)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _power_of_sum(mean: jax.Array, p: float, size: int) -> jax.Array:
    return _power(mean * jnp.asarray(size, mean.dtype), p)


@_power_of_sum.defjvp
def _power_of_sum_jvp(p: float, size: int, primals: tuple, tangents: tuple) -> tuple:
    (mean,), (dmean,) = primals, tangents
    zero = mean == 0
    # torch's relu lets through nothing of a slope at 0, be it infinite
    slope = _power_of_sum(jnp.where(zero, jnp.ones_like(mean), mean), p - 1, size)
    slope = slope * jnp.asarray(p * size, mean.dtype)
    return _power_of_sum(mean, p, size), jnp.where(zero, jnp.zeros_like(mean), slope) * dmean


@partial(jax.jit, static_argnames=("windows", "include", "divisor"))
def _avg_jit(x: jax.Array, windows: Windows, include: bool, divisor: int | None) -> jax.Array:
    if not x.size:
        return jnp.zeros(windows.shape(x), x.dtype)
    if divisor is None:
        lines = [_counts(x.shape[axis], line, include) for axis, line in windows.pairs()]
    else:
        lines = [divisor, *[1] * (len(windows.axes) - 1)]
    return means(x, windows, lines)


@partial(jax.jit, static_argnames=("windows", "with_places"))
def max_jit(x: jax.Array, windows: Windows, with_places: bool) -> tuple[jax.Array, ...]:
    shape = windows.shape(x)
    if 0 in shape:  # jax 0.10.2 gives the gradient of a vmapped custom_jvp of it a wrong shape
        empty = jnp.zeros(shape, x.dtype)
        return (empty, empty.astype(index_dtype())) if with_places else (empty,)
    value = largest(x, windows)
    return (value, places(x, windows).astype(index_dtype())) if with_places else (value,)


def _counts(length: int, line: Line, include: bool) -> np.ndarray:
    """How many cells of an axis, and of its padding if that is included, each window has."""
    assert isinstance(line, Sliding)
    starts = np.arange(line.out) * line.stride - line.low
    stops = np.minimum(starts + line.size, length + line.low)
    if not include:
        starts, stops = np.maximum(starts, 0), np.minimum(stops, length)
    return stops - starts


def _slide(
    op: str, n: int, x: jax.Array, sliding: tuple, data_format: Any
) -> tuple[jax.Array, Windows]:
    """The input as a batch, and the windows on it."""
    kernel_size, stride, padding, dilation, ceil_mode = sliding
    kernel = ints(op, "kernel_size", kernel_size, n, 1)
    default = stride is None or (isinstance(stride, tuple | list) and not stride)
    moves = kernel if default else ints(op, "stride", stride, n, 1)
    pads, steps = ints(op, "padding", padding, n, 0), ints(op, "dilation", dilation, n, 1)
    if not isinstance(ceil_mode, bool):
        raise TypeError(f"{op}: ceil_mode must be a bool, got {ceil_mode!r}")
    batch, axes = as_batch(op, n, x, data_format)
    if 0 in batch.shape[1:]:
        raise RuntimeError(f"{op}: input must not be empty but for its batch, got {x.shape}")
    if any(p > k // 2 for p, k in zip(pads, kernel, strict=True)):
        raise RuntimeError(
            f"{op}: padding must be at most half of kernel_size, got {padding} for {kernel_size}"
        )
    lines = []
    for axis, k, s, p, d in zip(axes, kernel, moves, pads, steps, strict=True):
        room = batch.shape[axis] + 2 * p - d * (k - 1) - 1
        out = (room + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (out - 1) * s >= batch.shape[axis] + p:
            out -= 1  # it would start in the padding
        lines.append(Sliding(k, s, d, p, out))
    if min(line.out for line in lines) < 1:
        raise RuntimeError(
            f"{op}: kernel_size must not exceed the padded input, got {kernel} with dilation "
            f"{steps} on {x.shape} padded by {pads}"
        )
    return batch, Windows(axes, tuple(lines))


def as_batch(op: str, n: int, x: jax.Array, data_format: Any) -> tuple[jax.Array, tuple[int, ...]]:
    """`x` with a batch dim, and its spatial axes."""
    check_option(op, "data_format", data_format, LAYOUTS[n])
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{op}: input must have {n + 1} or {n + 2} dims, got {x.shape}")
    axes = tuple(i for i, letter in enumerate(data_format) if letter not in "NC")
    return x if x.ndim == n + 2 else x[None], axes
