"""Elements by index or by mask.

An index out of range raises, as in torch. Under jit it cannot: the result there is nan (integers:
the lowest, or the highest of an unsigned type; bool: True), and nothing flows back from it.

How many elements a mask keeps depends on its values, so torch's calls work outside jit only. With
`size` they work under jit: the result has that length, what is missing is `fill_value`, and
`number` says how many elements there are. Where these are more than `size`, the result has the
first of them; outside jit that raises.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ._checks import as_array, check_concrete, check_number, check_size, is_number
from ._dims import canonical_dim
from ._dtypes import accumulator, index_dtype
from ._elementwise import broadcast_shape
from ._select import count_set, pick, pick_or_fill, set_places
from ._shape import expanded, ints

FEW_TIMES = 16  # that a sum of slices is worth


class Sized(NamedTuple):
    """What `size` gives: a result of that length, and how many entries there really are."""

    output: Any
    number: jax.Array


def gather(input: Any, dim: int, index: Any) -> jax.Array:
    """The elements that `index` names along `dim`, each in its own line.

    Torch:    torch.gather
    Shapes:   (*), index of as many dims, and beside `dim` no larger -> the shape of index.
    Dtypes:   kept; index is int64 or int32.
    Gradient: added up at the elements that were taken.
    Errors:   IndexError for a dim out of range; RuntimeError for an index out of range (negative
              ones are), or of another dtype or shape; TypeError for another kind of argument.

    >>> gather(jnp.array([[1, 2], [3, 4]]), 1, jnp.array([[1], [0]]))
    Array([[2],
           [3]], dtype=...)
    """
    x, i = as_array("gather", "input", input), as_array("gather", "index", index)
    axis = canonical_dim("gather", dim, x.ndim)
    if i.size == 0:  # torch does not look at it
        return jnp.zeros(i.shape, x.dtype)
    check_index_dtype("gather", "index", i)
    lines, places = (a.reshape(1) if a.ndim == 0 else a for a in (x, i))
    sizes = list(zip(places.shape, lines.shape, strict=False))
    if lines.ndim != places.ndim or any(m > n for d, (m, n) in enumerate(sizes) if d != axis):
        raise RuntimeError(f"gather: index must fit in shape {x.shape}, got {i.shape}")
    check_range("gather", "index", i, lines.shape[axis], RuntimeError)
    return _gather(lines, places, axis).reshape(i.shape)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> jax.Array:
    """The elements that `indices` name along `dim`, broadcast beside it; flat without `dim`.

    Torch:    torch.take_along_dim
    Shapes:   (*), indices of as many dims -> their broadcast, with the indices' size of `dim`;
              without `dim` (the number of indices,).
    Dtypes:   kept; indices are int64, without `dim` also int32.
    Gradient: added up at the elements that were taken.
    Errors:   IndexError for a dim out of range; RuntimeError for indices out of range without dim,
              or of another dtype or shape; TypeError for another kind of argument.

    With `dim` no index is out of range: torch counts on from the other end, any number of times.

    >>> take_along_dim(jnp.array([[3, 1, 2]]), jnp.array([[1, -1]]), dim=1)
    Array([[1, 2]], dtype=...)
    """
    x = as_array("take_along_dim", "input", input)
    i = as_array("take_along_dim", "indices", indices)
    if dim is None:
        x, i = x.reshape(-1), i.reshape(-1)
        if i.size == 0:
            return jnp.zeros(0, x.dtype)
        check_index_dtype("take_along_dim", "indices", i)
        check_range("take_along_dim", "indices", i, x.size, RuntimeError)
        return _gather(x, i, 0)
    if i.dtype != index_dtype():
        raise RuntimeError(f"take_along_dim: indices must be int64, got {i.dtype}")
    if x.ndim != i.ndim:
        raise RuntimeError(f"take_along_dim: indices must have {x.ndim} dims, got {i.ndim}")
    if x.ndim == 0:
        raise IndexError(f"take_along_dim: dim must be None for a 0-d input, got {dim}")
    axis = canonical_dim("take_along_dim", dim, x.ndim)
    return _take_wrapped(x, i, axis)


def index_select(input: Any, dim: int, index: Any) -> jax.Array:
    """The slices along `dim` that `index` names.

    Torch:    torch.index_select
    Shapes:   (*, N, *), index (M,) or () -> (*, M, *).
    Dtypes:   kept; index is int64 or int32.
    Gradient: added up at the slices that were taken.
    Errors:   IndexError for a dim or an index out of range, and an index with more dims; along dim
              1, and of an empty input, an index out of range is a RuntimeError in torch, and so is
              another dtype; TypeError for another kind of argument.

    >>> index_select(jnp.array([[1, 2], [3, 4]]), 0, jnp.array([1, 1]))
    Array([[3, 4],
           [3, 4]], dtype=...)
    """
    x, i = as_array("index_select", "input", input), as_array("index_select", "index", index)
    axis = canonical_dim("index_select", dim, x.ndim)
    if i.ndim > 1:
        raise IndexError(f"index_select: index must have at most one dim, got shape {i.shape}")
    check_index_dtype("index_select", "index", i)
    if x.ndim == 0 and i.size != 1:
        raise RuntimeError(f"index_select: index of a 0-d input must be one, got {i.size}")
    lines = x.reshape(1) if x.ndim == 0 else x
    other_path = axis == 1 or (x.ndim > 1 and x.size == 0)
    kind = RuntimeError if other_path else IndexError
    check_range("index_select", "index", i, lines.shape[axis], kind)
    rows = take(lines, i.reshape(-1), axis)
    return rows.reshape(()) if x.ndim == 0 else rows


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> jax.Array:
    """Each element, or slice along `dim`, `repeats` times in a row; the index of each without them.

    Torch:    torch.repeat_interleave; with an array alone, that is the repeats.
    Shapes:   (*) -> the axis `dim` of length sum(repeats), or of output_size; flat without dim.
    Dtypes:   kept; of the repeats alone, theirs.
    Gradient: summed over the repeats.
    Errors:   RuntimeError for negative repeats, or of another size, dtype or sum; IndexError for a
              dim out of range or of a 0-d input; TypeError for other repeats, and under jit for an
              array of them without output_size.

    Under jit an output_size that is not their sum cannot raise: the result is nan throughout
    (integers: the lowest, or the highest of an unsigned type).

    >>> repeat_interleave(jnp.array([1, 2]), 2)
    Array([1, 1, 2, 2], dtype=...)
    """
    x = as_array("repeat_interleave", "input", input)
    if repeats is None:
        if x.ndim != 1:
            raise RuntimeError(f"repeat_interleave: input must have one dim, got {x.shape}")
        check_index_dtype("repeat_interleave", "input", x)
        return _by_counts(jnp.arange(x.size, dtype=x.dtype), x, 0, output_size)
    if x.ndim == 0 and dim is not None:
        raise IndexError(f"repeat_interleave: dim must be None for a 0-d input, got {dim}")
    x = x.reshape(-1) if dim is None else x
    axis = 0 if dim is None else canonical_dim("repeat_interleave", dim, x.ndim)
    if is_number(repeats):
        return _by_number(x, repeats, axis, output_size)
    return _by_counts(x, as_array("repeat_interleave", "repeats", repeats), axis, output_size)


def masked_select(input: Any, mask: Any, *, size: int | None = None, fill_value: float = 0) -> Any:
    """The elements where `mask` holds, in one dim.

    Torch:    torch.masked_select
    Shapes:   (*) and (*), broadcast -> (K,), or (size,).
    Dtypes:   kept.
    Gradient: the cotangent where the mask holds, 0 elsewhere.
    Errors:   RuntimeError for a mask that is not bool, shapes that do not broadcast, or a `size`
              that is negative or, outside jit, too small; TypeError for another kind of argument,
              and under jit without `size`.

    >>> masked_select(jnp.array([1, 2, 3]), jnp.array([True, False, True]))
    Array([1, 3], dtype=...)
    """
    x, mask = as_array("masked_select", "input", input), as_array("masked_select", "mask", mask)
    if mask.dtype != jnp.bool_:
        raise RuntimeError(f"masked_select: mask must be bool, got {mask.dtype}")
    shape = broadcast_shape("masked_select", input=x, mask=mask)
    if size is not None:
        sized = _masked_sized(x, mask, shape, check_size("masked_select", size), fill_value)
        check_number("masked_select", size, sized.number)
        return sized
    check_concrete("masked_select", mask, "size")
    places = np.flatnonzero(np.broadcast_to(np.asarray(mask), shape))
    return _masked_places(x, jnp.asarray(places, index_dtype()), shape)


def nonzero(
    input: Any, *, as_tuple: bool = False, size: int | None = None, fill_value: int = -1
) -> Any:
    """The indices of the elements that are not 0, one a row; as a tuple, one vector a dim.

    Torch:    torch.nonzero; `size` and `fill_value` are torch.nonzero_static's, which cuts off what
              is too much.
    Shapes:   (*) -> (K, the number of dims), or (size, ...); as a tuple, of () too one vector.
    Dtypes:   int64.
    Gradient: none.
    Errors:   TypeError for an input that is not an array, a `size` that is not an int, and under
              jit without `size`.

    A `size` that is negative is a RuntimeError, and so is, outside jit, one that is too small.

    >>> nonzero(jnp.array([[0, 1], [1, 0]]))
    Array([[0, 1],
           [1, 0]], dtype=...)
    """
    x = as_array("nonzero", "input", input)
    if size is not None:
        sized = _nonzero_sized(x, bool(as_tuple), check_size("nonzero", size), fill_value)
        check_number("nonzero", size, sized.number)
        return sized
    check_concrete("nonzero", x, "size")
    host = np.asarray(x) != 0  # numpy finds the places of bools some times as quickly
    if as_tuple:
        return tuple(jnp.asarray(i, index_dtype()) for i in np.nonzero(np.atleast_1d(host)))
    return jnp.asarray(np.argwhere(host), index_dtype())


def _take_wrapped(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    beside = [(*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in (x, index)]
    try:
        shape = np.broadcast_shapes(*beside)
    except ValueError:
        shapes = f"{index.shape} beside {x.shape}"
        raise RuntimeError(
            f"take_along_dim: indices must broadcast beside dim, got {shapes}"
        ) from None
    full = (*shape[:axis], index.shape[axis], *shape[axis + 1 :])
    n = x.shape[axis]
    if n == 0 and math.prod(full):
        raise RuntimeError(
            f"take_along_dim: indices must be empty for a dim of size 0, got {index.shape}"
        )
    if math.prod(full) == 0:
        return jnp.zeros(full, x.dtype)
    return _wrapped(x, index, axis, shape)


def _by_number(x: jax.Array, repeats: Any, axis: int, output_size: int | None) -> jax.Array:
    (times,) = ints("repeat_interleave", "repeats", (repeats,))
    total = times * x.shape[axis]
    if times < 0 or output_size not in (None, total):
        raise RuntimeError(
            f"repeat_interleave: repeats must be >= 0 and give output_size {output_size}, "
            f"got {times} for {x.shape[axis]}"
        )
    return _repeat_each(x, times, axis)


def _by_counts(x: jax.Array, repeats: jax.Array, axis: int, output_size: int | None) -> jax.Array:
    n = x.shape[axis]
    check_index_dtype("repeat_interleave", "repeats", repeats)
    if repeats.ndim > 1 or repeats.size not in (1, n):
        raise RuntimeError(f"repeat_interleave: repeats must have size {n}, got {repeats.shape}")
    repeats = jnp.broadcast_to(repeats, (n,))
    if output_size is None:
        check_concrete("repeat_interleave", repeats, "output_size")
    if not isinstance(repeats, Tracer):
        host = np.asarray(repeats)
        total = int(host.sum())
        if (host < 0).any() or output_size not in (None, total):
            raise RuntimeError(
                f"repeat_interleave: repeats must be >= 0 and add up to output_size {output_size}, "
                f"got {host}"
            )
        output_size = total
    return _repeat_by_counts(x, repeats, axis, output_size)


def check_index_dtype(op: str, name: str, index: jax.Array) -> None:
    """RuntimeError for an index that is neither int32 nor int64."""
    if index.dtype not in (jnp.int32, jnp.int64):
        raise RuntimeError(f"{op}: {name} must be int32 or int64, got {index.dtype}")


def check_range(op: str, name: str, index: jax.Array, size: int, kind: type[Exception]) -> None:
    """`kind` for an index outside of [0, size), where its values are known."""
    if isinstance(index, Tracer):
        return
    host = np.asarray(index)
    wrong = host[(host < 0) | (host >= size)]
    if wrong.size:
        raise kind(f"{op}: {name} must be in [0, {size}), got {wrong[0]}")


@partial(jax.jit, static_argnames=("times", "axis"))
def _repeat_each(x: jax.Array, times: int, axis: int) -> jax.Array:
    before, after = x.shape[: axis + 1], x.shape[axis + 1 :]
    if x.size and not after and 1 < times <= FEW_TIMES:
        rows = _copies(x.astype(accumulator(x.dtype)), times).astype(x.dtype)
    else:
        rows = expanded(jnp.expand_dims(x, axis + 1), (*before, times, *after))
    return rows.reshape(*before[:-1], before[-1] * times, *after)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _copies(x: jax.Array, times: int) -> jax.Array:
    """`x`, `times` times along a new last axis."""
    return jnp.broadcast_to(x[..., None], (*x.shape, times))


@_copies.defjvp
def _copies_jvp(times: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents

    def side_by_side(dx: jax.Array) -> jax.Array:
        # its transpose adds up slices; a broadcast's, a sum over so short an axis, has no vectors
        return jnp.stack([dx] * times, axis=-1)

    along = partial(_copies, times=times)
    tangent = jax.lax.platform_dependent(dx, cpu=side_by_side, default=along)
    return along(x), tangent


@partial(jax.jit, static_argnames=("axis", "total"))
def _repeat_by_counts(x: jax.Array, repeats: jax.Array, axis: int, total: int) -> jax.Array:
    ends = jnp.cumsum(repeats, dtype=index_dtype())
    places = jnp.searchsorted(ends, jnp.arange(total, dtype=ends.dtype), side="right")
    right = (jnp.sum(repeats, dtype=ends.dtype) == total) & jnp.all(repeats >= 0)
    return take(x, jnp.where(right, places, x.shape[axis]), axis)


@partial(jax.jit, static_argnames="axis")
def take(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    """The slices of `x` along `axis` that the vector `index` names; nan for one out of range."""
    x, index = _never_empty(x, index, axis)
    wide = x.astype(accumulator(x.dtype))  # the gradient is a sum
    where = (slice(None),) * axis + (index,)
    return wide.at[where].get(mode="fill", wrap_negative_indices=False).astype(x.dtype)


@partial(jax.jit, static_argnames="axis")
def _gather(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    sizes = [n if d == axis else index.shape[d] for d, n in enumerate(x.shape)]
    part, index = _never_empty(jax.lax.slice(x, (0,) * x.ndim, sizes), index, axis)
    wide = part.astype(accumulator(x.dtype))
    return pick_or_fill(wide, index, axis).astype(x.dtype)


def _never_empty(x: jax.Array, index: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """For an empty axis, one of an entry that the index misses: of none at all jnp makes zeros."""
    if x.shape[axis]:
        return x, index
    return jnp.zeros((*x.shape[:axis], 1, *x.shape[axis + 1 :]), x.dtype), jnp.ones_like(index)


@partial(jax.jit, static_argnames=("axis", "shape"))
def _wrapped(x: jax.Array, index: jax.Array, axis: int, shape: tuple[int, ...]) -> jax.Array:
    before, after, n = shape[:axis], shape[axis + 1 :], x.shape[axis]
    lines = jnp.broadcast_to(x.astype(accumulator(x.dtype)), (*before, n, *after))
    places = jnp.broadcast_to(index % n, (*before, index.shape[axis], *after))
    return pick(lines, places, axis).astype(x.dtype)


@partial(jax.jit, static_argnames=("shape", "size"))
def _masked_sized(
    x: jax.Array, mask: jax.Array, shape: tuple[int, ...], size: int, fill: float
) -> Sized:
    mask = jnp.broadcast_to(mask, shape).reshape(-1)
    number = count_set(mask, (0,))[0]
    values = _masked_places(x, set_places(mask, size), shape)
    values = jnp.where(jnp.arange(size) < number, values, jnp.asarray(fill).astype(x.dtype))
    return Sized(values, number)


@partial(jax.jit, static_argnames="shape")
def _masked_places(x: jax.Array, places: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return take(expanded(x, shape).reshape(-1), places, 0)


@partial(jax.jit, static_argnames=("as_tuple", "size"))
def _nonzero_sized(x: jax.Array, as_tuple: bool, size: int, fill: int) -> Sized:
    mask = x.astype(jnp.bool_).reshape(-1)
    number = count_set(mask, (0,))[0]
    places = jnp.unravel_index(set_places(mask, size), x.shape or (1,))
    real = jnp.arange(size) < number
    columns = tuple(jnp.where(real, p, fill).astype(index_dtype()) for p in places)
    if as_tuple:
        return Sized(columns, number)
    rows = jnp.stack(columns, 1) if x.ndim else jnp.zeros((size, 0), index_dtype())
    return Sized(rows, number)
