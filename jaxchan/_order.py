"""Order statistics. nan sorts last, and -0.0 equals 0.0.

The median of an even count is the lower of the two middle elements, never their mean, so it is an
element of the input, keeps its dtype and has an index.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ._checks import as_array
from ._dims import canonical_dim
from ._dtypes import category, index_dtype
from ._extrema import (
    Extremum,
    check_not_empty,
    check_ordered,
    entry_at,
    first_index,
    is_chosen,
)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Lower median of all elements; with `dim`, values and indices. nan if there is a nan.

    Torch:    torch.median
    Shapes:   (), or (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: of all: shared evenly among the elements equal to the median. With `dim`: to the one
              indexed, which is the first of the equals (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a bool or complex
              input; TypeError for a dim that is not an int.

    >>> float(median(jnp.array([4.0, 1.0, 3.0, 2.0])))
    2.0
    """
    return _median("median", input, dim, keepdim, skip_nan=False)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Lower median of the elements that are not nan; nan where there is none.

    Torch:    torch.nanmedian
    Shapes:   (), or (*) -> the axis `dim` dropped, or kept as 1.
    Dtypes:   kept; indices are int64.
    Gradient: of all: shared evenly among the elements equal to the median. With `dim`: to the one
              indexed, which is the first of the equals (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0; RuntimeError for a bool or complex
              input; TypeError for a dim that is not an int.

    >>> float(nanmedian(jnp.array([jnp.nan, 1.0, 3.0])))
    1.0
    """
    return _median("nanmedian", input, dim, keepdim, skip_nan=True)


def _median(op: str, input: Any, dim: int | None, keepdim: bool, *, skip_nan: bool) -> Any:
    x = as_array(op, "input", input)
    check_ordered(op, x, bool_too=False)
    if dim is None:
        if x.size == 0:
            return _median_of_nothing(x.dtype)
        return _median_of_all(x, skip_nan)
    axis = canonical_dim(op, dim, x.ndim)
    check_not_empty(op, x, (axis,))
    return _median_along(x, axis, bool(keepdim), skip_nan)


def _median_of_nothing(dtype: Any) -> jax.Array:
    """nan, and for integers what nan casts to in C: the lowest int64, wrapped."""
    if category(dtype) == 2:
        return jnp.asarray(jnp.nan, dtype)
    return jnp.asarray(jnp.iinfo(dtype).min if dtype in (jnp.int32, jnp.int64) else 0, dtype)


@partial(jax.jit, static_argnames="skip_nan")
def _median_of_all(x: jax.Array, skip_nan: bool) -> jax.Array:
    return _shared_among_equals(x.reshape(-1), skip_nan)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _shared_among_equals(x: jax.Array, skip_nan: bool) -> jax.Array:
    return _lower_middle(x, 0, skip_nan)[0]


@_shared_among_equals.defjvp
def _shared_jvp(skip_nan: bool, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value = _shared_among_equals(x, skip_nan)
    ties = is_chosen(x, value)
    total = jnp.sum(jnp.where(ties, dx, jnp.zeros_like(dx)))
    return value, total / jnp.sum(ties).astype(dx.dtype)


@partial(jax.jit, static_argnames=("axis", "keepdim", "skip_nan"))
def _median_along(x: jax.Array, axis: int, keepdim: bool, skip_nan: bool) -> Extremum:
    lines = x[None] if x.ndim == 0 else x
    value = _lower_middle(jax.lax.stop_gradient(lines), axis, skip_nan)
    index = first_index(is_chosen(lines, value), axis)
    pair = Extremum(entry_at(lines, index, axis), index.astype(index_dtype()))
    if x.ndim == 0:
        return Extremum(*(p.reshape(()) for p in pair))
    return pair if keepdim else Extremum(*(jnp.squeeze(p, axis) for p in pair))


def _lower_middle(x: jax.Array, axis: int, skip_nan: bool) -> jax.Array:
    """The lower median along `axis`, kept as 1."""
    ranked = jax.lax.sort(x, dimension=axis)
    n = x.shape[axis]
    if category(x.dtype) < 2:
        return jax.lax.slice_in_dim(ranked, (n - 1) // 2, (n - 1) // 2 + 1, axis=axis)
    missing = jnp.sum(jnp.isnan(x), axis=axis, keepdims=True, dtype=jnp.int32)
    if skip_nan:
        place = jnp.maximum(n - missing - 1, 0) // 2
    else:
        place = jnp.where(missing > 0, n - 1, (n - 1) // 2)
    return jnp.take_along_axis(ranked, place, axis=axis)
