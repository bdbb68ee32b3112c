"""Losses of regression. Where torch only warns, of shapes that differ but broadcast, so do they.

The elements of a loss have the promoted dtype; 16-bit floats are computed and summed in float32.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..._checks import as_array
from ..._dtypes import category, in_dtype, promoted, real_dtype, result_type
from ..._elementwise import broadcast_shape, fence, magnitude
from ..._norms import real_number
from ._reduce import (
    check_mean,
    check_reduction,
    floating,
    in_range,
    reduced,
    reduced_terms,
    spread,
    wide,
)

Shape = tuple[int, ...]
Spec = jax.ShapeDtypeStruct


def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> jax.Array:
    """Squared differences.

    Torch:    torch.nn.functional.mse_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum"; a weight has the
              input's.
    Dtypes:   promoted, 0-d arrays too unless both are; integers only with a weight.
    Gradient: 2 (input - target), to both; the weighted mean divides by the sum of the weights.
    Errors:   ValueError for an unknown reduction or a weight of another shape; RuntimeError for
              shapes that do not broadcast, two integers, bool under a weight, or complex without.

    >>> float(mse_loss(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
    2.0
    """
    return _difference_loss("mse_loss", input, target, reduction, weight)


def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> jax.Array:
    """Absolute differences.

    Torch:    torch.nn.functional.l1_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum"; a weight has the
              input's.
    Dtypes:   promoted, 0-d arrays too unless both are; complex gives its real type.
    Gradient: the sign of input - target, 0 at 0; the weighted mean divides by the sum of the
              weights.
    Errors:   ValueError for an unknown reduction or a weight of another shape; RuntimeError for
              shapes that do not broadcast, bool, or the mean of integers without a weight.

    >>> jax.grad(l1_loss)(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])).tolist()
    [0.0, -0.5]
    """
    return _difference_loss("l1_loss", input, target, reduction, weight)


def smooth_l1_loss(
    input: Any, target: Any, reduction: str = "mean", beta: float = 1.0
) -> jax.Array:
    """d^2 / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere, of the differences d.

    Torch:    torch.nn.functional.smooth_l1_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum".
    Dtypes:   promoted, 0-d arrays too unless both are; beta=0 is `l1_loss`, and takes complex.
    Gradient: d / beta within, the sign of d outside.
    Errors:   ValueError for an unknown reduction; RuntimeError for shapes that do not broadcast,
              two integers, complex, or beta < 0; TypeError for a beta that is no number.

    >>> smooth_l1_loss(jnp.array([0.5, 3.0]), jnp.zeros(2), reduction="none").tolist()
    [0.125, 2.5]
    """
    op = "smooth_l1_loss"
    width = real_number(op, "beta", beta)
    if width == 0:
        return _difference_loss(op, input, target, reduction, None)
    x, t, shape = _pair(op, input, target)
    check_reduction(op, reduction)
    dtype = promoted(x.dtype, t.dtype)
    _check_floating_pair(op, x, t, dtype)
    if not width > 0:
        raise RuntimeError(f"{op}: beta must not be negative, got {beta}")
    return _smooth_l1(in_dtype(x, dtype), in_dtype(t, dtype), width, shape, reduction)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> jax.Array:
    """d^2 / 2 where |d| <= delta, delta (|d| - delta / 2) elsewhere, of the differences d.

    Torch:    torch.nn.functional.huber_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum"; a weight has the
              input's.
    Dtypes:   the input's, which is floating; a weight is promoted with it.
    Gradient: d within, delta times the sign of d outside. The weighted mean divides by the number
              of elements. torch has none for a target of another dtype; here it is the same.
    Errors:   ValueError for an unknown reduction or a weight of another shape; RuntimeError for
              shapes that do not broadcast, an integer input, complex, or delta <= 0; TypeError for
              a delta that is no number.

    >>> huber_loss(jnp.array([0.5, 3.0]), jnp.zeros(2), reduction="none", delta=2.0).tolist()
    [0.125, 4.0]
    """
    op = "huber_loss"
    x, t, shape = _pair(op, input, target)
    check_reduction(op, reduction)
    w = _weight_like(op, x, weight)
    width = real_number(op, "delta", delta)
    if category(x.dtype) != 2 or category(t.dtype) == 3:
        raise RuntimeError(
            f"{op}: input must be floating point and target real, got {x.dtype} and {t.dtype}"
        )
    if not width > 0:
        raise RuntimeError(f"{op}: delta must be positive, got {delta}")
    both = promoted(x.dtype, t.dtype)
    return _huber(in_dtype(x, both), in_dtype(t, both), w, width, shape, reduction, x.dtype)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> jax.Array:
    """Negative log-likelihood of counts under a Poisson distribution, of which `input` is the rate.

    exp(input) - target input, or without `log_input` input - target log(input + eps); `full` adds
    Stirling's target log(target) - target + log(2 pi target) / 2 where target > 1.

    Torch:    torch.nn.functional.poisson_nll_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum".
    Dtypes:   promoted as in arithmetic, integers to float32.
    Gradient: of the formula; under `full` nan to a target of 0.
    Errors:   ValueError for an unknown reduction; RuntimeError for shapes that do not broadcast,
              two bools, one without `log_input` or under `full`, or complex targets under `full`;
              TypeError for an option of another kind.

    >>> float(poisson_nll_loss(jnp.array([0.0, 1.0]), jnp.array([1.0, 0.0]), reduction="sum"))
    3.718...
    """
    op = "poisson_nll_loss"
    x, t, shape = _pair(op, input, target)
    check_reduction(op, reduction)
    small = real_number(op, "eps", eps)
    for name, value in (("log_input", log_input), ("full", full)):
        if not isinstance(value, bool):
            raise TypeError(f"{op}: {name} must be a bool, got {value!r}")
    if (jnp.bool_ == x.dtype and (not log_input or t.dtype == jnp.bool_)) or (
        full and t.dtype == jnp.bool_
    ):
        raise RuntimeError(f"{op}: input and target must not be bool, got {x.dtype} and {t.dtype}")
    if full and category(t.dtype) == 3:
        raise RuntimeError(f"{op}: target must be real, got {t.dtype}")
    product, rate = result_type(x, t), floating(x.dtype)
    dtype = result_type(Spec(x.shape, rate), Spec(shape, product))
    if category(product) < 2:
        x, t = (v.astype(product) if log_input else v for v in (x, t))
    return _poisson(x, t, log_input, full, small, shape, reduction, dtype)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> jax.Array:
    """(log(var) + (input - target)^2 / var) / 2, with `var` at least `eps`; `full` adds
    log(2 pi) / 2.

    Torch:    torch.nn.functional.gaussian_nll_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum". `var` is a float,
              or has the input's shape, or that with one axis as 1, or less the last axis.
    Dtypes:   promoted as in arithmetic; `var` is floating.
    Gradient: of the formula; `var` has it at `eps` where it is below, undiminished.
    Errors:   ValueError for an unknown reduction, a negative `var` or one of another shape;
              RuntimeError for shapes that do not broadcast, bool, or an integer or complex `var`;
              TypeError for an argument of another kind.

    Under jit a negative `var` cannot raise: `eps` is in its place.

    >>> float(gaussian_nll_loss(jnp.array([1.0]), jnp.array([3.0]), jnp.array([2.0])))
    1.346...
    """
    op = "gaussian_nll_loss"
    x, t, shape = _pair(op, input, target)
    small = real_number(op, "eps", eps)
    v = _variance(op, x, var)
    check_reduction(op, reduction)
    if jnp.bool_ in (x.dtype, t.dtype):
        raise RuntimeError(f"{op}: input and target must not be bool, got {x.dtype} and {t.dtype}")
    shape = np.broadcast_shapes(shape, v.shape)
    dtype = result_type(x, t, v)
    return _gaussian(x, t, v, bool(full), small, shape, reduction, dtype)


def _difference_loss(op: str, input: Any, target: Any, reduction: str, weight: Any) -> jax.Array:
    """mse_loss or l1_loss, which smooth_l1_loss too is with beta=0."""
    x, t, shape = _pair(op, input, target)
    check_reduction(op, reduction)
    w = _weight_like(op, x, weight)
    dtype, squared = promoted(x.dtype, t.dtype), op == "mse_loss"
    if squared and w is None:
        _check_floating_pair(op, x, t, dtype)
    elif jnp.bool_ in (x.dtype, t.dtype):
        raise RuntimeError(f"{op}: input and target must not be bool, got {x.dtype} and {t.dtype}")
    if w is None:
        check_mean(op, reduction, dtype)
    x, t = in_dtype(x, dtype), in_dtype(t, dtype)
    return _differences(x, t, w, squared, shape, reduction)


def _pair(op: str, input: Any, target: Any) -> tuple[jax.Array, jax.Array, Shape]:
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    return x, t, broadcast_shape(op, input=x, target=t)


def _weight_like(op: str, x: jax.Array, weight: Any) -> jax.Array | None:
    if weight is None:
        return None
    w = as_array(op, "weight", weight)
    if w.shape != x.shape:
        raise ValueError(f"{op}: weight must have the shape of input {x.shape}, got {w.shape}")
    return w


def _check_floating_pair(op: str, x: jax.Array, t: jax.Array, dtype: np.dtype) -> None:
    if category(dtype) != 2:
        raise RuntimeError(
            f"{op}: input or target must be floating point, neither complex, "
            f"got {x.dtype} and {t.dtype}"
        )


def _variance(op: str, x: jax.Array, var: Any) -> jax.Array:
    """`var` in a shape that broadcasts with the input's."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"{op}: var must not be negative, got {var}")
        return jnp.full(x.shape, var, floating(real_dtype(x.dtype)))
    v = as_array(op, "var", var)
    if category(v.dtype) != 2:
        raise RuntimeError(f"{op}: var must be floating point, got {v.dtype}")
    if not isinstance(v, Tracer) and bool(jnp.any(v < 0)):
        raise ValueError(f"{op}: var must not be negative, got {float(jnp.nanmin(v))}")
    if v.shape == x.shape:
        return v
    if v.shape == x.shape[:-1]:
        return jnp.expand_dims(v, -1)
    unequal = [b for a, b in zip(x.shape, v.shape, strict=False) if a != b]
    if v.ndim != x.ndim or sum(unequal) != 1:
        raise ValueError(
            f"{op}: var must have the shape of input {x.shape}, with one axis as 1 or without the "
            f"last, got {v.shape}"
        )
    broadcast_shape(op, input=x, var=v)
    return v


def _difference(x: jax.Array, t: jax.Array) -> jax.Array:
    return wide(x, x.dtype) - wide(t, t.dtype)


@partial(jax.jit, static_argnames=("squared", "shape", "reduction"))
def _differences(
    x: jax.Array, t: jax.Array, w: jax.Array | None, squared: bool, shape: Shape, reduction: str
) -> jax.Array:
    dtype = x.dtype if squared else real_dtype(x.dtype)

    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        difference = _difference(x, t)
        if squared:
            return difference * difference
        # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
        return magnitude(difference) if difference.size else jnp.abs(difference)

    arrays = tuple(spread(array, shape, array.dtype) for array in (x, t))
    if w is None:
        return reduced_terms(term, arrays, reduction, dtype)
    loss, dtype = _weighted(term(*arrays), w, dtype)
    if reduction != "mean":
        return reduced(loss, reduction, dtype)
    total = jnp.sum(in_range(loss, dtype))
    weights = in_range(jnp.sum(wide(w, w.dtype)), w.dtype)
    if category(dtype) < 2:
        return total.astype(jnp.float32) / weights.astype(jnp.float32)
    return (in_range(total, dtype) / weights.astype(total.dtype)).astype(dtype)


def _weighted(loss: jax.Array, w: jax.Array, dtype: np.dtype) -> tuple[jax.Array, np.dtype]:
    """A loss of `dtype` times the weights, and the promoted dtype."""
    out = result_type(Spec(loss.shape, dtype), w)
    return wide(in_range(loss, dtype), out) * jnp.broadcast_to(wide(w, out), loss.shape), out


@partial(jax.jit, static_argnames=("beta", "shape", "reduction"))
def _smooth_l1(x: jax.Array, t: jax.Array, beta: float, shape: Shape, reduction: str) -> jax.Array:
    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        within, square, size = _split(_difference(x, t), beta)
        return jnp.where(within, 0.5 * square / beta, size - 0.5 * beta)

    arrays = tuple(spread(array, shape, array.dtype) for array in (x, t))
    return reduced_terms(term, arrays, reduction, x.dtype)


@partial(jax.jit, static_argnames=("delta", "shape", "reduction", "dtype"))
def _huber(
    x: jax.Array,
    t: jax.Array,
    w: jax.Array | None,
    delta: float,
    shape: Shape,
    reduction: str,
    dtype: np.dtype,
) -> jax.Array:
    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        difference = _difference(x, t)
        if math.isinf(delta):
            return wide(0.5 * difference * difference, dtype)
        within, square, size = _split(difference, delta)
        return wide(jnp.where(within, 0.5 * square, delta * (size - 0.5 * delta)), dtype)

    x, t = (spread(array, shape, array.dtype) for array in (x, t))
    if w is None:
        return reduced_terms(term, (x, t), reduction, dtype)
    loss, out = _weighted(term(x, t), w, dtype)
    return reduced(loss, reduction, out)


def _split(d: jax.Array, width: float) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Where |d| < width, d^2 there, and |d|, each with a finite derivative where it is not used.

    At nan |d| has the derivative nan and no second one: torch's, of both losses.
    """
    within = jnp.abs(d) < width
    inner = jnp.where(within, d, jnp.zeros_like(d))
    return within, inner * inner, d * jnp.sign(d)


@partial(jax.jit, static_argnames=("log_input", "full", "eps", "shape", "reduction", "dtype"))
def _poisson(
    x: jax.Array,
    t: jax.Array,
    log_input: bool,
    full: bool,
    eps: float,
    shape: Shape,
    reduction: str,
    dtype: np.dtype,
) -> jax.Array:
    integers = category(x.dtype) < 2 and category(t.dtype) < 2
    input_kind, target_kind = floating(x.dtype), floating(t.dtype)

    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        rate, count = wide(x, dtype), wide(t, dtype)
        if not log_input:
            loss = rate - count * jnp.log(in_range(rate + eps, input_kind))
        elif integers:  # whose product wraps
            loss = jnp.exp(rate) - wide(t * x, dtype)
        elif rate.size:
            loss = _of_log_rate(rate, count)
        else:
            # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
            loss = rate - count
        if full:
            n = wide(t, target_kind)
            stirling = n * jnp.log(n) - n + 0.5 * jnp.log(2 * math.pi * n)
            loss += wide(jnp.where(n <= 1, jnp.zeros_like(n), stirling), dtype)
        # the terms cancel: XLA's sum of float32 is further from the truth than torch's
        return loss.astype(jax.dtypes.canonicalize_dtype(jnp.float64)) if integers else loss

    spread_out = jnp.broadcast_to if integers else partial(spread, dtype=dtype)
    return reduced_terms(term, tuple(spread_out(v, shape) for v in (x, t)), reduction, dtype)


@jax.custom_jvp
def _of_log_rate(rate: jax.Array, count: jax.Array) -> jax.Array:
    # the maximum keeps compilers from contracting the last product within exp into the difference,
    # which makes -inf of inf - inf
    return jnp.maximum(jnp.exp(rate), 0) - count * rate


@_of_log_rate.defjvp
def _of_log_rate_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (rate, count), (drate, dcount) = primals, tangents
    # XLA's CPU would write out the exponential that this shares with the value
    slope = jnp.exp(fence(rate)) - count
    return _of_log_rate(rate, count), slope * drate - rate * dcount


@partial(jax.jit, static_argnames=("full", "eps", "shape", "reduction", "dtype"))
def _gaussian(
    x: jax.Array,
    t: jax.Array,
    v: jax.Array,
    full: bool,
    eps: float,
    shape: Shape,
    reduction: str,
    dtype: np.dtype,
) -> jax.Array:
    both = result_type(x, t)

    def term(x: jax.Array, t: jax.Array, v: jax.Array) -> jax.Array:
        difference, v = _difference(x, t), wide(v, dtype)
        square = wide(in_range(difference * difference, both), dtype)
        real = jnp.real(v)
        raised = v + jax.lax.stop_gradient(jnp.asarray(eps, real.dtype) - real).astype(v.dtype)
        # not below `eps`, and with the derivative 1 wherever that is
        v = jnp.where((real >= eps) | jnp.isnan(real), v, raised)
        loss = 0.5 * (jnp.log(v) + in_range(square / v, dtype))
        return loss + 0.5 * math.log(2 * math.pi) if full else loss

    x, t = (spread(array.astype(both), shape, both) for array in (x, t))
    return reduced_terms(term, (x, t, spread(v, shape, v.dtype)), reduction, dtype)
