"""Recurrences along one axis, for XLA's CPU: one step after the other, many lines at once.

There a prefix sum takes about log2(n) passes over the whole array. Here each array is read once, in
tiles that stay in the cache. A few entries are taken apart: what is computed from them is one loop
over the lines, with vectors, where XLA would have a loop for each reduction.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental.layout import Layout, with_layout_constraint

MANY = 128  # lines at once that are worth a step
TILE = 1 << 17  # cells
WHOLE = 1 << 19  # cells that stay in the outer cache, and need no tiles
SHORT = 256  # entries that may be added one by one
WIDE = 1 << 14  # elements from one entry to the next that a reduction of XLA's can bear
TINY = 16  # neighbours that are quicker as so many arrays
FEW = 128  # entries of a line that one loop can have at hand
STREAMS = 32  # of these that it reads at full speed where they lie apart, outside of the cache


def has_many(x: jax.Array, axis: int) -> bool:
    return x.size >= MANY * x.shape[axis] > 0


def has_few(x: jax.Array, axis: int) -> bool:
    at_hand = axis == x.ndim - 1 or x.size <= WHOLE
    return 0 < x.shape[axis] <= (FEW if at_hand else STREAMS)


def entries(x: jax.Array, axis: int) -> list[jax.Array]:
    """The entries of all lines along `axis`, which each keeps as 1."""
    return [lax.slice_in_dim(x, i, i + 1, axis=axis) for i in range(x.shape[axis])]


def is_outer(x: jax.Array, dims: tuple[int, ...]) -> bool:
    """Whether `fold` is worth it: one axis of many lines, and not the last, which has strides.

    XLA's CPU converts bfloat16 outside the loop, and writes all of it out: for wide lines alone.
    """
    if x.dtype == jnp.bfloat16:
        return is_wide(x, dims)
    return len(dims) == 1 and dims[0] < x.ndim - 1 and has_many(x, dims[0])


def is_short_outer(x: jax.Array, dims: tuple[int, ...]) -> bool:
    """Whether `fold` is worth it for a sum: each entry that is added is one more rounding."""
    return is_outer(x, dims) and x.shape[dims[0]] <= SHORT


def is_wide(x: jax.Array, dims: tuple[int, ...], least: int = WIDE) -> bool:
    """Whether XLA's reduction over `dims`, line by line, misses the cache at every entry.

    It takes up to 30 times as long as a loop over the entries: 19 ms, and not 0.75, for the sum of
    64 channels of 256x256.
    """
    one = len(dims) == 1 and has_many(x, dims[0])
    return one and math.prod(x.shape[dims[0] + 1 :]) > least


def is_tiny(x: jax.Array, dims: tuple[int, ...]) -> bool:
    """Whether what is reduced are a few neighbours: XLA's CPU takes many such lines by vectors if
    it leaves them to no library. In 16 bits they stand too close for more than half as many."""
    most = TINY // 2 if x.dtype.itemsize == 2 else TINY
    return dims == (x.ndim - 1,) and 0 < x.shape[-1] <= most


def even_part(number: int, most: int) -> int:
    """How many of `number` to take at a time: `most`, or not much less, if then there is no rest.

    A rest has code of its own, and its results are copied to those of the loop.
    """
    return next((k for k in range(most, most // 2, -1) if number % k == 0), most)


def row_major(x: jax.Array) -> jax.Array:
    """`x`, in memory as it is written down. XLA's CPU may else choose the layout of an input, and
    put together what follows number by number."""
    return with_layout_constraint(x, Layout(tuple(range(x.ndim))))


def fold(step: Callable[[Any, Any, jax.Array], Any], first: Any, x: jax.Array, axis: int) -> Any:
    """`step(place, so_far, entry)` for the entries along `axis` after the first, all lines at once.

    One pass with vectors for what XLA's reductions take several for, or write out.
    """

    def at(place: Any, so_far: Any) -> Any:
        return step(place, so_far, lax.dynamic_index_in_dim(x, place, axis))

    return lax.fori_loop(np.int32(1), np.int32(x.shape[axis]), at, first, unroll=8)


def recur(step: Callable, first: Any, arrays: Any, axis: int, reverse: bool = False) -> Any:
    """What `lax.scan` over `axis` stacks, for each line of arrays of one shape.

    `first` is the carry that each line starts with, in scalars; `reverse`: from its end.
    """
    shape = jax.tree.leaves(arrays)[0].shape
    before, n, after = shape[:axis], shape[axis], shape[axis + 1 :]

    def lines(block: Any) -> Any:
        start = jax.tree.map(lambda a: jnp.full(jax.tree.leaves(block)[0].shape[1:], a), first)
        return lax.scan(step, start, block, reverse=reverse)[1]

    if math.prod(after) >= MANY:
        blocks = jax.tree.map(lambda a: a.reshape(math.prod(before), n, math.prod(after)), arrays)
        return jax.tree.map(lambda a: a.reshape(shape), lax.map(lines, blocks))
    rows = jax.tree.map(lambda a: jnp.moveaxis(a, axis, -1).reshape(-1, n), arrays)
    number = math.prod(before) * math.prod(after)
    most = number if number * n <= WHOLE else max(MANY, TILE // n)
    out = lax.map(lines, rows, batch_size=even_part(number, most))
    return jax.tree.map(lambda a: jnp.moveaxis(a.reshape(*before, *after, n), -1, axis), out)
