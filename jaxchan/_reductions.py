"""Sums, products, means, counts and logical reductions.

`dim` is None, an int or a sequence of ints; None and `()` reduce every axis, except that `all` and
`any` take `()` for none. 16-bit floats are accumulated in float32. Integers are summed in int64,
which JAX narrows to int32 while x64 is off.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_floating, check_keepdim
from ._dims import canonical_dim, canonical_dims, count
from ._dtypes import accumulator, canonical, category, index_dtype, real_dtype, sum_dtype
from ._extrema import largest
from ._lines import is_short_outer
from ._online import peak_and_rest
from ._select import count_set
from ._totals import sum_of_arithmetic, sum_over

Dims = tuple[int, ...]
FLOAT = np.dtype(jnp.float32)  # torch's default dtype: what integers become where a float is due


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> jax.Array:
    """Sum over `dim`.

    Torch:    torch.sum
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to before summing.
    Gradient: the cotangent, broadcast.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim; TypeError for
              another kind of argument.

    >>> sum(jnp.array([[1.0, 2.0], [3.0, 4.0]]), dim=1)
    Array([3., 7.], dtype=float...)
    """
    x = as_array("sum", "input", input)
    dims = canonical_dims("sum", dim, x.ndim)
    return _sum(
        x, dims, bool(keepdim), sum_dtype(x.dtype) if dtype is None else canonical("sum", dtype)
    )


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> jax.Array:
    """Sum over `dim` in which nan counts as 0.

    Torch:    torch.nansum
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   as `sum`.
    Gradient: the cotangent, broadcast, and 0 where the input is nan.
    Errors:   RuntimeError for a complex input or a repeated dim; IndexError for a dim out of range.

    >>> float(nansum(jnp.array([1.0, jnp.nan, 2.0])))
    3.0
    """
    x = as_array("nansum", "input", input)
    if category(x.dtype) == 3:
        raise RuntimeError(f"nansum: input must not be complex, got {x.dtype}")
    dims = canonical_dims("nansum", dim, x.ndim)
    out = sum_dtype(x.dtype) if dtype is None else canonical("nansum", dtype)
    return _nansum(x, dims, bool(keepdim), out)


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> jax.Array:
    """Mean over `dim`.

    Torch:    torch.mean
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating and complex kept; integers need a floating `dtype`, which is cast to first.
    Gradient: the cotangent over the number of elements, broadcast.
    Errors:   RuntimeError for an integer input without `dtype`, an integer `dtype` or a repeated
              dim; IndexError for a dim out of range.

    >>> float(mean(jnp.array([1.0, 2.0, 6.0])))
    3.0
    """
    x = as_array("mean", "input", input)
    out = x.dtype if dtype is None else canonical("mean", dtype)
    if category(out) < 2:
        name = "input" if dtype is None else "dtype"
        raise RuntimeError(f"mean: {name} must be floating point or complex, got {out}")
    return _mean(x, canonical_dims("mean", dim, x.ndim), bool(keepdim), out)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> jax.Array:
    """Mean over `dim` of the elements that are not nan; nan where there is none.

    Torch:    torch.nanmean
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating kept; `dtype` is cast to before summing.
    Gradient: the cotangent over the number of elements that are not nan, and 0 where the input is
              nan.
    Errors:   RuntimeError for an integer or complex input or a repeated dim; IndexError for a dim
              out of range.

    >>> float(nanmean(jnp.array([1.0, jnp.nan, 2.0])))
    1.5
    """
    x = as_array("nanmean", "input", input)
    check_floating("nanmean", "input", x, complex_too=False)
    out = x.dtype if dtype is None else canonical("nanmean", dtype)
    return _nanmean(x, canonical_dims("nanmean", dim, x.ndim), bool(keepdim), out)


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> jax.Array:
    """Product over all elements or over one dim.

    Torch:    torch.prod
    Shapes:   (*) -> the axis `dim` dropped, or kept as 1; all axes without `dim`.
    Dtypes:   bool and integers give int64, others keep theirs; `dtype` is cast to first.
    Gradient: the product of the other elements: exact with zeros among them.
    Errors:   IndexError for a dim out of range; TypeError for a dim that is not an int, or keepdim
              without a dim.

    >>> float(prod(jnp.array([2.0, 3.0, 4.0])))
    24.0
    """
    x = as_array("prod", "input", input)
    check_keepdim("prod", dim, keepdim)
    axis = None if dim is None else canonical_dim("prod", dim, x.ndim)
    out = sum_dtype(x.dtype) if dtype is None else canonical("prod", dtype)
    return _prod(x, axis, bool(keepdim), out)


def all(input: Any, dim: Any = None, keepdim: bool = False) -> jax.Array:
    """Whether every element over `dim` is true; nan is true.

    Torch:    torch.all
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; `dim=()` reduces nothing.
    Dtypes:   bool; uint8 gives uint8.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim.

    >>> bool(all(jnp.array([1, 0])))
    False
    """
    return _logical("all", input, dim, keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False) -> jax.Array:
    """Whether some element over `dim` is true; nan is true.

    Torch:    torch.any
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; `dim=()` reduces nothing.
    Dtypes:   bool; uint8 gives uint8.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim.

    >>> bool(any(jnp.array([1, 0])))
    True
    """
    return _logical("any", input, dim, keepdim)


def count_nonzero(input: Any, dim: Any = None) -> jax.Array:
    """How many elements over `dim` are not 0; nan is not.

    Torch:    torch.count_nonzero
    Shapes:   (*) -> the axes in `dim` dropped.
    Dtypes:   int64.
    Gradient: none.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim; TypeError for
              another kind of argument.

    >>> int(count_nonzero(jnp.array([0.0, -0.0, 2.0, jnp.nan])))
    2
    """
    x = as_array("count_nonzero", "input", input)
    return _count_nonzero(x, canonical_dims("count_nonzero", dim, x.ndim))


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> jax.Array:
    """Logarithm of the sum of exponentials over `dim`, without overflow.

    Torch:    torch.logsumexp
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating and complex kept; bool and integers give float32.
    Gradient: the softmax: exp(x - result). nan at an infinite element equal to the result.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim, or for `()` where
              there are dims and no keepdim; TypeError for a dim of another kind, None too.

    >>> float(logsumexp(jnp.array([1000.0, 1000.0]), dim=0))
    1000.693...
    """
    x = as_array("logsumexp", "input", input)
    if dim is None:
        raise TypeError("logsumexp: dim must be an int or a sequence of ints, got None")
    if isinstance(dim, tuple | list) and not dim and x.ndim and x.size and not keepdim:
        raise RuntimeError(f"logsumexp: dim must name an axis without keepdim, got {dim}")
    dims = canonical_dims("logsumexp", dim, x.ndim)
    return _logsumexp(x, dims, bool(keepdim), x.dtype if category(x.dtype) > 1 else FLOAT)


def _logical(op: str, input: Any, dim: Any, keepdim: bool) -> jax.Array:
    x = as_array(op, "input", input)
    dims = canonical_dims(op, dim, x.ndim, empty_is_all=False)
    return _reduce_logical(x, op, dims, bool(keepdim))


@partial(jax.jit, static_argnames=("op", "dims", "keepdim"))
def _reduce_logical(x: jax.Array, op: str, dims: Dims, keepdim: bool) -> jax.Array:
    out = jnp.uint8 if x.dtype == jnp.uint8 else jnp.bool_
    reduce = jnp.all if op == "all" else jnp.any
    return reduce(x.astype(bool), axis=dims, keepdims=keepdim).astype(out)


@partial(jax.jit, static_argnames="dims")
def _count_nonzero(x: jax.Array, dims: Dims) -> jax.Array:
    if is_short_outer(x, dims):
        number = sum_over(lambda x: x.astype(bool).astype(jnp.int32), dims, x)
        return jnp.squeeze(number, dims).astype(index_dtype())
    return jnp.squeeze(count_set(x.astype(bool), dims), dims)


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _logsumexp(x: jax.Array, dims: Dims, keepdim: bool, dtype: np.dtype) -> jax.Array:
    x, wide = x.astype(dtype), accumulator(dtype)
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    value = (
        _log_sum_exp(x, dims, wide)
        if x.size
        else jnp.log(jnp.sum(x.astype(wide), dims, keepdims=True))
    )
    return (value if keepdim else jnp.squeeze(value, dims)).astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _log_sum_exp(x: jax.Array, dims: Dims, wide: np.dtype) -> jax.Array:
    """The logarithm of the sum of exponentials over `dims`, kept as 1, in `wide`."""

    def twice(x: jax.Array) -> jax.Array:
        peak = _finite_peak(x, dims, wide)
        return jnp.log(sum_exp(x, peak, dims)) + peak

    def once(x: jax.Array) -> jax.Array:
        peak, rest = peak_and_rest(x.astype(wide), dims)
        return jnp.log(1 + rest) + peak

    if jnp.iscomplexobj(x):
        return twice(x)
    return jax.lax.platform_dependent(x, cuda=once, default=twice)


def _finite_peak(x: jax.Array, dims: Dims, wide: np.dtype) -> jax.Array:
    # it may have lost a nan, which the sum finds again
    peak, limits = largest(jnp.real(x), dims), jnp.finfo(x.dtype)
    return jnp.clip(peak, limits.min, limits.max).astype(wide)


@_log_sum_exp.defjvp
def _log_sum_exp_jvp(
    dims: Dims, wide: np.dtype, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents

    def by_shares(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        peak = _finite_peak(x, dims, wide)
        total, slope = shares(x.astype(wide), peak, dims)
        return jnp.log(total) + peak, slope

    # as torch forms it, so that in the second derivative the same cancels
    def by_value(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        value = _log_sum_exp(x, dims, wide)
        return value, jnp.exp(x.astype(wide) - value)

    if wide != jnp.float32:
        value, slope = by_value(x)
    else:
        value, slope = jax.lax.platform_dependent(x, cuda=by_value, default=by_shares)
    return value, jnp.sum(slope * dx.astype(wide), axis=dims, keepdims=True)


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _sum(x: jax.Array, dims: Dims, keepdim: bool, dtype: np.dtype) -> jax.Array:
    if dtype == jnp.bool_:
        return jnp.any(x.astype(bool), axis=dims, keepdims=keepdim)
    wide = cast(cast(x, dtype), accumulator(dtype))
    total = sum_of_arithmetic(lambda x: x, dims, wide)
    return (total if keepdim else jnp.squeeze(total, dims)).astype(dtype)


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _nansum(x: jax.Array, dims: Dims, keepdim: bool, dtype: np.dtype) -> jax.Array:
    if category(x.dtype) != 2 or dtype == jnp.bool_:
        return _sum(_without_nan(x), dims, keepdim, dtype)
    wide = accumulator(dtype)
    total = sum_over(lambda x: cast(_without_nan(x), dtype).astype(wide), dims, x)
    return (total if keepdim else jnp.squeeze(total, dims)).astype(dtype)


def _without_nan(x: jax.Array) -> jax.Array:
    return jnp.where(jnp.isnan(x), jnp.zeros_like(x), x) if category(x.dtype) == 2 else x


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _mean(x: jax.Array, dims: Dims, keepdim: bool, dtype: np.dtype) -> jax.Array:
    wide = cast(cast(x, dtype), accumulator(dtype))
    total = sum_of_arithmetic(lambda x: x, dims, wide)
    total = total if keepdim else jnp.squeeze(total, dims)
    number = jnp.asarray(count(x.shape, dims), real_dtype(wide.dtype))
    if category(dtype) == 3:
        # torch divides by n + 0i, in which a part that is not finite makes the other nan
        real, imag = jnp.real(total), jnp.imag(total)
        parts = real + 0 * imag, imag - 0 * real
        return jax.lax.complex(*(part / number for part in parts)).astype(dtype)
    return (total / number).astype(dtype)


@partial(jax.jit, static_argnames=("dims", "keepdim", "dtype"))
def _nanmean(x: jax.Array, dims: Dims, keepdim: bool, dtype: np.dtype) -> jax.Array:
    wide = cast(cast(x, dtype), accumulator(dtype))
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    value = (
        _mean_of_numbers(wide, dims, dtype) if x.size else jnp.mean(wide, axis=dims, keepdims=True)
    )
    return (value if keepdim else jnp.squeeze(value, dims)).astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _mean_of_numbers(x: jax.Array, dims: Dims, dtype: np.dtype) -> jax.Array:
    number = count_set(~jnp.isnan(x), dims).astype(x.dtype)
    total = sum_over(_without_nan, dims, x)
    # torch divides a nansum in `dtype`, where it may have overflowed
    limits = jnp.finfo(dtype)
    return jax.lax.reduce_precision(total, limits.nexp, limits.nmant) / number


@_mean_of_numbers.defjvp
def _mean_of_numbers_jvp(
    dims: Dims, dtype: np.dtype, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    present = ~jnp.isnan(x)
    number = count_set(present, dims).astype(x.dtype)
    # without a number torch's slope is nan; XLA would make 0 of 0 / 0 times a mask
    outside = jnp.where(number == 0, jnp.nan, 0.0).astype(x.dtype)
    tangent = jnp.sum(jnp.where(present, 1 / number, outside) * dx, axis=dims, keepdims=True)
    return _mean_of_numbers(x, dims, dtype), tangent


@partial(jax.jit, static_argnames=("axis", "keepdim", "dtype"))
def _prod(x: jax.Array, axis: int | None, keepdim: bool, dtype: np.dtype) -> jax.Array:
    if dtype == jnp.bool_:
        return jnp.all(x.astype(bool), axis=None if x.ndim == 0 else axis, keepdims=keepdim)
    wide = cast(cast(x, dtype), accumulator(dtype))
    if category(dtype) < 2 or x.ndim == 0:
        dims = None if axis is None or x.ndim == 0 else (axis,)
        return jnp.prod(wide, axis=dims, keepdims=keepdim, dtype=dtype)
    value = _product(wide, axis, dtype == jnp.float16)
    if keepdim:
        value = value.reshape([1 if axis in (None, i) else n for i, n in enumerate(x.shape)])
    return value.astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _product(x: jax.Array, axis: int | None, float16: bool) -> jax.Array:
    return jnp.prod(x, axis=axis)


@_product.defjvp
def _product_jvp(
    axis: int | None, float16: bool, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value = _product(x, axis, float16)
    flat, line = (x.reshape(-1), 0) if axis is None else (x, axis)
    total = jnp.expand_dims(value, line)

    def divided() -> jax.Array:
        # torch divides the product in float16, in which it may have overflowed
        return in_float16(in_float16(total) / flat) if float16 else total / flat

    # torch divides unless there is a zero somewhere, so inf / inf is nan
    factors = jax.lax.cond(jnp.any(flat == 0), lambda: _product_of_others(flat, line), divided)
    return value, jnp.sum(factors * dx.reshape(flat.shape), axis=line)


def in_float16(x: jax.Array) -> jax.Array:
    """`x` with infinities where float16 overflows."""
    return jnp.where(jnp.abs(x) < 65520, x, x * jnp.inf)


def _product_of_others(x: jax.Array, axis: int) -> jax.Array:
    """Each element's product of the others along `axis`: of those before times of those after."""
    if x.shape[axis] == 0:
        return x
    one = jnp.ones_like(jax.lax.slice_in_dim(x, 0, 1, axis=axis))
    shifted = jnp.concatenate([one, jax.lax.slice_in_dim(x, 0, -1, axis=axis)], axis)
    before = jnp.cumprod(shifted, axis=axis)
    shifted = jnp.concatenate([jax.lax.slice_in_dim(x, 1, None, axis=axis), one], axis)
    after = jnp.flip(jnp.cumprod(jnp.flip(shifted, axis), axis=axis), axis)
    return before * after


def sum_exp(x: jax.Array, peak: jax.Array, dims: Dims) -> jax.Array:
    """The sum of exp(x - peak) over `dims`, kept as 1, in the dtype of `peak`."""
    return sum_over(lambda x, peak: jnp.exp(x.astype(peak.dtype) - peak), dims, x, peak)


def shares(x: jax.Array, peak: jax.Array, dims: Dims) -> tuple[jax.Array, jax.Array]:
    """The sum of exp(x - peak) over `dims`, kept as 1, and the share of each exponential in it.

    Both from one power, which XLA's CPU is quicker to keep than to compute again.
    """
    power = jnp.exp(x - peak)
    total = sum_of_arithmetic(lambda x: x, dims, power)
    return total, power / total


def cast(x: jax.Array, dtype: np.dtype) -> jax.Array:
    """`x` in `dtype`; complex to real drops the imaginary part, as torch does."""
    if category(x.dtype) == 3 and category(dtype) < 3:
        x = jnp.real(x)
    return x.astype(dtype)
