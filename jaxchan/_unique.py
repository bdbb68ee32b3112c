"""Unique elements. Their number depends on the values, so torch's calls work outside jit only,
and run on the host.

With `size` they work under jit: the results have that length, what is missing is `fill_value`
(counts: 0), and `number` says how many unique elements there are, also when they are more than
`size`.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_concrete
from ._dims import canonical_dim
from ._dtypes import accumulator, index_dtype
from ._extrema import check_ordered


class SizedUnique(NamedTuple):
    """What `size` gives: results of that length, and how many unique elements there really are."""

    output: jax.Array
    inverse_indices: jax.Array | None
    counts: jax.Array | None
    number: jax.Array


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

    Torch:    torch.unique; with `sorted=False` too torch sorts, and so does this.
    Shapes:   (*) -> (K,), or the axis `dim` of length K; inverse (*) or (N,); counts (K,).
    Dtypes:   kept; inverse and counts are int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input, or an empty axis
              beside `dim`; TypeError under jit without `size`.

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
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input, or an empty axis
              beside `dim`; TypeError under jit without `size`.

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
        return _unique_sized(x, op, axis, bool(inverse), bool(counts), size, fill)
    check_concrete(op, x, "size")
    groups = _group_on_host(np.asarray(x), op, axis, bool(inverse))
    kept = groups.lines[groups.starts]
    result = [kept if axis is None else np.moveaxis(kept, 0, axis)]
    if inverse:
        result.append(groups.inverse)
    if counts:
        firsts = np.flatnonzero(groups.starts)
        result.append(np.diff(np.append(firsts, len(groups.lines))).astype(index_dtype()))
    arrays = tuple(jnp.asarray(r) for r in result)
    return arrays if inverse or counts else arrays[0]


def _group_on_host(x: np.ndarray, op: str, axis: int | None, inverse: bool) -> _Groups:
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
    if not inverse:
        return _Groups(lines, starts, None)
    groups = np.cumsum(starts, dtype=index_dtype()) - 1
    if order is not None:
        groups[order] = groups.copy()
    return _Groups(lines, starts, groups.reshape(x.shape) if axis is None else groups)


@partial(jax.jit, static_argnames=("op", "axis", "inverse", "counts", "size"))
def _unique_sized(
    x: jax.Array, op: str, axis: int | None, inverse: bool, counts: bool, size: int, fill: float
) -> SizedUnique:
    groups = _group(x, op, axis, inverse)
    total = groups.starts.size
    firsts = jnp.flatnonzero(groups.starts, size=size + 1, fill_value=total)
    number = jnp.sum(groups.starts, dtype=index_dtype())
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
    if lines.ndim == 1:
        if not with_order:
            return jax.lax.sort(lines), None
        values, order = jax.lax.sort((lines, jnp.arange(lines.size)), num_keys=1)
        return values, order
    columns = lines.reshape(len(lines), math.prod(lines.shape[1:])).T

    def by_column(i: jax.Array, order: jax.Array) -> jax.Array:
        keys = columns[len(columns) - 1 - i][
            order
        ]  # stable sorts, the least significant column first
        return jax.lax.sort((keys, order), num_keys=1)[1]

    order = jax.lax.fori_loop(0, len(columns), by_column, jnp.arange(len(lines)))
    return lines[order], order
