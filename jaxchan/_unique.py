"""Unique elements. Their number depends on the values, so torch's calls work outside jit only,
and run on the host.

With `size` they work under jit: the results have that length, what is missing is `fill_value`
(counts: 0), and `number` says how many unique elements there are. Where these are more than `size`,
the results are the first of them; outside jit that raises.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_concrete, check_number, check_size
from ._dims import canonical_dim
from ._dtypes import accumulator, index_dtype
from ._extrema import check_ordered
from ._select import count_set, order_key, set_places, sort_keys, value_of


class SizedUnique(NamedTuple):
    """What `size` gives: results of that length, and how many unique elements there really are."""

    output: jax.Array
    inverse_indices: jax.Array | None
    counts: jax.Array | None
    number: jax.Array


class _Found(NamedTuple):
    """The unique lines along the first axis; the inverse only if it is wanted."""

    values: np.ndarray
    inverse: np.ndarray | None
    counts: np.ndarray


class _Groups(NamedTuple):
    """Lines in an order that puts equal ones together; `starts` marks the first of each group."""

    lines: Any
    starts: Any
    inverse: Any


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
    *,
    size: int | None = None,
    fill_value: float = 0,
) -> Any:
    """Sorted unique elements, or unique slices along `dim`; each nan is one of its own.

    nan is the last of the numbers. Torch compares slices by < alone, which is no order where there
    are nans: it may leave the others unsorted, and equal ones apart.

    Torch:    torch.unique; with `sorted=False` too torch sorts, and so does this.
    Shapes:   (*) -> (K,), or the axis `dim` of length K; inverse (*) or (N,); counts (K,).
    Dtypes:   kept; inverse and counts are int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input, an empty axis
              beside `dim`, or a `size` that is negative or, outside jit, too small; TypeError for
              a `size` that is not an int, and under jit without it.

    >>> unique(jnp.array([3, 1, 3]), return_counts=True)
    (Array([1, 3], dtype=...), Array([1, 2], dtype=...))
    """
    return _unique("unique", input, dim, return_inverse, return_counts, size, fill_value)


def unique_consecutive(
    input: Any,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
    *,
    size: int | None = None,
    fill_value: float = 0,
) -> Any:
    """The first element, or slice along `dim`, of each run of equal ones; each nan is one of its
    own.

    Torch:    torch.unique_consecutive
    Shapes:   (*) -> (K,), or the axis `dim` of length K; inverse (*) or (N,); counts (K,).
    Dtypes:   kept; inverse and counts are int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input, an empty axis
              beside `dim`, or a `size` that is negative or, outside jit, too small; TypeError for
              a `size` that is not an int, and under jit without it.

    >>> unique_consecutive(jnp.array([1, 1, 2, 1]))
    Array([1, 2, 1], dtype=...)
    """
    return _unique(
        "unique_consecutive", input, dim, return_inverse, return_counts, size, fill_value
    )


def _unique(
    op: str, input: Any, dim: int | None, inverse: bool, counts: bool, size: int | None, fill: float
) -> Any:
    x = as_array(op, "input", input)
    check_ordered(op, x)
    axis = None if dim is None else canonical_dim(op, dim, x.ndim)
    if axis is not None and x.ndim == 0:
        raise IndexError(f"{op}: dim must be None for a 0-d input, got {dim}")
    if axis is not None and 0 in x.shape[:axis] + x.shape[axis + 1 :]:
        raise RuntimeError(f"{op}: input must not be empty beside dim {axis}, got shape {x.shape}")
    if size is not None:
        length = check_size(op, size)
        sized = _unique_sized(x, op, axis, bool(inverse), bool(counts), length, fill)
        check_number(op, length, sized.number)
        return sized
    check_concrete(op, x, "size")
    host, inverse = np.asarray(x), bool(inverse)
    if op == "unique" and axis is None and _in_narrow_range(host):
        found = _count_on_host(host, inverse)
    else:
        found = _group_on_host(host, op, axis, inverse)
    kept = found.values if axis is None else np.moveaxis(found.values, 0, axis)
    results = [kept, *([found.inverse] if inverse else []), *([found.counts] if counts else [])]
    arrays = tuple(jnp.asarray(r) for r in results)
    return arrays if inverse or counts else arrays[0]


def _in_narrow_range(x: np.ndarray) -> bool:
    """Whether `x` has integers that count no further than it has elements."""
    return x.dtype.kind in "iu" and x.size > 0 and int(x.max()) - int(x.min()) < x.size


def _count_on_host(x: np.ndarray, inverse: bool) -> _Found:
    """Each integer counts itself in a table; several times as quick as sorting them."""
    wide = x if x.dtype.itemsize == 8 else x.astype(np.int64)
    low = wide.min()
    places = (wide - low).astype(np.intp)
    table = np.bincount(places.reshape(-1))
    values = np.flatnonzero(table)
    groups = (np.cumsum(table > 0, dtype=index_dtype()) - 1)[places] if inverse else None
    counts = table[values].astype(index_dtype())
    return _Found((values.astype(wide.dtype) + low).astype(x.dtype), groups, counts)


def _group_on_host(x: np.ndarray, op: str, axis: int | None, inverse: bool) -> _Found:
    """`_group` in numpy: a result of a new length would compile a new program, and numpy's sort is
    several times quicker than XLA's on a CPU.
    """
    lines = x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0)
    order = None
    if op == "unique":
        # numpy sorts no bfloat16; in float32 its numbers are the same
        keys = lines.astype(accumulator(x.dtype)).reshape(len(lines), math.prod(lines.shape[1:]))
        if axis is None and not inverse:
            lines = np.sort(keys[:, 0]).astype(x.dtype)
        else:
            order = np.lexsort(keys.T[::-1]) if len(lines) else np.arange(0)
            lines = lines[order]
    differs = (lines[1:] != lines[:-1]).any(axis=tuple(range(1, lines.ndim)))
    starts = np.concatenate([np.ones(min(len(lines), 1), bool), differs])
    firsts = np.flatnonzero(starts)  # some times as quick as to index by bools
    counts = np.diff(np.append(firsts, len(lines))).astype(index_dtype())
    if not inverse:
        return _Found(lines[firsts], None, counts)
    groups = np.cumsum(starts, dtype=index_dtype()) - 1
    if order is not None:
        groups[order] = groups.copy()
    return _Found(lines[firsts], groups.reshape(x.shape) if axis is None else groups, counts)


@partial(jax.jit, static_argnames=("op", "axis", "inverse", "counts", "size"))
def _unique_sized(
    x: jax.Array, op: str, axis: int | None, inverse: bool, counts: bool, size: int, fill: float
) -> SizedUnique:
    groups = _group(x, op, axis, inverse)
    total = groups.starts.size
    firsts = jnp.minimum(set_places(groups.starts, size + 1), total)
    number = count_set(groups.starts, (0,))[0]
    lines = (
        jnp.take(groups.lines, firsts[:-1], axis=0, mode="clip")
        if total
        else jnp.zeros((size, *groups.lines.shape[1:]), x.dtype)
    )
    real = (jnp.arange(size) < number).reshape(-1, *(1,) * (lines.ndim - 1))
    output = jnp.where(real, lines, jnp.asarray(fill).astype(x.dtype))
    output = output if axis is None else jnp.moveaxis(output, 0, axis)
    lengths = jnp.diff(firsts).astype(index_dtype()) if counts else None
    return SizedUnique(output, groups.inverse, lengths, number)


@partial(jax.jit, static_argnames=("op", "axis", "inverse"))
def _group(x: jax.Array, op: str, axis: int | None, inverse: bool) -> _Groups:
    lines = x.reshape(-1) if axis is None else jnp.moveaxis(x, axis, 0)
    order = None
    if op == "unique":
        lines, order = _sorted_lines(lines, inverse)
    differs = lines[1:] != lines[:-1]
    starts = jnp.any(differs, axis=tuple(range(1, differs.ndim)))
    starts = jnp.concatenate([jnp.ones((min(len(lines), 1),), bool), starts])
    if not inverse:
        return _Groups(lines, starts, None)
    groups = jnp.cumsum(starts, dtype=index_dtype()) - 1
    if order is not None:
        groups = jnp.zeros_like(groups).at[order].set(groups, unique_indices=True)
    return _Groups(lines, starts, groups.reshape(x.shape) if axis is None else groups)


def _sorted_lines(lines: jax.Array, with_order: bool) -> tuple[jax.Array, jax.Array | None]:
    """`lines` in lexicographic order, and where each came from."""
    if lines.ndim == 1 and not with_order:
        return value_of(jax.lax.sort(order_key(lines), is_stable=False), lines.dtype), None
    if lines.ndim == 1:
        order = sort_keys(lines, 0, descending=False)[1]
        return lines[order], order
    columns = lines.reshape(len(lines), math.prod(lines.shape[1:])).T

    def by_column(i: jax.Array, order: jax.Array) -> jax.Array:
        # stable sorts, the least significant column first
        column = columns[len(columns) - 1 - i]
        return order[sort_keys(column[order], 0, descending=False)[1]]

    order = jax.lax.fori_loop(0, len(columns), by_column, jnp.arange(len(lines)))
    return lines[order], order
