"""Largest and smallest elements. nan counts as the largest and as the smallest.

What a tie does to the gradient is what sets these apart: `amax(dim)` and `max()` share it evenly
among the ties, `max(dim)` gives it all to the first.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ._checks import as_array, check_keepdim, is_number
from ._dims import canonical_dim, canonical_dims
from ._dtypes import accumulator, category, index_dtype
from ._elementwise import pairwise
from ._lines import WIDE, fold, is_outer, is_tiny, is_wide
from ._online import extreme_and_ties, first_and_place
from ._select import count_set

Dims = tuple[int, ...]


class Extremum(NamedTuple):
    """What `max(dim)`, `min(dim)`, `median(dim)` and `nanmedian(dim)` return: torch's two
    fields."""

    values: jax.Array
    indices: jax.Array


class Extrema(NamedTuple):
    """What `aminmax` returns: torch's two fields."""

    min: jax.Array
    max: jax.Array


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> jax.Array:
    """Largest element over `dim`, by value alone.

    Torch:    torch.amax
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   kept.
    Gradient: shared evenly among the ties; nan everywhere if the result is nan.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for an empty input
              without dim, a repeated dim or a complex input.

    >>> jax.grad(lambda x: amax(x))(jnp.array([1.0, 2.0, 2.0]))
    Array([0. , 0.5, 0.5], dtype=float...)
    """
    return _shared("amax", input, dim, keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> jax.Array:
    """Smallest element over `dim`, by value alone.

    Torch:    torch.amin
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   kept.
    Gradient: shared evenly among the ties; nan everywhere if the result is nan.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for an empty input
              without dim, a repeated dim or a complex input.

    >>> float(amin(jnp.array([3.0, 1.0])))
    1.0
    """
    return _shared("amin", input, dim, keepdim)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Extrema:
    """Smallest and largest element of all or along one dim, by value alone.

    Torch:    torch.aminmax
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   kept.
    Gradient: shared evenly among the ties; nan everywhere if the result is nan.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for an empty input
              without dim, or a complex input; TypeError for a dim that is not an int.

    >>> aminmax(jnp.array([2, 1, 3])).max
    Array(3, dtype=...)
    """
    x = as_array("aminmax", "input", input)
    check_ordered("aminmax", x)
    if dim is None and x.size == 0:
        raise RuntimeError(f"aminmax: input must not be empty without a dim, got shape {x.shape}")
    dims = canonical_dims(
        "aminmax", None if dim is None else canonical_dim("aminmax", dim, x.ndim), x.ndim
    )
    check_not_empty("aminmax", x, dims)
    return Extrema(*(_extreme_jit(x, op, dims, bool(keepdim), False) for op in ("min", "max")))


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """Largest of all elements; with `dim`, values and indices; with `other`, of each pair.

    Torch:    torch.max
    Shapes:   () | (*) -> the axis `dim` dropped, or kept as 1 | the broadcast of both.
    Dtypes:   kept, or promoted as in arithmetic; indices are int64.
    Gradient: of all: shared evenly among the ties, or among the nans. With `dim`: to the first. Of
              a pair: half each at a tie, all to both at a nan.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for an empty or complex
              input or shapes that do not broadcast; TypeError for a dim that is neither an int nor
              an array, or keepdim without a dim.

    >>> max(jnp.array([[1.0, 3.0], [5.0, 4.0]]), dim=1)
    Extremum(values=Array([3., 5.], dtype=float...), indices=Array([1, 0], dtype=...))
    """
    return _three_ways("max", input, dim, keepdim, other)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """Smallest of all elements; with `dim`, values and indices; with `other`, of each pair.

    Torch:    torch.min
    Shapes:   () | (*) -> the axis `dim` dropped, or kept as 1 | the broadcast of both.
    Dtypes:   kept, or promoted as in arithmetic; indices are int64.
    Gradient: of all: shared evenly among the ties, or among the nans. With `dim`: to the first. Of
              a pair: half each at a tie, all to both at a nan.
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for an empty or complex
              input or shapes that do not broadcast; TypeError for a dim that is neither an int nor
              an array, or keepdim without a dim.

    >>> min(jnp.array([1, 5]), jnp.array([2, 3]))
    Array([1, 3], dtype=...)
    """
    return _three_ways("min", input, dim, keepdim, other)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> jax.Array:
    """Index of the largest element: the first nan, else the first of the ties; flat without `dim`.

    Torch:    torch.argmax
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range or of size 0, or an empty input; RuntimeError for a
              bool or complex input; TypeError for a dim that is not an int.

    >>> int(argmax(jnp.array([1.0, 3.0, 3.0])))
    1
    """
    return _index_of("argmax", input, dim, keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> jax.Array:
    """Index of the smallest element: the first nan, else the first of the ties; flat without `dim`.

    Torch:    torch.argmin
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range or of size 0, or an empty input; RuntimeError for a
              bool or complex input; TypeError for a dim that is not an int.

    >>> int(argmin(jnp.array([3.0, 1.0, 1.0])))
    1
    """
    return _index_of("argmin", input, dim, keepdim)


def check_ordered(op: str, x: jax.Array, *, bool_too: bool = True) -> None:
    """RuntimeError for numbers without an order, and for bool where torch's op has none."""
    if category(x.dtype) == 3 or (x.dtype == jnp.bool_ and not bool_too):
        raise RuntimeError(
            f"{op}: input must be {'real' if bool_too else 'real and not bool'}, got {x.dtype}"
        )


def check_not_empty(op: str, x: jax.Array, dims: Dims) -> None:
    """IndexError for a dim of size 0: there is nothing to choose from."""
    for d in dims if x.ndim else ():
        if x.shape[d] == 0:
            raise IndexError(f"{op}: dim must not have size 0, got dim {d} of shape {x.shape}")


def first_index(mask: jax.Array, axis: int) -> jax.Array:
    """The first place along `axis` where `mask` holds, the axis kept as 1.

    A minimum over places: XLA compiles it to one plain loop, and an argmax to a slow one of pairs.
    """
    places = lax.broadcasted_iota(jnp.int32, mask.shape, axis)
    return jnp.min(jnp.where(mask, places, jnp.int32(mask.shape[axis])), axis=axis, keepdims=True)


def first_extreme(x: jax.Array, op: str, axis: int) -> tuple[jax.Array, jax.Array]:
    """The first "max" or "min" along `axis`, or nan, and its place, the axis kept as 1 by both.

    One pass over pairs is slow on CPU alone, and there only for floats in lines of some length.
    """
    by_pairs = category(x.dtype) != 2 or (is_tiny(x, (axis,)) and x.dtype.itemsize >= 4)

    def pick(x: jax.Array) -> jax.Array:
        return jnp.expand_dims(
            (lax.argmax if op == "max" else lax.argmin)(x, axis, jnp.int32), axis
        )

    def twice(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        value = extreme(x, op, (axis,))
        return value, pick(x) if by_pairs else first_index(is_chosen(x, value), axis)

    def in_pairs(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        place = pick(x)
        return entry_at(x, place, axis), place

    quick = partial(_one_after_another, op=op, axis=axis) if is_outer(x, (axis,)) else twice
    once = partial(first_and_place, op=op, axis=axis)
    return lax.platform_dependent(lax.stop_gradient(x), cpu=quick, cuda=once, default=in_pairs)


def _one_after_another(x: jax.Array, op: str, axis: int) -> tuple[jax.Array, jax.Array]:
    further = jnp.greater if op == "max" else jnp.less

    def look(i: Any, best: tuple, entry: jax.Array) -> tuple[jax.Array, jax.Array]:
        value, place = best
        better = further(entry, value) | ((entry != entry) & (value == value))
        return jnp.where(better, entry, value), jnp.where(better, i, place)

    first = lax.slice_in_dim(x, 0, 1, axis=axis)
    return fold(look, (first, jnp.zeros(first.shape, jnp.int32)), x, axis)


def extreme(x: jax.Array, op: str, dims: Dims) -> jax.Array:
    """The "max" or "min" over `dims`, kept as 1; nan if there is one."""

    def at_once(x: jax.Array) -> jax.Array:
        value = (jnp.max if op == "max" else jnp.min)(x, axis=dims, keepdims=True)
        if category(x.dtype) < 2:
            return value
        # XLA's combination of several devices' parts loses a nan, and on CPU its reduction of some
        # thousand elements does too (jax 0.10.2)
        missing = _has_nan(lax.stop_gradient(x), dims)
        return jnp.where(missing, jnp.full_like(value, jnp.nan), value)

    if category(x.dtype) != 2 or not is_outer(x, dims):
        return at_once(x)
    return lax.platform_dependent(x, cpu=partial(_in_order, op=op, axis=dims[0]), default=at_once)


def largest(x: jax.Array, dims: Dims) -> jax.Array:
    """The largest over `dims`, kept as 1, without a derivative. It may lose a nan."""
    x, at_once = lax.stop_gradient(x), partial(jnp.max, axis=dims, keepdims=True)
    # the loop is quicker from half as wide lines on, but for bfloat16, which it converts first
    least = WIDE if x.dtype == jnp.bfloat16 else WIDE // 2
    if category(x.dtype) != 2 or not is_wide(x, dims, least):
        return at_once(x)
    in_order = partial(_in_order, op="max", axis=dims[0])
    return lax.platform_dependent(x, cpu=in_order, default=at_once)


def _in_order(x: jax.Array, op: str, axis: int) -> jax.Array:
    further = jnp.maximum if op == "max" else jnp.minimum
    wide = accumulator(x.dtype)  # float16 would be converted there and back at each step
    first = lax.slice_in_dim(x, 0, 1, axis=axis).astype(wide)
    value = fold(lambda _, v, entry: further(v, entry.astype(wide)), first, x, axis)
    return value.astype(x.dtype)


def _has_nan(x: jax.Array, dims: Dims) -> jax.Array:
    """Where there is a nan over `dims`, kept as 1.

    On CPU a sum of squares, which may overflow but has no other nan, is quicker than a sum of
    bools; one of float16 is not, nor one of a few in each line.
    """

    def by_bools(x: jax.Array) -> jax.Array:
        return jnp.any(jnp.isnan(x), axis=dims, keepdims=True)

    def by_squares(x: jax.Array) -> jax.Array:
        return jnp.isnan(jnp.sum(x * x, axis=dims, keepdims=True))

    quick = by_bools if x.dtype == jnp.float16 or is_tiny(x, dims) else by_squares
    return lax.platform_dependent(x, cpu=quick, default=by_bools)


def is_chosen(x: jax.Array, value: jax.Array) -> jax.Array:
    """Where `x` is the chosen `value`; nan is equal to nan here."""
    same = x == value
    return same | (jnp.isnan(x) & jnp.isnan(value)) if category(x.dtype) == 2 else same


def entry_at(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    """The entry of each line along `axis` that `index` (axis kept as 1) names, the axis kept as 1.

    A masked sum, whose transpose is a select; a gather's is a scatter.
    """
    places = lax.broadcasted_iota(jnp.int32, x.shape, axis)
    kept = jnp.where(places == index, x, jnp.zeros_like(x))
    return jnp.sum(kept, axis=axis, keepdims=True, dtype=x.dtype)


def _shared(op: str, input: Any, dim: Any, keepdim: bool) -> jax.Array:
    x = as_array(op, "input", input)
    if x.size == 0 and isinstance(dim, tuple | list):  # torch looks for empty ones first
        check_not_empty(op, x, tuple(canonical_dim(op, d, x.ndim) for d in dim))
    dims = canonical_dims(op, () if dim is None else dim, x.ndim)
    if x.size == 0 and (dim is None or (isinstance(dim, tuple | list) and not dim)):
        raise RuntimeError(f"{op}: input must not be empty without a dim, got shape {x.shape}")
    check_not_empty(op, x, dims)
    check_ordered(op, x)
    return _extreme_jit(x, op[1:], dims, bool(keepdim), False)


def _three_ways(op: str, input: Any, dim: Any, keepdim: bool, other: Any) -> Any:
    x = as_array(op, "input", input)
    if (
        other is None
        and dim is not None
        and not is_number(dim)
        and getattr(dim, "ndim", None) is not None
    ):
        dim, other = None, dim
    check_keepdim(op, dim, keepdim)
    if other is not None:
        return pairwise(op, x, other)
    check_ordered(op, x)
    if dim is not None:
        axis = canonical_dim(op, dim, x.ndim)
        check_not_empty(op, x, (axis,))
        return _extreme_along(x, op, axis, bool(keepdim))
    if x.size == 0:
        raise RuntimeError(f"{op}: input must not be empty without a dim, got shape {x.shape}")
    return _extreme_jit(x, op, tuple(range(x.ndim)), False, True)


def _index_of(op: str, input: Any, dim: int | None, keepdim: bool) -> jax.Array:
    x = as_array(op, "input", input)
    check_ordered(op, x, bool_too=False)
    axis = None if dim is None else canonical_dim(op, dim, x.ndim)
    if dim is None and x.size == 0:
        raise IndexError(f"{op}: input must not be empty without a dim, got shape {x.shape}")
    check_not_empty(op, x, () if axis is None else (axis,))
    return _index_jit(x, op[3:], axis, bool(keepdim))


@partial(jax.jit, static_argnames=("op", "axis", "keepdim"))
def _index_jit(x: jax.Array, op: str, axis: int | None, keepdim: bool) -> jax.Array:
    flat, line = (x.reshape(-1), 0) if axis is None or x.ndim == 0 else (x, axis)
    index = first_extreme(flat, op, line)[1].astype(index_dtype())
    if axis is None or x.ndim == 0:
        return index.reshape((1,) * x.ndim if keepdim else ())
    return index if keepdim else jnp.squeeze(index, line)


@partial(jax.custom_jvp, nondiff_argnums=(3,))
def _following(x: jax.Array, value: jax.Array, place: jax.Array, axis: int) -> jax.Array:
    """`value`, with the derivative of the entry of `x` at `place`."""
    return value


@_following.defjvp
def _following_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    _, value, place = primals
    return value, entry_at(tangents[0], place, axis)


@partial(jax.jit, static_argnames=("op", "axis", "keepdim"))
def _extreme_along(x: jax.Array, op: str, axis: int, keepdim: bool) -> Extremum:
    line = x[None] if x.ndim == 0 else x
    value, place = first_extreme(line, op, axis)
    pair = Extremum(_following(line, value, place, axis), place.astype(index_dtype()))
    return (
        Extremum(*(p.reshape(()) for p in pair))
        if x.ndim == 0
        else pair
        if keepdim
        else Extremum(*(jnp.squeeze(p, axis) for p in pair))
    )


@partial(jax.jit, static_argnames=("op", "dims", "keepdim", "to_nans"))
def _extreme_jit(x: jax.Array, op: str, dims: Dims, keepdim: bool, to_nans: bool) -> jax.Array:
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    value = extreme_shared(x, op, dims, to_nans) if x.size else extreme(x, op, dims)
    return value if keepdim else jnp.squeeze(value, dims)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def extreme_shared(x: jax.Array, op: str, dims: Dims, to_nans: bool) -> jax.Array:
    """The extreme over `dims`, kept as 1. to_nans: the nans have the derivative of a nan result."""
    return extreme(x, op, dims)


@extreme_shared.defjvp
def _extreme_jvp(
    op: str, dims: Dims, to_nans: bool, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (value, _), (tangent, _) = jax.jvp(
        lambda x: _extreme_and_number(x, op, dims, to_nans), primals, tangents
    )
    return value, tangent


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _extreme_and_number(
    x: jax.Array, op: str, dims: Dims, to_nans: bool
) -> tuple[jax.Array, jax.Array]:
    """`extreme_shared`, and among how many its derivative is shared."""

    def plain(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        value = extreme(x, op, dims)
        ties = is_chosen(x, value) if to_nans else x == value
        return value, count_set(ties, dims).astype(x.dtype)

    def once(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        value, ties = extreme_and_ties(x, op, dims)
        number = ties if to_nans else jnp.where(value == value, ties, 0)
        return value, number.astype(x.dtype)

    return lax.platform_dependent(x, cuda=once, default=plain)


@_extreme_and_number.defjvp
def _extreme_and_number_jvp(
    op: str, dims: Dims, to_nans: bool, primals: tuple, tangents: tuple
) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
    (x,), (dx,) = primals, tangents
    value, number = _extreme_and_number(x, op, dims, to_nans)
    ties = is_chosen(x, value) if to_nans else x == value
    # a nan result ties with nothing: nan; XLA would make 0 of 0 / 0 times a mask
    outside = jnp.where(number == 0, jnp.nan, 0.0).astype(x.dtype)
    tangent = jnp.sum(jnp.where(ties, 1 / number, outside) * dx, axis=dims, keepdims=True)
    return (value, number), (tangent, jnp.zeros_like(number))
