"""Variance and standard deviation, by two passes: first the mean, then the squared deviations. On
GPUs one pass carries both, or the two are one kernel.

The divisor is N - correction, where torch's default correction is 1 (numpy's and JAX's is 0). With
N <= correction the result is inf, or nan where all elements are equal.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from ._checks import as_array, check_floating, is_number
from ._dims import canonical_dims, count, kept_dims
from ._dtypes import accumulator, real_dtype
from ._elementwise import fence, times_one
from ._online import as_rows, finite, first_finite, has_moments, is_rows, moments
from ._reductions import mean
from ._totals import sum_over

Dims = tuple[int, ...]
NEAR = 2**-16  # of a 16-bit number: less than its rounding, and more than that of a mean


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> jax.Array:
    """Variance over `dim`.

    Torch:    torch.var
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating kept; complex gives its real type; integers raise.
    Gradient: 2 (x - mean) / (N - correction). With N <= correction: dim=None gives inf (nan where x
              is the mean); a given dim divides by the negative count. Both are torch's.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim or an integer
              input; TypeError for both `unbiased` and `correction`.

    >>> float(var(jnp.array([1.0, 2.0, 4.0])))
    2.333...
    """
    return _spread(*_arguments("var", input, dim, unbiased, keepdim, correction))


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> jax.Array:
    """Standard deviation over `dim`.

    Torch:    torch.std
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating kept; complex gives its real type; integers raise.
    Gradient: that of var over 2 std, and 0 where std is 0.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim or an integer
              input; TypeError for both `unbiased` and `correction`.

    >>> jax.grad(lambda x: std(x))(jnp.ones(3))
    Array([0., 0., 0.], dtype=float...)
    """
    return _spread(*_arguments("std", input, dim, unbiased, keepdim, correction))


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Variance and mean over `dim`.

    Torch:    torch.var_mean
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; twice.
    Dtypes:   floating kept; the variance of complex numbers is real; integers raise.
    Gradient: the sum of those of `var` and `mean`.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim or an integer
              input; TypeError for both `unbiased` and `correction`.

    >>> [float(v) for v in var_mean(jnp.array([1.0, 2.0, 6.0]))]
    [7.0, 3.0]
    """
    return _spread_and_mean(*_arguments("var_mean", input, dim, unbiased, keepdim, correction))


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Standard deviation and mean over `dim`.

    Torch:    torch.std_mean
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1; twice.
    Dtypes:   floating kept; the deviation of complex numbers is real; integers raise.
    Gradient: the sum of those of `std` and `mean`; that of `std` is 0 where it is 0.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim or an integer
              input; TypeError for both `unbiased` and `correction`.

    >>> [float(v) for v in std_mean(jnp.array([1.0, 2.0, 3.0]))]
    [1.0, 2.0]
    """
    return _spread_and_mean(*_arguments("std_mean", input, dim, unbiased, keepdim, correction))


def _arguments(
    op: str, input: Any, dim: Any, unbiased: Any, keepdim: Any, correction: Any
) -> tuple[jax.Array, str, Dims, bool, float, int | None]:
    x = as_array(op, "input", input)
    check_floating(op, "input", x)
    if isinstance(dim, bool) and unbiased is None:  # torch's overload var(input, unbiased)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(
            f"{op}: unbiased and correction must not both be given, got {unbiased}, {correction}"
        )
    if correction is not None and not is_number(correction):
        raise TypeError(f"{op}: correction must be a number, got {type(correction).__name__}")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    given = (
        None
        if dim is None or x.ndim == 0
        else count(x.shape, canonical_dims(op, dim, x.ndim, empty_is_all=False))
    )
    dims = canonical_dims(op, dim, x.ndim)
    return x, op, dims, bool(keepdim), float(correction), given


@partial(jax.jit, static_argnames=("op", "dims", "keepdim", "correction", "given"))
def _spread(
    x: jax.Array, op: str, dims: Dims, keepdim: bool, correction: float, given: int | None
) -> jax.Array:
    value = (_variance if op.startswith("var") else _deviation)(x, dims, correction, given)
    return (value if keepdim else jnp.squeeze(value, dims)).astype(real_dtype(x.dtype))


@partial(jax.jit, static_argnames=("op", "dims", "keepdim", "correction", "given"))
def _spread_and_mean(
    x: jax.Array, op: str, dims: Dims, keepdim: bool, correction: float, given: int | None
) -> tuple[jax.Array, jax.Array]:
    spread = _spread(x, op, dims, keepdim, correction, given)
    if jnp.iscomplexobj(x):
        # torch takes the parts apart here, so that a nan in one leaves the other
        real, imag = (mean(part, dims, keepdim) for part in (jnp.real(x), jnp.imag(x)))
        return spread, lax.complex(real, imag)

    def once(x: jax.Array) -> jax.Array:
        if _is_carried(x, dims):
            return moments(x, dims, accumulator(x.dtype))[1].astype(x.dtype)
        return mean(x, dims, True)

    if not x.size:
        return spread, mean(x, dims, keepdim)
    middle = lax.platform_dependent(x, cuda=once, default=partial(mean, dim=dims, keepdim=True))
    return spread, middle if keepdim else jnp.squeeze(middle, dims)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _variance(x: jax.Array, dims: Dims, correction: float, given: int | None) -> jax.Array:
    """The variance over `dims`, kept as 1, in the dtype that accumulates `x`; `given` counts the
    elements of the dims named."""
    if jnp.iscomplexobj(x):  # 0 / 0 of one part is nan, whatever the other
        parts = (jnp.real(x), jnp.imag(x))
        real, imag = (_variance(part, dims, correction, given) for part in parts)
        return real + imag
    number = count(x.shape, dims)
    divisor = max(number - correction, 0) if number else 0
    total = _deviations(x, dims)[1]
    return total / jnp.asarray(divisor, total.dtype)


def _deviations(x: jax.Array, dims: Dims) -> tuple[jax.Array, jax.Array]:
    """`x` less its mean over `dims`, exactly 0 where all elements are equal; the sum of squares of
    that. On CPU both sums are such that a library takes them whole, and writes nothing out."""
    wide = accumulator(x.dtype)

    def plain(x: jax.Array, dims: Dims = dims) -> tuple[jax.Array, jax.Array]:
        x = x.astype(wide)
        # less the first element, for compilers contract x - sum * (1 / N) into one rounding, which
        # leaves the error of 1 / N standing
        shifted = x - first_finite(x, dims)
        deviation = shifted - jnp.mean(shifted, axis=dims, keepdims=True)
        return deviation, jnp.sum(jnp.square(deviation), axis=dims, keepdims=True)

    def whole(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        mean, left = centre(x, dims)
        # unfenced, both would share x - mean, or a broadcast mean, written out
        square = sum_over(lambda x, mean: jnp.square(x - mean), dims, x, fence(mean))
        return fence(x) - mean - left, square - count(x.shape, dims) * (left * left)

    def of_narrow(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        number = count(x.shape, dims)
        mean = sum_over(lambda x: x.astype(wide) / number, dims, x)
        # the rounding of the mean is far below theirs, but of equal elements it has to be one
        first = first_finite(x, dims).astype(wide)
        near = jnp.abs(mean - first) <= NEAR * jnp.abs(first)
        place = fence(jnp.where(near, first, mean))
        x = lax.optimization_barrier(x)  # else both sums share it in float32, written out
        square = sum_over(lambda x, place: jnp.square(x.astype(wide) - place), dims, x, place)
        left = jnp.where(near & (square > 0), mean - first, jnp.zeros_like(mean))
        return x.astype(wide) - place - left, square - number * (left * left)

    def once(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        if _is_carried(x, dims):
            deviation, _, square = moments(x, dims, wide)
            return deviation, square
        if is_rows(x, dims):
            deviation, square = plain(as_rows(x, dims), (dims[0],))
            return deviation.reshape(x.shape), square.reshape(kept_dims(x.shape, dims))
        return plain(x)

    if jnp.iscomplexobj(x) or not x.size:
        return plain(x)
    quick = whole if x.dtype == wide else of_narrow
    return lax.platform_dependent(x, cpu=quick, cuda=once, default=plain)


def _is_carried(x: jax.Array, dims: Dims) -> bool:
    """Whether GPUs carry the mean along. Of rows XLA has both passes in one kernel."""
    return has_moments(x, dims) and not is_rows(x, dims)


def centre(x: jax.Array, dims: Dims) -> tuple[jax.Array, jax.Array]:
    """The mean over `dims`, and what its rounding left: x - mean - left has not lost a digit.

    Both come from the first element and the mean of the differences to it, so that equal elements
    have it for a mean, and nothing is left.
    """
    first = first_finite(x, dims)
    total = sum_over(jnp.subtract, dims, x, first)
    # fenced: compilers contract a sum * (1 / N) into what it is added to, here and not there
    rest = fence(total / count(x.shape, dims))
    mean = first + rest
    left = rest - (mean - first)
    return mean, finite(left)


@_variance.defjvp
def _variance_jvp(
    dims: Dims, correction: float, given: int | None, primals: tuple, tangents: tuple
) -> tuple:
    (x,), (dx,) = primals, tangents
    dx = dx.astype(accumulator(x.dtype))
    deviation, _ = _deviations(x, dims)
    divisor = (x.size if given is None else given) - correction
    if given is None and divisor <= 0:
        at_mean = deviation == 0
        if not jnp.iscomplexobj(x):  # an infinity that is the mean has no deviation
            x = x.astype(dx.dtype)
            at_mean |= x == jnp.mean(x, axis=dims, keepdims=True)
        slope = jnp.where(at_mean, jnp.nan, jnp.inf).astype(real_dtype(dx.dtype))
        tangent = jnp.sum(slope * jnp.real(dx), axis=dims, keepdims=True)
    else:
        # in full, for XLA leaves out a factor of 1: of an infinite part the other one is nan
        slope = jnp.asarray(2 / divisor if divisor else jnp.inf, dx.dtype) * times_one(deviation)
        aligned = jnp.real(slope) * jnp.real(dx)
        if jnp.iscomplexobj(x):
            aligned += jnp.imag(slope) * jnp.imag(dx)
        tangent = jnp.sum(aligned, axis=dims, keepdims=True)
    return _variance(x, dims, correction, given), tangent


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _deviation(x: jax.Array, dims: Dims, correction: float, given: int | None) -> jax.Array:
    return jnp.sqrt(_variance(x, dims, correction, given))


@_deviation.defjvp
def _deviation_jvp(
    dims: Dims, correction: float, given: int | None, primals: tuple, tangents: tuple
) -> tuple:
    (x,), (dx,) = primals, tangents
    value = _deviation(x, dims, correction, given)
    _, tangent = jax.jvp(lambda x: _variance(x, dims, correction, given), (x,), (dx,))
    flat = value == 0
    slope = tangent / (2 * jnp.where(flat, jnp.ones_like(value), value))
    return value, jnp.where(flat, jnp.zeros_like(slope), slope)
