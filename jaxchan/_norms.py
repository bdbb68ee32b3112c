"""Norms of all elements or over dims. The derivative at zero is torch's subgradient, 0."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ._checks import as_array, check_floating
from ._dims import canonical_dims
from ._dtypes import accumulator, canonical, category, real_dtype
from ._elementwise import magnitude, sgn
from ._extrema import extreme
from ._reductions import count

Dims = tuple[int, ...]


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
    if dtype is not None:
        x = x.astype(_castable(x, canonical("norm", dtype)))
    named = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if isinstance(p, str) and not (p == "fro" and (named is None or len(named) <= 2)):
        return _matrix_norm(x, p, named, bool(keepdim))
    order = 2.0 if p is None or isinstance(p, str) else float(p)
    dims = canonical_dims("norm", named, x.ndim)
    if (order < 0 or math.isinf(order)) and count(x.shape, dims) == 0:
        raise RuntimeError(
            f"norm: input must not be empty over dim {dims} for p={p}, got shape {x.shape}"
        )
    return _norm_jit(x, order, dims, bool(keepdim))


def _castable(x: jax.Array, dtype: Any) -> Any:
    if category(dtype) != category(x.dtype):
        wanted = "complex" if category(x.dtype) == 3 else "floating point"
        raise RuntimeError(f"norm: dtype must be {wanted} for {x.dtype}, got {dtype}")
    return dtype


def _matrix_norm(x: jax.Array, p: str, named: Dims | None, keepdim: bool) -> jax.Array:
    if p not in ("fro", "nuc"):
        raise RuntimeError(f"norm: p must be a number, 'fro' or 'nuc', got {p!r}")
    dims = tuple(range(x.ndim)) if named is None else named
    if len(dims) != 2:
        raise RuntimeError(f"norm: dim must name the two axes of a matrix for p={p!r}, got {dims}")
    if accumulator(x.dtype) != x.dtype:
        raise RuntimeError(f"norm: input must be float32 or wider for p={p!r}, got {x.dtype}")
    return _nuclear(x, canonical_dims("norm", dims, x.ndim), keepdim)


@partial(jax.jit, static_argnames=("dims", "keepdim"))
def _nuclear(x: jax.Array, dims: Dims, keepdim: bool) -> jax.Array:
    matrices = jnp.moveaxis(x, dims, (-2, -1))
    value = jnp.sum(jnp.linalg.svd(matrices, full_matrices=False, compute_uv=False), axis=-1)
    return jnp.expand_dims(value, dims) if keepdim else value


@partial(jax.jit, static_argnames=("p", "dims", "keepdim"))
def _norm_jit(x: jax.Array, p: float, dims: Dims, keepdim: bool) -> jax.Array:
    value = vector_norm(x.astype(accumulator(x.dtype)), p, dims)
    return (value if keepdim else jnp.squeeze(value, dims)).astype(real_dtype(x.dtype))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def vector_norm(x: jax.Array, p: float, dims: Dims) -> jax.Array:
    """The p-norm over `dims`, kept as 1."""
    if p == 2:
        return jnp.sqrt(jnp.sum(jnp.real(x * jnp.conj(x)), axis=dims, keepdims=True))
    size = magnitude(x)
    if p == 0:
        return jnp.sum((x != 0).astype(size.dtype), axis=dims, keepdims=True)
    if p == 1:
        return jnp.sum(size, axis=dims, keepdims=True)
    if math.isinf(p):
        return extreme(size, "max" if p > 0 else "min", dims)
    return jnp.sum(size**p, axis=dims, keepdims=True) ** (1 / p)


@vector_norm.defjvp
def _vector_norm_jvp(
    p: float, dims: Dims, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    value = vector_norm(x, p, dims)
    slope = _slope(x, value, p, dims)
    return value, jnp.sum(jnp.real(jnp.conj(slope) * dx), axis=dims, keepdims=True)


def _slope(x: jax.Array, value: jax.Array, p: float, dims: Dims) -> jax.Array:
    """d norm / d x in torch's cases, which differ in what is set to 0 at a zero."""
    size, zero = magnitude(x), jnp.zeros_like(x)
    if p == 0:
        return zero
    if p == 1:
        return sgn(x)
    if p == 2:
        return jnp.where(value == 0, zero, x / value.astype(x.dtype))
    if math.isinf(p):
        ties = (size == value) | jnp.isnan(size)
        share = jnp.sum(ties, axis=dims, keepdims=True).astype(size.dtype)
        return sgn(x) * (ties.astype(size.dtype) / share).astype(x.dtype)
    if p < 1:
        power = jnp.where(x == 0, jnp.zeros_like(size), size ** (p - 1))
        return sgn(x) * (power * value ** (1 - p)).astype(x.dtype)
    safe = jnp.where(value == 0, jnp.ones_like(value), value)
    unscaled = (
        sgn(x) * (size ** (p - 1)).astype(x.dtype)
        if p < 2
        else x * (size ** (p - 2)).astype(x.dtype)
    )
    return jnp.where(value == 0, zero, unscaled / (safe ** (p - 1)).astype(x.dtype))
