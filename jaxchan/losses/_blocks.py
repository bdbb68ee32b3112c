"""Sums of the elementwise terms of losses, by sample and class, on CPU block by block.

Why by blocks: see `_totals.py`. These are cut from all samples and classes at once, so that what
is computed from all classes of a pixel, or kept for each, is at hand.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .._elementwise import fence
from .._totals import BLOCK, LARGE, quick_on_cpu, sum_of_turns
from ._arguments import Given, Reduction, dense, divided, out_dtype

Array = jax.Array
Terms = Callable[[Given, Any], tuple[Array, ...]]
SHORTEST = 64  # row of neighbours that is worth while
CHANNEL = 2  # of arrays as blocks are cut from: (samples, pixels, classes, pixels)


class Cut(NamedTuple):
    """How many elements of the axes of pixels a block has."""

    before: int
    after: int


class Sums(NamedTuple):
    """What to sum, and how: see `total`."""

    terms: Terms
    per: str = "batch"
    together: bool = False  # whether the terms of one class are computed from other classes
    plain: Terms | None = None  # what gives the same sums, and is better elsewhere

    def as_they_are(self, at: Given, others: Any) -> tuple[Array, ...]:
        if self.plain is not None:
            return self.plain(at, others)
        return tuple(pooled(term, at.channel, self.per) for term in self.terms(at, others))


def total(sums: Sums, at: Given, others: Any) -> tuple[Array, ...]:
    """The sums of `terms(at, others)`, each as `pooled` has them.

    others: numbers, or arrays of one an entry of the channel, which broadcast to the inputs.
    """
    shape = _shape(sums, at, others)
    cut = _cut(shape) if at.x.size >= LARGE else None
    if cut is None:
        return sums.as_they_are(at, others)
    return quick_on_cpu(partial(_by_blocks, sums, shape, cut), sums.as_they_are, (at, others))


def pooled(term: Array, channel: int | None, per: str) -> Array:
    """The sum as (samples, classes), where 1 of either is all of them."""
    if per == "batch":
        return jnp.sum(term).reshape(1, 1)
    kept = {"class": {channel}, "sample": {0}, "sample_class": {0, channel}}[per]
    axes = tuple(d for d in range(term.ndim) if d not in kept)
    total = jnp.sum(term, axis=axes)
    return {"class": total[None], "sample": total[:, None]}.get(per, total)


def _shape(sums: Sums, at: Given, others: Any) -> tuple[int, int, int, int]:
    """The inputs' as (samples, pixels, classes, pixels), with as much as may be in the last."""
    shape, mask = at.x.shape, at.mask
    by_class = any(array.ndim for array in jax.tree.leaves(others))
    by_class |= at.targets.ndim < len(shape) or (mask is not None and mask.shape != shape)
    if sums.per == "batch" and not (sums.together or by_class):
        return 1, 1, 1, at.x.size
    assert at.channel is not None
    first = 1 if sums.per in ("sample", "sample_class") else 0
    before, after = shape[first : at.channel], shape[at.channel + 1 :]
    return math.prod(shape[:first]), math.prod(before), shape[at.channel], math.prod(after)


def _cut(shape: tuple[int, ...]) -> Cut | None:
    """None where a block would have too few neighbours."""
    samples, before, classes, after = shape
    row = samples * classes
    if row * after <= BLOCK:
        return Cut(_step(before, BLOCK // (row * after)), after)
    step = _step(after, max(BLOCK // row, 1))
    return Cut(1, step) if step >= SHORTEST else None


def _step(length: int, about: int) -> int:
    """A divisor of `length` that is about as large, or else the number itself."""
    for count in range(max(length // (2 * about), 1), 2 * length // about + 1):
        if length % count == 0:
            return length // count
    return about


def _by_blocks(
    sums: Sums, shape: tuple[int, ...], cut: Cut, at: Given, others: Any
) -> tuple[Array, ...]:
    at, others = _laid_out(at, shape), jax.tree.map(_by_class, others)
    row = shape[3] // cut.after
    blocks = shape[1] // cut.before * row
    together = next(n for n in (4, 3, 2, 1) if blocks % n == 0)

    def added(turn: Array | int) -> list[Array]:
        places = (turn * together + i for i in range(together))
        starts = ((place // row * cut.before, place % row * cut.after) for place in places)
        parts = (_in_pairs(sums.terms(_cut_out(at, start, cut), others)) for start in starts)
        return [reduce(operator.add, some) for some in zip(*parts, strict=True)]

    whole = sum_of_turns(added, blocks // together)
    found = [pooled(array, CHANNEL, sums.per) for array in _apart(whole)]
    for axis, step, length in ((1, cut.before, shape[1]), (3, cut.after, shape[3])):
        if length % step:
            rest = jax.tree.map(partial(_rest, axis=axis, start=length - length % step), at)
            left = (pooled(term, CHANNEL, sums.per) for term in sums.terms(rest, others))
            found = [a + b for a, b in zip(found, left, strict=True)]
    return tuple(found)


def _laid_out(at: Given, shape: tuple[int, ...]) -> Given:
    """The arguments as (samples, pixels, classes, pixels), the classes 1 where there are none."""
    pixels = (*shape[:2], 1, shape[3])
    t, mask, full = at.targets, at.mask, at.x.shape
    dense = t.ndim == len(full)
    if mask is not None:
        one = at.channel is not None and mask.shape[at.channel] == 1 and shape[2] > 1
        whole = tuple(1 if one and d == at.channel else n for d, n in enumerate(full))
        mask = jnp.broadcast_to(mask, whole).reshape(pixels if one else shape)
    t = t.reshape(shape if dense else (*shape[:2], shape[3]))
    return replace(at, x=at.x.reshape(shape), targets=t, mask=mask, channel=CHANNEL)


def _by_class(array: Array) -> Array:
    return array.reshape(1, 1, -1, 1) if array.ndim else array


def _cut_out(at: Given, start: tuple[Array | int, Array | int], cut: Cut) -> Given:
    def cut_out(array: Array) -> Array:
        between = (0,) * (array.ndim - 3)
        sizes = (array.shape[0], cut.before, *array.shape[2:-1], cut.after)
        return jax.lax.dynamic_slice(array, (0, start[0], *between, start[1]), sizes)

    return jax.tree.map(cut_out, at)


def _rest(array: Array, axis: int, start: int) -> Array:
    axis = axis if axis == 1 else array.ndim - 1
    return jax.lax.slice_in_dim(array, start, array.shape[axis], axis=axis)


def _in_pairs(terms: tuple[Array, ...]) -> list[Array]:
    """Two terms as one complex number: what they share is computed once, in one loop."""
    pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
    return [jax.lax.complex(*pair) if len(pair) == 2 else pair[0] for pair in pairs]


def _apart(sums: list[Array]) -> list[Array]:
    both = [(a.real, a.imag) if jnp.iscomplexobj(a) else (a,) for a in sums]
    return [array for pair in both for array in pair]


def reduced(
    loss: Callable[[Given, Any], Array],
    how: Reduction,
    at: Given,
    others: Any,
) -> Array:
    """The masked loss of `at` and the `others` of `total`, or its sum, which may be divided."""
    if how.kind == "none":
        return loss(at, others).astype(out_dtype(at))
    (whole,) = total(Sums(partial(_fenced, loss)), at, others)
    return divided(whole[0, 0], at.x.shape, dense(at)[2], how, at)


def _fenced(loss: Callable[[Given, Any], Array], at: Given, others: Any) -> tuple[Array]:
    return (fence(loss(at, others)),)
