"""Running sums, products and extremes along one axis.

16-bit floats are accumulated in float32. Integers are summed and multiplied in int64, which JAX
narrows to int32 while x64 is off.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_floating
from ._dims import canonical_dim
from ._dtypes import accumulator, canonical, category, index_dtype, sum_dtype
from ._elementwise import times_one
from ._extrema import check_ordered
from ._lines import has_many, is_tiny, recur
from ._prefix import by_products, has_products, linear_sums
from ._reductions import cast

COMBINE = {
    "cumsum": jnp.add,
    "cumprod": jnp.multiply,
    "cummax": jnp.maximum,
    "cummin": jnp.minimum,
}


class RunningExtremum(NamedTuple):
    """What `cummax` and `cummin` return: torch's two fields."""

    values: jax.Array
    indices: jax.Array


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> jax.Array:
    """Sum of the elements up to each along `dim`.

    Torch:    torch.cumsum
    Shapes:   kept.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to before summing.
    Gradient: the sum of the cotangents from each on.
    Errors:   IndexError for a dim out of range; RuntimeError for a bool `dtype`; TypeError for a
              dim that is not an int.

    >>> cumsum(jnp.array([1.0, 2.0, 4.0]), 0)
    Array([1., 3., 7.], dtype=float...)
    """
    x = as_array("cumsum", "input", input)
    axis = canonical_dim("cumsum", dim, x.ndim)
    return _cumsum(x, axis, _dtype_of("cumsum", x, dtype))


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> jax.Array:
    """Product of the elements up to each along `dim`.

    Torch:    torch.cumprod
    Shapes:   kept.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to first.
    Gradient: exact with zeros among the elements; a line without any divides by the element, which
              is nan at an infinity.
    Errors:   IndexError for a dim out of range; RuntimeError for a bool `dtype`; TypeError for a
              dim that is not an int.

    >>> cumprod(jnp.array([1.0, 2.0, 4.0]), 0)
    Array([1., 2., 8.], dtype=float...)
    """
    x = as_array("cumprod", "input", input)
    axis = canonical_dim("cumprod", dim, x.ndim)
    return _cumprod(x, axis, _dtype_of("cumprod", x, dtype))


def logcumsumexp(input: Any, dim: int) -> jax.Array:
    """Logarithm of the sum of exponentials up to each along `dim`, without overflow.

    Torch:    torch.logcumsumexp
    Shapes:   kept.
    Dtypes:   kept; floating or complex.
    Gradient: the sum of cotangent times exp(x - result) from each on; nan at an infinite element
              equal to its result.
    Errors:   IndexError for a dim out of range; RuntimeError for an integer input; TypeError for a
              dim that is not an int.

    >>> logcumsumexp(jnp.array([1000.0, 1000.0]), 0)
    Array([1000.  , 1000.69...], dtype=float...)
    """
    x = as_array("logcumsumexp", "input", input)
    axis = canonical_dim("logcumsumexp", dim, x.ndim)
    check_floating("logcumsumexp", "input", x)
    return _logcumsumexp(x, axis)


def cummax(input: Any, dim: int) -> RunningExtremum:
    """Largest of the elements up to each along `dim`, and its index; nan from the first nan on.

    Torch:    torch.cummax
    Shapes:   kept, twice.
    Dtypes:   kept; indices are int64.
    Gradient: to the one indexed, which is the last of the ties, or of the nans.
    Errors:   IndexError for a dim out of range, unless the input is empty; RuntimeError for a
              complex input; TypeError for a dim that is not an int.

    >>> cummax(jnp.array([1, 3, 3, 2]), 0).indices.tolist()
    [0, 1, 2, 2]
    """
    return _running_extremum("cummax", input, dim)


def cummin(input: Any, dim: int) -> RunningExtremum:
    """Smallest of the elements up to each along `dim`, and its index; nan from the first nan on.

    Torch:    torch.cummin
    Shapes:   kept, twice.
    Dtypes:   kept; indices are int64.
    Gradient: to the one indexed, which is the last of the ties, or of the nans.
    Errors:   IndexError for a dim out of range, unless the input is empty; RuntimeError for a
              complex input; TypeError for a dim that is not an int.

    >>> cummin(jnp.array([3, 1, 2, 1]), 0).values.tolist()
    [3, 1, 1, 1]
    """
    return _running_extremum("cummin", input, dim)


def _dtype_of(op: str, x: jax.Array, dtype: Any) -> np.dtype:
    out = sum_dtype(x.dtype) if dtype is None else canonical(op, dtype)
    if out == jnp.bool_:
        raise RuntimeError(f"{op}: dtype must not be bool, got {out}")
    return out


def _running_extremum(op: str, input: Any, dim: int) -> RunningExtremum:
    x = as_array(op, "input", input)
    if not x.size and type(dim) is int:  # torch does not look at it then
        dim = 0
    axis = canonical_dim(op, dim, x.ndim)
    check_ordered(op, x)
    return _extremum_jit(x, op, axis)


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _cumsum(x: jax.Array, axis: int, dtype: np.dtype) -> jax.Array:
    wide = cast(cast(x, dtype), accumulator(dtype))
    out = _accumulated("cumsum", jnp.atleast_1d(wide), axis, _exact(dtype))
    return out.astype(dtype).reshape(x.shape)


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _cumprod(x: jax.Array, axis: int, dtype: np.dtype) -> jax.Array:
    wide = jnp.atleast_1d(cast(cast(x, dtype), accumulator(dtype)))
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    if wide.size and x.ndim:
        if wide.shape[axis] > 1:
            wide = _running_product(wide, axis, _exact(dtype))
        else:
            wide = _first_times_one(wide, axis)
    return wide.astype(dtype).reshape(x.shape)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _running_product(x: jax.Array, axis: int, exact: np.dtype) -> jax.Array:
    return _accumulated("cumprod", _first_times_one(x, axis), axis, exact)


def _first_times_one(x: jax.Array, axis: int) -> jax.Array:
    """`x`, of which torch multiplies the first of each line by 1."""
    if category(x.dtype) < 3:
        return x
    first, rest = jnp.split(x, [1], axis)
    return jnp.concatenate([times_one(first), rest], axis)


@_running_product.defjvp
def _running_product_jvp(axis: int, exact: np.dtype, primals: tuple, tangents: tuple) -> tuple:
    (x,), (dx,) = primals, tangents
    value, one = _running_product(x, axis, exact), jnp.ones_like(x)
    first = jax.lax.slice_in_dim(one, 0, 1, axis=axis)
    before = jnp.concatenate([first, jax.lax.slice_in_dim(value, 0, -1, axis=axis)], axis)
    # torch divides in lines without a zero, so inf / inf is nan
    divide = ~jnp.any(x == 0, axis=axis, keepdims=True)
    factor = jnp.where(divide, one, x)
    slope = jnp.where(divide, 1 / jnp.where(x == 0, one, x), before)
    return value, jnp.where(divide, value, one) * _recurrence(factor, slope * dx, axis)


@partial(jax.jit, static_argnames="axis")
def _logcumsumexp(x: jax.Array, axis: int) -> jax.Array:
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    if not x.ndim or not x.size:
        return x
    return _running_log(x.astype(accumulator(x.dtype)), axis).astype(x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _running_log(x: jax.Array, axis: int) -> jax.Array:
    if category(x.dtype) < 3:  # some ten times as quick as jax.lax.cumlogsumexp
        return jax.lax.associative_scan(jnp.logaddexp, x, axis=axis)

    def step(total: jax.Array, value: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = _log_add(value, total)
        return total, total

    # one by one, as torch: the order decides how often the phase winds round
    lines = jnp.moveaxis(x, axis, 0)
    return jnp.moveaxis(jax.lax.scan(step, jnp.full_like(lines[0], -jnp.inf), lines)[1], 0, axis)


@_running_log.defjvp
def _running_log_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value, none = _running_log(x, axis), jnp.zeros_like(x)
    first = jax.lax.slice_in_dim(value, 0, 1, axis=axis)
    before = jnp.concatenate([first, jax.lax.slice_in_dim(value, 0, -1, axis=axis)], axis)
    still_infinite = jnp.isinf(jnp.real(value)) & (before == value)
    factor = jnp.exp(jnp.where(still_infinite, none, before - value))
    # the nan of exp(x - value) is added where all is -inf so far, else it would reach what follows
    nothing = jnp.real(value) == -jnp.inf
    slope = jnp.where(jnp.real(x) == -jnp.inf, none, jnp.exp(x - value))
    outside = jnp.where(nothing, jnp.nan, 0.0).astype(x.dtype)
    return value, _recurrence(factor, slope * dx, axis) + outside * dx


def _log_add(x: jax.Array, y: jax.Array) -> jax.Array:
    """log(exp(x) + exp(y)) of complex numbers, with the phase of the larger and at most pi / 2."""
    swap = jnp.real(x) < jnp.real(y)
    large, small = jnp.where(swap, y, x), jnp.where(swap, x, y)
    total = large + jnp.log1p(jnp.exp(small - large))
    return jnp.where(jnp.real(large) == -jnp.inf, small, total)


@partial(jax.jit, static_argnames=("op", "axis"))
def _extremum_jit(x: jax.Array, op: str, axis: int) -> RunningExtremum:
    lines = jnp.atleast_1d(x)
    constant = jax.lax.stop_gradient(lines)
    if x.dtype == jnp.bool_:
        constant = constant.astype(jnp.uint8)
    in_steps, in_passes = (partial(f, op=op, axis=axis) for f in (_record_in_steps, _last_record))
    index = _by_platform(in_steps, in_passes, axis, constant)
    wide = lines.astype(accumulator(x.dtype))  # the gradient of a choice is a sum
    values = _entries(wide, index, axis)
    return RunningExtremum(
        values.astype(x.dtype).reshape(x.shape), index.astype(index_dtype()).reshape(x.shape)
    )


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _entries(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    return jnp.take_along_axis(x, index, axis=axis, mode="promise_in_bounds")


@_entries.defjvp
def _entries_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, index), (dx, _) = primals, tangents
    is_record = index == jax.lax.broadcasted_iota(index.dtype, index.shape, axis)

    def held(dx: jax.Array, _: jax.Array) -> jax.Array:  # its transpose needs no scatter
        def step(last: jax.Array, pair: tuple) -> tuple[jax.Array, jax.Array]:
            last = jnp.where(pair[1], pair[0], last)
            return last, last

        return recur(step, np.zeros((), dx.dtype), (dx, is_record), axis)

    taken = partial(jnp.take_along_axis, axis=axis, mode="promise_in_bounds")
    return _entries(x, index, axis), _by_platform(held, taken, axis, dx, index)


def _record_in_steps(x: jax.Array, op: str, axis: int) -> jax.Array:
    """`_last_record` without a pass for the extreme and another for the place."""
    reaches = jnp.greater_equal if op == "cummax" else jnp.less_equal

    def step(carry: tuple, value: jax.Array) -> tuple[tuple, jax.Array]:
        extreme, record, place = carry
        new = reaches(value, extreme) | (value != value)
        record = jnp.where(new, place, record)
        return (jnp.where(new, value, extreme), record, place + 1), record

    first = (_outermost(x.dtype, op), np.int32(0), np.int32(0))
    return recur(step, first, x, axis)


def _outermost(dtype: np.dtype, op: str) -> np.ndarray:
    """What every number reaches."""
    if category(dtype) == 2:
        return np.asarray(-np.inf if op == "cummax" else np.inf, dtype)
    limits = jnp.iinfo(dtype)
    return np.asarray(limits.min if op == "cummax" else limits.max, dtype)


def _last_record(x: jax.Array, op: str, axis: int) -> jax.Array:
    """The last place up to each along `axis` that equals the extreme so far, or is nan."""
    record = x == _running(op, x, axis)
    if category(x.dtype) == 2:
        record |= jnp.isnan(x)
    places = jax.lax.broadcasted_iota(jnp.int32, x.shape, axis)
    return _running("cummax", jnp.where(record, places, jnp.int32(0)), axis)


def _recurrence(factor: jax.Array, term: jax.Array, axis: int) -> jax.Array:
    """y[k] = factor[k] y[k - 1] + term[k] along `axis`."""

    def combine(early: tuple, late: tuple) -> tuple:
        return early[0] * late[0], early[1] * late[0] + late[1]

    def in_passes(factor: jax.Array, term: jax.Array) -> jax.Array:
        return jax.lax.associative_scan(combine, (factor, term), axis=axis)[1]

    def in_steps(factor: jax.Array, term: jax.Array) -> jax.Array:
        def step(y: jax.Array, pair: tuple) -> tuple[jax.Array, jax.Array]:
            y = pair[0].astype(y.dtype) * y + pair[1].astype(y.dtype)
            return y, y.astype(term.dtype)

        with jax.enable_x64(True):
            return recur(step, np.zeros((), _exact(term.dtype)), (factor, term), axis)

    return _by_platform(in_steps, in_passes, axis, factor, term)


def _exact(dtype: np.dtype) -> np.dtype:
    """The dtype in which torch's CPU keeps a running sum or product."""
    return np.dtype(np.float64) if dtype == jnp.float32 else accumulator(dtype)


def _accumulated(op: str, x: jax.Array, axis: int, exact: np.dtype) -> jax.Array:
    in_steps, in_passes = partial(_in_steps, op, exact=exact), partial(_running, op)
    tiny = is_tiny(x, (axis,))
    quick: Callable = partial(_of_neighbours, op, exact=exact) if tiny else in_steps
    if op == "cumprod" or category(x.dtype) != 2:
        return _by_platform(partial(quick, axis=axis), partial(in_passes, axis=axis), axis, x)
    if not tiny and has_products(x, axis):
        quick = partial(by_products, in_steps if has_many(x, axis) else in_passes)
    elif not has_many(x, axis):
        return in_passes(x, axis)
    sums, passes = partial(linear_sums, quick, axis=axis), partial(in_passes, axis=axis)
    return jax.lax.platform_dependent(x, cpu=sums, default=passes)


def _in_steps(
    op: str, x: jax.Array, axis: int, reverse: bool = False, *, exact: np.dtype
) -> jax.Array:
    def step(total: jax.Array, value: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = COMBINE[op](total, value.astype(exact))
        return total, total.astype(x.dtype)

    with jax.enable_x64(True):  # inside: float64 also where the program has none
        return recur(step, np.asarray(op == "cumprod", exact), x, axis, reverse)


def _of_neighbours(
    op: str, x: jax.Array, axis: int, reverse: bool = False, *, exact: np.dtype
) -> jax.Array:
    """Of a few in each line, one after the other: each combines with all places that see it."""
    places = jax.lax.broadcasted_iota(jnp.int32, x.shape, axis)
    with jax.enable_x64(True):
        none = np.asarray(op == "cumprod", exact)
        total = jnp.full(x.shape, none)
        for i in range(x.shape[axis]):
            entry = jax.lax.slice_in_dim(x, i, i + 1, axis=axis).astype(exact)
            seen = places <= i if reverse else places >= i
            total = COMBINE[op](total, jnp.where(seen, entry, none))
        return total.astype(x.dtype)


def _by_platform(
    in_steps: Callable, in_passes: Callable, axis: int, *arrays: jax.Array
) -> jax.Array:
    if not has_many(arrays[0], axis) or category(arrays[0].dtype) == 3:
        return in_passes(*arrays)
    return jax.lax.platform_dependent(*arrays, cpu=in_steps, default=in_passes)


def _running(op: str, x: jax.Array, axis: int, reverse: bool = False) -> jax.Array:
    """jax.lax's cumsum, cumprod, cummax or cummin.

    Along the last axis these are quick, above all in their transpose; along another one XLA takes
    some five times as long as the same sums in slices.
    """
    if axis == x.ndim - 1:
        return getattr(jax.lax, op)(x, axis, reverse)
    return jax.lax.associative_scan(COMBINE[op], x, reverse, axis)
