"""Activations made of straight pieces, with torch's derivative where the pieces meet.

A derivative of 0 is a choice between values, so that no nan or infinity passes through it.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from ..._checks import as_array, check_floating
from ..._dtypes import accumulator, category
from ._constants import constant

SIXTH = float(np.float32(1) / np.float32(6))  # torch's hardsigmoid has it so in float64 too


def relu(input: Any) -> jax.Array:
    """0 where the input is negative.

    Torch:    torch.nn.functional.relu
    Shapes:   kept.
    Dtypes:   kept, integers too.
    Gradient: 1 above 0 and at nan; 0 at 0 and below.
    Errors:   RuntimeError for bool or complex; TypeError for an input that is not an array.

    >>> relu(jnp.array([-1.5, 2.0])).tolist()
    [0.0, 2.0]
    """
    x = as_array("relu", "input", input)
    _check_real("relu", x)
    return _threshold(x, 0, 0)


def relu6(input: Any) -> jax.Array:
    """The input, held between 0 and 6.

    Torch:    torch.nn.functional.relu6
    Shapes:   kept.
    Dtypes:   kept, integers too.
    Gradient: 1 between 0 and 6; 0 at both, beyond them and at nan.
    Errors:   RuntimeError for bool or complex; TypeError for an input that is not an array.

    >>> relu6(jnp.array([-1.5, 2.0, 8.0])).tolist()
    [0.0, 2.0, 6.0]
    """
    x = as_array("relu6", "input", input)
    _check_real("relu6", x)
    return _hardtanh(x, 0, 6)


def leaky_relu(input: Any, negative_slope: float = 0.01) -> jax.Array:
    """The input above 0, and `negative_slope` times it elsewhere.

    Torch:    torch.nn.functional.leaky_relu
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1 above 0; `negative_slope` at 0, below and at nan.
    Errors:   RuntimeError for an input that is not floating point, or a slope that is complex or
              beyond its range; TypeError for an input that is not an array or another slope.

    >>> jax.grad(leaky_relu)(jnp.array(0.0, jnp.float32))  # in plain JAX it is 1
    Array(0.01, dtype=float32)
    """
    x = as_array("leaky_relu", "input", input)
    check_floating("leaky_relu", "input", x, complex_too=False)
    slope = constant("leaky_relu", "negative_slope", negative_slope, accumulator(x.dtype))
    return _leaky_relu(x, slope)


def prelu(input: Any, weight: Any) -> jax.Array:
    """The input above 0, and `weight` times it elsewhere.

    Torch:    torch.nn.functional.prelu
    Shapes:   (N, C, *), weight (C,), or (*) and a weight of one element; kept.
    Dtypes:   floating point, one for both.
    Gradient: to the input 1 above 0, elsewhere the weight; to the weight the input where it is
              not above 0. A second derivative takes nothing from the weight at 0.
    Errors:   RuntimeError for a dtype that is not floating point, two dtypes, or a weight with two
              dims or of another size; TypeError for an argument that is not an array.

    >>> prelu(jnp.array([[-1.0, -1.0]]), jnp.array([0.5, 0.25])).tolist()
    [[-0.5, -0.25]]
    """
    x, w = as_array("prelu", "input", input), as_array("prelu", "weight", weight)
    check_floating("prelu", "input", x, complex_too=False)
    if x.dtype != w.dtype:
        raise RuntimeError(f"prelu: weight must be {x.dtype} as input is, got {w.dtype}")
    channels = x.shape[1] if x.ndim > 1 else 1
    if w.ndim > 1 or w.size not in (1, channels):
        raise RuntimeError(f"prelu: weight must have size 1 or {channels}, got shape {w.shape}")
    shape = [w.size if d == min(1, x.ndim - 1) else 1 for d in range(x.ndim)]
    return _prelu(x, w.reshape(shape))


def rrelu(
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    *,
    key: Any = None,
) -> jax.Array:
    """The input above 0, and a random part of it elsewhere; without `training` the mean part.

    Torch:    torch.nn.functional.rrelu; `key`, a jax.random key, stands for its generator.
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1 above 0; the part that was taken elsewhere. At nan it is 1 in training, else the
              mean part.
    Errors:   RuntimeError for an input that is not floating point, or bounds that are complex, not
              finite, beyond its range or in the wrong order; TypeError for another kind of
              argument, or no key in training.

    >>> rrelu(jnp.array([-1.0, 2.0]), 0.25, 0.75).tolist()
    [-0.5, 2.0]
    """
    x = as_array("rrelu", "input", input)
    check_floating("rrelu", "input", x, complex_too=False)
    dtype = accumulator(x.dtype)
    low, high = (constant("rrelu", n, v, dtype) for n, v in (("lower", lower), ("upper", upper)))
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise RuntimeError(f"rrelu: lower must be at most upper, both finite, got {low} and {high}")
    if not isinstance(training, bool):
        raise TypeError(f"rrelu: training must be a bool, got {training!r}")
    if not training:
        return _leaky_relu(x, (low + high) / 2)
    if key is None:
        raise TypeError("rrelu: key must be given in training, got None")
    return _rrelu(x, low, high, key)


def threshold(input: Any, threshold: float, value: float) -> jax.Array:
    """The input above `threshold`, and `value` elsewhere.

    Torch:    torch.nn.functional.threshold
    Shapes:   kept.
    Dtypes:   kept, integers too, to which both numbers are cut off.
    Gradient: 1 above the threshold and at nan; 0 at it and below.
    Errors:   RuntimeError for bool or complex, or a number that is complex or does not fit in the
              input's dtype; TypeError for an input that is not an array or another number.

    >>> threshold(jnp.array([0.5, 1.0, 2.0]), 1.0, -1.0).tolist()
    [-1.0, -1.0, 2.0]
    """
    x = as_array("threshold", "input", input)
    _check_real("threshold", x)
    pair = (("threshold", threshold), ("value", value))
    return _threshold(x, *(constant("threshold", n, v, x.dtype) for n, v in pair))


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> jax.Array:
    """The input, held between `min_val` and `max_val`.

    Torch:    torch.nn.functional.hardtanh
    Shapes:   kept.
    Dtypes:   kept, integers too, to which both numbers are cut off.
    Gradient: 1 between the two; 0 at both, where that of clamp is 1, beyond them and at nan.
    Errors:   ValueError for min_val > max_val; RuntimeError for bool or complex, or a number that
              does not fit in the input's dtype; TypeError for an input that is not an array or
              another number.

    >>> jax.grad(hardtanh)(jnp.array(1.0, jnp.float32))
    Array(0., dtype=float32)
    """
    x = as_array("hardtanh", "input", input)
    for name, number in (("min_val", min_val), ("max_val", max_val)):
        if not isinstance(number, int | float):
            raise TypeError(f"hardtanh: {name} must be a real number, got {number!r}")
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val must be at most max_val, got {min_val} > {max_val}")
    _check_real("hardtanh", x)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger) and min_val <= -1:
        raise RuntimeError(f"hardtanh: min_val must be >= 0 for {x.dtype}, got {min_val}")
    bounds = (("min_val", min_val), ("max_val", max_val))
    whole = category(x.dtype) == 1 and math.isfinite(min_val) and math.isfinite(max_val)
    pair = [(n, math.trunc(v) if whole else v) for n, v in bounds]
    return _hardtanh(x, *(constant("hardtanh", n, v, x.dtype) for n, v in pair))


def hardsigmoid(input: Any) -> jax.Array:
    """(x + 3) / 6, held between 0 and 1.

    Torch:    torch.nn.functional.hardsigmoid
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1/6, rounded to float32, between -3 and 3; 0 at both, beyond them and at nan.
    Errors:   RuntimeError for an input that is not floating point; TypeError for one that is not
              an array.

    >>> hardsigmoid(jnp.array([-4.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = as_array("hardsigmoid", "input", input)
    check_floating("hardsigmoid", "input", x, complex_too=False)
    return _hardsigmoid(x)


def hardswish(input: Any) -> jax.Array:
    """The input times its `hardsigmoid`.

    Torch:    torch.nn.functional.hardswish
    Shapes:   kept.
    Dtypes:   floating point, kept; -inf gives nan.
    Gradient: x / 3 + 1/2 between -3 and 3; 0 at -3 and below, 1 at 3 and above.
    Errors:   RuntimeError for an input that is not floating point; TypeError for one that is not
              an array.

    >>> hardswish(jnp.array([-4.0, 1.5, 3.0])).tolist()
    [-0.0, 1.125, 3.0]
    """
    x = as_array("hardswish", "input", input)
    check_floating("hardswish", "input", x, complex_too=False)
    return _hardswish(x)


def hardshrink(input: Any, lambd: float = 0.5) -> jax.Array:
    """0 where the input is between -`lambd` and `lambd`.

    Torch:    torch.nn.functional.hardshrink
    Shapes:   kept.
    Dtypes:   floating point, kept; `lambd` is rounded to it.
    Gradient: 1 outside; 0 at both bounds, between them and at nan.
    Errors:   RuntimeError for an input that is not floating point, or a `lambd` that is complex or
              beyond its range; TypeError for an input that is not an array or another `lambd`.

    >>> hardshrink(jnp.array([-1.0, 0.5, 0.75])).tolist()
    [-1.0, 0.0, 0.75]
    """
    x = as_array("hardshrink", "input", input)
    check_floating("hardshrink", "input", x, complex_too=False)
    bound = _rounded(constant("hardshrink", "lambd", lambd, x.dtype), x.dtype)
    return _hardshrink(x, bound)


def softshrink(input: Any, lambd: float = 0.5) -> jax.Array:
    """The input, nearer to 0 by `lambd`; 0 where it is no farther than that.

    Torch:    torch.nn.functional.softshrink
    Shapes:   kept.
    Dtypes:   floating point, kept.
    Gradient: 1 outside of -lambd and lambd; 0 at both, between them and at nan.
    Errors:   RuntimeError for an input that is not floating point, or a `lambd` that is complex,
              negative, nan or beyond its range; TypeError for an input that is not an array or
              another `lambd`.

    >>> softshrink(jnp.array([-1.0, 0.5, 0.75])).tolist()
    [-0.5, 0.0, 0.25]
    """
    x = as_array("softshrink", "input", input)
    check_floating("softshrink", "input", x, complex_too=False)
    bound = constant("softshrink", "lambd", lambd, x.dtype)
    if not 0 <= bound < math.inf:
        raise RuntimeError(f"softshrink: lambd must be finite and >= 0, got {lambd}")
    return _softshrink(x, bound, _rounded(bound, x.dtype))


def _check_real(op: str, x: jax.Array) -> None:
    if category(x.dtype) not in (1, 2):
        raise RuntimeError(f"{op}: input must be real and not bool, got {x.dtype}")


def _rounded(number: float, dtype: np.dtype) -> float:
    return float(np.asarray(number).astype(dtype))


def _wide(x: jax.Array) -> jax.Array:
    return x.astype(accumulator(x.dtype))  # torch rounds once, from float32


@partial(jax.jit, static_argnames=("threshold", "value"))
def _threshold(x: jax.Array, threshold: float, value: float) -> jax.Array:
    wide = _wide(x)
    return jnp.where(wide <= threshold, jnp.full_like(wide, value), wide).astype(x.dtype)


@partial(jax.jit, static_argnames=("low", "high"))
def _hardtanh(x: jax.Array, low: float, high: float) -> jax.Array:
    wide = _wide(x)
    held = stop_gradient(jnp.minimum(jnp.maximum(wide, low), high))
    return jnp.where((wide > low) & (wide < high), wide, held).astype(x.dtype)


@partial(jax.jit, static_argnames="slope")
def _leaky_relu(x: jax.Array, slope: float) -> jax.Array:
    wide = _wide(x)
    return (wide * jnp.where(wide > 0, jnp.ones_like(wide), slope)).astype(x.dtype)


@jax.jit
def _prelu(x: jax.Array, weight: jax.Array) -> jax.Array:
    wide = jnp.broadcast_to(_wide(weight), x.shape)  # its gradient is a sum
    return _sloped(_wide(x), wide).astype(x.dtype) if x.size else x + wide.astype(x.dtype)


@jax.custom_jvp
def _sloped(x: jax.Array, slope: jax.Array) -> jax.Array:
    return jnp.where(x > 0, x, slope * x)


@_sloped.defjvp
def _sloped_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, slope), (dx, dslope) = primals, tangents
    # in torch's second derivatives, 0 belongs to the upper side
    below = jnp.where(x >= 0, jnp.zeros_like(x), x)
    fixed = jnp.where(x >= 0, stop_gradient(slope), slope)
    tangent = jnp.where(x > 0, dx, fixed * dx + below * dslope)
    return _sloped(x, slope), tangent


@partial(jax.jit, static_argnames=("low", "high"))
def _rrelu(x: jax.Array, low: float, high: float, key: jax.Array) -> jax.Array:
    wide = _wide(x)
    part = jax.random.uniform(key, x.shape, wide.dtype, low, high)
    return jnp.where(wide <= 0, wide * part, wide).astype(x.dtype)


@jax.jit
def _hardsigmoid(x: jax.Array) -> jax.Array:
    # without elements see `abs` in _elementwise.py
    return _ramp(_wide(x)).astype(x.dtype) if x.size else x


@jax.custom_jvp
def _ramp(x: jax.Array) -> jax.Array:
    return jnp.minimum(jnp.maximum(x + 3, 0), 6) / 6


@_ramp.defjvp
def _ramp_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    return _ramp(x), jnp.where((x > -3) & (x < 3), dx * SIXTH, jnp.zeros_like(x))


@jax.jit
def _hardswish(x: jax.Array) -> jax.Array:
    # without elements see `abs` in _elementwise.py
    return _swish(_wide(x)).astype(x.dtype) if x.size else x


@jax.custom_jvp
def _swish(x: jax.Array) -> jax.Array:
    return x * jnp.minimum(jnp.maximum(x + 3, 0), 6) / 6


@_swish.defjvp
def _swish_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    none = jnp.zeros_like(x)
    outside = stop_gradient(jnp.where(jnp.abs(x) >= 3, none, x))  # nan stays, without a slope
    middle = jnp.where((x > -3) & (x < 3), x, outside)
    above = jnp.where(x >= 3, dx, (middle / 3 + 0.5) * dx)
    return _swish(x), jnp.where(x <= -3, none, above)


@partial(jax.jit, static_argnames="bound")
def _hardshrink(x: jax.Array, bound: float) -> jax.Array:
    taken = (x < -bound) | (x > bound)
    inside = (x >= -bound) & (x <= bound)
    fixed = stop_gradient(jnp.where(inside, jnp.zeros_like(x), x))
    return jnp.where(taken, x, fixed)


@partial(jax.jit, static_argnames=("bound", "rounded"))
def _softshrink(x: jax.Array, bound: float, rounded: float) -> jax.Array:
    wide = _wide(x)
    near = jnp.where(wide < -bound, wide + bound, wide * 0)  # nan stays
    value = jnp.where(wide > bound, wide - bound, near)
    taken = (wide < -rounded) | (wide > rounded)  # by torch's backward, in 16-bit floats
    return jnp.where(taken, value, stop_gradient(value)).astype(x.dtype)
