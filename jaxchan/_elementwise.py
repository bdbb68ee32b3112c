"""Elementwise operations, with torch's promotion and torch's derivative wherever there is a kink.

Numbers (Python's) and 0-d arrays never widen an array that has dims; they only raise its category.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_concrete, is_number
from ._dtypes import accumulator, index_dtype, result_type


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
    x, y = (jnp.asarray(v).astype(dtype) for v in pair)
    shape = broadcast_shape("where", condition=condition, input=x, other=y)
    return _where(condition, x, y, shape)


@partial(jax.jit, static_argnames="shape")
def _where(condition: jax.Array, x: jax.Array, y: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, y))
    return jax.lax.select(jnp.broadcast_to(condition.astype(bool), shape), x, y).astype(dtype)


def broadcast_shape(op: str, **arrays: jax.Array) -> tuple[int, ...]:
    """The shape that the named arrays broadcast to, or torch's RuntimeError."""
    try:
        return np.broadcast_shapes(*(a.shape for a in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in arrays.items())
        raise RuntimeError(f"{op}: shapes must broadcast, got {shapes}") from None


@jax.custom_jvp
def magnitude(x: jax.Array) -> jax.Array:
    """|x| with derivative 0 at 0, as torch's abs (JAX's is 1 there); real for complex `x`."""
    return jnp.abs(x)


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
