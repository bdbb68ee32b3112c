"""Reductions that read their input once, for GPUs: what has a pass of its own elsewhere is carried
along, and settled wherever two parts are joined.

XLA makes one kernel of each, or two if it is long, and between devices only what was carried goes.
On CPU the same would be a slow loop, without vectors.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ._dims import count, kept_dims
from ._dtypes import category

Array = jax.Array
Dims = tuple[int, ...]
SMALL = 2**16  # elements that 16 bits can count
ROW = 2**14  # elements that XLA keeps on the chip, so that two passes over them are one


def is_rows(x: Array, dims: Dims) -> bool:
    """Whether `dims` are the last ones, and so few that XLA makes one kernel of two passes. It has
    to have them as one dim, such as `as_rows` makes."""
    last = tuple(range(x.ndim - len(dims), x.ndim))
    return dims != () and dims == last and count(x.shape, dims) <= ROW


def as_rows(x: Array, dims: Dims) -> Array:
    """`x` with the last dims, `dims`, as one. Fenced off, since XLA would move it elsewhere."""
    if len(dims) < 2:
        return x
    return lax.optimization_barrier(x.reshape(*x.shape[: dims[0]], -1))


def has_moments(x: Array, dims: Dims) -> bool:
    """Whether `moments` is one pass: of rows, or of columns that 16 bits can count. What XLA adds
    up in columns it writes out, if that is three numbers of which the first has more bits."""
    return x.ndim - 1 in dims or count(x.shape, dims) < SMALL


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def moments(x: Array, dims: Dims, dtype: np.dtype) -> tuple[Array, Array, Array]:
    """`x` less its mean over `dims`; the mean, and the sum of squares of the former, kept as 1. All
    in `dtype`.

    Parts are joined as by Chan, Golub and LeVeque (1983). All is taken of the differences to the
    first element, so that nothing is lost far from 0, and equal elements have deviations of 0.
    """

    def join(one: tuple, other: tuple) -> tuple[Array, Array, Array]:
        (n1, mean1, square1), (n2, mean2, square2) = one, other
        number1, number2 = n1.astype(mean1.dtype), n2.astype(mean2.dtype)
        share = number2 / jnp.maximum(number1 + number2, 1)
        gap = mean2 - mean1
        # an infinity stays: less itself it would be nan
        mean = jnp.where(jnp.isinf(mean1), mean1 + mean2, mean1 + gap * share)
        return n1 + n2, mean, square1 + square2 + gap * (gap * (number1 * share))

    counted = np.uint16 if count(x.shape, dims) < SMALL else np.uint32
    first = first_finite(x, dims).astype(dtype)
    shifted, none = x.astype(dtype) - first, np.zeros((), dtype)
    arrays = jnp.ones_like(x, counted), shifted, jnp.zeros_like(shifted)
    _, mean, square = _reduced(join, arrays, (np.zeros((), counted), none, none), dims)
    # of an infinity the deviation is nan, whose square may not have been added up
    return shifted - mean, first + mean, square + (mean - mean)


@moments.defjvp
def _moments_jvp(
    dims: Dims, dtype: np.dtype, primals: tuple, tangents: tuple
) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    (x,), (dx,) = primals, tangents
    deviation, mean, square = moments(x, dims, dtype)
    dx = dx.astype(dtype)
    dmean = jnp.mean(dx, axis=dims, keepdims=True)
    dsquare = 2 * jnp.sum(deviation * dx, axis=dims, keepdims=True)
    return (deviation, mean, square), (dx - dmean, dmean, dsquare)


def first_finite(x: Array, dims: Dims) -> Array:
    """The first element over `dims`, kept as 1; 0 if there is none, or it is not finite."""
    shape = kept_dims(x.shape, dims)
    return finite(leading(x, shape)) if x.size else jnp.zeros(shape, x.dtype)


def leading(x: Array, shape: Dims) -> Array:
    """The first elements of each dim, as many as `shape` has. No derivative."""
    x, start = lax.stop_gradient(x), [0] * x.ndim
    if x.dtype.itemsize != 2:
        return lax.slice(x, start, shape)
    # as bits, for XLA would cut it out of all of `x` in float32
    bits = lax.slice(lax.bitcast_convert_type(x, jnp.uint16), start, shape)
    return lax.bitcast_convert_type(bits, x.dtype)


def finite(x: Array) -> Array:
    """`x`, with 0 for what is not finite."""
    return jnp.where(jnp.isfinite(x), x, jnp.zeros_like(x))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def peak_and_rest(x: Array, dims: Dims) -> tuple[Array, Array]:
    """The largest over `dims`, kept as 1, and the sum of exp(x - largest) over the others.

    The sum so far is scaled where a larger element comes (Milakov and Gimelshein, 2018). Ties share
    the derivative of the largest.
    """

    def join(one: tuple, other: tuple) -> tuple[Array, Array]:
        (peak1, rest1), (peak2, rest2) = one, other
        same = peak1 == peak2  # infinities too, whose difference is nan
        scale = jnp.where(same, 1, jnp.exp(-jnp.abs(peak1 - peak2)))
        before = rest1 + (rest2 + 1) * scale
        after = (rest1 + 1) * scale + rest2
        return jnp.maximum(peak1, peak2), jnp.where(peak1 >= peak2, before, after)

    none = np.array(-np.inf, x.dtype), np.array(-1, x.dtype)
    return _reduced(join, (x, jnp.zeros_like(x)), none, dims)


@peak_and_rest.defjvp
def _peak_and_rest_jvp(
    dims: Dims, primals: tuple, tangents: tuple
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    (x,), (dx,) = primals, tangents
    peak, rest = peak_and_rest(x, dims)
    ties = (x == peak).astype(x.dtype)
    dpeak = jnp.sum(ties * dx, dims, keepdims=True) / jnp.sum(ties, dims, keepdims=True)
    slope = jnp.where(x == peak, jnp.zeros_like(x), jnp.exp(x - peak))
    drest = jnp.sum(slope * (dx - dpeak), axis=dims, keepdims=True)
    return (peak, rest), (dpeak, drest)


def peak_and_total(x: Array, dims: Dims) -> tuple[Array, Array]:
    """The largest over `dims`, kept as 1, and the sum of exp(x - largest), nan if that is inf."""
    peak, rest = peak_and_rest(x, dims)
    return peak, 1 + rest + (peak - peak)


def first_and_place(x: Array, op: str, axis: int) -> tuple[Array, Array]:
    """The first "max" or "min" along `axis`, or nan, and its place, kept as 1. No derivative."""

    def join(one: tuple, other: tuple) -> tuple[Array, Array]:
        (place1, value1), (place2, value2) = one, other
        ahead, same = _compared(value1, value2, op)
        first = ahead | (same & (place1 < place2))
        return jnp.where(first, place1, place2), jnp.where(first, value1, value2)

    places = lax.broadcasted_iota(np.int32, x.shape, axis)
    none = np.array(np.iinfo(np.int32).max, np.int32), _worst(x.dtype, op)
    place, value = _reduced(join, (places, x), none, (axis,))
    return value, place


def extreme_and_ties(x: Array, op: str, dims: Dims) -> tuple[Array, Array]:
    """The "max" or "min" over `dims`, or nan, and how many are equal to it (all nans are), kept as
    1. No derivative."""

    def join(one: tuple, other: tuple) -> tuple[Array, Array]:
        (ties1, value1), (ties2, value2) = one, other
        ahead, same = _compared(value1, value2, op)
        ties = jnp.where(same, ties1 + ties2, jnp.where(ahead, ties1, ties2))
        return ties, jnp.where(ahead, value1, value2)

    arrays = jnp.ones_like(x, np.int32), x
    ties, value = _reduced(join, arrays, (np.array(0, np.int32), _worst(x.dtype, op)), dims)
    return value, ties


def _compared(value1: Array, value2: Array, op: str) -> tuple[Array, Array]:
    """Whether the first is further, and whether they are equal; nan is the furthest."""
    missing1, missing2 = value1 != value1, value2 != value2
    further = value1 > value2 if op == "max" else value1 < value2
    same = (value1 == value2) | (missing1 & missing2)
    return further | (missing1 & ~missing2), same


def _worst(dtype: np.dtype, op: str) -> np.ndarray:
    if dtype == np.bool_:
        return np.array(op == "min")
    if category(dtype) == 2:
        return np.array(-np.inf if op == "max" else np.inf, dtype)
    limits = jnp.iinfo(dtype)
    return np.array(limits.min if op == "max" else limits.max, dtype)


def _reduced(join: Callable, arrays: tuple, none: tuple, dims: Dims) -> tuple:
    """The parts of `arrays` over `dims`, kept as 1, joined two by two in any order."""
    return tuple(jnp.expand_dims(a, dims) for a in lax.reduce(arrays, none, join, dims))
