"""Argument checks of all families. Types are torch's; the text names op, argument and value."""

import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

NUMBERS = (bool, int, float, complex)


def as_array(op: str, name: str, value: Any) -> jax.Array:
    """`value` as a JAX array, or TypeError: as torch's functions take tensors only."""
    if not isinstance(value, jax.Array | np.ndarray | np.generic):
        raise TypeError(f"{op}: {name} must be an array, got {type(value).__name__}")
    return value if isinstance(value, jax.Array) else jnp.asarray(value)


def is_number(value: Any) -> bool:
    """Whether `value` is a Python number (a numpy or JAX scalar is an array)."""
    if type(value) in NUMBERS:
        return True
    return isinstance(value, NUMBERS) and not isinstance(value, np.generic)


def check_keepdim(op: str, dim: Any, keepdim: Any) -> None:
    """TypeError for a keepdim without a dim, which torch's overload over all elements has not."""
    if dim is None and keepdim:
        raise TypeError(f"{op}: keepdim must not be given without dim, got {keepdim}")


def check_concrete(op: str, array: jax.Array, missing: str) -> None:
    """TypeError under jit, where `missing` has to be given for the result to have a shape."""
    if isinstance(array, Tracer):
        raise TypeError(f"{op}: {missing} must be given under jit: the shape depends on values")


def check_size(op: str, size: Any) -> int:
    """`size` as an int; TypeError if it is none, RuntimeError if it is negative."""
    if isinstance(size, bool) or not hasattr(size, "__index__"):
        raise TypeError(f"{op}: size must be an int, got {type(size).__name__}")
    if operator.index(size) < 0:
        raise RuntimeError(f"{op}: size must not be negative, got {size}")
    return operator.index(size)


def check_number(op: str, size: int, number: jax.Array) -> None:
    """RuntimeError for more entries than `size`, unless under jit, where their number tells."""
    if not isinstance(number, Tracer) and int(number) > size:
        raise RuntimeError(f"{op}: size must be at least {number}, got {size}")


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
