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
from ..._extrema import entry_at, extreme, is_chosen

Arrays = tuple[jax.Array, ...]
ADDED = 6  # places of a window that are worth a slice each in a sum, if it can be cut out whole
COMPARED = 32  # and in a comparison
FEW = 3  # places of a window whose comparison has a quick derivative
PIECES = 32  # windows of unequal size that are worth a slice each


class Sliding(NamedTuple):
    """Windows of one size along an axis, of which the first starts `low` cells before it."""

    size: int
    stride: int
    dilation: int
    low: int
    out: int


class Ragged(NamedTuple):
    """Windows along an axis whose sizes differ, in as many equal parts of it as they repeat."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]
    repeats: int

    @property
    def size(self) -> int:
        return max(stop - start for start, stop in zip(self.starts, self.stops, strict=True))

    @property
    def out(self) -> int:
        return self.repeats * len(self.starts)


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

    def is_one(self, x: jax.Array) -> bool:
        """Whether all of `x` is one window."""
        return all(line == Sliding(x.shape[a], x.shape[a], 1, 0, 1) for a, line in self.pairs())

    def flat(self, x: jax.Array) -> jax.Array:
        """`x` with the axes as one."""
        first, last = self.axes[0], self.axes[-1]
        return x.reshape(*x.shape[:first], -1, *x.shape[last + 1 :])


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
    """The largest element of each window, or nan where there is one.

    Its derivative is that of the first of equal elements, or of the last nan.
    """
    if windows.is_one(x):
        return extreme(windows.flat(x), "max", windows.axes[:1]).reshape(windows.shape(x))
    by_slices = partial(compare_slices, windows=windows)
    return _by_platform(x, windows, by_slices, lax.max, _lowest(x.dtype))


@largest.defjvp
def _largest_jvp(windows: Windows, primals: tuple, tangents: tuple) -> tuple:
    wide = accumulator(primals[0].dtype)  # the gradient of an element is a sum
    (x,), (dx,) = ([a.astype(wide) for a in pair] for pair in (primals, tangents))
    if all(isinstance(line, Sliding) and line.size <= FEW for line in windows.lines):
        pair = jax.jvp(partial(compare_slices, windows=windows), (x,), (dx,))
    else:  # the derivatives of many comparisons take longer than a scatter, and long to compile
        pair = largest(x, windows), _entries(dx, places(x, windows), windows)
    return pair[0].astype(primals[0].dtype), pair[1].astype(primals[0].dtype)


def places(x: jax.Array, windows: Windows) -> jax.Array:
    """Where the largest elements stand, counted through all of the windows' axes."""
    if windows.is_one(x):
        flat, axis = windows.flat(lax.stop_gradient(x)), windows.axes[0]
        inside = np.ones((1, flat.shape[axis]), bool)
        return _choose_in_rows([flat], axis - 1, inside)[-1].reshape(windows.shape(x))
    arrays: Arrays = (lax.stop_gradient(x),)
    for axis, line in windows.pairs()[::-1]:
        arrays = _choose_along(arrays, axis, line)
    _, *parts = arrays
    place = parts.pop()
    for axis in windows.axes[1:]:
        place = place * x.shape[axis] + parts.pop()
    return place


def _entries(x: jax.Array, place: jax.Array, windows: Windows) -> jax.Array:
    """What stands in each place, and 0 for one outside: of a window without a cell in `x`."""
    first, flat, at = windows.axes[0], windows.flat(x), windows.flat(place)
    if windows.is_one(x):  # whose transpose is a select; a gather's is a scatter
        return entry_at(flat, at, first).reshape(place.shape)
    return jnp.take_along_axis(flat, at, first, mode="fill", fill_value=0).reshape(place.shape)


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
    ragged = any(isinstance(line, Ragged) for line in windows.lines)
    large = [_side_by_side(line, x.shape[axis]) * line.size for axis, line in windows.pairs()]
    if ragged or min(large) > ADDED:  # then it is a reduction over axes
        return by_slices(x)
    plain = partial(reduce_window, windows=windows, combine=combine, initial=initial)
    return lax.platform_dependent(x, cpu=by_slices, default=plain)


def _add_along(x: jax.Array, axis: int, line: Line) -> jax.Array:
    zero = np.zeros((), x.dtype)
    if line.size > ADDED and _is_whole(line, x.shape[axis]):
        return jnp.sum(_rows(x, axis, line, zero), axis=axis + 1, dtype=x.dtype)
    return functools.reduce(operator.add, _slices(x, axis, line, zero))


def _choose_along(arrays: Arrays, axis: int, line: Line) -> Arrays:
    """What stands where the first array is largest, of each array, and its place in the axis."""
    length = arrays[0].shape[axis]
    fills = [_lowest(arrays[0].dtype), *(np.zeros((), a.dtype) for a in arrays[1:])]
    if line.size > COMPARED and _is_whole(line, length):
        rows = [_rows(a, axis, line, fill) for a, fill in zip(arrays, fills, strict=True)]
        *entries, number = _choose_in_rows(rows, axis, _inside(line, length))
    else:
        cuts = [_slices(a, axis, line, fill) for a, fill in zip(arrays, fills, strict=True)]
        before = _before(line, length)
        *entries, number = _choose_among(list(zip(*cuts, strict=True)), axis, before)
    step = np.int32(line.dilation if isinstance(line, Sliding) else 1)
    return (*entries, _spread(_starts(line, length), number, axis) + number * step)


def _choose_among(cuts: list[Arrays], axis: int, before: np.ndarray) -> Arrays:
    best, number = cuts[0], jnp.zeros(cuts[0][0].shape, jnp.int32)
    for i, other in enumerate(cuts[1:], 1):
        better = (other[0] > best[0]) | (other[0] != other[0])  # torch goes on from nan to nan
        if (before >= i).any():  # what stands there is no place of the window
            better |= _spread(before >= i, better, axis)
        best = tuple(jnp.where(better, o, b) for o, b in zip(other, best, strict=True))
        number = jnp.where(better, np.int32(i), number)
    return (*best, number)


def _choose_in_rows(rows: list[jax.Array], axis: int, inside: np.ndarray) -> Arrays:
    line = axis + 1
    value = extreme(rows[0], "max", (line,))
    chosen = is_chosen(rows[0], value) & _spread(inside, rows[0], axis)
    order = lax.broadcasted_iota(jnp.int32, chosen.shape, line)
    if category(value.dtype) == 2:  # of nans the last
        order = jnp.where(jnp.isnan(value), -order, order)
    none = np.int32(chosen.shape[line])
    number = jnp.abs(jnp.min(jnp.where(chosen, order, none), axis=line, keepdims=True))
    others = [entry_at(r, number, line) for r in rows[1:]]
    return tuple(jnp.squeeze(a, line) for a in (value, *others, number))


def _slices(x: jax.Array, axis: int, line: Line, fill: np.ndarray) -> list[jax.Array]:
    """What each place of the windows sees, with `fill` where it is outside of them."""
    if isinstance(line, Ragged):
        return _unstacked(_rows(x, axis, line, fill), axis + 1)
    stride, steps = line.stride, [i * line.dilation for i in range(line.size)]
    rounds = line.out + steps[-1] // stride
    pads = [(0, 0, 0)] * x.ndim
    pads[axis] = (line.low, rounds * stride - line.low - x.shape[axis], 0)
    # not by slices with a stride: to add up their transposes takes longer than to concatenate
    phases = _unstacked(_split(lax.pad(x, fill, pads), axis, rounds), axis + 1)
    cut = partial(lax.slice_in_dim, axis=axis)
    return [cut(phases[i % stride], i // stride, i // stride + line.out) for i in steps]


def _rows(x: jax.Array, axis: int, line: Line, fill: np.ndarray) -> jax.Array:
    """The windows, each with its places along the axis after `axis`, and `fill` beside them."""
    if isinstance(line, Sliding):
        cut = lax.slice_in_dim(x, 0, line.out * line.size, axis=axis)
        return _split(cut, axis, line.out)
    starts = _starts(line, x.shape[axis])
    if len(line.starts) <= PIECES:
        parts = _split(x, axis, line.repeats)
        firsts = starts[: len(line.starts)]
        cuts = _cuts(parts, axis + 1, [int(i) for i in firsts], line.size)
        shape = (*x.shape[:axis], line.out, line.size, *x.shape[axis + 1 :])
        rows = jnp.stack(cuts, axis + 1).reshape(shape)
    else:
        cells = (starts[:, None] + np.arange(line.size)).reshape(-1)
        rows = _split(jnp.take(x, cells, axis=axis), axis, line.out)
    inside = _spread(_inside(line, x.shape[axis]), rows, axis)
    return jnp.where(inside, rows, jnp.full_like(rows, fill))


def _cuts(x: jax.Array, axis: int, starts: list[int], size: int) -> list[jax.Array]:
    """A slice from each of the starts, which ascend."""
    if any(later < start + size for start, later in zip(starts, starts[2:], strict=False)):
        return [lax.slice_in_dim(x, i, i + size, axis=axis) for i in starts]
    cuts: list[Any] = list(starts)
    for turn in (0, 1):  # of every other one none overlap: the transpose puts them side by side
        ends = [0, *(end for i in starts[turn::2] for end in (i, i + size)), x.shape[axis]]
        cuts[turn::2] = lax.split(x, np.diff(ends).tolist(), axis)[1::2]
    return cuts


def _unstacked(x: jax.Array, axis: int) -> list[jax.Array]:
    return [jnp.squeeze(part, axis) for part in lax.split(x, (1,) * x.shape[axis], axis)]


def _split(x: jax.Array, axis: int, parts: int) -> jax.Array:
    return x.reshape(*x.shape[:axis], parts, x.shape[axis] // parts, *x.shape[axis + 1 :])


def _spread(array: np.ndarray, like: jax.Array, axis: int) -> jax.Array:
    """`array`, whose dims are those of `like` from `axis` on, in the shape of `like`."""
    return lax.broadcast_in_dim(array, like.shape, tuple(range(axis, axis + array.ndim)))


def _side_by_side(line: Line, length: int) -> bool:
    """Whether the windows are the rows of a matrix."""
    if isinstance(line, Ragged):
        return False
    fits = line.size == line.stride and line.dilation == 1
    return fits and line.low == 0 and _reach(line) <= length


def _is_whole(line: Line, length: int) -> bool:
    """Whether the windows can be cut out one by one."""
    return isinstance(line, Ragged) or _side_by_side(line, length)


def _starts(line: Line, length: int) -> np.ndarray:
    """The first place that is looked at for each window."""
    if isinstance(line, Sliding):
        return np.arange(line.out, dtype=np.int32) * line.stride - line.low
    part = length // line.repeats
    firsts = np.minimum(np.asarray(line.starts, np.int32), part - line.size)
    return np.add.outer(np.arange(line.repeats, dtype=np.int32) * part, firsts).reshape(-1)


def _before(line: Line, length: int) -> np.ndarray:
    """How many of the places that are looked at come before the axis or the window."""
    if isinstance(line, Sliding):
        return -(_starts(line, length) // line.dilation)
    looked_at = _starts(line, length)[: len(line.starts)]
    return np.tile(np.asarray(line.starts, np.int32) - looked_at, line.repeats)


def _inside(line: Line, length: int) -> np.ndarray:
    """Which of the places that are looked at belong to the window, if they are cut out whole."""
    if isinstance(line, Sliding):
        return np.ones((line.out, line.size), bool)
    before = _before(line, length)[:, None]
    sizes = np.tile(np.subtract(line.stops, line.starts), line.repeats)[:, None]
    number = np.arange(line.size)
    return (before <= number) & (number < before + sizes)


def _reach(line: Sliding) -> int:
    """The cells from the first window's start to the last one's end."""
    return (line.out - 1) * line.stride + (line.size - 1) * line.dilation + 1


def _lowest(dtype: np.dtype) -> np.ndarray:
    return np.asarray(-np.inf if category(dtype) == 2 else jnp.iinfo(dtype).min, dtype)
