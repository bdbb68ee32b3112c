"""torch.linalg's norms, under its names.

A vector's orders are numbers; a matrix's are "fro", "nuc", 1 and inf (sums of columns and rows), 2
(singular values) and the negatives of the last three, which take the smallest.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ._checks import as_array, check_floating
from ._dims import canonical_dim, canonical_dims
from ._dtypes import accumulator, real_dtype
from ._extrema import extreme_shared
from ._norms import norm_over, nuclear_norm, p_norm, real_number, singular_values, widened

Pair = tuple[int, int]
MATRIX_ORDERS = (1.0, -1.0, 2.0, -2.0, float("inf"), float("-inf"))


def vector_norm(
    input: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> jax.Array:
    """Norm of order `ord` over `dim`, of the elements as one vector: 0 counts what is not 0.

    Torch:    torch.linalg.vector_norm
    Shapes:   (*) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating kept; complex gives its real type; `dtype` is cast to first.
    Gradient: 0 where the norm is 0 (2 and above) or the element is (1, inf); shared evenly among
              ties of inf; order 0 has none.
    Errors:   RuntimeError for an integer input, a complex order, a repeated dim, an empty input
              under a negative order or inf, or a dtype of another kind or narrower; IndexError for
              a dim out of range; TypeError for an order that is not a number.

    >>> float(vector_norm(jnp.array([[1.0, 2.0], [2.0, 4.0]])))
    5.0
    """
    x = as_array("vector_norm", "input", input)
    order = real_number("vector_norm", "ord", ord)
    return _of_vectors("vector_norm", x, order, dim, keepdim, dtype)


def matrix_norm(
    input: Any,
    ord: float | str = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> jax.Array:
    """Norm of the matrices in the two axes `dim`.

    Torch:    torch.linalg.matrix_norm
    Shapes:   (*, m, n) -> the axes in `dim` dropped, or kept as 1.
    Dtypes:   floating kept; complex gives its real type; `dtype` is cast to first. Singular values
              ("nuc", 2, -2) need float32 or wider.
    Gradient: "fro": 0 at 0. 1, 2, inf and their negatives: shared evenly among ties.
    Errors:   RuntimeError for an integer input, fewer than 2 dims, an unknown order, dims that are
              not two different ones, or a dtype of another kind or narrower; IndexError for a dim
              out of range, or an empty one whose smallest is asked for; TypeError for a dim or an
              order of another kind.

    >>> float(matrix_norm(jnp.array([[1.0, -2.0], [3.0, 4.0]]), 1))
    6.0
    """
    return _of_matrices(
        "matrix_norm", as_array("matrix_norm", "input", input), ord, dim, keepdim, dtype
    )


def norm(
    input: Any,
    ord: float | str | None = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> jax.Array:
    """A vector's norm or a matrix's, as `dim` (else the rank) says; all of it, flat, without `ord`.

    Torch:    torch.linalg.norm
    Shapes:   (*) -> the one or two axes in `dim` dropped, or kept as 1.
    Dtypes:   as `vector_norm` and `matrix_norm`.
    Gradient: as `vector_norm` and `matrix_norm`.
    Errors:   RuntimeError for an integer input, an order without dim for more than 2 dims, an
              unknown order, or dims that are not one or two different ones; IndexError for a dim
              out of range; TypeError for a dim or an order of another kind.

    >>> float(norm(jnp.array([[3.0, 0.0], [0.0, 4.0]]), 2))
    4.0
    """
    x = as_array("norm", "input", input)
    named = (dim,) if isinstance(dim, int) else dim
    if named is not None and not isinstance(named, tuple | list):
        raise TypeError(f"norm: dim must be an int or a sequence of ints, got {dim!r}")
    if named is not None and len(named) not in (1, 2):
        raise RuntimeError(f"norm: dim must name one axis or two, got {named}")
    if named is None and ord is not None and x.ndim not in (1, 2):
        raise RuntimeError(
            f"norm: input must have 1 or 2 dims with an ord and no dim, got {x.ndim}"
        )
    if isinstance(ord, str) or (ord is not None and len(named or x.shape) == 2):
        return _of_matrices("norm", x, ord, (0, 1) if named is None else named, keepdim, dtype)
    order = 2.0 if ord is None else real_number("norm", "ord", ord)
    return _of_vectors("norm", x, order, named, keepdim, dtype)


def _of_vectors(
    op: str, x: jax.Array, order: float, dim: Any, keepdim: bool, dtype: Any
) -> jax.Array:
    check_floating(op, "input", x)
    x = widened(op, x, dtype)
    return norm_over(op, x, order, canonical_dims(op, dim, x.ndim), bool(keepdim))


def _of_matrices(op: str, x: jax.Array, ord: Any, dim: Any, keepdim: bool, dtype: Any) -> jax.Array:
    order = ord if isinstance(ord, str) else real_number(op, "ord", ord)
    rows, columns = _two_dims(op, x, dim)
    if order not in ("fro", "nuc", *MATRIX_ORDERS):
        raise RuntimeError(f"{op}: ord must be one of a matrix's, got {ord!r}")
    if order in ("nuc", 2, -2) and accumulator(x.dtype) != x.dtype:
        raise RuntimeError(f"{op}: input must be float32 or wider for ord={ord!r}, got {x.dtype}")
    x = widened(op, x, dtype)
    if order == "fro":
        return norm_over(op, x, 2.0, tuple(sorted((rows, columns))), bool(keepdim))
    if order == "nuc":
        return nuclear_norm(x, (rows, columns), bool(keepdim))
    return _of_lines(op, x, order, (rows, columns), bool(keepdim))


def _two_dims(op: str, x: jax.Array, dim: Any) -> Pair:
    """The axes of a matrix, which is of floats."""
    if not isinstance(dim, tuple | list):
        raise TypeError(f"{op}: dim must be two ints, got {dim!r}")
    if x.ndim < 2 or len(dim) != 2:
        raise RuntimeError(
            f"{op}: dim must name two axes of the input, got {tuple(dim)} for shape {x.shape}"
        )
    check_floating(op, "input", x)
    rows, columns = (canonical_dim(op, d, x.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{op}: dim must name two different axes, got {tuple(dim)}")
    return rows, columns


def _of_lines(op: str, x: jax.Array, order: float, dims: Pair, keepdim: bool) -> jax.Array:
    """The largest or smallest sum of a column or row, or singular value."""
    rows, columns = (x.shape[d] for d in dims)
    lines = columns if abs(order) == 1 else rows if math.isinf(order) else min(rows, columns)
    if lines == 0 and order < 0:
        raise IndexError(f"{op}: dim must not be empty for ord={order}, got shape {x.shape}")
    if x.size == 0:
        kept = [1 if d in dims else n for d, n in enumerate(x.shape) if keepdim or d not in dims]
        return jnp.zeros(kept, real_dtype(x.dtype))
    return _of_lines_jit(x, order, dims, keepdim)


@partial(jax.jit, static_argnames=("order", "dims", "keepdim"))
def _of_lines_jit(x: jax.Array, order: float, dims: Pair, keepdim: bool) -> jax.Array:
    which = "max" if order > 0 else "min"
    wide = x.astype(accumulator(x.dtype))
    if abs(order) == 2:
        values = singular_values(wide, dims)
        value = extreme_shared(values, which, (values.ndim - 1,), False)[..., 0]
        return jnp.expand_dims(value, dims) if keepdim else value
    summed, compared = dims if abs(order) == 1 else dims[::-1]
    value = extreme_shared(p_norm(wide, 1.0, (summed,)), which, (compared,), False)
    return (value if keepdim else jnp.squeeze(value, dims)).astype(real_dtype(x.dtype))
