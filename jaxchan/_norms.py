"""Norms, and what is made of them. The derivative at zero is torch's subgradient, 0."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array, check_floating
from ._dims import canonical_dim, canonical_dims, count
from ._dtypes import accumulator, canonical, category, real_dtype, result_type
from ._elementwise import broadcast_shape, difference, magnitude, sgn
from ._extrema import extreme
from ._totals import sum_of_arithmetic, sum_over

Dims = tuple[int, ...]
PLAIN_ORDERS = (0, 1, 2, math.inf, -math.inf)  # those whose derivative needs no power


def norm(
    input: Any,
    p: float | str | None = "fro",
    dim: Any = None,
    keepdim: bool = False,
    dtype: Any = None,
) -> jax.Array:
    """Norm of order `p` over `dim`: "fro", "nuc", inf, -inf, 0 (counts what is not 0) or any
    number.

    Torch:    torch.norm
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1. "nuc" takes a matrix, or two dims.
    Dtypes:   floating kept; complex gives its real type; `dtype` is cast to first; 16-bit floats
              are accumulated in float32, and the root is taken there.
    Gradient: 0 where the norm is 0 (p=2 and above) or the element is (p=1, inf); shared evenly
              among ties of p=inf; p=0 has none.
    Errors:   RuntimeError for an integer input, an unknown string, an empty input under p<0 or inf,
              or dims that are not a matrix's under "nuc"; IndexError for a dim out of range.

    >>> jax.grad(lambda x: norm(x))(jnp.zeros(2))
    Array([0., 0.], dtype=float...)
    """
    x = as_array("norm", "input", input)
    check_floating("norm", "input", x)
    x = widened("norm", x, dtype)
    named = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if isinstance(p, str) and not (p == "fro" and (named is None or len(named) <= 2)):
        return _matrix_norm(x, p, named, bool(keepdim))
    order = 2.0 if p is None or isinstance(p, str) else float(p)
    dims = canonical_dims("norm", named, x.ndim)
    return norm_over("norm", x, order, dims, bool(keepdim))


def dist(input: Any, other: Any, p: float = 2) -> jax.Array:
    """Norm of order `p` of the difference of two arrays, over all of its elements.

    Torch:    torch.dist
    Shapes:   two that broadcast -> ().
    Dtypes:   promoted as in arithmetic; complex gives its real type.
    Gradient: that of `norm` at the difference; so 0 where both are equal, for p=2.
    Errors:   RuntimeError for shapes that do not broadcast, a bool, two integers, or empty inputs
              under p<0 or inf; TypeError for an input that is not an array or a p that is no
              number.

    >>> float(dist(jnp.array([1.0, 2.0]), jnp.array([4.0, 6.0])))
    5.0
    """
    x, y = as_array("dist", "input", input), as_array("dist", "other", other)
    order, dtype = real_number("dist", "p", p), result_type(x, y)
    if category(dtype) < 2 or jnp.bool_ in (x.dtype, y.dtype):
        raise RuntimeError(
            f"dist: input and other must be floating point or complex, got {x.dtype} and {y.dtype}"
        )
    shape = broadcast_shape("dist", input=x, other=y)
    check_order("dist", shape, order, tuple(range(len(shape))))
    return _dist(x, y, order, shape, dtype)


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> jax.Array:
    """Each slice along `dim`, scaled to have a `p`-norm of at most `maxnorm`.

    Torch:    torch.renorm
    Shapes:   kept; at least 2 dims.
    Dtypes:   kept; floating or complex. Computed in twice the width; of 32 bits, under x64 alone.
    Gradient: the cotangent where a slice was kept; for a scaled one, the derivative of
              maxnorm x / (norm + 1e-7).
    Errors:   IndexError for a dim out of range; RuntimeError for fewer than 2 dims, an integer
              input, p <= 0, maxnorm < 0 or empty slices under p=inf; TypeError for a p, dim or
              maxnorm of another kind.

    >>> renorm(jnp.array([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0).round(3)
    Array([[0.6, 0.8],
           [0.3, 0.4]], dtype=float...)
    """
    x = as_array("renorm", "input", input)
    order, largest = (real_number("renorm", n, v) for n, v in (("p", p), ("maxnorm", maxnorm)))
    if not order > 0:
        raise RuntimeError(f"renorm: p must be positive, got {p}")
    if largest < 0:
        raise RuntimeError(f"renorm: maxnorm must not be negative, got {maxnorm}")
    if x.ndim < 2:
        raise RuntimeError(f"renorm: input must have at least 2 dims, got shape {x.shape}")
    axis = canonical_dim("renorm", dim, x.ndim)
    check_floating("renorm", "input", x)
    dims = tuple(d for d in range(x.ndim) if d != axis)
    check_order("renorm", x.shape, order, dims)
    return _renorm_jit(x, order, dims, largest)


def real_number(op: str, name: str, value: Any) -> float:
    """A Python number as a float, or torch's errors for another kind of argument."""
    if isinstance(value, complex):
        raise RuntimeError(f"{op}: {name} must be real, got {value}")
    if not isinstance(value, bool | int | float):
        raise TypeError(f"{op}: {name} must be a number, got {type(value).__name__}")
    return float(value)


def widened(op: str, x: jax.Array, dtype: Any) -> jax.Array:
    """`x` in `dtype`, which must be of its category and must hold all its values."""
    if dtype is None:
        return x
    wanted = canonical(op, dtype)
    if category(wanted) != category(x.dtype):
        kind = "complex" if category(x.dtype) == 3 else "floating point"
        raise RuntimeError(f"{op}: dtype must be {kind} for {x.dtype}, got {wanted}")
    if not jnp.can_cast(x.dtype, wanted):
        raise RuntimeError(f"{op}: dtype must not be narrower than {x.dtype}, got {wanted}")
    return x.astype(wanted)


def check_order(
    op: str, shape: tuple[int, ...], order: float, dims: Dims, name: str = "input"
) -> None:
    """RuntimeError where the norm of nothing is asked for and would not be 0."""
    if (order < 0 or math.isinf(order)) and count(shape, dims) == 0:
        raise RuntimeError(
            f"{op}: {name} must not be empty over dim {dims} for order {order}, got shape {shape}"
        )


def norm_over(op: str, x: jax.Array, order: float, dims: Dims, keepdim: bool) -> jax.Array:
    """The checked norm of `x` over `dims`."""
    check_order(op, x.shape, order, dims)
    return _norm_jit(x, order, dims, keepdim)


def _matrix_norm(x: jax.Array, p: str, named: Dims | None, keepdim: bool) -> jax.Array:
    if p not in ("fro", "nuc"):
        raise RuntimeError(f"norm: p must be a number, 'fro' or 'nuc', got {p!r}")
    dims = tuple(range(x.ndim)) if named is None else named
    if len(dims) != 2:
        raise RuntimeError(f"norm: dim must name the two axes of a matrix for p={p!r}, got {dims}")
    if accumulator(x.dtype) != x.dtype:
        raise RuntimeError(f"norm: input must be float32 or wider for p={p!r}, got {x.dtype}")
    return nuclear_norm(x, canonical_dims("norm", dims, x.ndim), keepdim)


@partial(jax.jit, static_argnames=("dims", "keepdim"))
def nuclear_norm(x: jax.Array, dims: Dims, keepdim: bool) -> jax.Array:
    """The sum of the singular values of the matrices in `dims`."""
    value = jnp.sum(singular_values(x, dims), axis=-1)
    return jnp.expand_dims(value, dims) if keepdim else value


def singular_values(x: jax.Array, dims: Dims) -> jax.Array:
    """Those of the matrices in `dims`, along a new last axis."""
    return jnp.linalg.svd(jnp.moveaxis(x, dims, (-2, -1)), full_matrices=False, compute_uv=False)


@partial(jax.jit, static_argnames=("p", "dims", "keepdim"))
def _norm_jit(x: jax.Array, p: float, dims: Dims, keepdim: bool) -> jax.Array:
    value = p_norm(x.astype(accumulator(x.dtype)), p, dims, x.dtype == jnp.float16)
    return (value if keepdim else jnp.squeeze(value, dims)).astype(real_dtype(x.dtype))


@partial(jax.jit, static_argnames=("p", "shape", "dtype"))
def _dist(
    x: jax.Array, y: jax.Array, p: float, shape: tuple[int, ...], dtype: np.dtype
) -> jax.Array:
    wide = accumulator(dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(dtype).astype(wide), shape) for v in (x, y))
    value = p_norm(difference(x, y), p, tuple(range(x.ndim)), dtype == jnp.float16)
    return jnp.squeeze(value).astype(real_dtype(dtype))


@partial(jax.jit, static_argnames=("p", "dims", "largest"))
def _renorm_jit(x: jax.Array, p: float, dims: Dims, largest: float) -> jax.Array:
    if x.size == 0:
        return x
    # torch's accumulator on CPU is twice as wide, which JAX for 32 bits has with x64 alone
    short = x.dtype.itemsize == 2
    wide = accumulator(x.dtype) if short else np.result_type(x.dtype, np.float64)
    wide = jax.dtypes.canonicalize_dtype(wide)
    return _renorm(x.astype(wide), p, dims, largest, x.dtype).astype(x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3, 4))
def _renorm(x: jax.Array, p: float, dims: Dims, largest: float, dtype: np.dtype) -> jax.Array:
    """Computed in a wider type than `dtype`, that of the result."""
    size = p_norm(x, p, dims)
    factor = jnp.where(size > largest, largest / (size + 1e-7), jnp.ones_like(size))
    return x * factor.astype(x.dtype)


@_renorm.defjvp
def _renorm_jvp(
    p: float, dims: Dims, largest: float, dtype: np.dtype, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    size, none = _p_norm(x, p, dims, dtype == jnp.float16), jnp.zeros_like(x)
    over, inverse = size > largest, (1 / (size + 1e-7)).astype(x.dtype)
    # masked, not left out: in a slice that is kept, a nan here reaches only torch's second order
    slope = jnp.where(over, _renorm_slope(x, size, p, dims, dtype), none)
    unit = jnp.where(over, x * inverse, none)
    factor = jnp.where(over, largest * inverse, jnp.ones_like(inverse))
    dsize = jnp.sum(jnp.real(jnp.conj(slope) * dx), axis=dims, keepdims=True).astype(x.dtype)
    return _renorm(x, p, dims, largest, dtype), factor * (dx - unit * dsize)


def _renorm_slope(
    x: jax.Array, size: jax.Array, p: float, dims: Dims, dtype: np.dtype
) -> jax.Array:
    """d norm / d x as torch's renorm has it: of `x` in its own dtype and a norm in a wider one."""
    if dtype == jnp.float16 and p not in PLAIN_ORDERS:
        return _outer(x.astype(jnp.float16), p).astype(x.dtype) * _inner(size, p)
    if not (math.isinf(p) and dtype == jnp.complex64):
        return _slope(x, size, p, dims, torchs_nan=True)
    # |x| rounded to float32 equals a norm in float64 only by luck, and else all is nan
    fixed = jax.lax.stop_gradient(x)
    exact = jnp.sqrt(jnp.real(fixed) ** 2 + jnp.imag(fixed) ** 2)
    rounded = jax.lax.reduce_precision(exact, exponent_bits=8, mantissa_bits=23)
    return _shared_slope(x, rounded, extreme(exact, "max", dims), dims)


def p_norm(x: jax.Array, p: float, dims: Dims, half: bool = False) -> jax.Array:
    """The p-norm over `dims`, kept as 1. half: the derivative overflows as torch's in float16."""
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _p_norm(x, p, dims, half) if x.size else jnp.sum(jnp.real(x), axis=dims, keepdims=True)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _p_norm(x: jax.Array, p: float, dims: Dims, half: bool) -> jax.Array:
    if p != 0 and count(x.shape, dims) == 1:
        return magnitude(x)  # exactly, so that x / norm has length 1
    if p == 2:
        return jnp.sqrt(sum_of_arithmetic(_squared, dims, x))
    if p == 0:
        return sum_over(lambda x: (x != 0).astype(real_dtype(x.dtype)), dims, x)
    if p == 1:
        return sum_over(magnitude, dims, x)
    if math.isinf(p):
        return extreme(magnitude(x), "max" if p > 0 else "min", dims)
    return _power(sum_over(lambda x: _power(magnitude(x), p), dims, x), 1 / p)


def _power(x: jax.Array, exponent: float) -> jax.Array:
    """x^exponent, by products and roots where there are such: XLA's pow takes a logarithm."""
    if x.dtype == jnp.float16:  # 1 / x^2 would overflow on the way
        return _power(x.astype(jnp.float32), exponent).astype(x.dtype)
    if exponent == 0.5:
        return jnp.sqrt(x)
    if exponent in range(-4, 5):
        return jax.lax.integer_pow(x, int(exponent))
    return x**exponent


def _squared(x: jax.Array) -> jax.Array:
    """|x|^2: infinite as soon as one part of a complex number is."""
    if not jnp.iscomplexobj(x):
        return x * x
    a, b = jnp.real(x), jnp.imag(x)
    return jnp.where(jnp.isinf(a) | jnp.isinf(b), jnp.inf, a * a + b * b)


@_p_norm.defjvp
def _p_norm_jvp(
    p: float, dims: Dims, half: bool, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value = _p_norm(x, p, dims, half)
    if half and p not in PLAIN_ORDERS:
        outer, inner = _outer(x.astype(jnp.float16), p), _inner(value.astype(jnp.float16), p)
        # in the order in which torch's backward multiplies, read from behind
        first, last = (inner, outer) if p < 1 else (outer, inner)
        terms = ((dx.astype(jnp.float16) * first) * last).astype(x.dtype)
        return value, jnp.sum(terms, axis=dims, keepdims=True)
    if p < 1 and p not in PLAIN_ORDERS and count(x.shape, dims) > 1:
        # summed before it is scaled, as in torch: where the norm is infinite they differ
        tangent = jnp.sum(jnp.real(jnp.conj(_low_power(x, p)) * dx), axis=dims, keepdims=True)
        return value, tangent * _power(value, 1 - p)
    slope = _slope(x, value, p, dims)
    return value, jnp.sum(jnp.real(jnp.conj(slope) * dx), axis=dims, keepdims=True)


def _low_power(x: jax.Array, p: float) -> jax.Array:
    """sgn(x) |x|^(p - 1), and 0 at 0."""
    size = magnitude(x)
    power = jnp.where(x == 0, jnp.zeros_like(size), _power(size, p - 1))
    return sgn(x) * power.astype(x.dtype)


def _slope(
    x: jax.Array, value: jax.Array, p: float, dims: Dims, torchs_nan: bool = False
) -> jax.Array:
    """d norm / d x in torch's cases, which differ in what is set to 0 at a zero.

    torchs_nan: whether the derivative of the slope is nan at a zero, for p >= 3 too.
    """
    size, zero = magnitude(x), jnp.zeros_like(x)
    if p == 0:
        return zero
    if p == 1:
        return sgn(x)
    safe = jnp.where(value == 0, jnp.ones_like(value), value)
    bottom = safe if p >= 3 and not torchs_nan else value
    one_element = count(x.shape, dims) == 1  # whose slope is exactly 1, by any power
    if p == 2 or (one_element and p not in PLAIN_ORDERS):
        return jnp.where(value == 0, zero, x / bottom.astype(x.dtype))
    if math.isinf(p):
        fixed = jax.lax.stop_gradient(size)
        return _shared_slope(x, fixed, extreme(fixed, "max" if p > 0 else "min", dims), dims)
    if p < 1:
        return _low_power(x, p) * _power(value, 1 - p).astype(x.dtype)
    if p >= 3:  # of a fractional power below, the slope at 0 is inf: x / norm would spread it
        unit = x / bottom.astype(x.dtype)
        return jnp.where(value == 0, zero, unit * _power(size / safe, p - 2).astype(x.dtype))
    unscaled = (
        sgn(x) * _power(size, p - 1).astype(x.dtype)
        if p < 2
        else x * _power(size, p - 2).astype(x.dtype)
    )
    return jnp.where(value == 0, zero, unscaled / _power(safe, p - 1).astype(x.dtype))


def _shared_slope(x: jax.Array, size: jax.Array, value: jax.Array, dims: Dims) -> jax.Array:
    """The slope of the extreme `value`, shared by the sizes that equal it; nan if none does."""
    ties = (size == value) | jnp.isnan(size)
    share = jnp.sum(ties, axis=dims, keepdims=True).astype(jnp.real(x).dtype)
    # XLA would make 0 of 0 / 0 times a mask
    outside = jnp.where(share == 0, jnp.nan, 0.0).astype(share.dtype)
    return sgn(x) * jnp.where(ties, 1 / share, outside).astype(x.dtype)


def _outer(x: jax.Array, p: float) -> jax.Array:
    """What torch's backward multiplies by at each element, formed from `x` as torch forms it."""
    size = magnitude(x)
    if p < 1:
        return _low_power(x, p)
    return sgn(x) * size ** (p - 1) if p < 2 else x * size ** (p - 2)


def _inner(value: jax.Array, p: float) -> jax.Array:
    """What torch's backward multiplies by at each norm."""
    if p < 1:
        return value ** (1 - p)
    return jnp.where(value == 0, jnp.zeros_like(value), 1 / value ** (p - 1))
