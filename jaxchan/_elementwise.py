"""Elementwise operations, with torch's promotion and torch's derivative wherever there is a kink.

Numbers (Python's) and 0-d arrays never widen an array that has dims; they only raise its category.
"""

import math
from functools import cache, lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_concrete, check_floating, is_number
from ._dtypes import accumulator, as_scalar, category, in_dtype, index_dtype, result_type

Shape = tuple[int, ...]


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` holds, `other` elsewhere; alone, the indices where it holds.

    Torch:    torch.where
    Shapes:   the broadcast of all three; `where(condition)` gives one index vector a dim.
    Dtypes:   promoted as in arithmetic; a number or 0-d array only raises the category.
    Gradient: to the side that was taken; zero to the other, even where that is nan or inf.
    Errors:   RuntimeError for a condition that is not bool (or uint8), or shapes that do not
              broadcast; TypeError for one of `input` and `other` without the other, and under jit
              for neither.

    `where(condition)` has a shape that depends on values, so it runs outside jit only.

    >>> where(jnp.array([True, False]), jnp.array([1, 2]), 0)
    Array([1, 0], dtype=...)
    """
    condition = as_array("where", "condition", condition)
    if input is None and other is None:
        check_concrete("where", condition, "input and other")
        return tuple(
            jnp.asarray(i, index_dtype()) for i in np.nonzero(np.atleast_1d(np.asarray(condition)))
        )
    if condition.dtype not in (jnp.bool_, jnp.uint8):
        raise RuntimeError(f"where: condition must be bool, got {condition.dtype}")
    pair = [
        v if is_number(v) else as_array("where", n, v)
        for n, v in (("input", input), ("other", other))
    ]
    dtype = result_type(*pair)
    x, y = (as_scalar(v, dtype) if is_number(v) else in_dtype(v, dtype) for v in pair)
    shape = broadcast_shape("where", condition=condition, input=x, other=y)
    return _where(condition, x, y, shape)


def clamp(input: Any, min: Any = None, max: Any = None) -> jax.Array:
    """Each element, `min` where it is below and `max` where it is above; `max` if `min` > `max`.

    Torch:    torch.clamp
    Shapes:   the broadcast of all that are given.
    Dtypes:   promoted as in arithmetic; a number or 0-d array only raises the category.
    Gradient: to the one that was taken, the input on a bound; to none at a nan.
    Errors:   RuntimeError without a bound, for complex, for bool unless one array is the only
              bound, for a number that the result's dtype cannot hold, or for shapes that do not
              broadcast; TypeError for a bound that is no number or array, or a number and an array
              with dims.

    >>> jax.grad(lambda x: clamp(x, 0.0, 1.0))(jnp.array(1.0, jnp.float32))  # half in plain JAX
    Array(1., dtype=float32)
    """
    x = as_array("clamp", "input", input)
    given = [(n, v) for n, v in (("min", min), ("max", max)) if v is not None]
    if not given:
        raise RuntimeError("clamp: min or max must be given, got neither")
    bounds = {n: v if is_number(v) else as_array("clamp", n, v) for n, v in given}
    numbers = [n for n, v in given if is_number(v)]
    if numbers and any(v.ndim for n, v in bounds.items() if n not in numbers):
        raise TypeError("clamp: min and max must be two numbers or two arrays, got one of each")
    dtype = result_type(x, *bounds.values())
    if category(dtype) == 3 or (dtype == jnp.bool_ and (numbers or len(bounds) == 2)):
        raise RuntimeError(f"clamp: input, min and max must be real and not bool, got {dtype}")
    fitted = {n: _number("clamp", n, v, dtype) if n in numbers else v for n, v in bounds.items()}
    shape = x.shape if numbers else broadcast_shape("clamp", input=x, **fitted)
    return _clamp(x, fitted.get("min"), fitted.get("max"), shape, dtype)


def maximum(input: Any, other: Any) -> jax.Array:
    """The larger of each pair; nan if either is.

    Torch:    torch.maximum
    Shapes:   the broadcast of both.
    Dtypes:   promoted as in arithmetic; a 0-d array only raises the category.
    Gradient: to the larger; half each at a tie, all to both at a nan.
    Errors:   RuntimeError for a complex array or shapes that do not broadcast; TypeError for an
              argument that is not an array.

    >>> maximum(jnp.array([1, 5]), jnp.array([2, 3])).tolist()
    [2, 5]
    """
    return pairwise("maximum", input, other)


def minimum(input: Any, other: Any) -> jax.Array:
    """The smaller of each pair; nan if either is.

    Torch:    torch.minimum
    Shapes:   the broadcast of both.
    Dtypes:   promoted as in arithmetic; a 0-d array only raises the category.
    Gradient: to the smaller; half each at a tie, all to both at a nan.
    Errors:   RuntimeError for a complex array or shapes that do not broadcast; TypeError for an
              argument that is not an array.

    >>> minimum(jnp.array([1, 5]), jnp.array([2, 3])).tolist()
    [1, 3]
    """
    return pairwise("minimum", input, other)


def fmax(input: Any, other: Any) -> jax.Array:
    """The larger of each pair, and the number where one is nan.

    Torch:    torch.fmax
    Shapes:   the broadcast of both.
    Dtypes:   promoted as in arithmetic; a 0-d array only raises the category.
    Gradient: to the one that was taken, `input` at a tie or two nans.
    Errors:   RuntimeError for a complex array or shapes that do not broadcast; TypeError for an
              argument that is not an array.

    >>> fmax(jnp.array([1.0, jnp.nan]), jnp.array([jnp.nan, 3.0])).tolist()
    [1.0, 3.0]
    """
    return pairwise("fmax", input, other)


def fmin(input: Any, other: Any) -> jax.Array:
    """The smaller of each pair, and the number where one is nan.

    Torch:    torch.fmin
    Shapes:   the broadcast of both.
    Dtypes:   promoted as in arithmetic; a 0-d array only raises the category.
    Gradient: to the one that was taken, `input` at a tie or two nans.
    Errors:   RuntimeError for a complex array or shapes that do not broadcast; TypeError for an
              argument that is not an array.

    >>> fmin(jnp.array([1.0, jnp.nan]), jnp.array([jnp.nan, 3.0])).tolist()
    [1.0, 3.0]
    """
    return pairwise("fmin", input, other)


def lerp(input: Any, end: Any, weight: Any) -> jax.Array:
    """The point between `input` (weight 0) and `end` (weight 1): exact at both.

    Torch:    torch.lerp
    Shapes:   the broadcast of all three.
    Dtypes:   floating and complex kept; `end` has the input's, and so has a weight with dims.
    Gradient: 1 - weight, weight, and end - input.
    Errors:   RuntimeError for an integer or bool input, another dtype of `end` or `weight`, a
              complex weight between real arrays, or shapes that do not broadcast; TypeError for an
              `end` that is no array or a weight that is neither an array nor a number.

    >>> lerp(jnp.array([0.0, 10.0]), jnp.array([1.0, 20.0]), 0.5).tolist()
    [0.5, 15.0]
    """
    x, end = as_array("lerp", "input", input), as_array("lerp", "end", end)
    number = is_number(weight)
    weight = jnp.asarray(weight) if number else as_array("lerp", "weight", weight)
    check_floating("lerp", "input", x)
    for name, array in (("end", end), ("weight", weight)):
        scalar = (
            name == "weight" and not weight.ndim and category(weight.dtype) <= category(x.dtype)
        )
        if array.dtype != x.dtype and not scalar:
            raise RuntimeError(f"lerp: {name} must be {x.dtype} as input is, got {array.dtype}")
    shape = broadcast_shape("lerp", input=x, end=end, weight=weight)
    return _lerp(x, end, weight, shape, number)


def logaddexp(input: Any, other: Any) -> jax.Array:
    """log(exp(input) + exp(other)) of each pair, without overflow.

    Torch:    torch.logaddexp
    Shapes:   the broadcast of both.
    Dtypes:   promoted as in arithmetic; floating and complex; a 0-d array only raises the category.
    Gradient: to each its share of the sum: 1 / (1 + exp(other - input)) to `input`. nan where both
              are the same infinity.
    Errors:   RuntimeError for two arrays of integers or bool, or shapes that do not broadcast;
              TypeError for an argument that is not an array.

    >>> float(logaddexp(jnp.array(1000.0), jnp.array(1000.0)))
    1000.693...
    """
    x, y = as_array("logaddexp", "input", input), as_array("logaddexp", "other", other)
    dtype = result_type(x, y)
    if category(dtype) < 2:
        raise RuntimeError(
            f"logaddexp: input and other must be floating point or complex, got {x.dtype} and "
            f"{y.dtype}"
        )
    shape = broadcast_shape("logaddexp", input=x, other=y)
    return _logaddexp(in_dtype(x, dtype), in_dtype(y, dtype), shape)


def abs(input: Any) -> jax.Array:
    """Magnitude of each element.

    Torch:    torch.abs
    Shapes:   kept.
    Dtypes:   kept; complex gives its real type.
    Gradient: the sign, and 0 at 0, where JAX's is 1.
    Errors:   TypeError for an input that is not an array; RuntimeError for bool.

    >>> abs(jnp.array([-1.5, 2.0], jnp.float32))
    Array([1.5, 2. ], dtype=float32)
    """
    x = as_array("abs", "input", input)
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"abs: input must not be bool, got {x.dtype}")
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _abs(x) if x.size else jnp.abs(x)


@partial(jax.jit, static_argnames="shape")
def _where(condition: jax.Array, x: jax.Array, y: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, y))
    return jax.lax.select(jnp.broadcast_to(condition.astype(bool), shape), x, y).astype(dtype)


_broadcast_shapes = lru_cache(4096)(np.broadcast_shapes)  # takes as long as a small call


def broadcast_shape(op: str, **arrays: jax.Array) -> tuple[int, ...]:
    """The shape that the named arrays broadcast to, or torch's RuntimeError."""
    try:
        return _broadcast_shapes(*(a.shape for a in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in arrays.items())
        raise RuntimeError(f"{op}: shapes must broadcast, got {shapes}") from None


def pairwise(op: str, input: Any, other: Any) -> jax.Array:
    """maximum, minimum, fmax or fmin, whose name ends in max or min, of two checked arrays."""
    x, y = as_array(op, "input", input), as_array(op, "other", other)
    dtype = result_type(x, y)
    if category(dtype) == 3:
        raise RuntimeError(f"{op}: input and other must be real, got {x.dtype} and {y.dtype}")
    shape = broadcast_shape(op, input=x, other=y)
    kind = op if op in ("fmax", "fmin") else op[:3]
    return _of_pairs(in_dtype(x, dtype), in_dtype(y, dtype), kind, shape)


def _number(op: str, name: str, value: Any, dtype: np.dtype) -> Any:
    """A Python number for a jitted function to put in `dtype`; torch's RuntimeError if it does not
    fit."""
    if category(dtype) == 1:  # a negative number wraps in an unsigned dtype
        fits = -jnp.iinfo(dtype).max - 1 <= value <= jnp.iinfo(dtype).max
    else:
        fits = not math.isfinite(value) or math.fabs(value) <= _largest(dtype)
    if not fits:
        raise RuntimeError(f"{op}: {name} must fit in {dtype}, got {value}")
    # a float is quicker to pass than an array; an integer may not fit in JAX's default
    return float(value) if category(dtype) == 2 else np.asarray(value).astype(dtype)


@cache
def _largest(dtype: np.dtype) -> float:
    return float(jnp.finfo(dtype).max)


@partial(jax.jit, static_argnames=("shape", "dtype"))
def _clamp(x: jax.Array, low: Any, high: Any, shape: Shape, dtype: np.dtype) -> jax.Array:
    wide = accumulator(dtype)  # the gradient of a broadcast is a sum
    arrays = [
        None if v is None else jnp.broadcast_to(jnp.asarray(v, dtype).astype(wide), shape)
        for v in (x, low, high)
    ]
    # without elements see `abs`
    if category(dtype) < 2 or not math.prod(shape):
        return _between_values(*arrays).astype(dtype)
    return _between(*arrays).astype(dtype)


def _between_values(x: Any, low: Any, high: Any) -> jax.Array:
    raised = x if low is None else jnp.maximum(x, low)
    return raised if high is None else jnp.minimum(raised, high)


_between = jax.custom_jvp(_between_values)


@_between.defjvp
def _between_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, low, high), (dx, dlow, dhigh) = primals, tangents
    none = jnp.zeros_like(x)
    inside = (True if low is None else x >= low) & (True if high is None else x <= high)
    tangent = jnp.where(inside, dx, none)
    if low is not None:
        tangent += jnp.where((x < low) & (True if high is None else low < high), dlow, none)
    if high is not None:
        tangent += jnp.where((x > high) | (False if low is None else high < low), dhigh, none)
    return _between(x, low, high), tangent


@partial(jax.jit, static_argnames=("kind", "shape"))
def _of_pairs(x: jax.Array, y: jax.Array, kind: str, shape: Shape) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, y))
    if category(dtype) < 2:
        return (jnp.maximum if kind.endswith("max") else jnp.minimum)(x, y)
    if kind in ("fmax", "fmin"):
        taken = (x >= y if kind == "fmax" else x <= y) | jnp.isnan(y)
        return jnp.where(taken, x, y).astype(dtype)
    if not math.prod(shape):  # see `abs`
        return x.astype(dtype)
    return (larger(x, y) if kind == "max" else -larger(-x, -y)).astype(dtype)


@partial(jax.jit, static_argnames=("shape", "number"))
def _lerp(x: jax.Array, end: jax.Array, weight: jax.Array, shape: Shape, number: bool) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)  # the gradient of a broadcast is a sum
    arrays = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, end, weight))
    # a number's own slope, times 0, would be nan at a nan; without elements see `abs`
    plain = number or not math.prod(shape)
    return (_mixed_values if plain else _mixed)(*arrays).astype(dtype)


def _mixed_values(x: jax.Array, end: jax.Array, weight: jax.Array) -> jax.Array:
    # as torch does, from the nearer side
    step = end - x
    return jnp.where(jnp.abs(weight) < 0.5, x + weight * step, end - step * (1 - weight))


_mixed = jax.custom_jvp(_mixed_values)


@_mixed.defjvp
def _mixed_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, end, weight), (dx, dend, dweight) = primals, tangents
    return _mixed(x, end, weight), (1 - weight) * dx + weight * dend + (end - x) * dweight


@partial(jax.jit, static_argnames="shape")
def _logaddexp(x: jax.Array, y: jax.Array, shape: Shape) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, y))
    # without elements see `abs`
    return (log_add_exp(x, y) if math.prod(shape) else x + y).astype(dtype)


@jax.custom_jvp
def log_add_exp(x: jax.Array, y: jax.Array) -> jax.Array:
    """The logarithm of the sum of the exponentials of each pair."""
    if jnp.iscomplexobj(x):
        return _log_add_exp_of_complex(x, y)
    both_infinite = jnp.isinf(x) & (x == y)
    distance = jnp.where(both_infinite, jnp.zeros_like(x), x - y)
    value = fence(jnp.maximum(x, y) + log1p_exp(distance))
    return jnp.where(both_infinite, x, value)


@log_add_exp.defjvp
def _log_add_exp_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, y), (dx, dy) = primals, tangents
    return log_add_exp(x, y), dx / (1 + _exp(y - x)) + dy / (1 + _exp(x - y))


# of u^2, from the highest power to the first: 2 atanh(u / 2) / u - 1 to 4e-9 where u <= 2 / 3
SERIES = (0.000550358103, 0.00218442209, 0.0125077845, 0.0833328934)


def log1p_exp(x: jax.Array) -> jax.Array:
    """log(1 + exp(-|x|)) of real numbers.

    To be fenced off from sums on CPU: the library for these would take over a part of it, and have
    the rest written out.
    """
    if x.dtype != jnp.float32:
        return jnp.log1p(jnp.exp(-jnp.abs(x)))
    return log1p_over(jnp.exp(jnp.abs(x)))


def log1p_over(e: jax.Array) -> jax.Array:
    """log(1 + 1 / e) in float32 for e from 1: 2 atanh(1 / (2 e + 1)).

    XLA's log1p takes two to three times as long on CPU, and is off by half as much again.
    """
    u = 1 / (e + 0.5)
    square, series = u * u, jnp.zeros_like(e)
    for c in SERIES:
        series = (series + c) * square
    return u + u * series


def _log_add_exp_of_complex(x: jax.Array, y: jax.Array) -> jax.Array:
    """By the larger real part; of two infinite ones that are equal, -inf is kept as it is."""
    below = jnp.real(x) < jnp.real(y)
    low, high = jnp.where(below, x, y), jnp.where(below, y, x)
    value = jnp.log1p(_exp(low - high)) + high
    same = jnp.isinf(jnp.real(x)) & (jnp.real(x) == jnp.real(y))
    infinite = jnp.where(jnp.real(low) < 0, low, jnp.log(_exp(low) + _exp(high)))
    nan = jnp.full_like(value, complex(jnp.nan, jnp.nan))
    missing = jnp.isnan(x) | jnp.isnan(y)
    return jnp.where(missing, nan, jnp.where(same, infinite, value))


def _exp(x: jax.Array) -> jax.Array:
    """The exponential, 0 at a real part of -inf whatever the imaginary one (JAX's may be nan)."""
    if not jnp.iscomplexobj(x):
        return jnp.exp(x)
    gone = jnp.real(x) == -jnp.inf
    return jnp.where(gone, jnp.zeros_like(x), jnp.exp(jnp.where(gone, jnp.zeros_like(x), x)))


@jax.jit
def _abs(x: jax.Array) -> jax.Array:
    return magnitude(x)


@jax.custom_jvp
def magnitude(x: jax.Array) -> jax.Array:
    """|x| with derivative 0 at 0, as torch's abs (JAX's is 1 there); real for complex `x`."""
    if not jnp.iscomplexobj(x):
        return jnp.abs(x)
    a, b = jnp.abs(jnp.real(x)), jnp.abs(jnp.imag(x))
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    ratio = small / jnp.where(large == 0, jnp.ones_like(large), large)
    # fenced, it is rounded alike wherever XLA computes it anew, so that a size equals itself
    size = large * jnp.sqrt(1 + fence(ratio * ratio))
    # infinite as soon as one part is, as C's hypot
    return jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, size)


@magnitude.defjvp
def _magnitude_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    return magnitude(x), jnp.real(jnp.conj(sgn(x)) * dx)


def sgn(x: jax.Array) -> jax.Array:
    """x / |x|, and 0 at 0 and at a real nan. Has a derivative for complex `x`; jnp.sign has not."""
    if not jnp.iscomplexobj(x):
        return jnp.where(jnp.isnan(x), jnp.zeros_like(x), jnp.sign(x))
    size = magnitude(x)
    safe = jnp.where(size == 0, jnp.ones_like(size), size)
    return jnp.where(x == 0, jnp.zeros_like(x), x / safe.astype(x.dtype))


def times_one(x: jax.Array) -> jax.Array:
    """`x` times 1 + 0i: of a complex number, an infinite part makes the other one nan."""
    if not jnp.iscomplexobj(x):
        return x
    real, imag = jnp.real(x), jnp.imag(x)
    return jax.lax.complex(real - 0 * imag, imag + 0 * real)


def fence(x: jax.Array) -> jax.Array:
    """`x` to the last bit. On CPU, what comes before is one loop, and what comes after another.

    Else a library takes the sums, and all that it cannot compute itself is left in memory, step by
    step; what two of them share is written out for both; and compilers contract a product into what
    it is added to, here and not there. Only real floating point is fenced off.
    """
    if category(x.dtype) != 2:
        return x
    limits = jnp.finfo(x.dtype)
    return jax.lax.reduce_precision(x, limits.nexp, limits.nmant)


@jax.custom_jvp
def difference(x: jax.Array, y: jax.Array) -> jax.Array:
    """`x` - `y` as torch has it, whose subtraction multiplies `y`, not its gradient, by 1 first."""
    return x - times_one(y)


@difference.defjvp
def _difference_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, y), (dx, dy) = primals, tangents
    return difference(x, y), dx - dy


@jax.custom_jvp
def larger(x: jax.Array, y: jax.Array) -> jax.Array:
    """The larger of each pair, nan if either is. A tie shares its derivative, a nan does not."""
    return jnp.maximum(x, y)


@larger.defjvp
def _larger_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, y), (dx, dy) = primals, tangents
    half = jnp.asarray(0.5, x.dtype)
    one, none = jnp.ones_like(x), jnp.zeros_like(x)
    tie = jnp.where(x == y, half, one)
    return larger(x, y), jnp.where(x < y, none, tie) * dx + jnp.where(x > y, none, tie) * dy
