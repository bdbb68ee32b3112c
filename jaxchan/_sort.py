"""Sorting along a dim. nan is the largest, and -0.0 equals 0.0.

Every sort here is stable, so `stable=True` only asks for what it gets. Torch leaves the order of
equals open without it.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ._checks import as_array
from ._dims import canonical_dim
from ._dtypes import index_dtype
from ._extrema import check_ordered, first_extreme
from ._order import check_rank
from ._select import pick, sort_keys, top_places


class Sorted(NamedTuple):
    """What `sort` and `topk` return: torch's two fields."""

    values: jax.Array
    indices: jax.Array


def sort(
    input: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = False
) -> Sorted:
    """The elements in order along `dim`, and the indices at which they stood.

    Torch:    torch.sort
    Shapes:   kept.
    Dtypes:   kept; indices are int64.
    Gradient: each element's cotangent goes back to where it stood.
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input; TypeError for a
              dim that is not an int.

    >>> sort(jnp.array([3, 1, 2]))
    Sorted(values=Array([1, 2, 3], dtype=...), indices=Array([1, 2, 0], dtype=...))
    """
    x, axis = _line("sort", input, dim)
    return _sort(x, axis, bool(descending))


def argsort(
    input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> jax.Array:
    """The indices that sort along `dim`; equal elements in their order, descending too.

    Torch:    torch.argsort
    Shapes:   kept.
    Dtypes:   int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a complex input; TypeError for a
              dim that is not an int.

    >>> argsort(jnp.array([2, 1, 2]), descending=True).tolist()
    [0, 2, 1]
    """
    x, axis = _line("argsort", input, dim)
    return _sort(x, axis, bool(descending)).indices


def msort(input: Any) -> jax.Array:
    """The elements in order along the first dim.

    Torch:    torch.msort
    Shapes:   kept.
    Dtypes:   kept.
    Gradient: each element's cotangent goes back to where it stood.
    Errors:   RuntimeError for a complex input; TypeError for an input that is not an array.

    >>> msort(jnp.array([[3, 1], [2, 5]])).tolist()
    [[2, 1], [3, 5]]
    """
    x, axis = _line("msort", input, 0)
    return _sort(x, axis, False).values


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Sorted:
    """The k largest elements along `dim`, or the smallest, in order, and their indices.

    Of equals the first come first; torch leaves their choice open, and with `sorted=False` the
    order.

    Torch:    torch.topk
    Shapes:   (*) -> the axis `dim` of size k.
    Dtypes:   kept; indices are int64.
    Gradient: each element's cotangent goes back to where it stood.
    Errors:   IndexError for a dim out of range; RuntimeError for a k that is not in 0 to the size
              of the dim, or a bool or complex input; TypeError for a k or dim that is not an int.

    >>> topk(jnp.array([3, 1, 2]), 2)
    Sorted(values=Array([3, 2], dtype=...), indices=Array([0, 2], dtype=...))
    """
    x, axis = _line("topk", input, dim)
    check_ordered("topk", x, bool_too=False)
    count = check_rank("topk", k, 0, x.shape[axis] if x.ndim else 1)
    return _topk(x, count, axis, bool(largest))


def _line(op: str, input: Any, dim: int) -> tuple[jax.Array, int]:
    x = as_array(op, "input", input)
    axis = canonical_dim(op, dim, x.ndim)
    check_ordered(op, x)
    return x, axis


@partial(jax.jit, static_argnames=("axis", "descending"))
def _sort(x: jax.Array, axis: int, descending: bool) -> Sorted:
    if x.ndim == 0:
        return Sorted(x, jnp.zeros((), index_dtype()))
    return _entries(x, sort_keys(x, axis, descending)[1], axis)


@partial(jax.jit, static_argnames=("count", "axis", "largest"))
def _topk(x: jax.Array, count: int, axis: int, largest: bool) -> Sorted:
    if x.ndim == 0:
        return Sorted(x, jnp.zeros((), index_dtype()))
    if count == 1 and largest:
        return _entries(x, first_extreme(x, "max", axis)[1], axis)
    return _entries(x, top_places(x, count, axis, largest), axis)


def _entries(x: jax.Array, places: jax.Array, axis: int) -> Sorted:
    return Sorted(pick(x, places, axis), places.astype(index_dtype()))
