"""Convolutions. Weights are laid out as torch's: (out, in / groups, *kernel).

Beyond torch: `precision` is what `jax.lax` takes, with None for full float32 on every device; give
"tensorfloat32" or "bfloat16" for the speed of the matrix units of a GPU or TPU. `data_format` is
torch's "NCL", "NCHW" or "NCDHW"; with "NLC", "NHWC" or "NDHWC" the channels of input and output
come last, and the weight is laid out as ever. ValueError for another.
"""

import operator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_option
from ..._dtypes import accumulator, index_dtype
from ._correlate import Dims, Window, by_parts, correlate, out_sizes

LAYOUTS = {1: ("NCL", "NLC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
INTS = (jnp.int8, jnp.int16, jnp.int32, jnp.uint8)
Size = int | tuple[int, ...]


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    precision: Any = None,
    data_format: str = "NCL",
) -> jax.Array:
    """Cross-correlate sequences with a bank of kernels.

    Torch:    torch.nn.functional.conv1d
    Shapes:   (N, C, L) or (C, L), weight (O, C / groups, k), bias (O,) -> (N, O, L') with
              L' = floor((L + 2 padding - dilation (k - 1) - 1) / stride) + 1.
    Dtypes:   as `conv2d`.
    Gradient: that of the sum of products.
    Errors:   RuntimeError and TypeError as `conv2d`.

    `padding`, `precision` and `data_format` as `conv2d`; "NLC" is channels last.

    >>> conv1d(jnp.array([[[1.0, 2.0, 4.0]]]), jnp.array([[[-1.0, 1.0]]]))
    Array([[[1., 2.]]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, dilation, groups, precision, data_format)
    return _conv("conv1d", 1, *arguments)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    precision: Any = None,
    data_format: str = "NCHW",
) -> jax.Array:
    """Cross-correlate images with a bank of kernels, in full float32 precision on every device.

    Torch:    torch.nn.functional.conv2d
    Shapes:   (N, C, H, W) or (C, H, W), weight (O, C / groups, kh, kw), bias (O,) -> (N, O, H', W')
              with H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1.
    Dtypes:   one for all arguments: floating, complex, int64, or other integers up to 32 bits where
              dilation is 1; 16-bit floats accumulate in float32.
    Gradient: that of the sum of products.
    Errors:   RuntimeError for mixed dtypes, shapes that do not fit, a kernel larger than the padded
              image, a stride or dilation below 1, a negative padding, or "same" with a stride;
              TypeError for an argument of another kind.

    `padding` pads both sides alike; "valid" is 0, and "same" keeps the size, with the odd cell at
    the end. `precision`: None is full float32; else what `jax.lax` takes, say "tensorfloat32".
    `data_format`: "NHWC" has the channels of input and output last, and the same weight.

    >>> conv2d(jnp.ones((1, 1, 3, 3)), jnp.ones((1, 1, 2, 2)))
    Array([[[[4., 4.],
             [4., 4.]]]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, dilation, groups, precision, data_format)
    return _conv("conv2d", 2, *arguments)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
    *,
    precision: Any = None,
    data_format: str = "NCDHW",
) -> jax.Array:
    """Cross-correlate volumes with a bank of kernels.

    Torch:    torch.nn.functional.conv3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, kd, kh, kw), bias (O,) ->
              (N, O, D', H', W'), each size as in `conv2d`.
    Dtypes:   as `conv2d`.
    Gradient: that of the sum of products.
    Errors:   RuntimeError and TypeError as `conv2d`.

    `padding`, `precision` and `data_format` as `conv2d`; "NDHWC" is channels last.

    >>> conv3d(jnp.ones((1, 1, 2, 2, 3)), jnp.ones((1, 1, 2, 2, 2)))
    Array([[[[[8., 8.]]]]], dtype=float...)
    """
    arguments = (input, weight, bias, stride, padding, dilation, groups, precision, data_format)
    return _conv("conv3d", 3, *arguments)


def _conv(
    op: str,
    n: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    precision: Any,
    data_format: Any,
) -> jax.Array:
    x, w, b = as_arrays(op, input, weight, bias)
    check_option(op, "data_format", data_format, LAYOUTS[n])
    groups, ones = positive(op, "groups", groups), (1,) * n
    stride, dilation = ints(op, "stride", stride, n, 1), ints(op, "dilation", dilation, n, 1)
    check_arrays(op, n, x, w, b, data_format)
    _check_dtype(op, x, dilation)
    pads = _pads(op, padding, stride, dilation, w.shape[2:])
    window = Window(stride, pads, dilation, groups, data_format, full(precision), ones)
    _check_channels(op, x, w, b, window)
    batch = x if x.ndim == n + 2 else x[None]
    _check_fits(op, batch, w, window)
    out = _conv_jit(batch, w, b, window)
    return out if x.ndim == n + 2 else out[0]


@partial(jax.jit, static_argnames=("window",))
def _conv_jit(x: jax.Array, w: jax.Array, b: jax.Array | None, window: Window) -> jax.Array:
    if x.size == 0 or w.size == 0:
        shape = list(x.shape)
        # torch's result for no channels has none
        shape[window.channel] = w.shape[0] if w.size else 0
        for axis, size in zip(window.spatial, out_sizes(x, w.shape[2:], window), strict=True):
            shape[axis] = size
        return jnp.zeros(shape, x.dtype)
    return add_bias(by_parts(partial(correlate, window=window), x, w), b, window)


def add_bias(out: jax.Array, b: jax.Array | None, window: Window) -> jax.Array:
    if b is None:
        return out
    wide = accumulator(out.dtype)  # the gradient of the bias is a sum over all else
    shape = [1] * out.ndim
    shape[window.channel] = -1
    return (out.astype(wide) + b.astype(wide).reshape(shape)).astype(out.dtype)


def full(precision: Any) -> Any:
    """`precision` as JAX has it, where None leaves it to the device."""
    return jax.lax.Precision.HIGHEST if precision is None else precision


def as_arrays(
    op: str, input: Any, weight: Any, bias: Any
) -> tuple[jax.Array, jax.Array, jax.Array | None]:
    b = None if bias is None else as_array(op, "bias", bias)
    return as_array(op, "input", input), as_array(op, "weight", weight), b


def ints(op: str, name: str, value: Any, n: int, lowest: int | None) -> Dims:
    """One int for all spatial dims or an int for each, at least `lowest` if that is given."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    if not all(hasattr(v, "__index__") and not isinstance(v, bool) for v in values):
        raise TypeError(f"{op}: {name} must be an int or {n} of them, got {value!r}")
    values = tuple(map(operator.index, values))
    if len(values) not in (1, n):
        raise RuntimeError(f"{op}: {name} must be an int or {n} of them, got {value!r}")
    if lowest is not None and min(values) < lowest:
        raise RuntimeError(f"{op}: {name} must be at least {lowest}, got {value!r}")
    return values if len(values) == n else values * n


def positive(op: str, name: str, value: Any) -> int:
    if isinstance(value, tuple | list):
        raise TypeError(f"{op}: {name} must be an int, got {value!r}")
    return ints(op, name, value, 1, 1)[0]


def check_arrays(
    op: str, n: int, x: jax.Array, w: jax.Array, b: jax.Array | None, layout: str
) -> None:
    """Ranks, dtypes, and sizes that must not be 0."""
    if w.ndim != n + 2 or x.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"{op}: input must have {n + 1} or {n + 2} dims and weight {n + 2}, "
            f"got {x.shape} and {w.shape}"
        )
    dtypes = {a.dtype for a in (x, w, b) if a is not None}
    if len(dtypes) > 1:
        raise RuntimeError(
            f"{op}: input, weight and bias must have one dtype, got {sorted(map(str, dtypes))}"
        )
    letters = layout if x.ndim == n + 2 else layout[1:]
    sizes = dict(zip(letters, x.shape, strict=True))
    batch, channels = sizes.pop("N", 1), sizes.pop("C")
    if batch and channels and 0 in sizes.values():
        raise RuntimeError(f"{op}: input must not be empty but for its batch, got {x.shape}")
    if w.shape[0] == 0 or 0 in w.shape[2:]:
        raise RuntimeError(f"{op}: weight must not be empty, got {w.shape}")


def _check_dtype(op: str, x: jax.Array, dilation: Dims) -> None:
    narrow = x.dtype in INTS and set(dilation) == {1}
    if not (has_products(x) or narrow):
        raise RuntimeError(f"{op}: input must be floating point, complex or int64, got {x.dtype}")


def has_products(x: jax.Array) -> bool:
    """Whether torch has every convolution in this dtype; of the integers, in int64 alone."""
    floats = jnp.issubdtype(x.dtype, jnp.inexact) and x.dtype.itemsize > 1
    return floats or x.dtype == index_dtype()


def _pads(
    op: str, padding: Any, stride: Dims, dilation: Dims, kernel: Dims
) -> tuple[tuple[int, int], ...]:
    """The cells added before and after each axis."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in ints(op, "padding", padding, len(kernel), 0))
    if padding not in ("valid", "same"):
        raise RuntimeError(f"{op}: padding must be 'valid' or 'same' if a string, got {padding!r}")
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if set(stride) != {1}:
        raise RuntimeError(f"{op}: padding='same' must have stride 1, got stride {stride}")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((t // 2, t - t // 2) for t in totals)


def _check_channels(
    op: str, x: jax.Array, w: jax.Array, b: jax.Array | None, window: Window
) -> None:
    channels = x.shape[window.channel - len(window.layout)]
    if channels != w.shape[1] * window.groups or w.shape[0] % window.groups:
        raise RuntimeError(
            f"{op}: weight must be (O, C / groups, *kernel) with O divisible by "
            f"groups={window.groups}, got {w.shape} for input {x.shape}"
        )
    if b is not None and b.shape != (w.shape[0],):
        raise RuntimeError(f"{op}: bias must have shape ({w.shape[0]},), got {b.shape}")


def _check_fits(op: str, x: jax.Array, w: jax.Array, window: Window) -> None:
    if min(out_sizes(x, w.shape[2:], window)) < 1:
        raise RuntimeError(
            f"{op}: weight must not be larger than the padded input, got kernel {w.shape[2:]} with "
            f"dilation {window.dilation} on {x.shape} padded by {window.pads}"
        )
