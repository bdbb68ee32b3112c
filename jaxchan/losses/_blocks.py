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
from .._totals import LARGE, quick_on_cpu
from ._arguments import Given, Reduction, dense, divided, out_dtype

Array = jax.Array
Terms = Callable[[Given, Any], tuple[Array, ...]]
BLOCK = 1 << 15  # elements, so that the accumulators stay in the cache
SHORTEST = 64  # row of neighbours that is worth while
CHANNEL = 2  # of arrays as blocks are cut from: (samples, pixels, classes, pixels)


class Cut(NamedTuple):
    """How many entries a block has of the samples and of the axes of pixels."""

    samples: int
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
    """None where blocks would be too small, or have too few neighbours.

    A block has all classes of a pixel; of a part of the pixels, those of one sample: so its rows
    are long.
    """
    samples, before, classes, after = shape
    sample = before * classes * after
    if sample <= BLOCK:
        together = max(n for n in range(1, BLOCK // sample + 1) if samples % n == 0)
        return Cut(together, before, after) if together * sample >= BLOCK // 8 else None
    if classes * after <= BLOCK:
        return Cut(1, _step(before, BLOCK // (classes * after)), after)
    step = _step(after, max(BLOCK // classes, 1))
    return Cut(1, 1, step) if step >= SHORTEST else None


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
    cut_out = _cutter(at)
    row, rows = shape[3] // cut.after, shape[1] // cut.before
    rests = []
    if shape[1] % cut.before:
        rests.append(((rows * cut.before, 0), cut._replace(before=shape[1] % cut.before)))
    if shape[3] % cut.after:
        rests.append(((0, row * cut.after), Cut(cut.samples, shape[1], shape[3] % cut.after)))
    together = next(n for n in (4, 3, 2, 1) if rows * row % n == 0)

    def of_samples(number: Array | int) -> tuple[Array, ...]:
        first = number * cut.samples

        def terms(start: tuple[Array | int, Array | int], cut: Cut) -> tuple[Array, ...]:
            return sums.terms(cut_out((first, *start), cut), others)

        def added(turn: Array | int) -> list[Array]:
            places = (turn * together + i for i in range(together))
            starts = ((place // row * cut.before, place % row * cut.after) for place in places)
            parts = (_in_pairs(terms(start, cut)) for start in starts)
            return [reduce(operator.add, some) for some in zip(*parts, strict=True)]

        found = _apart(sum_of_turns(added, rows * row // together))
        parts = [found, *(terms(*rest) for rest in rests)]
        sums_of = ([pooled(term, CHANNEL, sums.per) for term in part] for part in parts)
        return tuple(reduce(operator.add, some) for some in zip(*sums_of, strict=True))

    if cut.samples == shape[0]:
        return of_samples(0)
    found = jax.lax.map(of_samples, jnp.arange(shape[0] // cut.samples))
    return tuple(array.reshape(shape[0], array.shape[-1]) for array in found)


def sum_of_turns(terms: Callable[[Array | int], list[Array]], turns: int) -> list[Array]:
    """The sums of `terms(turn)`, by groups: few are added one by one, so that few roundings add."""
    group = math.isqrt(turns)
    zeros = [jnp.zeros(a.shape, a.dtype) for a in jax.eval_shape(terms, 0)]

    def add(turn: Array, so_far: list[Array]) -> list[Array]:
        return [s + v for s, v in zip(so_far, terms(turn), strict=True)]

    def add_group(first: Array, so_far: list[Array]) -> list[Array]:
        last = jnp.minimum(first * group + group, turns)
        some = jax.lax.fori_loop(first * group, last, add, zeros)
        return [s + v for s, v in zip(so_far, some, strict=True)]

    return jax.lax.fori_loop(0, -(-turns // group), add_group, zeros)


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


def _cutter(at: Given) -> Callable[[tuple[Array | int, ...], Cut], Given]:
    """What cuts a block out of arrays that are laid out: where it starts, and how large it is."""
    arrays, tree = jax.tree.flatten(at)
    # with axes of 1 XLA copies the whole array, into a layout that is the same but for them
    thin = [jnp.squeeze(array) for array in arrays]
    shapes = [array.shape for array in arrays]

    def cut_out(start: tuple[Array | int, ...], cut: Cut) -> Given:
        def block(array: Array, shape: tuple[int, ...]) -> Array:
            between = shape[2:-1]
            starts = (*start[:2], *(0,) * len(between), start[2])
            sizes = (cut.samples, cut.before, *between, cut.after)
            kept = [d for d, n in enumerate(shape) if n != 1]
            some = jax.lax.dynamic_slice(array, [starts[d] for d in kept], [sizes[d] for d in kept])
            return some.reshape(sizes)

        return jax.tree.unflatten(tree, map(block, thin, shapes))

    return cut_out


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
    sums = Sums(partial(_fenced, loss))
    # XLA's CPU converts bfloat16 before the loop, all of it, which takes as long as the sum
    way = sums.as_they_are if at.x.dtype == jnp.bfloat16 else partial(total, sums)
    (whole,) = way(at, others)
    return divided(whole[0, 0], at.x.shape, dense(at)[2], how, at)


def _fenced(loss: Callable[[Given, Any], Array], at: Given, others: Any) -> tuple[Array]:
    return (fence(loss(at, others)),)
