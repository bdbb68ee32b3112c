"""Transposed convolutions. Weights are laid out as torch's: (in, out / groups, *kernel).

`precision` and `data_format` as for the other convolutions, see `conv.py`.
"""

import functools
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from ..._checks import check_option
from ..._dtypes import accumulator
from ._correlate import MAX_TAPS, Dims, Window, by_parts, correlate, of_images, plain
from ._phases import by_phase, has_phases
from .conv import (
    LAYOUTS,
    Size,
    add_bias,
    as_arrays,
    check_arrays,
    full,
    has_products,
    ints,
    positive,
)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
    *,
    precision: Any = None,
    data_format: str = "NCL",
) -> jax.Array:
    """The transpose of `conv1d`: each element adds its multiple of the kernel.

    Torch:    torch.nn.functional.conv_transpose1d
    Shapes:   (N, C, L) or (C, L), weight (C, O / groups, k), bias (O,) -> (N, O, L') with
              L' = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1.
    Dtypes:   as `conv_transpose2d`.
    Gradient: that of the sum of products.
    Errors:   RuntimeError and TypeError as `conv_transpose2d`.

    `precision` and `data_format` as `conv1d`.

    >>> conv_transpose1d(jnp.array([[[1.0, 2.0]]]), jnp.array([[[1.0, 10.0, 100.0]]]), stride=2)
    Array([[[  1.,  10., 102.,  20., 200.]]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose1d", 1, *arguments, precision, data_format)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
    *,
    precision: Any = None,
    data_format: str = "NCHW",
) -> jax.Array:
    """The transpose of `conv2d`: each pixel adds its multiple of the kernel.

    Torch:    torch.nn.functional.conv_transpose2d
    Shapes:   (N, C, H, W) or (C, H, W), weight (C, O / groups, kh, kw), bias (O,) ->
              (N, O, H', W') with
              H' = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.
    Dtypes:   one for all arguments: floating, complex or int64; 16-bit floats accumulate in
              float32.
    Gradient: that of the sum of products.
    Errors:   RuntimeError for mixed dtypes, shapes that do not fit, an empty result, a stride or
              dilation below 1, a negative padding, or an output_padding that is negative or not
              below stride or dilation; TypeError for an argument of another kind.

    `padding` is cut off all around, of which `output_padding` gives back some at the end.
    `precision` and `data_format` as `conv2d`.

    >>> conv_transpose2d(jnp.ones((1, 1, 2, 2)), jnp.ones((1, 1, 2, 2)))[0, 0]
    Array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose2d", 2, *arguments, precision, data_format)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
    *,
    precision: Any = None,
    data_format: str = "NCDHW",
) -> jax.Array:
    """The transpose of `conv3d`: each cell adds its multiple of the kernel.

    Torch:    torch.nn.functional.conv_transpose3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, kd, kh, kw), bias (O,) ->
              (N, O, D', H', W'), each size as in `conv_transpose2d`.
    Dtypes:   as `conv_transpose2d`.
    Gradient: that of the sum of products.
    Errors:   RuntimeError and TypeError as `conv_transpose2d`.

    `precision` and `data_format` as `conv3d`.

    >>> conv_transpose3d(jnp.ones((1, 1, 1, 1, 2)), jnp.ones((1, 1, 1, 1, 2)))
    Array([[[[[1., 2., 1.]]]]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _conv_transpose("conv_transpose3d", 3, *arguments, precision, data_format)


def _conv_transpose(
    op: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
    precision: Any,
    data_format: Any,
) -> jax.Array:
    x, w, b = as_arrays(op, input, weight, bias)
    check_option(op, "data_format", data_format, LAYOUTS[n])
    groups, ones = positive(op, "groups", groups), (1,) * n
    stride, dilation = ints(op, "stride", stride, n, 1), ints(op, "dilation", dilation, n, 1)
    padding = ints(op, "padding", padding, n, 0)
    extra = ints(op, "output_padding", output_padding, n, 0)
    check_arrays(op, n, x, w, b, data_format)
    pads = _pads(op, stride, padding, extra, dilation, w.shape[2:])
    window = Window(ones, pads, dilation, groups, data_format, full(precision), stride)
    _check_channels(op, x, w, b, window)
    batch = x if x.ndim == n + 2 else x[None]
    _check_fits(op, batch, w, window)
    out = _conv_transpose_jit(batch, w, b, window)
    return out if x.ndim == n + 2 else out[0]


@partial(jax.jit, static_argnames=("window",))
def _conv_transpose_jit(x: jax.Array, w: jax.Array, b: jax.Array | None, window: Window):
    if x.size == 0:
        shape = list(x.shape)
        shape[window.channel] = w.shape[1] * window.groups
        for axis, size in zip(window.spatial, _out_sizes(x, w, window), strict=True):
            shape[axis] = size
        return jnp.zeros(shape, x.dtype)
    w = lax.rev(w, tuple(range(2, w.ndim)))
    if window.groups == 1:
        return add_bias(by_parts(partial(_spread, window=window), x, w), b, window)
    parts = w.reshape(window.groups, -1, *w.shape[1:])
    w = jnp.swapaxes(parts, 1, 2).reshape(-1, parts.shape[1], *w.shape[2:])
    return add_bias(by_parts(partial(correlate, window=window), x, w), b, window)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _spread(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """The transposed convolution with `w` (in, out, *kernel), its kernels already turned around."""
    quick, default = _quick(w, window), partial(_with_gaps, window=window)
    return lax.platform_dependent(x, w, cpu=quick, default=default) if quick else default(x, w)


@_spread.defjvp
def _spread_jvp(window: Window, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, w), whole = primals, partial(_tangent, window=window)
    in_images = partial(_tangent_by_depth, window=window)

    def choose(*arrays: jax.Array) -> jax.Array:
        return lax.platform_dependent(*arrays, cpu=in_images, default=whole)

    # under a checkpoint for the reason given in `correlate`
    tangent = jax.checkpoint(choose, prevent_cse=False) if _has_depths(w, window) else whole
    return _spread(x, w, window), tangent(x, w, *tangents)


def _tangent(x: jax.Array, w: jax.Array, dx: jax.Array, dw: jax.Array, window: Window) -> jax.Array:
    return _with_gaps(dx, w, window) + _over_the_kernel(x, dw, window)


def _tangent_by_depth(
    x: jax.Array, w: jax.Array, dx: jax.Array, dw: jax.Array, window: Window
) -> jax.Array:
    in_x = _by_depth(dx, w, window, _with_gaps)
    return in_x + _by_depth(x, dw, window, _over_the_kernel)


def _quick(w: jax.Array, window: Window) -> Callable | None:
    """What XLA's CPU gets in place of one convolution, if anything."""
    if has_phases(w, window):
        return partial(by_phase, window=window)
    return partial(_by_depth, window=window, each=_with_gaps) if _has_depths(w, window) else None


def _has_depths(w: jax.Array, window: Window) -> bool:
    return len(window.stride) == 3 and w.shape[2] <= MAX_TAPS


def _with_gaps(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    return plain(x, w, window, "IO")


def _by_depth(x: jax.Array, w: jax.Array, window: Window, each: Callable) -> jax.Array:
    """A volume as images, of which each adds to as many depths as the kernel has."""
    if window.channel == 1:
        last = window._replace(layout="NDHWC")
        return jnp.moveaxis(_by_depth(jnp.moveaxis(x, 1, -1), w, last, each), -1, 1)
    wide, depth = accumulator(x.dtype), w.shape[2]
    kernel = lax.concatenate([w[:, :, i] for i in range(depth)], 1).astype(wide)
    out = each(x.astype(wide).reshape(-1, *x.shape[2:]), kernel, of_images(window))
    parts = lax.split(out.reshape(*x.shape[:2], *out.shape[1:]), [w.shape[1]] * depth, x.ndim - 1)
    (low, high), (d, *_), (s, *_) = window.pads[0], window.dilation, window.spread
    terms = []
    for i, part in enumerate(parts):
        config = [(0, 0, 0)] * x.ndim
        config[1] = (low - d * i, high - d * (depth - 1 - i), s - 1)
        terms.append(lax.pad(part, jnp.zeros((), wide), config))
    return functools.reduce(operator.add, terms).astype(x.dtype)


def _over_the_kernel(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """`_spread` with `x` as the kernel that slides over `w`.

    Its transpose is a strided convolution; that of `_spread` in `w` has a kernel the size of the
    image over an input with gaps, and takes XLA's CPU ten times as long.
    """
    sizes = [x.shape[a] for a in window.spatial]
    pads = []
    for n, s, (low, high), k, d in zip(
        sizes, window.spread, window.pads, w.shape[2:], window.dilation, strict=True
    ):
        offset = s * (n - 1) - d * (k - 1)
        pads.append((offset + low, offset + high))
    letters = "".join(window.layout[i] for i in window.spatial)
    swap = str.maketrans("NC", "CN")
    return lax.conv_general_dilated(
        lax.rev(w, tuple(range(2, w.ndim))),
        lax.rev(x, window.spatial),
        window.stride,
        pads,
        lhs_dilation=window.dilation,
        rhs_dilation=window.spread,
        dimension_numbers=(
            "CN" + letters,
            window.layout.translate(str.maketrans("NC", "OI")),
            window.layout.translate(swap),
        ),
        precision=window.precision,
    )


def _pads(
    op: str, stride: Dims, padding: Dims, extra: Dims, dilation: Dims, kernel: Dims
) -> tuple[tuple[int, int], ...]:
    """The cells around the spread input with which a convolution gives the result."""
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"{op}: output_padding must be less than stride or dilation, got {extra} with stride "
            f"{stride} and dilation {dilation}"
        )
    full = [d * (k - 1) - p for d, k, p in zip(dilation, kernel, padding, strict=True)]
    return tuple((f, f + e) for f, e in zip(full, extra, strict=True))


def _check_channels(
    op: str, x: jax.Array, w: jax.Array, b: jax.Array | None, window: Window
) -> None:
    if not has_products(x):
        raise RuntimeError(f"{op}: input must be floating point, complex or int64, got {x.dtype}")
    channels, out = x.shape[window.channel - len(window.layout)], w.shape[1] * window.groups
    if channels != w.shape[0] or channels % window.groups or not out:
        raise RuntimeError(
            f"{op}: weight must be (C, O / groups, *kernel) with C divisible by "
            f"groups={window.groups}, got {w.shape} for input {x.shape}"
        )
    if b is not None and b.shape != (out,):
        raise RuntimeError(f"{op}: bias must have shape ({out},), got {b.shape}")


def _out_sizes(x: jax.Array, w: jax.Array, window: Window) -> Dims:
    sizes = [x.shape[a] for a in window.spatial]
    parts = zip(sizes, w.shape[2:], window.spread, window.pads, window.dilation, strict=True)
    return tuple((n - 1) * s + sum(pad) - d * (k - 1) + 1 for n, k, s, pad, d in parts)


def _check_fits(op: str, x: jax.Array, w: jax.Array, window: Window) -> None:
    if min(_out_sizes(x, w, window)) < (1 if x.size else 0):
        raise RuntimeError(
            f"{op}: padding must leave some of the result, got {window.pads} around {x.shape} "
            f"with kernel {w.shape[2:]}"
        )
