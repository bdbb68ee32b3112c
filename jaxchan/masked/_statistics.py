"""Masked medians, norms, variances and standard deviations."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .. import _reductions
from .._checks import check_floating
from .._dims import canonical_dims
from .._dtypes import accumulator, canonical, category, real_dtype, result_type
from .._extrema import check_not_empty
from .._norms import norm_over, real_number, widened
from .._order import nanmedian
from .._reductions import FLOAT, cast
from ._core import INF, Dims, checked, filled, first_dim, named_dims, number_kept
from ._reductions import over


def median(
    input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> jax.Array:
    """Lower median along `dim` of the elements that `mask` keeps and that are not nan.

    nan where there is none; integers have no nan, so that outside jit they raise, and under jit
    the result is what nan casts to.

    Torch:    torch.masked.median
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   kept; integers are compared in float32 and take `dtype`, which floats ignore.
    Gradient: to one of the elements equal to the median (torch leaves open which).
    Errors:   IndexError for a dim out of range or of size 0, or a mask of more dims; RuntimeError
              for a mask that does not broadcast; ValueError for integers of which the mask keeps
              none; TypeError for a dim of another kind.

    >>> float(median(jnp.array([1.0, 2.0, 9.0]), mask=jnp.array([False, True, True])))
    2.0
    """
    x, mask = checked("median", input, mask)
    axis = first_dim("median", dim, x.ndim)
    check_not_empty("median", x, (axis,))
    floating = category(x.dtype) == 2
    numbers = filled("median", x if floating else cast(x, FLOAT), mask, "median")
    value = nanmedian(numbers, axis, bool(keepdim)).values
    if floating:
        return value
    if not isinstance(value, Tracer) and bool(jnp.any(jnp.isnan(value))):
        raise ValueError(f"median: mask must keep an element of each line of {x.dtype}, got none")
    return cast(value, x.dtype if dtype is None else canonical("median", dtype))


def norm(
    input: Any,
    ord: float | None = 2.0,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Norm of order `ord` over `dim` of the elements that `mask` keeps, as one vector.

    Where it keeps none the norm is 0, and inf for `ord=-inf`. A negative `ord` other than that
    counts an element under the mask as 0.

    Torch:    torch.masked.norm
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   floating kept; complex gives its real type; `dtype` is cast to first.
    Gradient: as `linalg.vector_norm`, and 0 under the mask.
    Errors:   RuntimeError for an integer input, a complex order, a repeated dim, a mask that does
              not broadcast, an empty input under a negative order or inf, or a dtype of another
              kind or narrower; IndexError for a dim out of range or a mask of more dims; TypeError
              for an order that is not a number; AssertionError for an input that is not floating
              point under a mask and `ord=-inf`.

    >>> float(norm(jnp.array([3.0, 4.0, 5.0]), mask=jnp.array([True, True, False])))
    5.0
    """
    x, mask = checked("norm", input, mask)
    return norm_of("norm", x, mask, ord, dim, keepdim, dtype)


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Variance over `dim` of the elements that `mask` keeps; nan where it keeps none.

    Torch:    torch.masked.var
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   floating and complex kept; integers give float32, or `dtype`.
    Gradient: 2 (x - mean) / (N - correction), and 0 under the mask: nan there if the element is not
              finite. Inf or nan with N <= correction.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a bool
              input, a repeated dim or a mask that does not broadcast; AssertionError for both
              `unbiased` and `correction`; TypeError for a dim of another kind.

    >>> float(var(jnp.array([1.0, 2.0, 9.0]), mask=jnp.array([True, True, False])))
    0.5
    """
    return _spread("var", input, dim, unbiased, correction, keepdim, dtype, mask)


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: int | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> jax.Array:
    """Standard deviation over `dim` of the elements that `mask` keeps; nan where it keeps none.

    Torch:    torch.masked.std
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; a mask broadcasts to the input.
    Dtypes:   floating and complex kept; integers give float32, or `dtype`.
    Gradient: that of `var` over 2 std: nan, unlike that of `torch.std`, where std is 0.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a bool
              input, a repeated dim or a mask that does not broadcast; AssertionError for both
              `unbiased` and `correction`; TypeError for a dim of another kind.

    >>> float(std(jnp.array([1.0, 3.0, 9.0]), unbiased=False, mask=jnp.array([1, 1, 0])))
    1.0
    """
    return _spread("std", input, dim, unbiased, correction, keepdim, dtype, mask)


def norm_of(
    op: str, x: jax.Array, mask: jax.Array | None, ord: Any, dim: Any, keepdim: Any, dtype: Any
) -> jax.Array:
    """The norm of the elements that the mask keeps."""
    lowest = mask is not None and ord == -INF
    if lowest and category(x.dtype) != 2:
        raise AssertionError(f"{op}: input must be floating point for ord=-inf, got {x.dtype}")
    order = real_number(op, "ord", ord)
    check_floating(op, "input", x)
    dims = canonical_dims(op, named_dims(op, dim, x.ndim), x.ndim)
    elements = widened(op, filled(op, x, mask, "amin" if lowest else "sum"), dtype)
    return norm_over(op, elements, order, dims, bool(keepdim))


def _spread(
    op: str,
    input: Any,
    dim: Any,
    unbiased: Any,
    correction: Any,
    keepdim: Any,
    dtype: Any,
    mask: Any,
) -> jax.Array:
    x, mask = checked(op, input, mask)
    if unbiased is not None and correction is not None:
        raise AssertionError(
            f"{op}: unbiased and correction must not both be given, got {unbiased}, {correction}"
        )
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"{op}: input must not be bool, got {x.dtype}")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    given = (x.dtype if category(x.dtype) > 1 else FLOAT) if dtype is None else dtype
    dims = canonical_dims(op, named_dims(op, dim, x.ndim), x.ndim)
    value = _variance(x, mask, dims, bool(keepdim), float(correction), canonical(op, given))
    return _root(value) if op == "std" else value


@partial(jax.jit, static_argnames=("dims", "keepdim", "correction", "dtype"))
def _variance(
    x: jax.Array,
    mask: jax.Array | None,
    dims: Dims,
    keepdim: bool,
    correction: float,
    dtype: np.dtype,
) -> jax.Array:
    number = number_kept(x, mask, dims)
    sample = _reductions.sum(filled("var", x, mask, "sum"), dims, True, dtype=dtype)
    centre = over(sample, number)
    squares = filled("var", _squares(x, centre), mask, "sum")
    computed = dtype if category(dtype) > 1 else FLOAT
    total = _reductions.sum(squares, dims, keepdim, dtype=computed)
    divisor = number.reshape(total.shape)
    if correction:
        divisor = divisor.astype(real_dtype(computed)) - jnp.asarray(
            correction, real_dtype(computed)
        )
        divisor = jnp.maximum(divisor, jnp.zeros_like(divisor))
    return cast(over(total, divisor), dtype)


def _squares(x: jax.Array, centre: jax.Array) -> jax.Array:
    """The squared distance of each element from the centre of its slice."""
    dtype = result_type(x, centre)
    wide = accumulator(dtype)  # the gradient of a broadcast is a sum
    distance = x.astype(wide) - jnp.broadcast_to(centre.astype(wide), x.shape)
    distance = distance.astype(dtype)
    return distance * jnp.conj(distance)


@jax.jit
def _root(variance: jax.Array) -> jax.Array:
    return jnp.sqrt(variance if category(variance.dtype) > 1 else variance.astype(FLOAT))
