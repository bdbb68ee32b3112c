"""Argument checks of all families. Types are torch's; the text names op, argument and value."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer


def as_array(op: str, name: str, value: Any) -> jax.Array:
    """`value` as a JAX array, or TypeError: as torch's functions take tensors only."""
    if not isinstance(value, jax.Array | np.ndarray | np.generic):
        raise TypeError(f"{op}: {name} must be an array, got {type(value).__name__}")
    return jnp.asarray(value)


def is_number(value: Any) -> bool:
    """Whether `value` is a Python number (a numpy or JAX scalar is an array)."""
    return isinstance(value, bool | int | float | complex) and not isinstance(value, np.generic)


def check_concrete(op: str, array: jax.Array, missing: str) -> None:
    """TypeError under jit, where `missing` has to be given for the result to have a shape."""
    if isinstance(array, Tracer):
        raise TypeError(f"{op}: {missing} must be given under jit: the shape depends on values")


def check_floating(op: str, name: str, array: jax.Array, *, complex_too: bool = True) -> None:
    """RuntimeError unless `array` is floating point (or complex, where the op has it)."""
    kind = jnp.inexact if complex_too else jnp.floating
    if not jnp.issubdtype(array.dtype, kind):
        wanted = "floating point or complex" if complex_too else "floating point"
        raise RuntimeError(f"{op}: {name} must be {wanted}, got {array.dtype}")


def check_option(op: str, name: str, value: Any, options: tuple[Any, ...]) -> None:
    """ValueError unless `value` is one of `options`."""
    if value not in options:
        raise ValueError(f"{op}: {name} must be one of {options}, got {value!r}")


def check_same_shape(op: str, first: tuple[str, jax.Array], second: tuple[str, jax.Array]) -> None:
    """RuntimeError unless the two named arrays have one shape."""
    (a, x), (b, y) = first, second
    if x.shape != y.shape:
        raise RuntimeError(f"{op}: {b} must have the shape of {a} {x.shape}, got {y.shape}")
