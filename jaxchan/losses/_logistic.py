"""The sigmoid and its relatives, and focal losses of them, with derivatives in closed form.

Of a logit x, p = sigmoid(x) and q = 1 - p = sigmoid(-x). With one exponential of -|x| and one
logarithm, p, q, -log p and -log q are all exact to rounding. No power gamma - 1 occurs, so that
derivatives are finite where p or q vanishes, and 0 times infinity, which is met at x = +-inf alone,
counts as 0.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from .._elementwise import fence, log1p_over

Array = jax.Array
Expansion = tuple[Array, Array, Array]
Base = tuple[Array, Array, Array, Array]
SMALL = 1 << 14  # elements of arrays that are not worth another way
MODULATORS = ("interpolate", "linear", "margin", "likelihood", "distance", "split")


@jax.custom_jvp
def sigmoids(x: Array) -> tuple[Array, Array, Array, Array]:
    """sigmoid(x), sigmoid(-x), and -log of either."""
    if x.dtype != jnp.float32 or x.size < SMALL:
        return _around(x, *_exact(x))
    small, rest = jax.lax.platform_dependent(x, cpu=_quick, default=_exact)
    return _around(x, small, rest)


@sigmoids.defjvp
def _sigmoids_jvp(primals: tuple, tangents: tuple) -> tuple:
    (x,), (dx,) = primals, tangents
    p, q, *_ = value = sigmoids(x)
    slope = p * q * dx
    return value, (slope, -slope, -q * dx, p * dx)


def _around(x: Array, small: Array, rest: Array) -> tuple[Array, Array, Array, Array]:
    up, large, zero = x >= 0, 1 - small, jnp.zeros_like(x)
    p, q = jnp.where(up, large, small), jnp.where(up, small, large)
    return p, q, jnp.where(up, zero, -x) + rest, jnp.where(up, x, zero) + rest


def _exact(x: Array) -> tuple[Array, Array]:
    """sigmoid(-|x|), and -log of what it leaves of 1."""
    e = jnp.exp(jnp.where(x >= 0, -x, x))
    return e / (1 + e), jnp.log1p(e)


def _quick(x: Array) -> tuple[Array, Array]:
    """As `_exact`, each one expression of one exponential, which a compiler makes one loop of.

    A logarithm would take longer than all the rest.
    """
    e = jnp.exp(jnp.abs(x))  # one over `_exact`'s
    return 1 / (1 + e), log1p_over(e)


def times(weight: Array, value: Array) -> Array:
    """The product, where a weight of 0 takes away an infinity."""
    return weight * jnp.where((weight == 0) & jnp.isinf(value), jnp.zeros_like(value), value)


def power(base: Array, exponent: float, rest: Array | None = None) -> Array:
    """base ** exponent of a base in [0, 1], whose derivative at 0 is 0 for fractional exponents.

    rest: 1 - base, from which powers of a base near 1 are more exact. Small powers are products,
    for speed; large ones are not, for each product is rounded.
    """
    if exponent in (0, 1, 3) or (exponent == 2 and rest is None):
        return jax.lax.integer_pow(base, int(exponent))
    if exponent == 2:
        assert rest is not None
        return jnp.where(base > 0.5, 1 - rest * (1 + base), base * base)
    safe = jnp.where(base > 0, base, jnp.ones_like(base))
    if exponent in (0.5, 1.5, 2.5):
        raised = jnp.sqrt(safe) * jax.lax.integer_pow(safe, int(exponent))
    else:
        raised = safe**exponent
        if rest is not None:
            near = base > 0.5
            small = jnp.where(near, rest, jnp.zeros_like(rest))
            raised = jnp.where(near, jnp.exp(exponent * jnp.log1p(-small)), raised)
    return jnp.where(base == 0, jnp.zeros_like(base), jnp.where(base > 0, raised, base))


def guarded(top: Array, bottom: Array, otherwise: float) -> Array:
    """top / bottom, or its limit where bottom is 0."""
    zero = bottom == 0
    safe = jnp.where(zero, jnp.ones_like(bottom), bottom)
    return jnp.where(zero, jnp.full_like(top, otherwise), top / safe)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3, 4))
def focal(x: Array, t: Array, gamma: float, modulator: str, threshold: float | None) -> Array:
    """Cross-entropy of sigmoid(x) with t times the modulating factor, element by element."""
    return _expansion(x, t, gamma, modulator, threshold)[0]


def _focal_jvp(gamma, modulator, threshold, primals, tangents):
    x, t = primals
    value = _expansion(x, t, gamma, modulator, threshold)[0]
    slopes = _expansion(fence(x), t, gamma, modulator, threshold)[1:]
    return value, combine(value, slopes, tangents)


focal.defjvp(_focal_jvp, symbolic_zeros=True)


def combine(value: Array, slopes: tuple[Array, ...], tangents: tuple) -> Array:
    """The sum of slope times tangent over the arguments that move."""
    moving = [s * d for s, d in zip(slopes, tangents, strict=True) if type(d) is not SymbolicZero]
    return sum(moving[1:], moving[0]) if moving else jnp.zeros_like(value)


def _expansion(
    x: Array, t: Array, gamma: float, modulator: str, threshold: float | None
) -> Expansion:
    """The loss and its derivatives to x and t."""
    p, q, minus_log_p, minus_log_q = sigmoids(x)
    s = 1 - t
    entropy = times(t, minus_log_p) + times(s, minus_log_q)
    slope = s * p - t * q  # not p - t, which loses every digit where t is 1
    if modulator == "interpolate":
        up, down = power(q, gamma, p), power(p, gamma, q)
        factor = t * up + s * down
        dx = factor * slope + times(gamma * (s * down * q - t * up * p), entropy)
        return factor * entropy, dx, times(up - down, entropy) - factor * x
    if modulator == "distance":
        return _distance(x, p * q, entropy, slope, gamma, threshold)
    base, rest, by_x, by_t = BASES[modulator](x, t, p, q, entropy, slope)
    factor, steep = power(base, gamma, rest), jnp.full_like(x, gamma)
    if threshold is not None:
        flat = rest < threshold
        factor = jnp.where(flat, jnp.ones_like(x), factor * threshold**-gamma)
        steep = jnp.where(flat, jnp.zeros_like(x), steep)
    dx = factor * (slope + steep * by_x)
    return factor * entropy, dx, factor * (steep * by_t - x)


def _distance(
    x: Array, pq: Array, entropy: Array, slope: Array, gamma: float, threshold: float | None
) -> Expansion:
    """As `_expansion`; entropy / gap, as the others have, would cancel where the gap is small."""
    gap, sign = jnp.abs(slope), jnp.sign(slope)  # slope is p - t
    rest = 1 - gap
    factor = power(gap, gamma, rest)
    lower = power(gap, gamma - 1, rest) if gamma >= 1 else guarded(factor, gap, 0.0)
    steep = gamma * sign * lower
    if threshold is not None:
        flat, scale = rest < threshold, threshold**-gamma
        factor = jnp.where(flat, jnp.ones_like(x), factor * scale)
        steep = jnp.where(flat, jnp.zeros_like(x), steep * scale)
    dx = factor * slope + times(steep * pq, entropy)
    return factor * entropy, dx, -times(steep, entropy) - factor * x


def modulation(x: Array, t: Array, gamma: float, threshold: float | None) -> Array:
    """The modulating factor of "likelihood" alone, for those who divide by its sum."""
    _, _, minus_log_p, minus_log_q = sigmoids(x)
    entropy = times(t, minus_log_p) + times(1 - t, minus_log_q)
    rest = jnp.exp(-entropy)
    factor = power(-jnp.expm1(-entropy), gamma, rest)
    if threshold is None:
        return factor
    return jnp.where(rest < threshold, jnp.ones_like(x), factor * threshold**-gamma)


# Each gives the base of the power, 1 - base, and by x and t: (d log base) * entropy.


def _linear(x, t, p, q, entropy, slope) -> Base:
    s = 1 - t
    base = t * q + s * p
    by_x = times((s - t) * guarded(p * q, base, 1.0), entropy)
    return base, t * p + s * q, by_x, (q - p) * guarded(entropy, base, 1.0)


def _margin(x, t, p, q, entropy, slope) -> Base:
    z = 2 * t - 1
    right, wrong, *_ = sigmoids(x * z)
    return wrong, right, -times(z * right, entropy), -2 * times(x * right, entropy)


def _likelihood(x, t, p, q, entropy, slope) -> Base:
    base = -jnp.expm1(-entropy)
    rest = jnp.exp(-entropy)
    ratio = times(rest, guarded(entropy, base, 1.0))
    return base, rest, slope * ratio, -x * ratio


BASES: dict[str, Callable[..., Base]] = {
    "linear": _linear,
    "margin": _margin,
    "likelihood": _likelihood,
}


@partial(jax.custom_jvp, nondiff_argnums=(3,))
def split_focal(x: Array, a: Array, b: Array, gamma: float) -> Array:
    """-a q^gamma log p - b p^gamma log q: either side has its own modulating factor."""
    return _split_expansion(x, a, b, gamma)[0]


def _split_jvp(gamma, primals, tangents):
    x, a, b = primals
    value = _split_expansion(x, a, b, gamma)[0]
    slopes = _split_expansion(fence(x), a, b, gamma)[1:]
    return value, combine(value, slopes, tangents)


split_focal.defjvp(_split_jvp, symbolic_zeros=True)


def _split_expansion(x: Array, a: Array, b: Array, gamma: float) -> tuple[Array, ...]:
    p, q, minus_log_p, minus_log_q = sigmoids(x)
    up, down = power(q, gamma, p), power(p, gamma, q)
    da, db = times(up, minus_log_p), times(down, minus_log_q)
    dx = b * down * (p + gamma * times(q, minus_log_q))
    dx -= a * up * (q + gamma * times(p, minus_log_p))
    return times(a, da) + times(b, db), dx, da, db
