"""Cross-entropies of yes and no, of probabilities and of logits."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..._checks import as_array, check_floating
from ..._dtypes import category, result_type
from ..._elementwise import broadcast_shape
from ._reduce import EPSILON, arguments, combined, in_range, log_sigmoid, reduced, wide


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> jax.Array:
    """-target log(input) - (1 - target) log(1 - input), each logarithm at least -100.

    Torch:    torch.nn.functional.binary_cross_entropy
    Shapes:   two of one shape -> that, or () under "mean" and "sum"; a weight broadcasts to it.
    Dtypes:   floating, the same for both, and kept.
    Gradient: (input - target) / max(input (1 - input), 1e-12); to target log(1 - input) -
              log(input), which may be infinite; 0 to a weight.
    Errors:   ValueError for an unknown reduction or unequal shapes; RuntimeError for unequal or
              integer dtypes, a weight that does not broadcast or is complex, or a number outside of
              [0, 1] in input or target.

    Under jit a number outside of [0, 1] cannot raise: in input it gives nan.

    >>> float(binary_cross_entropy(jnp.array([0.0, 1.0]), jnp.ones(2)))
    50.0
    """
    op = "binary_cross_entropy"
    x, t, w = arguments(op, input, target, weight, reduction)
    if x.shape != t.shape:
        raise ValueError(f"{op}: target must have the shape of input {x.shape}, got {t.shape}")
    check_floating(op, "input", x, complex_too=False)
    if x.dtype != t.dtype:
        raise RuntimeError(f"{op}: target must have the dtype of input {x.dtype}, got {t.dtype}")
    _check_weight(op, "weight", x, w)
    for name, array in (("input", x), ("target", t)):
        _check_unit(op, name, array)
    return _binary(x, t, w, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> jax.Array:
    """`binary_cross_entropy` of sigmoid(input), exact for every logit; `pos_weight` multiplies the
    part of target.

    Torch:    torch.nn.functional.binary_cross_entropy_with_logits
    Shapes:   two of one shape -> that, or () under "mean" and "sum"; weights broadcast to it.
    Dtypes:   floating; the result has the target's.
    Gradient: sigmoid(input) - target, or with pos_weight p (p target + 1 - target) sigmoid(input) -
              p target; to target log_sigmoid(-input) - p log_sigmoid(input); 0 to weights.
    Errors:   ValueError for an unknown reduction or unequal shapes; RuntimeError for an integer or
              complex array, or a weight that does not broadcast.

    >>> float(binary_cross_entropy_with_logits(jnp.array([-1000.0]), jnp.ones(1)))
    1000.0
    """
    op = "binary_cross_entropy_with_logits"
    x, t, w = arguments(op, input, target, weight, reduction)
    p = None if pos_weight is None else as_array(op, "pos_weight", pos_weight)
    if x.shape != t.shape:
        raise ValueError(f"{op}: target must have the shape of input {x.shape}, got {t.shape}")
    check_floating(op, "input", x, complex_too=False)
    check_floating(op, "target", t, complex_too=False)
    _check_weight(op, "weight", x, w)
    _check_weight(op, "pos_weight", x, p)
    if p is not None and p.dtype == jnp.bool_:
        raise RuntimeError(f"{op}: pos_weight must not be bool, got {p.dtype}")
    return _with_logits(x, t, w, p, reduction)


def _check_weight(op: str, name: str, x: jax.Array, w: jax.Array | None) -> None:
    if w is None:
        return
    if category(w.dtype) == 3:
        raise RuntimeError(f"{op}: {name} must be real, got {w.dtype}")
    if broadcast_shape(op, input=x, **{name: w}) != x.shape:
        raise RuntimeError(f"{op}: {name} must broadcast to shape {x.shape}, got {w.shape}")


def _check_unit(op: str, name: str, x: jax.Array) -> None:
    if isinstance(x, Tracer):
        return
    host = np.asarray(x, np.float64)
    wrong = host[~((host >= 0) & (host <= 1))]
    if wrong.size:
        raise RuntimeError(f"{op}: {name} must be between 0 and 1, got {wrong[0]}")


@partial(jax.jit, static_argnames="reduction")
def _binary(x: jax.Array, t: jax.Array, w: jax.Array | None, reduction: str) -> jax.Array:
    p, q = wide(x, x.dtype), wide(t, x.dtype)
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    loss = _entropy(p, q, x.dtype) if x.size else p + q
    if w is not None:
        # torch has no derivative by weights
        loss *= jnp.broadcast_to(wide(jax.lax.stop_gradient(w), x.dtype), x.shape)
    return reduced(loss, reduction, x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _entropy(x: jax.Array, t: jax.Array, dtype: np.dtype) -> jax.Array:
    no, yes = jnp.maximum(jnp.log1p(-x), -100), jnp.maximum(jnp.log(x), -100)
    return (t - 1) * no - t * yes


@partial(_entropy.defjvp, symbolic_zeros=True)
def _entropy_jvp(dtype: np.dtype, primals: tuple, tangents: tuple) -> tuple[jax.Array, Any]:
    (x, t), (dx, dt) = primals, tangents
    slopes = ((dx, lambda: _entropy_slope(x, t, dtype)), (dt, lambda: jnp.log1p(-x) - jnp.log(x)))
    return _entropy(x, t, dtype), combined(slopes)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _entropy_slope(x: jax.Array, t: jax.Array, dtype: np.dtype) -> jax.Array:
    # in float16 the smallest denominator is 0
    return (x - t) / in_range(jnp.maximum((1 - x) * x, EPSILON), dtype)


@partial(_entropy_slope.defjvp, symbolic_zeros=True)
def _entropy_slope_jvp(dtype: np.dtype, primals: tuple, tangents: tuple) -> tuple[jax.Array, Any]:
    # torch's second derivative, in which other numbers keep the denominators from 0
    (x, t), (dx, dt) = primals, tangents

    def curvature() -> jax.Array:
        rest = jax.lax.optimization_barrier(1 - x)  # or XLA adds the numbers first, inexactly
        return (x * x - 2 * x * t + t) / ((x + 1e-12) ** 2 * (rest + 1e-12) ** 2)

    slopes = ((dx, curvature), (dt, lambda: -1 / jnp.maximum(x - x * x, 1e-12)))
    return _entropy_slope(x, t, dtype), combined(slopes)


@partial(jax.jit, static_argnames="reduction")
def _with_logits(
    x: jax.Array, t: jax.Array, w: jax.Array | None, p: jax.Array | None, reduction: str
) -> jax.Array:
    dtype, both = t.dtype, result_type(x, t)
    x, t = wide(x, both), wide(t, both)
    w, p = jax.lax.stop_gradient((w, p))  # torch has no derivative by weights
    positive = None if p is None else t * jnp.broadcast_to(wide(p, both), t.shape)
    loss = wide(_logits(x, t, positive) if x.size else x + t, dtype)
    if w is not None:
        loss *= jnp.broadcast_to(wide(w, dtype), x.shape)
    return reduced(loss, reduction, dtype)


@jax.custom_jvp
def _logits(x: jax.Array, t: jax.Array, positive: jax.Array | None) -> jax.Array:
    """(1 - t) (-log(1 - p)) + positive (-log p) of p = sigmoid(x); `positive` is t if None."""
    log = log_sigmoid(x)
    return (1 - t) * x - (log if positive is None else log * (positive - t + 1))


@partial(_logits.defjvp, symbolic_zeros=True)
def _logits_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, Any]:
    (x, t, positive), (dx, dt, dpositive) = primals, tangents
    p = jax.nn.sigmoid(x)
    if positive is None:
        slopes = ((dx, lambda: p - t), (dt, lambda: -x))
    else:
        slopes = (
            (dx, lambda: (positive + 1 - t) * p - positive),
            (dt, lambda: log_sigmoid(-x)),
            (dpositive, lambda: -log_sigmoid(x)),
        )
    return _logits(x, t, positive), combined(slopes)
