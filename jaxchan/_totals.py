"""Sums of what is computed element by element, on CPU by loops that add it to what they carry.

There a library takes the sums, and what it cannot compute itself (all but arithmetic) is written
out in full. A loop over the entries of an outer axis, or along many lanes of what is summed as a
whole, is one pass over the inputs, without temporaries.
"""

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ._elementwise import fence
from ._lines import is_short_outer, is_tiny, is_wide

Array = jax.Array
LARGE = 1 << 19  # elements; smaller arrays stay in the cache as they are
LANES = 1 << 15  # sums side by side, few enough that they stay in the cache
TURNS = 64  # that may be added one by one
EVERY_PLACE = 2**31 - 1  # that an int32 can name


def sum_of(term: Callable[..., Array], *arrays: Array) -> Array:
    """The sum of `term(*arrays)`, which is elementwise. `term` closes over no arrays."""

    def plain(*arrays: Array) -> Array:
        return jnp.sum(term(*arrays))

    def by_lanes(*arrays: Array) -> Array:
        (total,) = _by_lanes(lambda *arrays: (term(*arrays),), *arrays)
        return total.reshape(())

    return quick_on_cpu(by_lanes, plain, arrays) if _has_lanes(*arrays) else plain(*arrays)


def sum_over(term: Callable[..., Array], dims: tuple[int, ...], *arrays: Array) -> Array:
    """The sum of `term(*arrays)`, which is elementwise, over `dims`, kept as 1, in its dtype.

    The arrays after the first may have 1 for these dims. `term` closes over no arrays.
    """
    (total,) = sums_over(lambda *arrays: (term(*arrays),), dims, *arrays)
    return total


def sums_over(
    terms: Callable[..., tuple[Array, ...]], dims: tuple[int, ...], *arrays: Array
) -> tuple[Array, ...]:
    """`sum_over` for each of `terms(*arrays)`; where there is a loop, in one pass."""

    plain = partial(_at_once, terms, dims)

    def by_entries(axis: int, *arrays: Array) -> tuple[Array, ...]:
        totals = _by_entries(terms, axis, *arrays)
        for rest in (d for d in dims if d != axis):  # apart, for each addition is one more rounding
            totals = _summed(tuple(map(fence, totals)), rest)
        return totals

    def by_lanes(*arrays: Array) -> tuple[Array, ...]:
        return tuple(total.reshape((1,) * len(dims)) for total in _by_lanes(terms, *arrays))

    if is_tiny(arrays[0], dims):
        return quick_on_cpu(partial(_by_neighbours, terms), plain, arrays)
    if len(dims) == arrays[0].ndim and _has_lanes(*arrays):
        return quick_on_cpu(by_lanes, plain, arrays)
    axis = entry_axis(arrays[0], dims)
    if axis is None:
        return plain(*arrays)
    return quick_on_cpu(partial(by_entries, axis), plain, arrays)


def sum_of_arithmetic(term: Callable[..., Array], dims: tuple[int, ...], *arrays: Array) -> Array:
    """`sum_over` of what the library adds up without writing it out: by a loop of wide lines alone,
    since what the arrays are computed from would be written out for it, or of tiny ones."""
    if is_wide(arrays[0], dims) or is_tiny(arrays[0], dims):
        return sum_over(term, dims, *arrays)
    (total,) = _at_once(lambda *arrays: (term(*arrays),), dims, *arrays)
    return total


def sum_broadcast(x: Array, axis: int) -> Array:
    """The sum along `axis`, broadcast back. The transpose of a broadcast is a sum, for which there
    is no loop: for wide lines on CPU both are products of matrices."""

    def plain(x: Array) -> Array:
        return jnp.broadcast_to(jnp.sum(x, axis=axis, keepdims=True), x.shape)

    def by_products(x: Array) -> Array:
        lines = x.reshape(*x.shape[: axis + 1], -1)
        ones = jnp.ones((x.shape[axis], 1), x.dtype)
        total = jnp.matmul(ones.T, lines, precision="highest")
        return jnp.matmul(ones, total, precision="highest").reshape(x.shape)

    if not is_wide(x, (axis,)):
        return plain(x)
    return jax.lax.platform_dependent(x, cpu=by_products, default=plain)


def entry_axis(x: Array, dims: tuple[int, ...]) -> int | None:
    """The first of `dims` over whose entries `sum_over` loops, if there is one."""
    if is_wide(x, dims):
        return dims[0]
    return next((d for d in dims if x.shape[d] >= 8 and is_short_outer(x, (d,))), None)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def quick_on_cpu(quick: Callable, plain: Callable, operands: tuple) -> Any:
    """`plain(*operands)`, on CPU by `quick`. The derivative is that of `plain`."""
    return jax.lax.platform_dependent(*operands, cpu=quick, default=plain)


def _quick_on_cpu_jvp(quick: Callable, plain: Callable, primals: tuple, tangents: tuple) -> tuple:
    leaves, tree = jax.tree.flatten(primals)
    slopes = jax.tree.leaves(tangents, is_leaf=lambda d: type(d) is SymbolicZero)
    moving = [i for i, d in enumerate(slopes) if type(d) is not SymbolicZero]

    def of(*values: Array) -> Any:
        moved = dict(zip(moving, values, strict=True))
        (operands,) = tree.unflatten([moved.get(i, v) for i, v in enumerate(leaves)])
        return plain(*operands)

    value = quick_on_cpu(quick, plain, *primals)
    if not moving:
        return value, jax.tree.map(jnp.zeros_like, value)
    at, along = ([array[i] for i in moving] for array in (leaves, slopes))
    return value, jax.jvp(of, at, along)[1]


quick_on_cpu.defjvp(_quick_on_cpu_jvp, symbolic_zeros=True)


def _at_once(
    terms: Callable[..., tuple[Array, ...]], dims: tuple[int, ...], *arrays: Array
) -> tuple[Array, ...]:
    return _summed(terms(*arrays), dims)


def _summed(terms: tuple[Array, ...], dims: int | tuple[int, ...]) -> tuple[Array, ...]:
    return tuple(jnp.sum(term, axis=dims, keepdims=True, dtype=term.dtype) for term in terms)


def _by_neighbours(terms: Callable[..., tuple[Array, ...]], *arrays: Array) -> tuple[Array, ...]:
    def at(place: int) -> tuple[Array, ...]:
        cut = partial(jax.lax.slice_in_dim, start_index=place, limit_index=place + 1, axis=-1)
        return terms(*(a if a.shape[-1] == 1 else cut(a) for a in arrays))

    return functools.reduce(partial(jax.tree.map, jnp.add), map(at, range(arrays[0].shape[-1])))


def _by_entries(
    terms: Callable[..., tuple[Array, ...]], axis: int, *arrays: Array
) -> tuple[Array, ...]:
    number = arrays[0].shape[axis]

    def at(place: Array | int) -> tuple[Array, ...]:
        cut = partial(jax.lax.dynamic_index_in_dim, index=place, axis=axis)
        return terms(*(a if a.shape[axis] == 1 else cut(a) for a in arrays))

    totals = _by_eights(at, number // 8)
    for place in range(number // 8 * 8, number):
        totals = jax.tree.map(jnp.add, totals, at(place))
    return totals


def _has_lanes(*arrays: Array) -> bool:
    """Whether `_by_lanes` is worth it. XLA's CPU converts bfloat16 before the loop, all of it."""
    first = arrays[0]
    alike = all(a.shape == first.shape and a.dtype != jnp.bfloat16 for a in arrays)
    return alike and LARGE <= first.size <= EVERY_PLACE


def _by_lanes(terms: Callable[..., tuple[Array, ...]], *arrays: Array) -> tuple[Array, ...]:
    """Many sums side by side, each of every so many terms, then of these, as vectors of one."""
    flat, size = [array.reshape(-1) for array in arrays], arrays[0].size
    lanes = max(LANES, 1 << (size // (8 * TURNS)).bit_length())
    turns = size // (8 * lanes)

    def at(place: Array | int) -> tuple[Array, ...]:
        cut = partial(jax.lax.dynamic_slice_in_dim, start_index=place * lanes, slice_size=lanes)
        return terms(*map(cut, flat))

    rest = terms(*(array[turns * 8 * lanes :] for array in flat))
    return jax.tree.map(jnp.add, _summed(_by_eights(at, turns), 0), _summed(rest, 0))


def _by_eights(at: Callable[[Array | int], tuple[Array, ...]], turns: int) -> tuple[Array, ...]:
    """The sums of `at(place)` for eight places a turn, which are added in pairs: one rounding for
    the eight."""

    def eight(total: Array, *eight: Array) -> Array:
        a, b, c, d, e, f, g, h = eight
        return total + (((a + b) + (c + d)) + ((e + f) + (g + h)))

    def add_eight(turn: Array | int, totals: tuple[Array, ...]) -> tuple[Array, ...]:
        return jax.tree.map(eight, totals, *(at(turn * 8 + i) for i in range(8)))

    nothing = jax.tree.map(jnp.zeros_like, jax.eval_shape(at, 0))
    return jax.lax.fori_loop(np.int32(0), np.int32(turns), add_eight, nothing)
