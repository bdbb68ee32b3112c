"""Smooth activations. Their tails, nan and infinities are those of torch's formulas."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import logistic

from ..._checks import as_array, check_floating
from ..._dims import canonical_dim
from ..._dtypes import accumulator, category
from ..._elementwise import fence, log1p_exp, magnitude
from ._constants import constant

SELU = (1.6732632423543772, 1.0507009873554805)  # alpha and scale
KAPPA, BETA = 0.044715, math.sqrt(2 / math.pi)  # of gelu's tanh form


def elu(input: Any, alpha: float = 1.0) -> jax.Array:
    """The input above 0, and alpha (exp(x) - 1) below.

    Torch:    torch.nn.functional.elu
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1 above 0, alpha exp(x) at 0 and below; the second derivative is 0 at 0.
    Errors:   RuntimeError for an input that is not floating point, or an alpha that is complex or
              beyond its range; TypeError for an input that is not an array or another alpha.

    >>> elu(jnp.array([-50.0, 2.0])).tolist()
    [-1.0, 2.0]
    """
    x = _floating("elu", input)
    return _smooth(x, _ELU, (constant("elu", "alpha", alpha, accumulator(x.dtype)), 1.0, 1.0, 1.0))


def selu(input: Any) -> jax.Array:
    """1.0507 times the `elu` with alpha 1.6733: keeps mean 0 and variance 1.

    Torch:    torch.nn.functional.selu
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1.0507 above 0, 1.7581 exp(x) at 0 and below; the second derivative is 0 at 0.
    Errors:   RuntimeError for an input that is not floating point; TypeError for one that is not
              an array.

    >>> selu(jnp.array([-50.0, 1.0], jnp.float32))
    Array([-1.7580993,  1.050701 ], dtype=float32)
    """
    return _smooth(_floating("selu", input), _ELU, (SELU[0] * SELU[1], SELU[1], 1.0, 1.0))


def celu(input: Any, alpha: float = 1.0) -> jax.Array:
    """The input above 0, and alpha (exp(x / alpha) - 1) below.

    Torch:    torch.nn.functional.celu
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1 above 0, exp(x / alpha) at 0 and below, where torch rounds alpha to float32; the
              second derivative is 0 at 0.
    Errors:   RuntimeError for an input that is not floating point, or an alpha that is 0, complex,
              or beyond its range with its inverse; TypeError for an input that is not an array or
              another alpha.

    >>> celu(jnp.array([0.0, 2.0]), 2.0).tolist()
    [0.0, 2.0]
    """
    x = _floating("celu", input)
    wide = accumulator(x.dtype)
    number = constant("celu", "alpha", alpha, wide)
    if number == 0:
        raise RuntimeError(f"celu: alpha must not be 0, got {alpha}")
    inverse = constant("celu", "1 / alpha", 1 / number, wide)
    rounded = float(np.float64(1) / np.float32(number))
    return _smooth(x, _ELU, (number, 1.0, inverse, rounded))


def gelu(input: Any, *, approximate: str = "none") -> jax.Array:
    """The input times the normal distribution's cumulative function.

    Torch:    torch.nn.functional.gelu
    Shapes:   kept.
    Dtypes:   floating point, kept; -inf gives nan.
    Gradient: that of the form chosen: "none" by erf, "tanh" by tanh(sqrt(2/pi) (x + 0.044715 x^3)).
    Errors:   RuntimeError for an input that is not floating point, or another `approximate`;
              TypeError for an input that is not an array, or an `approximate` that is no string.

    Below -5 this is x (1 + erf(x / sqrt 2)) / 2 as torch has it, rounding and all.

    >>> gelu(jnp.array([-10.0, 0.0, 10.0])).tolist()
    [-0.0, 0.0, 10.0]
    """
    x = _floating("gelu", input)
    if not isinstance(approximate, str):
        raise TypeError(f"gelu: approximate must be a string, got {approximate!r}")
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return _smooth(x, _GELU if approximate == "none" else _GELU_TANH)


def silu(input: Any) -> jax.Array:
    """The input times its sigmoid.

    Torch:    torch.nn.functional.silu
    Shapes:   kept.
    Dtypes:   floating point or complex, kept; -inf gives nan.
    Gradient: s (1 + x (1 - s)) with s the sigmoid of x.
    Errors:   RuntimeError for an integer or bool input; TypeError for one that is not an array.

    >>> silu(jnp.array([-1000.0, 0.0])).tolist()
    [-0.0, 0.0]
    """
    x = as_array("silu", "input", input)
    check_floating("silu", "input", x)
    return _smooth(x, _SILU if x.dtype.itemsize == 2 else _SILU_APART)


def mish(input: Any) -> jax.Array:
    """The input times tanh(log(1 + exp(x))).

    Torch:    torch.nn.functional.mish
    Shapes:   kept.
    Dtypes:   floating point, kept; -inf gives nan.
    Gradient: t + x s (1 - t^2) with s the sigmoid of x and t that tanh.
    Errors:   RuntimeError for an input that is not floating point; TypeError for one that is not
              an array.

    >>> mish(jnp.array([0.0, 100.0])).tolist()
    [0.0, 100.0]
    """
    return _smooth(_floating("mish", input), _MISH)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> jax.Array:
    """log(1 + exp(beta x)) / beta, and the input itself where beta x is above `threshold`.

    Torch:    torch.nn.functional.softplus
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: sigmoid(beta x), and 1 above the threshold; nan where exp(beta x) overflows below it.
    Errors:   RuntimeError for an input that is not floating point, or a number that is complex or
              beyond its range; TypeError for an input that is not an array or another number.

    >>> softplus(jnp.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    x = _floating("softplus", input)
    pair = (("beta", beta), ("threshold", threshold))
    wide = accumulator(x.dtype)
    return _smooth(x, _SOFTPLUS, tuple(constant("softplus", n, v, wide) for n, v in pair))


def logsigmoid(input: Any) -> jax.Array:
    """The logarithm of the sigmoid, without its underflow.

    Torch:    torch.nn.functional.logsigmoid
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: sigmoid(-x).
    Errors:   RuntimeError for an input that is not floating point; TypeError for one that is not
              an array.

    >>> logsigmoid(jnp.array([-1000.0, 1000.0])).tolist()
    [-1000.0, 0.0]
    """
    return _smooth(_floating("logsigmoid", input), _LOGSIGMOID)


def tanhshrink(input: Any) -> jax.Array:
    """The input less its tanh.

    Torch:    torch.nn.functional.tanhshrink
    Shapes:   kept.
    Dtypes:   floating point and complex kept; integers give float32.
    Gradient: tanh(x)^2.
    Errors:   RuntimeError for bool.

    >>> tanhshrink(jnp.array([0.0, 1000.0])).tolist()
    [0.0, 999.0]
    """
    x = as_array("tanhshrink", "input", input)
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"tanhshrink: input must not be bool, got {x.dtype}")
    return _tanhshrink(x)


def softsign(input: Any) -> jax.Array:
    """x / (1 + |x|).

    Torch:    torch.nn.functional.softsign
    Shapes:   kept.
    Dtypes:   floating point and complex kept; integers give float32, of |x| + 1 in their own dtype.
    Gradient: 1 / (1 + |x|)^2; nan at an infinity, as the value.
    Errors:   RuntimeError for bool.

    >>> softsign(jnp.array([-1.0, 3.0])).tolist()
    [-0.5, 0.75]
    """
    x = as_array("softsign", "input", input)
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"softsign: input must not be bool, got {x.dtype}")
    return _softsign(x)


def glu(input: Any, dim: int = -1) -> jax.Array:
    """The first half along `dim` times the sigmoid of the second.

    Torch:    torch.nn.functional.glu
    Shapes:   (*, 2 N, *) -> (*, N, *).
    Dtypes:   floating point, kept.
    Gradient: s to the first half, and a s (1 - s) to the second.
    Errors:   IndexError for a dim out of range; RuntimeError for an input that is not floating
              point, is 0-d, or has an odd size there; TypeError for a dim of another kind.

    >>> glu(jnp.array([3.0, 0.0])).tolist()
    [1.5]
    """
    x = as_array("glu", "input", input)
    if x.ndim == 0:
        raise RuntimeError("glu: input must have a dim to halve, got shape ()")
    axis = canonical_dim("glu", dim, x.ndim)
    if x.shape[axis] % 2:
        raise RuntimeError(f"glu: input must be even along dim {axis}, got shape {x.shape}")
    check_floating("glu", "input", x, complex_too=False)
    return _glu(x, axis)


def _floating(op: str, input: Any) -> jax.Array:
    x = as_array(op, "input", input)
    check_floating(op, "input", x, complex_too=False)
    return x


@partial(jax.jit, static_argnames=("curves", "constants"))
def _smooth(
    x: jax.Array, curves: tuple[Callable, ...], constants: tuple[float, ...] = ()
) -> jax.Array:
    """The first of `curves`, of which each is the derivative of the one before."""
    if not x.size:  # jax 0.10.2 gives the gradient of a vmapped custom_jvp of it a wrong shape
        return x
    return _along(x.astype(accumulator(x.dtype)), curves, constants).astype(x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _along(x: jax.Array, curves: tuple[Callable, ...], constants: tuple[float, ...]) -> jax.Array:
    return curves[0](x, *constants)


@_along.defjvp
def _along_jvp(
    curves: tuple[Callable, ...], constants: tuple[float, ...], primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    # the last one has the derivative of its formula
    slope = _along(x, curves[1:], constants) if curves[2:] else curves[1](x, *constants)
    return _along(x, curves, constants), slope * dx


def _elu(x: jax.Array, lower: float, upper: float, inner: float, _: float) -> jax.Array:
    return jnp.where(x < 0, _expm1(x * inner) * lower, x * upper)


def _elu_slope(x: jax.Array, lower: float, upper: float, _: float, inner: float) -> jax.Array:
    bent = jnp.exp(jnp.minimum(x, 0) * inner) * (inner * lower)
    return jnp.where(x > 0, jnp.full_like(x, upper), bent)


def _elu_bend(x: jax.Array, lower: float, _: float, __: float, inner: float) -> jax.Array:
    bent = jnp.exp(jnp.minimum(x, 0) * inner) * (inner * inner * lower)
    return jnp.where(x >= 0, jnp.zeros_like(x), bent)


def _expm1(x: jax.Array) -> jax.Array:
    """exp(x) - 1 of real numbers, near 0 by its series.

    In float32 within 1.4e-7 of it; XLA's on CPU is off by up to 3.5e-7, and takes half as long
    again.
    """
    terms = 15 if x.dtype == jnp.float64 else 8
    series = jnp.full_like(x, 1 / math.factorial(terms))
    for k in reversed(range(1, terms)):
        series = series * x + 1 / math.factorial(k)
    return jnp.where(jnp.abs(x) < 0.35, series * x, jnp.exp(x) - 1)


def _gelu(x: jax.Array) -> jax.Array:
    return x * 0.5 * (1 + jax.lax.erf(x * math.sqrt(0.5)))


def _gelu_slope(x: jax.Array) -> jax.Array:
    return 0.5 * (1 + jax.lax.erf(x * math.sqrt(0.5))) + x * _density(x)


def _gelu_bend(x: jax.Array) -> jax.Array:
    return (2 - x * x) * _density(x)


def _density(x: jax.Array) -> jax.Array:
    return jnp.exp(-0.5 * x * x) * math.sqrt(0.5 / math.pi)


def _gelu_tanh(x: jax.Array) -> jax.Array:
    return x * logistic(2 * _inner(x))  # 1 + tanh(u) = 2 logistic(2 u); XLA's float32 tanh is rough


def _gelu_tanh_slope(x: jax.Array) -> jax.Array:
    s, q = _logistic_and_slope(2 * _inner(x))
    return s + 2 * x * q * _inner_slope(x)


def _gelu_tanh_bend(x: jax.Array) -> jax.Array:
    s, q = _logistic_and_slope(2 * _inner(x))
    slope = _inner_slope(x)
    return q * (4 * slope + 4 * x * (1 - 2 * s) * slope * slope + 12 * BETA * KAPPA * x * x)


def _inner(x: jax.Array) -> jax.Array:
    return BETA * (x + KAPPA * (x * x * x))


def _inner_slope(x: jax.Array) -> jax.Array:
    return BETA * (1 + 3 * KAPPA * (x * x))


def _logistic_and_slope(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    s = logistic(x)
    return s, s * logistic(-x)


def _silu(x: jax.Array) -> jax.Array:
    return x / (1 + jnp.exp(-x))


def _silu_slope(x: jax.Array) -> jax.Array:
    s = logistic(x)
    return s * (1 + x * (1 - s))


def _silu_slope_apart(x: jax.Array) -> jax.Array:
    """With an exponential of its own: XLA's CPU would write out the one it shares with the value.

    In 16 bits that takes less time than a second one.
    """
    return _silu_slope(fence(x))


def _mish(x: jax.Array) -> jax.Array:
    return x * _tanh_of_softplus(x)[0]


def _mish_slope(x: jax.Array) -> jax.Array:
    t, rest = _tanh_of_softplus(x)
    return t + x * logistic(x) * rest


def _mish_bend(x: jax.Array) -> jax.Array:
    t, rest = _tanh_of_softplus(x)
    e, s = jnp.exp(x), logistic(x)
    inner = e / (1 + e)  # the same as s, but nan where torch's is
    return rest * (inner + s + x * s * (1 - s) - 2 * x * t * s * inner)


def _tanh_of_softplus(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """t = tanh(log(1 + exp(x))) and 1 - t^2. XLA's float32 tanh is rough."""
    e = jnp.exp(jnp.minimum(x, 20))  # beyond, t is 1 also in float64
    n = e * (e + 2)
    rest = jnp.where(x > 20, jnp.zeros_like(x), 4 * (n + 1) / ((n + 2) * (n + 2)))
    return n / (n + 2), rest


def _softplus(x: jax.Array, beta: float, threshold: float) -> jax.Array:
    z = x * beta
    value = fence(jnp.maximum(z, 0) + log1p_exp(z))
    if threshold > math.log(jnp.finfo(x.dtype).max):  # torch's exponential overflows
        value = jnp.where(jnp.exp(z) == jnp.inf, jnp.inf, value)
    return jnp.where(z > threshold, x, value / beta)


def _softplus_slope(x: jax.Array, beta: float, threshold: float) -> jax.Array:
    z = jnp.exp(x * beta)
    return jnp.where(x * beta > threshold, jnp.ones_like(x), z / (z + 1))


def _softplus_bend(x: jax.Array, beta: float, threshold: float) -> jax.Array:
    s = logistic(x * beta)
    return jnp.where(x * beta >= threshold, jnp.zeros_like(x), s * (1 - s) * beta)


def _logsigmoid(x: jax.Array) -> jax.Array:
    return fence(jnp.minimum(x, 0) - log1p_exp(x))


def _logsigmoid_slope(x: jax.Array) -> jax.Array:
    return logistic(-x)


def _logsigmoid_bend(x: jax.Array) -> jax.Array:
    s = logistic(x)
    return (s - 1) * s


def _logistic_slope(x: jax.Array) -> jax.Array:
    s = logistic(x)
    return s * (1 - s)


def _logistic_bend(x: jax.Array) -> jax.Array:
    s = logistic(x)
    return s * (1 - s) * (1 - 2 * s)


_ELU = (_elu, _elu_slope, _elu_bend)
_GELU = (_gelu, _gelu_slope, _gelu_bend)
_GELU_TANH = (_gelu_tanh, _gelu_tanh_slope, _gelu_tanh_bend)
_SILU, _SILU_APART = (_silu, _silu_slope), (_silu, _silu_slope_apart)
_MISH = (_mish, _mish_slope, _mish_bend)
_SOFTPLUS = (_softplus, _softplus_slope, _softplus_bend)
_LOGSIGMOID = (_logsigmoid, _logsigmoid_slope, _logsigmoid_bend)
_LOGISTIC = (logistic, _logistic_slope, _logistic_bend)


def _float_dtype(dtype: np.dtype) -> np.dtype:
    return dtype if category(dtype) > 1 else np.dtype(jnp.float32)


@jax.jit
def _tanhshrink(x: jax.Array) -> jax.Array:
    dtype = _float_dtype(x.dtype)
    wide = x.astype(accumulator(dtype))
    return (wide - jnp.tanh(wide)).astype(dtype)


@jax.jit
def _softsign(x: jax.Array) -> jax.Array:
    dtype = _float_dtype(x.dtype)
    wide = x.astype(accumulator(x.dtype))
    size = magnitude(wide) if x.size else jnp.abs(wide)  # see `_smooth`
    below, out = size + 1, accumulator(dtype)  # integers add in their own dtype
    return (wide.astype(out) / below.astype(out)).astype(dtype)


@partial(jax.jit, static_argnames="axis")
def _glu(x: jax.Array, axis: int) -> jax.Array:
    first, second = jnp.split(x.astype(accumulator(x.dtype)), 2, axis)
    part = _along(second, _LOGISTIC, ()) if x.size else second  # see `_smooth`
    return (first * part).astype(x.dtype)
