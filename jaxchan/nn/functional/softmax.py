"""Softmax and its kin. A line that holds +inf, or nothing but -inf, is nan, as torch's."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array
from ..._dims import canonical_dim
from ..._dtypes import accumulator, canonical, category
from ..._extrema import largest
from ..._online import is_rows, peak_and_total
from ..._reductions import cast, sum_exp
from ..._totals import sum_broadcast, sum_of_arithmetic


def softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> jax.Array:
    """Exponentials along `dim`, scaled to sum to 1.

    Torch:    torch.nn.functional.softmax
    Shapes:   kept.
    Dtypes:   floating kept; `dtype` is cast to first, so that integers too have one.
    Gradient: y (g - sum(g y)).
    Errors:   IndexError for a dim out of range; RuntimeError for a dtype that is not floating
              point; TypeError for a dim of another kind.

    Without `dim`, torch's choice and its warning: 0 for 0, 1 and 3 dims, else 1.

    >>> softmax(jnp.array([0.0, 0.0]), dim=0)
    Array([0.5, 0.5], dtype=float...)
    """
    x = as_array("softmax", "input", input)
    return _softmax_jit(*_arguments("softmax", x, dim, dtype))


def log_softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> jax.Array:
    """The logarithm of `softmax`, without its underflow.

    Torch:    torch.nn.functional.log_softmax
    Shapes:   kept.
    Dtypes:   floating kept; `dtype` is cast to first, so that integers too have one.
    Gradient: g - softmax(x) sum(g).
    Errors:   IndexError for a dim out of range; RuntimeError for a dtype that is not floating
              point; TypeError for a dim of another kind.

    Without `dim`, torch's choice and its warning: 0 for 0, 1 and 3 dims, else 1.

    >>> log_softmax(jnp.array([0.0, 1000.0]), dim=0)
    Array([-1000.,     0.], dtype=float...)
    """
    x = as_array("log_softmax", "input", input)
    return _log_softmax_jit(*_arguments("log_softmax", x, dim, dtype))


def softmin(input: Any, dim: int | None = None, *, dtype: Any = None) -> jax.Array:
    """`softmax` of the negative.

    Torch:    torch.nn.functional.softmin
    Shapes:   kept.
    Dtypes:   floating kept; `dtype` is cast to after the negation, which wraps unsigned integers.
    Gradient: -y (g - sum(g y)).
    Errors:   IndexError for a dim out of range; RuntimeError for bool, or a dtype that is not
              floating point; TypeError for a dim of another kind.

    Without `dim`, torch's choice and its warning: 0 for 0, 1 and 3 dims, else 1.

    >>> softmin(jnp.array([0.0, 1000.0]), dim=0)
    Array([1., 0.], dtype=float...)
    """
    x = as_array("softmin", "input", input)
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"softmin: input must not be bool, got {x.dtype}")
    return _softmax_jit(*_arguments("softmin", -x, dim, dtype))


def _arguments(
    op: str, x: jax.Array, dim: int | None, dtype: Any
) -> tuple[jax.Array, int, np.dtype]:
    if dim is None:
        warnings.warn(f"{op}: dim should be given, got None", UserWarning, stacklevel=3)
        dim = 0 if x.ndim in (0, 1, 3) else 1
    axis = canonical_dim(op, dim, x.ndim)
    out = x.dtype if dtype is None else canonical(op, dtype)
    if category(out) != 2:
        name = "input" if dtype is None else "dtype"
        raise RuntimeError(f"{op}: {name} must be floating point, got {out}")
    return x, axis, out


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _softmax_jit(x: jax.Array, axis: int, dtype: np.dtype) -> jax.Array:
    wide = cast(cast(x, dtype), accumulator(dtype))
    if x.size == 0:
        return wide.astype(dtype)
    if x.ndim == 0:
        return _softmax(wide[None], 0)[0].astype(dtype)
    return _softmax(wide, axis).astype(dtype)


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _log_softmax_jit(x: jax.Array, axis: int, dtype: np.dtype) -> jax.Array:
    wide = cast(cast(x, dtype), accumulator(dtype))
    if x.size == 0:
        return wide.astype(dtype)
    if x.ndim == 0:
        return log_softmax_along(wide[None], 0)[0].astype(dtype)
    return log_softmax_along(wide, axis).astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _softmax(x: jax.Array, axis: int) -> jax.Array:
    def twice(x: jax.Array) -> jax.Array:
        # the largest may have lost a nan, which the sum finds again
        power = jnp.exp(x - largest(x, (axis,)))
        return power / sum_of_arithmetic(lambda x: x, (axis,), power)

    def once(x: jax.Array) -> jax.Array:
        peak, total = peak_and_total(x, (axis,))
        return jnp.exp(x - peak) / total

    return _by_reads(once, twice, x, axis)


def _by_reads(once: Callable, twice: Callable, x: jax.Array, axis: int) -> jax.Array:
    """`once(x)` on GPUs, unless XLA makes one kernel of `twice` there: of rows."""
    if is_rows(x, (axis,)):
        return twice(x)
    return jax.lax.platform_dependent(x, cuda=once, default=twice)


@_softmax.defjvp
def _softmax_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    y = _softmax(x, axis)
    return y, y * (dx - sum_broadcast(y * dx, axis))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def log_softmax_along(x: jax.Array, axis: int) -> jax.Array:
    def twice(x: jax.Array) -> jax.Array:
        peak = largest(x, (axis,))
        return x - peak - jnp.log(sum_exp(x, peak, (axis,)))

    def once(x: jax.Array) -> jax.Array:
        peak, total = peak_and_total(x, (axis,))
        return x - peak - jnp.log(total)

    return _by_reads(once, twice, x, axis)


@log_softmax_along.defjvp
def _log_softmax_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    y = log_softmax_along(x, axis)
    return y, dx - sum_broadcast(jnp.exp(y) * dx, axis)
