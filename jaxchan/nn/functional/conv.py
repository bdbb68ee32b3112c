"""Convolutions. Weights are laid out as torch's: (out, in / groups, *kernel)."""

from functools import partial
from typing import Any

import jax

from ..._checks import as_array
from ..._dtypes import accumulator

Pair = tuple[int, int]


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> jax.Array:
    """Cross-correlate images with a bank of kernels, in full float32 precision on every device.

    Torch:    torch.nn.functional.conv2d
    Shapes:   (N, C, H, W) or (C, H, W), weight (O, C / groups, kh, kw), bias (O,) -> (N, O, H', W')
              with H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1.
    Dtypes:   one for all arguments: floating, complex or int64; 16-bit floats accumulate in
              float32.
    Gradient: that of the sum of products.
    Errors:   RuntimeError for mixed dtypes, shapes that do not fit, a kernel larger than the padded
              image, a stride or dilation below 1, a negative padding, or "same" with a stride;
              TypeError for an argument of another kind.

    `padding` pads both sides alike; "valid" is 0, and "same" keeps the size, with the odd cell at
    the end.

    >>> import jax.numpy as jnp
    >>> conv2d(jnp.ones((1, 1, 3, 3)), jnp.ones((1, 1, 2, 2)))
    Array([[[[4., 4.],
             [4., 4.]]]], dtype=float...)
    """
    x, w = as_array("conv2d", "input", input), as_array("conv2d", "weight", weight)
    b = None if bias is None else as_array("conv2d", "bias", bias)
    stride, dilation = _pair("stride", stride, 1), _pair("dilation", dilation, 1)
    _check_shapes(x, w, b, groups)
    kernel, image = (w.shape[2], w.shape[3]), (x.shape[-2], x.shape[-1])
    pads = _pads(padding, stride, dilation, kernel)
    _check_fits(image, kernel, pads, dilation)
    out = _conv2d(x if x.ndim == 4 else x[None], w, b, stride, pads, dilation, groups)
    return out if x.ndim == 4 else out[0]


@partial(jax.jit, static_argnames=("stride", "pads", "dilation", "groups"))
def _conv2d(
    x: jax.Array,
    w: jax.Array,
    b: jax.Array | None,
    stride: Pair,
    pads: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
) -> jax.Array:
    out = jax.lax.conv_general_dilated(
        x,
        w,
        stride,
        pads,
        rhs_dilation=dilation,
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
        feature_group_count=groups,
        precision=jax.lax.Precision.HIGHEST,
    )
    if b is None:
        return out
    wide = accumulator(x.dtype)  # the gradient of the bias is a sum over all else
    return (out.astype(wide) + b.astype(wide).reshape(1, -1, 1, 1)).astype(x.dtype)


def _pair(name: str, value: Any, lowest: int) -> Pair:
    """One int for both axes or an int for each, at least `lowest`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        raise TypeError(f"conv2d: {name} must be an int or two, got {value!r}")
    if len(values) not in (1, 2):
        raise RuntimeError(f"conv2d: {name} must be an int or two, got {value!r}")
    if min(values) < lowest:
        raise RuntimeError(f"conv2d: {name} must be at least {lowest}, got {value!r}")
    return values if len(values) == 2 else (values[0], values[0])


def _pads(padding: Any, stride: Pair, dilation: Pair, kernel: Pair) -> tuple[Pair, Pair]:
    """The cells added before and after each axis."""
    if not isinstance(padding, str):
        high, wide = _pair("padding", padding, 0)
        return (high, high), (wide, wide)
    if padding not in ("valid", "same"):
        raise RuntimeError(
            f"conv2d: padding must be 'valid' or 'same' if a string, got {padding!r}"
        )
    if padding == "valid":
        return (0, 0), (0, 0)
    if stride != (1, 1):
        raise RuntimeError(f"conv2d: padding='same' must have stride 1, got stride {stride}")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    (top, bottom), (left, right) = ((t // 2, t - t // 2) for t in totals)
    return (top, bottom), (left, right)


def _check_fits(image: Pair, kernel: Pair, pads: tuple[Pair, Pair], dilation: Pair) -> None:
    for n, k, pad, d in zip(image, kernel, pads, dilation, strict=True):
        if n + sum(pad) < d * (k - 1) + 1:
            raise RuntimeError(
                f"conv2d: weight must not be larger than the padded input, got kernel {kernel} "
                f"with dilation {dilation} on {image} padded by {pads}"
            )


def _check_shapes(x: jax.Array, w: jax.Array, b: jax.Array | None, groups: Any) -> None:
    if isinstance(groups, bool) or not isinstance(groups, int):
        raise TypeError(f"conv2d: groups must be an int, got {groups!r}")
    if groups < 1:
        raise RuntimeError(f"conv2d: groups must be at least 1, got {groups}")
    if w.ndim != 4 or x.ndim not in (3, 4):
        raise RuntimeError(
            f"conv2d: input must have 3 or 4 dims and weight 4, got {x.shape} and {w.shape}"
        )
    if 0 in w.shape:
        raise RuntimeError(f"conv2d: weight must not be empty, got {w.shape}")
    if x.shape[-3] != w.shape[1] * groups or w.shape[0] % groups:
        raise RuntimeError(
            f"conv2d: weight must be (O, C / groups, kh, kw) with O divisible by groups={groups}, "
            f"got {w.shape} for input {x.shape}"
        )
    if b is not None and b.shape != (w.shape[0],):
        raise RuntimeError(f"conv2d: bias must have shape ({w.shape[0]},), got {b.shape}")
    dtypes = {a.dtype for a in (x, w, b) if a is not None}
    if len(dtypes) > 1:
        raise RuntimeError(
            f"conv2d: input, weight and bias must have one dtype, got {sorted(map(str, dtypes))}"
        )
