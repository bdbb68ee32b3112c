"""Masked sums, products, means and extremes: the plain ones of an input filled with identities."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _extrema, _reductions
from .._dims import canonical_dims
from .._dtypes import accumulator, canonical, category, real_dtype, sum_dtype
from .._reductions import FLOAT, cast
from .._totals import sum_over
from ._core import Dims, checked, filled, named_dims, number_kept


def sum(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Sum over `dim` of the elements that `mask` keeps; 0 where it keeps none.

    Torch:    torch.masked.sum
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to before summing.
    Gradient: the cotangent, broadcast, and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a repeated
              dim or a mask that does not broadcast; TypeError for a dim of another kind.

    >>> x = jnp.array([[1.0, 2.0], [jnp.nan, 4.0]])
    >>> sum(x, 1, mask=jnp.array([[True, True], [False, True]]))
    Array([3., 4.], dtype=float...)
    """
    x, mask = checked("sum", input, mask)
    out = sum_dtype(x.dtype) if dtype is None else canonical("sum", dtype)
    dims = canonical_dims("sum", named_dims("sum", dim, x.ndim), x.ndim)
    return _sum("sum", x, mask, dims, bool(keepdim), out)


def prod(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Product over `dim` of the elements that `mask` keeps; 1 where it keeps none.

    Torch:    torch.masked.prod
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to first.
    Gradient: the product of the others, exact with zeros among them, and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a repeated
              dim or a mask that does not broadcast; TypeError for a dim of another kind.

    >>> prod(jnp.array([[1.0, 2.0], [3.0, 4.0]]), 1, mask=jnp.array([False, True]))
    Array([2., 4.], dtype=float...)
    """
    x, mask = checked("prod", input, mask)
    dims = named_dims("prod", dim, x.ndim)
    out = sum_dtype(x.dtype) if dtype is None else canonical("prod", dtype)
    value = cast(filled("prod", x, mask, "prod"), out)
    for axis in reversed(dims):
        value = _reductions.prod(value, axis, bool(keepdim))
    return value


def mean(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Mean over `dim` of the elements that `mask` keeps; nan where it keeps none.

    Torch:    torch.masked.mean
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   floating and complex kept; integers need a floating `dtype`, which is cast to first.
    Gradient: the cotangent over the number of elements kept, and 0 under the mask.
    Errors:   ValueError for an integer input without `dtype`, or an integer `dtype`; IndexError for
              a dim out of range or a mask of more dims; RuntimeError for a repeated dim or a mask
              that does not broadcast; TypeError for a dim of another kind.

    >>> float(mean(jnp.array([1.0, 2.0, 6.0]), mask=jnp.array([True, False, True])))
    3.5
    """
    x, mask = checked("mean", input, mask)
    out = x.dtype if dtype is None else canonical("mean", dtype)
    if category(out) < 2:
        name = "input" if dtype is None else "dtype"
        raise ValueError(f"mean: {name} must be floating point or complex, got {out}")
    dims = canonical_dims("mean", named_dims("mean", dim, x.ndim), x.ndim)
    return _mean(x, mask, dims, bool(keepdim), out)


def amax(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Largest element over `dim` that `mask` keeps; the lowest of the dtype where it keeps none.

    Torch:    torch.masked.amax
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   kept; `dtype` is cast to last.
    Gradient: shared evenly among the ties, and 0 under the mask; nan if the result is nan.
    Errors:   IndexError for a dim out of range or of size 0, or a mask of more dims; RuntimeError
              for a repeated dim, a mask that does not broadcast, a complex input, or one of bool or
              wide unsigned integers under a mask; TypeError for a complex input under a mask, or a
              dim of another kind.

    >>> amax(jnp.array([[1, 2], [3, 4]]), 1, mask=jnp.array([True, False])).tolist()
    [1, 3]
    """
    return _extreme("amax", input, dim, keepdim, dtype, mask)


def amin(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Smallest element over `dim` that `mask` keeps; the highest of the dtype where it keeps none.

    Torch:    torch.masked.amin
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   kept; `dtype` is cast to last.
    Gradient: shared evenly among the ties, and 0 under the mask; nan if the result is nan.
    Errors:   IndexError for a dim out of range or of size 0, or a mask of more dims; RuntimeError
              for a repeated dim, a mask that does not broadcast, a complex input, or one of bool or
              wide unsigned integers under a mask; TypeError for a complex input under a mask, or a
              dim of another kind.

    >>> amin(jnp.array([[1, 2], [3, 4]]), 1, mask=jnp.array([False, True])).tolist()
    [2, 4]
    """
    return _extreme("amin", input, dim, keepdim, dtype, mask)


def argmax(
    input: Any,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Index of the largest element that `mask` keeps, the first of the ties; 0 if it keeps none.

    Torch:    torch.masked.argmax
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   the input's, or `dtype`: float32 of a float32 input, unlike `torch.argmax`.
    Gradient: none.
    Errors:   IndexError for a dim out of range or of size 0, an empty input or a mask of more dims;
              RuntimeError for a bool or complex input, wide unsigned integers under a mask, or a
              mask that does not broadcast; TypeError for a complex input under a mask, or a dim
              that is not an int.

    >>> argmax(jnp.array([1, 5, 3]), mask=jnp.array([True, False, True])).tolist()
    2
    """
    return _index_of("argmax", input, dim, keepdim, dtype, mask)


def argmin(
    input: Any,
    dim: int | None = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Index of the smallest element that `mask` keeps, the first of the ties; 0 if it keeps none.

    Torch:    torch.masked.argmin
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   the input's, or `dtype`: float32 of a float32 input, unlike `torch.argmin`.
    Gradient: none.
    Errors:   IndexError for a dim out of range or of size 0, an empty input or a mask of more dims;
              RuntimeError for a bool or complex input, wide unsigned integers under a mask, or a
              mask that does not broadcast; TypeError for a complex input under a mask, or a dim
              that is not an int.

    >>> argmin(jnp.array([3, 1, 2]), mask=jnp.array([True, False, True])).tolist()
    2
    """
    return _index_of("argmin", input, dim, keepdim, dtype, mask)


def logsumexp(
    input: Any,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Logarithm of the sum over `dim` of the exponentials that `mask` keeps.

    Where it keeps none, the result is -inf; of integers, of which torch counts an element under the
    mask as the lowest of its dtype, about that.

    Torch:    torch.masked.logsumexp
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   kept, integers too: computed in float32 and truncated; `dtype` is cast to last.
    Gradient: the softmax of the elements kept, and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a repeated
              dim or `[]`, a mask that does not broadcast, or bool and wide unsigned integers under
              a mask; TypeError for a dim of another kind.

    >>> float(logsumexp(jnp.array([1000.0, 1000.0, 2000.0]), mask=jnp.array([True, True, False])))
    1000.693...
    """
    x, mask = checked("logsumexp", input, mask)
    named = named_dims("logsumexp", dim, x.ndim)
    out = x.dtype if dtype is None else canonical("logsumexp", dtype)
    exponents = filled("logsumexp", x, mask, "logsumexp")
    if mask is None or category(x.dtype) < 2:
        return cast(_reductions.logsumexp(exponents, named, bool(keepdim)), out)
    dims = canonical_dims("logsumexp", named, x.ndim, empty_is_all=False)
    return cast(_logsumexp(exponents, mask, dims, bool(keepdim)), out)


def _extreme(op: str, input: Any, dim: Any, keepdim: Any, dtype: Any, mask: Any) -> jax.Array:
    x, mask = checked(op, input, mask)
    out = x.dtype if dtype is None else canonical(op, dtype)
    plain = getattr(_extrema, op)
    chosen = filled(op, x, mask, op)
    return cast(plain(chosen, named_dims(op, dim, x.ndim), bool(keepdim)), out)


def _index_of(op: str, input: Any, dim: Any, keepdim: Any, dtype: Any, mask: Any) -> jax.Array:
    x, mask = checked(op, input, mask)
    out = x.dtype if dtype is None else canonical(op, dtype)
    plain = getattr(_extrema, op)
    chosen = filled(op, x, mask, op.replace("arg", "a"))
    return plain(chosen, dim, bool(keepdim)).astype(out)


@partial(jax.jit, static_argnames=("op", "dims", "keepdim", "dtype"))
def _sum(
    op: str, x: jax.Array, mask: jax.Array | None, dims: Dims, keepdim: bool, dtype: np.dtype
) -> jax.Array:
    if mask is None or category(x.dtype) != 2 or category(dtype) != 2:
        return _reductions.sum(filled(op, x, mask, "sum"), dims, keepdim, dtype=dtype)
    wide = accumulator(dtype)

    def kept(x: jax.Array, mask: jax.Array) -> jax.Array:
        return jnp.where(mask, x, jnp.zeros_like(x)).astype(dtype).astype(wide)

    mask = mask.astype(bool).reshape((1,) * (x.ndim - mask.ndim) + mask.shape)
    total = sum_over(kept, dims, x, mask)
    return (total if keepdim else jnp.squeeze(total, dims)).astype(dtype)


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _mean(
    x: jax.Array, mask: jax.Array | None, dims: Dims, keepdim: bool, dtype: np.dtype
) -> jax.Array:
    total = _sum("mean", x, mask, dims, keepdim, dtype)
    number = number_kept(x, mask, dims).reshape(total.shape)
    # the derivative without an element is 0, which 0 / 0 would not be
    value = over(total, jnp.where(number == 0, jnp.ones_like(number), number))
    nan = jnp.full_like(value, complex(jnp.nan, jnp.nan) if category(dtype) == 3 else jnp.nan)
    return jnp.where(number == 0, nan, value)


@partial(jax.jit, static_argnames=("dims", "keepdim"))
def _logsumexp(x: jax.Array, mask: jax.Array, dims: Dims, keepdim: bool) -> jax.Array:
    # the derivative without an element is 0, and that of -inf alone would be nan
    nothing = number_kept(x, mask, dims) == 0
    value = _reductions.logsumexp(jnp.where(nothing, jnp.zeros_like(x), x), dims, keepdim)
    return jnp.where(nothing.reshape(value.shape), jnp.full_like(value, -jnp.inf), value)


def over(total: jax.Array, number: jax.Array) -> jax.Array:
    """total / number in the dtype of the total; float32 for integers, as torch divides."""
    dtype = total.dtype if category(total.dtype) > 1 else FLOAT
    # XLA would multiply by the rounded inverse of a constant or a broadcast number
    divisor = jax.lax.optimization_barrier(number.astype(real_dtype(dtype)))
    if category(dtype) < 3:
        return total.astype(dtype) / divisor
    # torch divides by number + 0j, and 0 times an infinite part is nan
    real, imag = jnp.real(total), jnp.imag(total)
    return jax.lax.complex((real + 0 * imag) / divisor, (imag - 0 * real) / divisor)
