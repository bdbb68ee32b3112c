"""Order statistics. nan sorts last, and -0.0 equals 0.0.

The median of an even count is the lower of the two middle elements, never their mean, so it is an
element of the input, keeps its dtype and has an index.
"""

import operator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ._checks import as_array, check_keepdim
from ._dims import canonical_dim
from ._dtypes import category, index_dtype
from ._extrema import (
    Extremum,
    check_not_empty,
    check_ordered,
    entry_at,
    first_index,
    is_chosen,
)
from ._lines import has_many, recur
from ._select import count_set, kth, pick, place_of, sort_keys

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")
LONGEST = 2**24  # beyond, float32 cannot count; torch refuses it in float64 too


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Lower median of all elements; with `dim`, values and indices. nan if there is a nan.

    Torch:    torch.median
    Shapes:   (), or (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: of all: shared evenly among the elements equal to the median. With `dim`: to the one
              indexed, which is the first of the equals (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a bool or complex
              input; TypeError for a dim that is not an int, or keepdim without a dim.

    >>> float(median(jnp.array([4.0, 1.0, 3.0, 2.0])))
    2.0
    """
    return _median("median", input, dim, keepdim, skip_nan=False)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Lower median of the elements that are not nan; nan where there is none.

    Torch:    torch.nanmedian
    Shapes:   (), or (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: of all: shared evenly among the elements equal to the median. With `dim`: to the one
              indexed, which is the first of the equals (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a bool or complex
              input; TypeError for a dim that is not an int, or keepdim without a dim.

    >>> float(nanmedian(jnp.array([jnp.nan, 1.0, 3.0])))
    1.0
    """
    return _median("nanmedian", input, dim, keepdim, skip_nan=True)


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Extremum:
    """The k-th smallest element over `dim`, counted from 1, and its index; nan is the largest.

    Torch:    torch.kthvalue
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: to the one indexed, which is the first of the equals (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a k that is not in 1
              to the size of the dim, or a bool or complex input; TypeError for a k or dim that is
              not an int.

    >>> kthvalue(jnp.array([4.0, 1.0, 3.0]), 2)
    Extremum(values=Array(3., dtype=float...), indices=Array(2, dtype=...))
    """
    x = as_array("kthvalue", "input", input)
    check_ordered("kthvalue", x, bool_too=False)
    axis = canonical_dim("kthvalue", dim, x.ndim)
    check_not_empty("kthvalue", x, (axis,))
    rank = check_rank("kthvalue", k, 1, x.shape[axis] if x.ndim else 1)
    return _kthvalue(x, rank - 1, axis, bool(keepdim))


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Extremum:
    """The most frequent value over `dim`, the smallest of several, and the last index of it.

    No two nans are equal here, and they come after the numbers. Torch's order of nans among numbers
    is left to chance, and for lines longer than 16 so is which of the equals it names.

    Torch:    torch.mode
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: to the one indexed.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a complex input;
              TypeError for a dim that is not an int.

    >>> mode(jnp.array([1, 3, 1, 2, 3]))
    Extremum(values=Array(1, dtype=...), indices=Array(2, dtype=...))
    """
    x = as_array("mode", "input", input)
    check_ordered("mode", x)
    axis = canonical_dim("mode", dim, x.ndim)
    check_not_empty("mode", x, (axis,))
    return _mode(x, axis, bool(keepdim))


def quantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> jax.Array:
    """The q-quantiles over `dim`; nan if there is a nan.

    "nearest" rounds half to even. Where two neighbours are interpolated, an infinite one gives nan.

    Torch:    torch.quantile
    Shapes:   that of `q`, () or (n), then the axis `dim` dropped, or kept as 1; all axes without
              `dim`.
    Dtypes:   float32 and float64, kept.
    Gradient: to the neighbours by their weights, the places among equals being a stable sort's; to
              `q` the difference of the neighbours, for "linear" alone.
    Errors:   RuntimeError for another dtype, an empty input, more than 2**24 elements, an unknown
              interpolation, or a `q` of another dtype, with two dims or outside [0, 1] (nan if
              traced); IndexError for a dim out of range; TypeError for a `q` that is neither a
              number nor an array.

    >>> float(quantile(jnp.array([1.0, 2.0, 3.0, 4.0]), 0.5, interpolation="nearest"))
    3.0
    """
    return _checked_quantile("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> jax.Array:
    """The q-quantiles of the elements that are not nan; nan where there is none.

    Torch:    torch.nanquantile
    Shapes:   that of `q`, () or (n), then the axis `dim` dropped, or kept as 1; all axes without
              `dim`.
    Dtypes:   float32 and float64, kept.
    Gradient: as `quantile`.
    Errors:   RuntimeError, IndexError and TypeError as `quantile`.

    >>> float(nanquantile(jnp.array([1.0, jnp.nan, 2.0]), 0.5))
    1.5
    """
    return _checked_quantile("nanquantile", input, q, dim, keepdim, interpolation)


def check_rank(op: str, k: Any, low: int, high: int) -> int:
    """`k` as an int, or torch's error if it is not one in `low` to `high`."""
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"{op}: k must be an int, got {type(k).__name__}")
    rank = operator.index(k)
    if not low <= rank <= high:
        raise RuntimeError(f"{op}: k must be in [{low}, {high}], got {rank}")
    return rank


def _median(op: str, input: Any, dim: int | None, keepdim: bool, *, skip_nan: bool) -> Any:
    x = as_array(op, "input", input)
    check_ordered(op, x, bool_too=False)
    check_keepdim(op, dim, keepdim)
    if dim is None:
        if x.size == 0:
            return _median_of_nothing(x.dtype)
        return _median_of_all(x, skip_nan)
    axis = canonical_dim(op, dim, x.ndim)
    check_not_empty(op, x, (axis,))
    return _median_along(x, axis, bool(keepdim), skip_nan)


def _median_of_nothing(dtype: Any) -> jax.Array:
    """nan, and for integers what nan casts to in C: the lowest int64, wrapped."""
    if category(dtype) == 2:
        return jnp.asarray(jnp.nan, dtype)
    return jnp.asarray(jnp.iinfo(dtype).min if dtype in (jnp.int32, jnp.int64) else 0, dtype)


@partial(jax.jit, static_argnames="skip_nan")
def _median_of_all(x: jax.Array, skip_nan: bool) -> jax.Array:
    return _shared_among_equals(x.reshape(-1), skip_nan)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _shared_among_equals(x: jax.Array, skip_nan: bool) -> jax.Array:
    return _lower_middle(x, 0, skip_nan)[0]


@_shared_among_equals.defjvp
def _shared_jvp(skip_nan: bool, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value = _shared_among_equals(x, skip_nan)
    ties = is_chosen(x, value)
    total = jnp.sum(jnp.where(ties, dx, jnp.zeros_like(dx)))
    return value, total / jnp.sum(ties).astype(dx.dtype)


@partial(jax.jit, static_argnames=("axis", "keepdim", "skip_nan"))
def _median_along(x: jax.Array, axis: int, keepdim: bool, skip_nan: bool) -> Extremum:
    lines = x[None] if x.ndim == 0 else x
    return _first_of(lines, _lower_middle(lines, axis, skip_nan), axis, keepdim, x.ndim)


@partial(jax.jit, static_argnames=("k", "axis", "keepdim"))
def _kthvalue(x: jax.Array, k: int, axis: int, keepdim: bool) -> Extremum:
    lines = x[None] if x.ndim == 0 else x
    return _first_of(lines, kth(lines, k, axis), axis, keepdim, x.ndim)


@partial(jax.jit, static_argnames=("axis", "keepdim"))
def _mode(x: jax.Array, axis: int, keepdim: bool) -> Extremum:
    lines = x[None] if x.ndim == 0 else x
    keys, order = sort_keys(lines, axis, descending=False)
    starts = keys != jnp.roll(keys, 1, axis)
    if category(x.dtype) == 2:
        starts |= pick(jnp.isnan(lines), order, axis)
    length = _run_length(starts, axis)
    end = first_index(length == jnp.max(length, axis=axis, keepdims=True, initial=0), axis)
    return _entry(lines, pick(order, end, axis), axis, keepdim, x.ndim)


def _run_length(starts: jax.Array, axis: int) -> jax.Array:
    """How many entries back along `axis` the last start of a run is; the first entry is one."""

    def in_steps(starts: jax.Array) -> jax.Array:
        def step(length: jax.Array, start: jax.Array) -> tuple[jax.Array, jax.Array]:
            length = jnp.where(start, jnp.zeros_like(length), length + 1)
            return length, length

        return recur(step, np.int32(-1), starts, axis)

    def in_passes(starts: jax.Array) -> jax.Array:
        places = jax.lax.broadcasted_iota(jnp.int32, starts.shape, axis)
        begun = jax.lax.cummax(jnp.where(starts, places, jnp.int32(0)), axis=axis)
        return places - begun

    if not has_many(starts, axis):
        return in_passes(starts)
    return jax.lax.platform_dependent(starts, cpu=in_steps, default=in_passes)


def _first_of(x: jax.Array, value: jax.Array, axis: int, keepdim: bool, ndim: int) -> Extremum:
    """`value` as an entry of `x`: the first of its equals."""
    return _entry(x, first_index(is_chosen(x, value), axis), axis, keepdim, ndim)


def _entry(x: jax.Array, index: jax.Array, axis: int, keepdim: bool, ndim: int) -> Extremum:
    pair = Extremum(entry_at(x, index, axis), index.astype(index_dtype()))
    if keepdim and ndim:
        return pair
    return Extremum(*(jnp.squeeze(p, axis) for p in pair))


def _lower_middle(x: jax.Array, axis: int, skip_nan: bool) -> jax.Array:
    """The lower median along `axis`, kept as 1."""
    n = x.shape[axis]
    if category(x.dtype) < 2:
        return kth(x, (n - 1) // 2, axis)
    if skip_nan:
        present = count_set(~jnp.isnan(x), (axis,))
        return kth(x, jnp.maximum(present - 1, 0) // 2, axis)
    missing = jnp.any(jnp.isnan(x), axis=axis, keepdims=True)
    return kth(x, jnp.where(missing, n - 1, (n - 1) // 2), axis)


def _checked_quantile(
    op: str, input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str
) -> jax.Array:
    x = as_array(op, "input", input)
    if x.dtype not in (jnp.float32, jnp.float64):
        raise RuntimeError(f"{op}: input must be float32 or float64, got {x.dtype}")
    if x.size == 0:
        raise RuntimeError(f"{op}: input must not be empty, got shape {x.shape}")
    points = jnp.asarray(q, x.dtype) if isinstance(q, int | float) else as_array(op, "q", q)
    if points.ndim > 1 or points.dtype != x.dtype:
        raise RuntimeError(
            f"{op}: q must be {x.dtype} with at most one dim, got {points.dtype} {points.shape}"
        )
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{op}: interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}"
        )
    axis = None if dim is None else canonical_dim(op, dim, x.ndim)
    if (x.size if axis is None or x.ndim == 0 else x.shape[axis]) > LONGEST:
        raise RuntimeError(f"{op}: input must have at most {LONGEST} elements, got {x.shape}")
    if not isinstance(points, Tracer) and not bool(jnp.all((points >= 0) & (points <= 1))):
        raise RuntimeError(f"{op}: q must be in [0, 1], got {q}")
    return _quantile(x, points, axis, bool(keepdim), interpolation, op == "nanquantile")


@partial(jax.jit, static_argnames=("axis", "keepdim", "interpolation", "skip_nan"))
def _quantile(
    x: jax.Array, q: jax.Array, axis: int | None, keepdim: bool, interpolation: str, skip_nan: bool
) -> jax.Array:
    flat = axis is None or x.ndim == 0
    lines = x.reshape(-1) if axis is None or flat else jnp.moveaxis(x, axis, -1)
    kept = [1 if flat or i == axis else n for i, n in enumerate(x.shape)]
    shape = (*q.shape, *(kept if keepdim else lines.shape[:-1]))
    if q.size == 0:
        # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
        return jnp.zeros(shape, x.dtype)
    q_of_line = jnp.broadcast_to(q.reshape(-1), (*lines.shape[:-1], q.size))
    values = _interpolated(lines, _ranks(lines, q_of_line, skip_nan), interpolation)
    # outside jit this has raised
    inside = (q_of_line >= 0) & (q_of_line <= 1)
    values = jnp.where(inside, values, jnp.full_like(values, jnp.nan))
    return jnp.moveaxis(values, -1, 0).reshape(shape)


def _ranks(lines: jax.Array, q: jax.Array, skip_nan: bool) -> jax.Array:
    """The place, with a fraction, of each `q` in the sorted line."""
    missing = jnp.isnan(lines)
    if skip_nan:
        last = count_set(~missing, (lines.ndim - 1,)).astype(q.dtype) - 1
        ranks = q * last
        return jnp.where(ranks < 0, jnp.zeros_like(ranks), ranks)
    last = jnp.full_like(q, lines.shape[-1] - 1)
    return jnp.where(jnp.any(missing, axis=-1, keepdims=True), last, q * last)


def _interpolated(lines: jax.Array, ranks: jax.Array, interpolation: str) -> jax.Array:
    to_place = {"lower": jnp.floor, "higher": jnp.ceil, "nearest": jnp.round}.get(interpolation)
    if to_place is not None:
        return _ranked(lines, to_place(ranks).astype(jnp.int32))
    floor = jnp.floor(ranks)
    weight = jnp.full_like(ranks, 0.5) if interpolation == "midpoint" else ranks - floor
    both = jnp.concatenate([floor, jnp.ceil(ranks)], axis=-1).astype(jnp.int32)
    values = _ranked(lines, both)
    # of a line of nans alone the rank is below 0, and made 0, or it is -0.0: q has a slope then
    lost = jnp.signbit(ranks)
    return _lerp(values[..., : ranks.shape[-1]], values[..., ranks.shape[-1] :], weight, lost)


@jax.custom_jvp
def _ranked(lines: jax.Array, ranks: jax.Array) -> jax.Array:
    """What a stable sort of each last-axis line puts at `ranks`."""
    return kth(lines, ranks, -1)


@_ranked.defjvp
def _ranked_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    lines, ranks = primals
    places = place_of(lines, ranks)
    # picked, the values need no rule of their own in a second derivative
    return pick(lines, places, -1), pick(tangents[0], places, -1)


def _lerp(below: jax.Array, above: jax.Array, weight: jax.Array, lost: jax.Array) -> jax.Array:
    """From the nearer end, as torch.lerp. Selecting the results instead would give nan slopes.

    lost: where torch has a slope of nan.
    """
    near = jnp.where(weight < 0.5, below, above)
    # a nan has no way to go: forward mode would make nan of it, times a slope of 0
    way = jnp.where(jnp.isnan(near) & ~lost, jnp.zeros_like(near), above - below)
    return near + jnp.where(weight < 0.5, weight, weight - 1) * way
