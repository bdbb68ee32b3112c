"""Resizing. Each axis by itself: a cell of the result is a weighted sum of a few of the input's.

Beyond torch: `data_format` is torch's "NCL", "NCHW" or "NCDHW", or with "NLC", "NHWC" or "NDHWC"
the channels come last. ValueError for another.
"""

import functools
import math
import operator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_option, is_number
from ..._dtypes import accumulator
from . import _taps
from ._taps import Axis, Taps
from .conv import LAYOUTS

PIXELS = ("nearest", "nearest-exact", "area")  # modes that have no align_corners
FILTERED = ("bilinear", "bicubic", "lanczos")  # modes that have antialias
RANKS = {
    **dict.fromkeys(PIXELS, (3, 4, 5)),
    **dict.fromkeys(FILTERED, (4,)),
    "linear": (3,),
    "trilinear": (5,),
}
WRITTEN_OUT = 64  # terms of a sum; more of them are one gather, which is slow and compiles quickly
LARGEST = 2**63


class Plan(NamedTuple):
    """How to resize: the axes from place `first` on."""

    axes: tuple[Axis, ...]
    first: int
    mode: str
    align_corners: bool
    antialias: bool


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    data_format: str | None = None,
) -> jax.Array:
    """Resize sequences, images or volumes, to `size` or by `scale_factor`.

    Torch:    torch.nn.functional.interpolate
    Shapes:   (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> each spatial size replaced by `size`, or
              by floor(size * scale_factor).
    Dtypes:   floating kept, summed in float32 for 16 bits, which antialias has not; uint8 kept by
              "nearest" and "nearest-exact", and in fixed point by "bilinear", "bicubic" and
              "lanczos". With antialias the input's own size keeps every dtype.
    Gradient: the weights', summed where a cell is taken more than once. With a scale_factor that
              leaves an axis as long as it was it is torch's, which is not that of the value:
              antialias copies, and its gradient is that of the filter; "nearest" and "bicubic"
              do not copy, and their gradient does.
    Errors:   ValueError for both or neither of size and scale_factor, another number of them than
              spatial dims, options that the mode has not, or recompute_scale_factor with a size;
              NotImplementedError for a mode that there is not, or not for such a number of dims,
              or a dtype that it has not; RuntimeError for empty sizes (but for "area", which may
              give them) and channels; OverflowError for an infinite scale_factor to recompute;
              TypeError for an argument of another kind.

    Modes: "nearest" and "nearest-exact" take one cell, "linear", "bilinear" and "trilinear" two an
    axis, "bicubic" four (images), "area" averages what a cell covers, and "lanczos" (images, with
    antialias) six. `antialias` widens the filter as an image shrinks. A given scale_factor places
    the cells, unless recompute_scale_factor has the sizes do it. `data_format`: None is channels
    first, "NLC", "NHWC" and "NDHWC" have them last.

    >>> interpolate(jnp.array([[[0.0, 4.0]]]), scale_factor=2, mode="linear")
    Array([[[0., 1., 3., 4.]]], dtype=float...)
    """
    op, x = "interpolate", as_array("interpolate", "input", input)
    if mode in PIXELS and align_corners is not None:
        raise ValueError(f"{op}: align_corners must be None for mode {mode!r}, got {align_corners}")
    n = x.ndim - 2
    _check_given(op, n, size, scale_factor, recompute_scale_factor)
    if antialias and not (mode in FILTERED and x.ndim == 4):
        raise ValueError(
            f"{op}: antialias must go with 4 dims and one of {FILTERED}, got {mode!r}, {x.shape}"
        )
    if x.ndim not in RANKS.get(mode if isinstance(mode, str) else "", ()):
        raise NotImplementedError(f"{op}: mode must be one for {x.ndim} dims, got {mode!r}")
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError(f"{op}: antialias must be True and align_corners not for mode 'lanczos'")
    align = False if align_corners is None else align_corners
    if not isinstance(align, bool):
        raise TypeError(f"{op}: align_corners must be a bool, got {align!r}")
    check_option(op, "data_format", data_format, (None, *LAYOUTS[n]))
    last = data_format == LAYOUTS[n][1]
    first = 1 if last else 2
    axes = _axes(op, x.shape[first : first + n], size, scale_factor, mode, recompute_scale_factor)
    plan = Plan(axes, first, mode, align, bool(antialias))
    _check_sizes(op, x, plan)
    if antialias and all(axis.n == axis.m for axis in axes) and not _is_wide(x):
        return x
    _check_dtype(op, x, plan)
    return _fixed_point(x, plan) if x.dtype == jnp.uint8 and mode in FILTERED else _resize(x, plan)


@partial(jax.jit, static_argnames=("plan",))
def _resize(x: jax.Array, plan: Plan) -> jax.Array:
    if x.dtype == jnp.uint8:  # "nearest" and "nearest-exact"
        return _applied(x, plan, _forward(plan, np.float32))
    out = _resampled(x.astype(accumulator(x.dtype)), plan)
    if plan.mode == "area":
        for place, axis in enumerate(plan.axes, plan.first):
            lengths = _taps.windows(axis, out.dtype).weights.sum(axis=0, dtype=out.dtype)
            out = out / _along(lengths, place, out.ndim)
    return out.astype(x.dtype)


@partial(jax.jit, static_argnames=("plan",))
def _fixed_point(x: jax.Array, plan: Plan) -> jax.Array:
    """As torch has uint8: whole weights, and an image of uint8 between the two axes."""
    for place, axis in reversed(list(enumerate(plan.axes, plan.first))):
        if axis.n != axis.m:
            taps, bits = _taps.fixed_point(axis, plan.align_corners, plan.mode, plan.antialias)
            total = _sum(x.astype(jnp.int32), taps, place) + 2 ** max(bits - 1, 0)
            x = jnp.clip(total >> bits, 0, 255).astype(jnp.uint8)
    return x


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _resampled(x: jax.Array, plan: Plan) -> jax.Array:
    return _applied(x, plan, _forward(plan, x.dtype))


@_resampled.defjvp
def _resampled_jvp(plan: Plan, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    """The tangent as the transpose of the gradient, which gathers where it would have to scatter.

    And torch's gradient is not in all cases that of its value.
    """
    ((x,), (dx,)), out = (primals, tangents), _resampled(*primals, plan)
    tables = [
        _taps.transposed(taps, axis.n)
        for taps, axis in zip(_backward(plan, x.dtype), plan.axes, strict=True)
    ]
    pull = jax.linear_transpose(lambda g: _applied(g, plan, tables), out)
    return out, pull(dx)[0]


def _applied(x: jax.Array, plan: Plan, tables: list[Taps]) -> jax.Array:
    for place, taps in reversed(list(enumerate(tables, plan.first))):
        x = _sum(x, taps, place)
    return x


def _sum(x: jax.Array, taps: Taps, axis: int) -> jax.Array:
    """The cells at the taps' places along `axis`, times their weights, added up."""
    places, weights = taps.places.astype(np.int32), taps.weights.astype(x.dtype)
    beyond = bool((places >= x.shape[axis]).any())
    take = partial(jnp.take, axis=axis, mode="fill" if beyond else "clip", fill_value=0)
    if len(places) == 1 and not beyond and (weights == 1).all():
        return take(x, places[0])
    if len(places) <= WRITTEN_OUT:
        pairs = zip(places, weights, strict=True)
        terms = (take(x, p) * _along(w, axis, x.ndim) for p, w in pairs)
        return functools.reduce(operator.add, terms)
    return (take(x, places) * _along(weights, axis, x.ndim)).sum(axis=axis)


def _along(values: np.ndarray, axis: int, ndim: int) -> np.ndarray:
    """With the last of `ndim` axes at `axis`, and all before it in front of that."""
    return values.reshape(*[1] * axis, *values.shape, *[1] * (ndim - axis - 1))


def _forward(plan: Plan, dtype: Any) -> list[Taps]:
    if plan.mode.startswith("nearest"):
        exact = plan.mode == "nearest-exact"
        # torch has another loop for small images, and it rounds otherwise
        if len(plan.axes) == 2 and sum(axis.m for axis in plan.axes) <= 128:
            return [_taps.by_index(axis, exact) for axis in plan.axes]
        return [_taps.nearest(axis, exact, dtype) for axis in plan.axes]
    if plan.antialias:
        return [
            _taps.identity(axis) if axis.n == axis.m else _weighted(axis, plan, dtype)
            for axis in plan.axes
        ]
    return [_weighted(axis, plan, dtype) for axis in plan.axes]


def _backward(plan: Plan, dtype: Any) -> list[Taps]:
    """The taps of which torch's gradient is the transpose."""
    if plan.mode.startswith("nearest"):
        return [_taps.by_index(axis, plan.mode == "nearest-exact") for axis in plan.axes]
    same = all(axis.n == axis.m for axis in plan.axes)
    if plan.mode == "bicubic" and not plan.antialias and same:
        return [_taps.identity(axis) for axis in plan.axes]
    return [_weighted(axis, plan, dtype) for axis in plan.axes]


def _weighted(axis: Axis, plan: Plan, dtype: Any) -> Taps:
    if plan.mode == "area":
        return _taps.windows(axis, dtype)
    if plan.antialias:
        return _taps.antialiased(axis, plan.align_corners, plan.mode, dtype)
    weighted = _taps.cubic if plan.mode == "bicubic" else _taps.linear
    return weighted(axis, plan.align_corners, dtype)


def _check_given(op: str, n: int, size: Any, scale_factor: Any, recompute: Any) -> None:
    """One of size and scale_factor, for every spatial dim."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"{op}: either size or scale_factor must be given, got {size} and {scale_factor}"
        )
    for name, value in (("size", size), ("scale_factor", scale_factor)):
        if isinstance(value, tuple | list) and len(value) != n:
            raise ValueError(f"{op}: {name} must have one entry for each of {n} dims, got {value}")
    if isinstance(size, tuple | list) and not all(hasattr(s, "__index__") for s in size):
        raise TypeError(f"{op}: size must be an int or {n} of them, got {size!r}")
    if recompute and size is not None:
        raise ValueError(f"{op}: recompute_scale_factor must not be set with a size, got {size}")


def _axes(
    op: str, sizes: tuple[int, ...], size: Any, scale_factor: Any, mode: str, recompute: Any
) -> tuple[Axis, ...]:
    if size is not None:
        given = size if isinstance(size, tuple | list) else [size] * len(sizes)
        if not all(hasattr(s, "__index__") and not isinstance(s, bool) for s in given):
            raise TypeError(f"{op}: size must be an int or {len(sizes)} of them, got {size!r}")
        wanted = map(operator.index, given)
        return tuple(Axis(n, m, None) for n, m in zip(sizes, wanted, strict=True))
    factors = (
        scale_factor if isinstance(scale_factor, tuple | list) else [scale_factor] * len(sizes)
    )
    if not all(_is_real(factor) for factor in factors):
        raise TypeError(f"{op}: scale_factor must be real numbers, got {scale_factor!r}")
    again, axes = bool(recompute) or mode == "area", []
    for n, factor in zip(sizes, map(float, factors), strict=True):
        m = _scaled(op, n, factor, again)
        axes.append(Axis(n, m, None if again else factor))
    return tuple(axes)


def _is_real(value: Any) -> bool:
    number = is_number(value) or isinstance(value, np.number)
    return number and not isinstance(value, complex | np.complexfloating)


def _scaled(op: str, n: int, factor: float, again: bool) -> int:
    product = n * factor
    if math.isfinite(product) and (again or abs(product) < LARGEST):
        return int(product)
    wrong = RuntimeError if not again else ValueError if math.isnan(product) else OverflowError
    raise wrong(f"{op}: scale_factor must give a size, got {factor} for {n}")


def _check_sizes(op: str, x: jax.Array, plan: Plan) -> None:
    channels = x.shape[1 if plan.first == 2 else -1]
    may_vanish = plan.mode == "area"
    if min(axis.m for axis in plan.axes) < (0 if may_vanish else 1):
        sizes = [axis.m for axis in plan.axes]
        raise RuntimeError(f"{op}: size must be positive, got {sizes} for {x.shape}")
    if 0 in [axis.n for axis in plan.axes] or (
        channels == 0 and not (may_vanish and len(plan.axes) < 3)
    ):
        raise RuntimeError(f"{op}: input must not be empty but for its batch, got {x.shape}")


def _is_wide(x: jax.Array) -> bool:
    return x.dtype in (jnp.float32, jnp.float64)


def _check_dtype(op: str, x: jax.Array, plan: Plan) -> None:
    half = x.dtype in (jnp.float16, jnp.bfloat16) and not plan.antialias
    narrow = x.dtype == jnp.uint8 and (plan.mode in FILTERED or plan.mode.startswith("nearest"))
    if not (_is_wide(x) or half or narrow):
        raise NotImplementedError(f"{op}: input must have a dtype of {plan.mode!r}, got {x.dtype}")
