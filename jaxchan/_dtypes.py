"""torch's dtype rules, on numpy dtypes. 64-bit types are already narrowed while x64 is off."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import is_number

CATEGORIES = (jnp.bool_, jnp.integer, jnp.floating, jnp.complexfloating)
SCALARS = (jnp.bool_, jnp.int64, jnp.float32, jnp.complex64)  # torch's dtype for a Python number


@functools.cache
def category(dtype: Any) -> int:
    """0 bool, 1 integer, 2 floating, 3 complex."""
    return next(i for i, kind in enumerate(CATEGORIES) if jnp.issubdtype(dtype, kind))


def canonical(op: str, dtype: Any) -> np.dtype:
    """`dtype` as a numpy dtype that JAX has now: 64-bit types narrow while x64 is off."""
    try:
        return jax.dtypes.canonicalize_dtype(dtype)
    except TypeError as error:
        raise TypeError(f"{op}: dtype must be a dtype, got {dtype!r}") from error


def sum_dtype(dtype: np.dtype) -> np.dtype:
    """What `sum` and `prod` return: int64 for bool and every integer."""
    return jax.dtypes.canonicalize_dtype(jnp.int64) if category(dtype) < 2 else dtype


def index_dtype() -> np.dtype:
    """int64, torch's dtype of every index and count."""
    return jax.dtypes.canonicalize_dtype(jnp.int64)


@functools.cache
def accumulator(dtype: np.dtype) -> np.dtype:
    """The dtype in which torch accumulates: float32 for 16-bit floats."""
    half = dtype in (jnp.float16, jnp.bfloat16)
    return np.dtype(jnp.float32) if half else dtype


def real_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype of a complex number's parts; other dtypes are their own."""
    return jnp.finfo(dtype).dtype if jnp.issubdtype(dtype, jnp.complexfloating) else dtype


def in_dtype(x: Any, dtype: np.dtype) -> jax.Array:
    """`x` in `dtype`. `astype` to what an array is already costs as much as a small call."""
    return x if x.dtype == dtype else x.astype(dtype)


def as_scalar(value: Any, dtype: np.dtype) -> Any:
    """A number or 0-d array in `dtype`; for a number without a call of JAX."""
    value = value if isinstance(value, jax.Array) else np.asarray(value)
    return value.astype(dtype)


def result_type(*operands: Any) -> np.dtype:
    """torch.result_type: arrays with dims decide; 0-d arrays, then numbers, raise the category."""
    kinds = [type(o) if is_number(o) else (o.dtype, o.ndim > 0) for o in operands]
    return _result_type(index_dtype(), *kinds)


def promoted(*dtypes: np.dtype) -> np.dtype:
    """The dtype of arrays of these, all with dims or none."""
    return _result_type(index_dtype(), *((d, True) for d in dtypes))


@functools.cache
def _result_type(_int64: np.dtype, *kinds: Any) -> np.dtype:
    """`result_type` of types of numbers, and of dtypes with whether the array has dims.

    _int64: what it is now, for the cache: without it all other dtypes of 64 bits have 32 too.
    """
    groups: list[list[np.dtype]] = [[], [], []]
    for kind in kinds:
        if isinstance(kind, tuple):
            groups[0 if kind[1] else 1].append(kind[0])
        else:
            groups[2].append(np.dtype(SCALARS[category(np.result_type(kind))]))
    dtype = None
    for group in groups:
        for lower in _promote(group) if group else []:
            dtype = lower if dtype is None else _combine(dtype, lower)
    assert dtype is not None, "result_type needs an operand"
    return jax.dtypes.canonicalize_dtype(dtype)


def _promote(dtypes: list[np.dtype]) -> list[np.dtype]:
    result = dtypes[0]
    with jax.numpy_dtype_promotion("standard"):  # between arrays torch's table is the same
        for dtype in dtypes[1:]:
            result = jnp.promote_types(result, dtype)
    return [result]


def _combine(higher: np.dtype, lower: np.dtype) -> np.dtype:
    if category(higher) >= category(lower):
        return higher
    if category(higher) == 2:  # a complex number beside floats: complex of the floats' width
        return np.dtype(jnp.complex128 if higher == jnp.float64 else jnp.complex64)
    return lower
