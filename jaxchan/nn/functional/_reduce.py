"""What the losses share: from elements to one number, the range of float16, a hinge."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ..._checks import as_array, check_option
from ..._dtypes import accumulator, category, sum_dtype
from ..._totals import sum_of

REDUCTIONS = ("none", "mean", "sum")
EPSILON = float(np.float32(1e-12))  # torch's is a float, also for float64


def check_reduction(op: str, reduction: Any, options: tuple[str, ...] = REDUCTIONS) -> None:
    """torch's ValueError for another reduction."""
    check_option(op, "reduction", reduction, options)


def arguments(
    op: str, input: Any, target: Any, weight: Any, reduction: Any
) -> tuple[jax.Array, jax.Array, jax.Array | None]:
    """The arrays, and a checked reduction."""
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    w = None if weight is None else as_array(op, "weight", weight)
    check_reduction(op, reduction)
    return x, t, w


def check_mean(op: str, reduction: str, dtype: np.dtype) -> None:
    """RuntimeError for the mean of integers."""
    if reduction == "mean" and category(dtype) < 2:
        raise RuntimeError(f"{op}: input must be floating point for reduction 'mean', got {dtype}")


def reduced(loss: jax.Array, reduction: str, dtype: np.dtype) -> jax.Array:
    """The elements of a loss that torch has in `dtype`, or their sum or mean; nan for no mean."""
    if reduction == "none":
        return loss.astype(dtype)
    if category(dtype) < 2:
        return jnp.sum(loss, dtype=sum_dtype(dtype))
    total = jnp.sum(in_range(loss, dtype))
    if reduction == "mean":  # without elements the derivative is 0, not 0 / 0
        total = total / loss.size if loss.size else total + jnp.nan
    return total.astype(dtype)


def reduced_terms(
    term: Callable[..., jax.Array], arrays: tuple[jax.Array, ...], reduction: str, dtype: np.dtype
) -> jax.Array:
    """`reduced(term(*arrays), reduction, dtype)` of an elementwise term: large, in one pass."""
    size = arrays[0].size
    if reduction == "none" or category(dtype) < 2 or not size:
        return reduced(term(*arrays), reduction, dtype)
    whole = sum_of_terms(term, arrays, dtype)
    return (whole / size if reduction == "mean" else whole).astype(dtype)


def sum_of_terms(
    term: Callable[..., jax.Array], arrays: tuple[jax.Array, ...], dtype: np.dtype
) -> jax.Array:
    """The sum of a loss that torch has in `dtype`, not yet in it."""
    return sum_of(lambda *arrays: in_range(term(*arrays), dtype), *arrays)


def in_range(x: jax.Array, dtype: np.dtype) -> jax.Array:
    """`x`, inf where float16 overflows and 0 where it vanishes, if that is `dtype`.

    For what torch keeps in float16 on its way. The derivative is 1.
    """
    if dtype != jnp.float16:
        return x
    size, none = jnp.abs(x), jnp.zeros_like(x)
    # not by a conversion there and back, which XLA may leave out
    beyond = jnp.where(size >= 65520, jnp.copysign(jnp.asarray(jnp.inf, x.dtype), x), none)
    return x + jax.lax.stop_gradient(jnp.where(size <= 2.0**-25, -x, beyond))


def wide(x: jax.Array, dtype: np.dtype) -> jax.Array:
    """`x` in the dtype in which sums of `dtype` are taken."""
    return x.astype(accumulator(dtype))


def spread(x: jax.Array, shape: tuple[int, ...], dtype: np.dtype) -> jax.Array:
    """`x`, or its broadcast in the dtype of sums of `dtype`, as which its gradient is taken."""
    return x if x.shape == shape else jnp.broadcast_to(wide(x, dtype), shape)


def floating(dtype: np.dtype) -> np.dtype:
    """float32, torch's default, in place of bool and integers."""
    return dtype if category(dtype) > 1 else np.dtype(jnp.float32)


def ramp(x: jax.Array) -> jax.Array:
    """max(x, 0) with derivative 1 at 0 and 0 at nan, as torch's clamp_min."""
    return jnp.where(x >= 0, x, jax.lax.stop_gradient(jnp.maximum(x, 0)))


def log_sigmoid(x: jax.Array) -> jax.Array:
    """log(sigmoid(x)) without its underflow."""
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _log_sigmoid(x) if x.size else x


@jax.custom_jvp
def _log_sigmoid(x: jax.Array) -> jax.Array:
    return jnp.minimum(x, 0) - jnp.log1p(jnp.exp(-jnp.abs(x)))


@_log_sigmoid.defjvp
def _log_sigmoid_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    return _log_sigmoid(x), jax.nn.sigmoid(-x) * dx


def combined(slopes: Any) -> Any:
    """The sum of tangents times slopes; none of a zero tangent, since 0 times inf is nan."""
    terms = [slope() * d for d, slope in slopes if not isinstance(d, SymbolicZero)]
    return sum(terms[1:], terms[0])
