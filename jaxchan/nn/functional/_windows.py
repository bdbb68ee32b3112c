"""Sums and largest elements of windows, one axis after the other.

On XLA's CPU they are made of strided slices, one for each place in a window: `reduce_window` and
its gradients take many times as long there. Other platforms get the one `reduce_window`, but for
the derivative and the place of a largest element. test_pool.py holds the two to be equal.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._dtypes import accumulator, category
from ..._extrema import entry_at, extreme, first_index, is_chosen

Arrays = tuple[jax.Array, ...]
FEW = 8  # places in a window that are worth a slice each where the windows lie side by side
PIECES = 32  # windows of unequal size that are worth a slice each


class Sliding(NamedTuple):
    """Windows of one size along an axis, of which the first starts `low` cells before it."""

    size: int
    stride: int
    dilation: int
    low: int
    out: int


class Ragged(NamedTuple):
    """Windows along an axis whose sizes differ."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]

    @property
    def out(self) -> int:
        return len(self.starts)


Line = Sliding | Ragged


class Windows(NamedTuple):
    """The windows along each of the axes."""

    axes: tuple[int, ...]
    lines: tuple[Line, ...]

    def pairs(self) -> list[tuple[int, Line]]:
        return list(zip(self.axes, self.lines, strict=True))

    def shape(self, x: jax.Array) -> tuple[int, ...]:
        """That of an array with a cell for each window on `x`."""
        outs = {axis: line.out for axis, line in self.pairs()}
        return tuple(outs.get(axis, n) for axis, n in enumerate(x.shape))


def means(x: jax.Array, windows: Windows, numbers: Sequence[Any]) -> jax.Array:
    """The sums over each window divided by the product of the numbers of the lines.

    A number may be one for all windows of a line. Integers are rounded towards 0.
    """
    wide = accumulator(x.dtype)
    product = np.ones((1,) * x.ndim, np.int64)
    for axis, number in zip(windows.axes, numbers, strict=True):
        product = product * np.reshape(number, [-1 if d == axis else 1 for d in range(x.ndim)])
    total = totals(x.astype(wide), windows)
    return lax.div(total, jnp.broadcast_to(product.astype(wide), total.shape)).astype(x.dtype)


def totals(x: jax.Array, windows: Windows) -> jax.Array:
    """The sum over each window; what lies outside of `x` counts as 0."""
    zero = np.zeros((), x.dtype)
    return _by_platform(x, windows, partial(add_slices, windows=windows), lax.add, zero)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def largest(x: jax.Array, windows: Windows) -> jax.Array:
    """The largest element of each window, of which there is one; nan where there is a nan.

    Its derivative is that of the first of equal elements, or of the last nan.
    """
    by_slices = partial(compare_slices, windows=windows)
    return _by_platform(x, windows, by_slices, lax.max, _lowest(x.dtype))


@largest.defjvp
def _largest_jvp(windows: Windows, primals: tuple, tangents: tuple) -> tuple:
    return jax.jvp(partial(compare_slices, windows=windows), primals, tangents)


def largest_and_places(x: jax.Array, windows: Windows) -> tuple[jax.Array, jax.Array]:
    """The largest elements, and where they stand, counted through all of the windows' axes."""
    arrays = (x,)
    for axis, line in windows.pairs()[::-1]:
        arrays = _choose_along(arrays, axis, line)
    value, *places = arrays
    flat = places.pop()
    for axis in windows.axes[1:]:
        flat = flat * x.shape[axis] + places.pop()
    return value, flat


def add_slices(x: jax.Array, windows: Windows) -> jax.Array:
    for axis, line in windows.pairs():
        x = _add_along(x, axis, line)
    return x


def compare_slices(x: jax.Array, windows: Windows) -> jax.Array:
    for axis, line in windows.pairs()[::-1]:
        x, _ = _choose_along((x,), axis, line)
    return x


def reduce_window(
    x: jax.Array, windows: Windows, combine: Callable, initial: np.ndarray
) -> jax.Array:
    size, stride, dilation, pads = [1] * x.ndim, [1] * x.ndim, [1] * x.ndim, [(0, 0)] * x.ndim
    for axis, line in windows.pairs():
        assert isinstance(line, Sliding)
        size[axis], stride[axis], dilation[axis] = line.size, line.stride, line.dilation
        pads[axis] = (line.low, _reach(line) - line.low - x.shape[axis])
    return lax.reduce_window(x, initial, combine, size, stride, pads, window_dilation=dilation)


def _by_platform(
    x: jax.Array, windows: Windows, by_slices: Callable, combine: Callable, initial: np.ndarray
) -> jax.Array:
    in_rows = [_in_rows(x.shape[axis], line) for axis, line in windows.pairs()]
    if all(in_rows) or any(isinstance(line, Ragged) for line in windows.lines):
        return by_slices(x)
    plain = partial(reduce_window, windows=windows, combine=combine, initial=initial)
    return lax.platform_dependent(x, cpu=by_slices, default=plain)


def _add_along(x: jax.Array, axis: int, line: Line) -> jax.Array:
    if isinstance(line, Sliding) and not _in_rows(x.shape[axis], line):
        return functools.reduce(operator.add, _slices(x, axis, line, np.zeros((), x.dtype)))
    rows, _, inside = _rows(x, axis, line)
    kept = jnp.where(_spread(inside, rows, axis), rows, jnp.zeros_like(rows))
    return jnp.sum(kept, axis=axis + 1, dtype=x.dtype)


def _choose_along(arrays: Arrays, axis: int, line: Line) -> Arrays:
    """What stands where the first array is largest, of each array, and its place in the axis."""
    if isinstance(line, Sliding) and not _in_rows(arrays[0].shape[axis], line):
        return _choose_among_slices(arrays, axis, line)
    return _choose_in_rows(arrays, axis, line)


def _choose_among_slices(arrays: Arrays, axis: int, line: Sliding) -> Arrays:
    fills = [_lowest(arrays[0].dtype), *(np.zeros((), a.dtype) for a in arrays[1:])]
    cuts = [_slices(a, axis, line, fill) for a, fill in zip(arrays, fills, strict=True)]
    best, *others = zip(*cuts, strict=True)
    starts = np.arange(line.out, dtype=np.int32) * line.stride - line.low
    outside = -(starts // line.dilation)  # how many of a window's places are before the axis
    number = jnp.zeros(best[0].shape, jnp.int32)
    for i, other in enumerate(others, 1):
        better = (other[0] > best[0]) | (other[0] != other[0])
        if (outside >= i).any():
            better |= _spread(outside >= i, better, axis)
        best = [jnp.where(better, o, b) for o, b in zip(other, best, strict=True)]
        number = jnp.where(better, np.int32(i), number)
    places = _spread(starts, number, axis) + number * np.int32(line.dilation)
    return (*best, places)


def _choose_in_rows(arrays: Arrays, axis: int, line: Line) -> Arrays:
    rows, starts, inside = _rows(arrays[0], axis, line)
    others = [_rows(a, axis, line)[0] for a in arrays[1:]]
    inside = _spread(inside, rows, axis)
    fixed = lax.stop_gradient(jnp.where(inside, rows, _lowest(rows.dtype)))
    value = extreme(fixed, "max", (axis + 1,))
    chosen = is_chosen(fixed, value) & inside
    number = first_index(chosen, axis + 1)
    if category(rows.dtype) == 2:  # torch goes on from nan to nan
        last = rows.shape[axis + 1] - 1 - first_index(jnp.flip(chosen, axis + 1), axis + 1)
        number = jnp.where(jnp.isnan(value), last, number)
    entries = [jnp.squeeze(entry_at(a, number, axis + 1), axis + 1) for a in (rows, *others)]
    number = jnp.squeeze(number, axis + 1)
    return (*entries, _spread(starts, number, axis) + number)


def _in_rows(length: int, line: Line) -> bool:
    """Whether windows are better cut out whole: many places, side by side or of unequal number."""
    if isinstance(line, Ragged):
        return True
    whole = line.size == line.stride and line.dilation == 1 and line.low == 0
    return whole and line.size > FEW and _reach(line) <= length


def _rows(x: jax.Array, axis: int, line: Line) -> tuple[jax.Array, np.ndarray, np.ndarray]:
    """The windows, each with its places along the axis after `axis`; where each starts; and which
    of the places belong to it."""
    if isinstance(line, Sliding):
        cut = lax.slice_in_dim(x, 0, line.out * line.size, axis=axis)
        starts = np.arange(line.out, dtype=np.int32) * line.size
        return _split(cut, axis, line.out), starts, np.ones((line.out, line.size), bool)
    starts, stops = (np.asarray(a, np.int32) for a in line)
    size = int((stops - starts).max())
    cut_at = np.minimum(starts, x.shape[axis] - size)
    places = cut_at[:, None] + np.arange(size, dtype=np.int32)
    inside = (starts[:, None] <= places) & (places < stops[:, None])
    if len(starts) <= PIECES:
        rows = jnp.stack([lax.slice_in_dim(x, i, i + size, axis=axis) for i in cut_at], axis)
    else:
        rows = _split(jnp.take(x, places.reshape(-1), axis=axis), axis, len(starts))
    return rows, cut_at, inside


def _split(x: jax.Array, axis: int, out: int) -> jax.Array:
    return x.reshape(*x.shape[:axis], out, x.shape[axis] // out, *x.shape[axis + 1 :])


def _spread(array: np.ndarray, like: jax.Array, axis: int) -> jax.Array:
    """`array`, whose dims are those of `like` from `axis` on, in the shape of `like`."""
    return lax.broadcast_in_dim(array, like.shape, tuple(range(axis, axis + array.ndim)))


def _slices(x: jax.Array, axis: int, line: Sliding, fill: np.ndarray) -> list[jax.Array]:
    """What each place of the windows sees, with `fill` outside of the axis."""
    pads = [(0, 0, 0)] * x.ndim
    pads[axis] = (line.low, max(_reach(line) - line.low - x.shape[axis], 0), 0)
    x = lax.pad(x, fill, pads)
    firsts = [i * line.dilation for i in range(line.size)]
    stop = (line.out - 1) * line.stride + 1
    return [lax.slice_in_dim(x, i, i + stop, line.stride, axis) for i in firsts]


def _reach(line: Sliding) -> int:
    """The cells from the first window's start to the last one's end."""
    return (line.out - 1) * line.stride + (line.size - 1) * line.dilation + 1


def _lowest(dtype: np.dtype) -> np.ndarray:
    return np.asarray(-np.inf if category(dtype) == 2 else jnp.iinfo(dtype).min, dtype)
