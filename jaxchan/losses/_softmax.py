"""log softmax(x), exact near 0, and focal losses of it, with derivatives in closed form."""

import operator
from collections.abc import Callable
from functools import partial, reduce

import jax
import jax.numpy as jnp

from .._extrema import largest
from .._lines import entries, has_few
from .._online import peak_and_rest
from .._totals import quick_on_cpu, sums_over
from ._logistic import guarded, power, times

Array = jax.Array


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def log_softmax(x: Array, axis: int) -> Array:
    """log softmax(x): the share of the largest is left out of the sum, so that log1p is exact.

    A logit of inf has all the probability; one of -inf has none.
    """
    top, rest = _normalizer(x, axis)
    return _below(top, x) - rest


@log_softmax.defjvp
def _log_softmax_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    u = log_softmax(x, axis)
    return u, dx - jnp.sum(jnp.exp(u) * dx, axis=axis, keepdims=True)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def log_likelihood(x: Array, label: Array, axis: int) -> Array:
    """log softmax(x) at the label, which has 1 in place of the classes; 0 where it is none."""
    top, rest = _normalizer(x, axis)
    return _at_label(x, label, axis, top, rest)


@log_likelihood.defjvp
def _log_likelihood_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    (x, label), (dx, _) = primals, tangents
    top, rest = _normalizer(x, axis)
    p = jnp.exp(_below(top, x) - rest)
    at_label = label == jax.lax.broadcasted_iota(label.dtype, x.shape, axis)
    slope = jnp.where(_is_class(label, x, axis), at_label.astype(x.dtype) - p, jnp.zeros_like(x))
    value = _at_label(x, label, axis, top, rest)
    return value, jnp.sum(slope * dx, axis=axis, keepdims=True)


def _normalizer(x: Array, axis: int) -> tuple[Array, Array]:
    """The largest, top, and the logarithm of the sum of exp(x - top), which has every nan."""

    def in_passes(add_up: Callable, x: Array) -> tuple[Array, Array]:
        top = _largest(x, axis)
        others, ties = add_up(x, top)
        return top, jnp.log1p(others + (ties - 1))

    def by_class(x: Array, top: Array) -> tuple[Array, ...]:
        terms = [_share_and_tie(one, top) for one in entries(x, axis)]
        return tuple(reduce(operator.add, parts) for parts in zip(*terms, strict=True))

    def once(x: Array) -> tuple[Array, Array]:
        top, rest = peak_and_rest(x, (axis,))
        return top, jnp.log1p(rest)

    plain = partial(in_passes, partial(sums_over, _share_and_tie, (axis,)))
    quick = partial(in_passes, by_class) if has_few(x, axis) else plain
    return jax.lax.platform_dependent(x, cpu=quick, cuda=once, default=plain)


def _largest(x: Array, axis: int) -> Array:
    """With a derivative, for that of the derivatives. It may lose a nan."""
    plain = partial(jnp.max, axis=axis, keepdims=True)
    return quick_on_cpu(partial(largest, dims=(axis,)), plain, (x,))


def _share_and_tie(x: Array, top: Array) -> tuple[Array, Array]:
    """exp(x - top), but 0 for the largest itself; and whether it is that."""
    tie = x == top
    return jnp.where(tie, jnp.zeros_like(x), jnp.exp(x - top)), tie.astype(x.dtype)


def _below(top: Array, x: Array) -> Array:
    return jnp.where(x == top, jnp.zeros_like(x), x - top)


def _at_label(x: Array, label: Array, axis: int, top: Array, rest: Array) -> Array:
    """log softmax(x) at the label."""
    value = _below(top, jnp.take_along_axis(x, label, axis, mode="clip")) - rest
    return jnp.where(_is_class(label, x, axis), value, jnp.zeros_like(value))


def _is_class(label: Array, x: Array, axis: int) -> Array:
    return (label >= 0) & (label < x.shape[axis])


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
