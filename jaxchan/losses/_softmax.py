"""log softmax(x), exact near 0, and focal losses of it, with derivatives in closed form."""

from functools import partial

import jax
import jax.numpy as jnp

from ._logistic import guarded, power, times

Array = jax.Array


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def log_softmax(x: Array, axis: int) -> Array:
    """log softmax(x): the share of the largest is left out of the sum, so that log1p is exact.

    A logit of inf has all the probability; one of -inf has none.
    """
    largest = jnp.max(x, axis=axis, keepdims=True)
    top, zero = x == largest, jnp.zeros_like(x)
    shifted = jnp.where(top, zero, x - largest)
    others = jnp.sum(jnp.where(top, zero, jnp.exp(shifted)), axis=axis, keepdims=True)
    ties = jnp.sum(top, axis=axis, keepdims=True, dtype=x.dtype) - 1
    return shifted - jnp.log1p(others + ties)


@log_softmax.defjvp
def _log_softmax_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    u = log_softmax(x, axis)
    return u, dx - jnp.sum(jnp.exp(u) * dx, axis=axis, keepdims=True)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def surprise(u: Array, gamma: float) -> Array:
    """-(1 - p)^gamma u with u = log p."""
    return -power(-jnp.expm1(u), gamma, jnp.exp(u)) * u


@surprise.defjvp
def _surprise_jvp(gamma: float, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (u,), (du,) = primals, tangents
    miss = -jnp.expm1(u)
    factor = power(miss, gamma, jnp.exp(u))
    slope = factor * (gamma * times(jnp.exp(u), guarded(u, miss, -1.0)) - 1)
    return -factor * u, slope * du
