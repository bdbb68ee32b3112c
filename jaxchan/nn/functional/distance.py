"""Vectors brought to length 1, and how alike two are. Zero vectors keep finite derivatives."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_floating
from ..._dims import canonical_dim, canonical_dims, kept_dims
from ..._dtypes import accumulator, category, real_dtype, result_type
from ..._elementwise import broadcast_shape, difference, fence, times_one
from ..._norms import check_order, p_norm, real_number
from ..._totals import sum_of_arithmetic

Dims = tuple[int, ...]


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> jax.Array:
    """Each vector over `dim`, divided by its `p`-norm or by `eps`, whichever is larger.

    Torch:    torch.nn.functional.normalize
    Shapes:   kept.
    Dtypes:   kept; floating or complex. In float16 an `eps` below 6e-8 is 0: a zero vector is nan.
    Gradient: that of x / norm, and the cotangent over `eps` where the norm is below `eps`.
    Errors:   IndexError for a dim out of range; RuntimeError for an integer input, a repeated dim,
              empty vectors under p<0 or inf, or an eps that the dtype cannot hold; TypeError for an
              eps that is not a number.

    >>> normalize(jnp.array([[3.0, 4.0], [0.0, 0.0]]))
    Array([[0.6, 0.8],
           [0. , 0. ]], dtype=float...)
    """
    x = as_array("normalize", "input", input)
    check_floating("normalize", "input", x)
    order, least = (real_number("normalize", n, v) for n, v in (("p", p), ("eps", eps)))
    dims = canonical_dims("normalize", dim, x.ndim)
    check_order("normalize", x.shape, order, dims)
    if math.isfinite(least) and math.isinf(_rounded(least, x.dtype)):
        raise RuntimeError(f"normalize: eps must fit in {x.dtype}, got {eps}")
    return _normalize(x, order, dims, least)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> jax.Array:
    """Norm of order `p` of x1 - x2 + `eps` over the last dim.

    Torch:    torch.nn.functional.pairwise_distance
    Shapes:   the broadcast of both -> its last axis dropped, or kept as 1.
    Dtypes:   promoted as in arithmetic, integers to float32; complex gives its real type.
    Gradient: that of `norm` at the difference.
    Errors:   RuntimeError for shapes that do not broadcast, a bool, or empty vectors under p<0 or
              inf; TypeError for an input that is not an array or an option that is not a number.

    >>> float(pairwise_distance(jnp.array([1.0, 2.0]), jnp.array([4.0, 6.0]), eps=0.0))
    5.0
    """
    op = "pairwise_distance"
    x, y = as_array(op, "x1", x1), as_array(op, "x2", x2)
    order, shift = (real_number(op, n, v) for n, v in (("p", p), ("eps", eps)))
    dtype = result_type(x, y)
    if jnp.bool_ in (x.dtype, y.dtype):
        raise RuntimeError(f"{op}: x1 and x2 must not be bool, got {x.dtype} and {y.dtype}")
    shape = broadcast_shape(op, x1=x, x2=y)
    dims = canonical_dims(op, -1, len(shape))
    check_order(op, shape, order, dims, "x1 - x2")
    return _distance(x, y, order, shift, bool(keepdim), shape, dtype)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> jax.Array:
    """Cosine of the angle between vectors along `dim`; neither length counts as less than `eps`.

    Torch:    torch.nn.functional.cosine_similarity
    Shapes:   the broadcast of both -> the axis `dim` dropped.
    Dtypes:   promoted to a floating one, 0-d arrays as any. Each is divided by its norm in its own
              dtype; in float16 an `eps` below 6e-8 is 0.
    Gradient: that of the product of x / max(norm, eps); so finite at a zero vector.
    Errors:   IndexError for a dim out of range; RuntimeError for shapes that do not broadcast, two
              integers, a complex input, or an eps that is negative or nan; TypeError for an
              argument of another kind.

    >>> cosine_similarity(jnp.array([[1.0, 0.0]]), jnp.array([[2.0, 2.0]]))
    Array([0.707...], dtype=float...)
    """
    op = "cosine_similarity"
    x, y = as_array(op, "x1", x1), as_array(op, "x2", x2)
    least, dtype = real_number(op, "eps", eps), result_type(x, y)
    if category(dtype) != 2:
        raise RuntimeError(f"{op}: x1 and x2 must be floating point, got {x.dtype} and {y.dtype}")
    if not least >= 0:
        raise RuntimeError(f"{op}: eps must not be negative, got {eps}")
    shape = broadcast_shape(op, x1=x, x2=y)
    x, y = (v if category(v.dtype) == 2 else v.astype(dtype) for v in (x, y))
    return _cosine(x, y, canonical_dim(op, dim, len(shape)), least, shape)


@partial(jax.jit, static_argnames=("p", "dims", "eps"))
def _normalize(x: jax.Array, p: float, dims: Dims, eps: float) -> jax.Array:
    wide = x.astype(accumulator(x.dtype))
    size = _at_least(p_norm(wide, p, dims, x.dtype == jnp.float16), _rounded(eps, x.dtype))
    wide, size = times_one(wide), size.astype(wide.dtype)
    if p == 0:  # a count has no slope, whose 0 would make nan of a nan
        return (wide / jax.lax.stop_gradient(size)).astype(x.dtype)
    return _over(wide, size).astype(x.dtype)


@partial(jax.jit, static_argnames=("p", "eps", "keepdim", "shape", "dtype"))
def _distance(
    x: jax.Array,
    y: jax.Array,
    p: float,
    eps: float,
    keepdim: bool,
    shape: tuple[int, ...],
    dtype: np.dtype,
) -> jax.Array:
    wide = accumulator(dtype)  # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(dtype).astype(wide), shape) for v in (x, y))
    last = (len(shape) - 1,) if shape else ()
    out = dtype if category(dtype) > 1 else np.dtype(jnp.float32)
    between = difference(x, y).astype(accumulator(out)) + eps
    value = p_norm(between, p, last, out == jnp.float16)
    return (value if keepdim else jnp.squeeze(value, last)).astype(real_dtype(out))


@partial(jax.jit, static_argnames=("axis", "eps", "shape"))
def _cosine(x: jax.Array, y: jax.Array, axis: int, eps: float, shape: tuple[int, ...]) -> jax.Array:
    dtype = result_type(jnp.atleast_1d(x), jnp.atleast_1d(y))
    dims, wide = (axis,) if shape else (), accumulator(dtype)
    least = tuple(_rounded(eps, v.dtype) for v in (x, y))
    # the gradient of a broadcast is a sum
    x, y = (jnp.broadcast_to(v.astype(accumulator(v.dtype)), shape) for v in (x, y))
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    value = (
        _product(x, y, dims, least, wide) if x.size else jnp.zeros(kept_dims(x.shape, dims), wide)
    )
    return jnp.squeeze(value, dims).astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3, 4))
def _product(
    x: jax.Array, y: jax.Array, dims: Dims, least: tuple[float, float], dtype: np.dtype
) -> jax.Array:
    """The sum over `dims`, kept as 1, of the products of `x` and `y` over their norms, each of
    which is in its own dtype, and counts as no less than its own of `least`."""
    sizes = (jnp.maximum(p_norm(v, 2.0, dims), e) for v, e in zip((x, y), least, strict=True))
    a, b = ((v / size).astype(dtype) for v, size in zip((x, y), sizes, strict=True))
    return sum_of_arithmetic(jnp.multiply, dims, a, b)


def _length(x: jax.Array, dims: Dims, least: float) -> jax.Array:
    return _raised(p_norm(x, 2.0, dims), least)


@_product.defjvp
def _product_jvp(
    dims: Dims, least: tuple[float, float], dtype: np.dtype, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x, y), (dx, dy) = primals, tangents
    value = _product(x, y, dims, least, dtype)
    tangent = jnp.zeros_like(value)
    for v, other, d, e, f in ((x, y, dx, *least), (y, x, dy, *reversed(least))):
        # fenced: what the sums share with these loops would be written out
        size, length = fence(p_norm(v, 2.0, dims)), fence(_length(other, dims, f))
        unit = (fence(other) / length).astype(dtype)
        slope = jnp.where(size == 0, jnp.zeros_like(v), fence(v) / size).astype(dtype)
        along = (unit - value * slope) / _raised(size, e).astype(dtype)
        tangent += jnp.sum(along * d.astype(dtype), axis=dims, keepdims=True)
    return value, tangent


def _over(x: jax.Array, size: jax.Array) -> jax.Array:
    """x / size, where the derivatives of both cancel exactly for a vector of one element."""
    if x.size == 0:
        return x
    return _quotient(x, size)


@jax.custom_jvp
def _quotient(x: jax.Array, size: jax.Array) -> jax.Array:
    return x / size


@_quotient.defjvp
def _quotient_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, size), (dx, dsize) = primals, tangents
    y = _quotient(x, size)

    def by_term(y: jax.Array, size: jax.Array, dx: jax.Array, dsize: jax.Array) -> jax.Array:
        return dx / size - y * (dsize / size)  # the transpose on CPU need not write out a quotient

    def at_last(y: jax.Array, size: jax.Array, dx: jax.Array, dsize: jax.Array) -> jax.Array:
        return (dx - y * dsize) / size

    return y, jax.lax.platform_dependent(y, size, dx, dsize, cpu=by_term, default=at_last)


def _rounded(eps: float, dtype: np.dtype) -> float:
    """`eps` as torch compares with it: a number of `dtype`."""
    with np.errstate(over="ignore"):
        return float(np.asarray(eps).astype(real_dtype(dtype)))


def _raised(size: jax.Array, eps: float) -> jax.Array:
    """The larger of both, with the derivative of `size` even below `eps`: as torch has it here."""
    return size + jax.lax.stop_gradient(jnp.maximum(size, eps) - size)


def _at_least(size: jax.Array, eps: float) -> jax.Array:
    """The larger of both, nan if either is; on the bound the derivative is the size's."""
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _larger(size, eps) if size.size else size


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _larger(size: jax.Array, eps: float) -> jax.Array:
    # one maximum: XLA's fusion for GPUs of a reduction and what follows it takes no select of both
    return jnp.maximum(size, jnp.full_like(size, eps))


@_larger.defjvp
def _larger_jvp(eps: float, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (size,), (d,) = primals, tangents
    return _larger(size, eps), jnp.where(size >= eps, d, jnp.zeros_like(d))
