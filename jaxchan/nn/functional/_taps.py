"""Of which cells of an axis each cell of its resized form is made, and of how much of each.

All in numpy, before anything is traced. Places and weights are torch's on a CPU: it computes them
in the dtype it accumulates in, finds the floor of every index in float32, and its compilers fuse
the product and the sum of a pixel's centre.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Axis(NamedTuple):
    """From `n` cells to `m`. factor: by which they grow, where that was given."""

    n: int
    m: int
    factor: float | None


class Taps(NamedTuple):
    """Cell i of the result is the sum over k of weights[k, i] times the cell at places[k, i].

    Both are (K, m). A place beyond the axis stands for no cell, which is not a weight of 0: that
    times nan is nan.
    """

    places: np.ndarray
    weights: np.ndarray


def nearest(axis: Axis, exact: bool, dtype: Any) -> Taps:
    """As torch's loop over all cells has it: `by_index` for one cell at a time."""
    scale, i = _scale(axis, False, dtype), np.arange(axis.m)
    if exact:
        real = _centres(axis, False, dtype).clip(0).astype(np.float64) + 0.5
    else:
        real = scale * i.astype(dtype)
    return _single(axis, _floor(real))


def by_index(axis: Axis, exact: bool) -> Taps:
    """torch's `nearest_idx`: in float32, with sizes of once and twice the input's apart."""
    i = np.arange(axis.m)
    scale = _scale(axis, False, np.float32)
    if exact:
        return _single(axis, _floor((i + 0.5) * np.float64(scale)))
    if axis.m == axis.n:
        return _single(axis, i)
    if axis.m == 2 * axis.n:
        return _single(axis, i // 2)
    return _single(axis, _floor(i.astype(np.float32) * scale))


def identity(axis: Axis) -> Taps:
    return _single(axis, np.arange(axis.m))


def linear(axis: Axis, align_corners: bool, dtype: Any) -> Taps:
    """The two neighbours, of which the last cell is its own."""
    if axis.n == axis.m:
        place, after = np.arange(axis.m), np.zeros(axis.m, dtype)
        return Taps(np.stack([place, place]), np.stack([1 - after, after]))
    real = _centres(axis, align_corners, dtype)
    place, after = _split(axis, real if align_corners else real.clip(0))
    second = np.minimum(place + 1, axis.n - 1)
    return Taps(np.stack([place, second]), np.stack([1 - after, after]))


def cubic(axis: Axis, align_corners: bool, dtype: Any) -> Taps:
    """Four neighbours, where the outermost cells stand for those beyond."""
    place, after = _split(axis, _centres(axis, align_corners, dtype))
    after = after.astype(np.float64)
    distances = np.stack([after + 1, after, 1 - after, 2 - after])
    places = [np.clip(place + k, 0, axis.n - 1) for k in (-1, 0, 1, 2)]
    return Taps(np.stack(places), _keys(distances, -0.75).astype(dtype))


def antialiased(axis: Axis, align_corners: bool, mode: str, dtype: Any) -> Taps:
    """A filter as wide as the shrinking makes it, of which only what lies on the axis counts."""
    reach, kernel = FILTERS[mode]
    scale, i = _scale(axis, align_corners, dtype), np.arange(axis.m)
    one = np.dtype(dtype).type(1)
    shrinks = bool(scale >= 1)
    support = reach * scale if shrinks else reach * one
    centre = (np.float64(scale) * (i + 0.5)).astype(dtype)
    longest = 2 * math.ceil(support) + 1
    first = np.trunc((centre - support).astype(np.float64) + 0.5).clip(0).astype(np.int64)
    end = np.trunc((centre + support).astype(np.float64) + 0.5).astype(np.int64)
    number = np.clip(np.minimum(end, axis.n) - first, 0, longest)
    k = np.arange(max(number.max(initial=0), 1))[:, None]
    there = k < number
    distance = ((k + first).astype(dtype) - centre).astype(np.float64) + 0.5
    weights = np.where(there, kernel(distance / scale if shrinks else distance), 0)
    total = weights.sum(axis=0)
    weights = weights / np.where(total == 0, 1, total)
    return Taps(np.where(there, k + first, axis.n), weights.astype(dtype))


def windows(axis: Axis, dtype: Any) -> Taps:
    """Every cell that the result's cell reaches, however little of it."""
    i = np.arange(axis.m)
    first, end = i * axis.n // max(axis.m, 1), -(-(i + 1) * axis.n // max(axis.m, 1))
    k = np.arange(max((end - first).max(initial=0), 1))[:, None]
    there = k < end - first
    return Taps(np.where(there, k + first, axis.n), there.astype(dtype))


def fixed_point(axis: Axis, align_corners: bool, mode: str, antialias: bool) -> tuple[Taps, int]:
    """Integer weights for uint8, and by how many bits they are too large."""
    if antialias:
        taps = antialiased(axis, align_corners, mode, np.float64)
        largest = taps.weights.max(initial=0)
    else:
        taps, largest = _gathered(axis, align_corners, mode)
    bits = 0
    while bits < 22 and int(0.5 + largest * 2 ** (bits + 1)) < 2**15:
        bits += 1
    scaled = taps.weights * 2**bits
    rounded = np.trunc(np.where(scaled < 0, scaled - 0.5, scaled + 0.5))
    return Taps(taps.places, rounded.astype(np.int32)), bits


def _gathered(axis: Axis, align_corners: bool, mode: str) -> tuple[Taps, float]:
    """Taps of which none repeats a cell, and the largest weight on the way to them."""
    reach = 1 if mode == "bilinear" else 2
    real = _centres(axis, align_corners, np.float64)
    place, after = _split(axis, real if align_corners or reach == 2 else real.clip(0))
    first, largest = np.maximum(place - reach + 1, 0), 0.0
    places = np.full((2 * reach, axis.m), axis.n)
    weights, i = np.zeros((2 * reach, axis.m)), np.arange(axis.m)
    for k in range(2 * reach):
        there = np.clip(place - reach + 1 + k, 0, axis.n - 1)
        distance = np.abs(k + 1 - reach - after)
        places[there - first, i] = there
        weights[there - first, i] += 1 - distance if reach == 1 else _keys(distance, -0.75)
        largest = max(largest, weights[there - first, i].max(initial=0))
    return Taps(places, weights), largest


def transposed(taps: Taps, n: int) -> Taps:
    """The same table, read from the cells of the axis of `n`: into which results each goes."""
    m = taps.places.shape[1]
    pairs = taps.places * m + np.arange(m)
    distinct, inverse = np.unique(pairs[taps.places < n], return_inverse=True)
    weights = np.bincount(inverse, taps.weights[taps.places < n], len(distinct))
    place, result = np.divmod(distinct, max(m, 1))
    counts = np.bincount(place, minlength=n)
    k = np.arange(len(distinct)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = max(counts.max(initial=0), 1), n
    table = Taps(np.full(shape, m), np.zeros(shape, taps.weights.dtype))
    table.places[k, place], table.weights[k, place] = result, weights
    return table


def _keys(x: np.ndarray, a: float) -> np.ndarray:
    """Keys' cubic kernel at distances from 0 to 2."""
    inner = ((a + 2) * x - (a + 3)) * x * x + 1
    return np.where(x <= 1, inner, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a)


def _triangle(x: np.ndarray) -> np.ndarray:
    return (1 - np.abs(x)).clip(0)


def _bicubic(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 2, _keys(np.abs(x), -0.5), 0)


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


FILTERS: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1, _triangle),
    "bicubic": (2, _bicubic),
    "lanczos": (3, _lanczos),
}


def _scale(axis: Axis, align_corners: bool, dtype: Any) -> Any:
    """How far apart the result's cells lie on the input."""
    kind = np.dtype(dtype).type
    if align_corners:
        return kind(axis.n - 1) / kind(axis.m - 1) if axis.m > 1 else kind(0)
    if axis.factor is not None and axis.factor > 0:
        return kind(1 / axis.factor)
    return kind(axis.n) / kind(axis.m)


def _centres(axis: Axis, align_corners: bool, dtype: Any) -> np.ndarray:
    """Where the result's cells lie on the input."""
    scale = _scale(axis, align_corners, dtype)
    if align_corners:
        return scale * np.arange(axis.m).astype(dtype)
    # scale * (i + 0.5) - 0.5 rounded once: each product of a part of the scale is exact
    high, middle = np.float64(np.float32(scale)), np.arange(axis.m) + 0.5
    return ((high * middle - 0.5) + (scale - high) * middle).astype(dtype)


def _floor(real: np.ndarray) -> np.ndarray:
    return np.floor(real.astype(np.float32)).astype(np.int64)


def _split(axis: Axis, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cell at or before each place, and how far beyond its centre the place lies."""
    place = np.minimum(_floor(real), axis.n - 1)
    return place, (real - place.astype(real.dtype)).clip(0, 1)


def _single(axis: Axis, places: np.ndarray) -> Taps:
    places = np.minimum(places, axis.n - 1)[None]
    return Taps(places, np.ones(places.shape, np.float32))
