"""Masked softmax and its kin, running sums and products, and scaling to a norm of 1."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _cumulative
from .._dtypes import accumulator, canonical, category, result_type
from .._elementwise import larger
from .._norms import real_number
from .._reductions import in_float16
from ..nn import functional as F
from ._core import checked, filled, first_dim, number_kept
from ._statistics import norm_of


def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> jax.Array:
    """Exponentials along `dim` of the elements that `mask` keeps, scaled to sum to 1.

    0 under the mask, and nan along a line of which it keeps none. Integers, of which torch counts
    an element under the mask as the lowest of its dtype, are shared evenly there.

    Torch:    torch.masked.softmax
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   floating kept; `dtype` is cast to first, so that integers too have one.
    Gradient: y (g - sum(g y)), and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a dtype
              that is not floating point, bool and wide unsigned integers under a mask, or a mask
              that does not broadcast; TypeError for a complex input under a mask, or a dim of
              another kind.

    >>> softmax(jnp.array([0.0, 0.0, 9.0]), 0, mask=jnp.array([True, True, False]))
    Array([0.5, 0.5, 0. ], dtype=float...)
    """
    return _of_lines("softmax", "amax", input, dim, dtype, mask)


def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> jax.Array:
    """The logarithm of `softmax`, without its underflow: -inf under the mask.

    Torch:    torch.masked.log_softmax
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   floating kept; `dtype` is cast to first, so that integers too have one.
    Gradient: g - softmax(x) sum(g), and 0 under the mask.
    Errors:   as `softmax`: IndexError, RuntimeError and TypeError.

    >>> log_softmax(jnp.array([0.0, 1000.0, 2000.0]), 0, mask=jnp.array([True, True, False]))
    Array([-1000.,     0.,   -inf], dtype=float...)
    """
    return _of_lines("log_softmax", "amax", input, dim, dtype, mask)


def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> jax.Array:
    """`softmax` of the negative; under the mask 0, with nan where `softmax` has it.

    Torch:    torch.masked.softmin
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   floating kept; `dtype` is cast to after the negation, which wraps unsigned integers.
    Gradient: -y (g - sum(g y)), and 0 under the mask.
    Errors:   as `softmax`: IndexError, RuntimeError (for bool too) and TypeError.

    >>> softmin(jnp.array([0.0, 0.0, -9.0]), 0, mask=jnp.array([True, True, False]))
    Array([0.5, 0.5, 0. ], dtype=float...)
    """
    return _of_lines("softmin", "amin", input, dim, dtype, mask)


def cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> jax.Array:
    """Sum of the elements up to each along `dim` that `mask` keeps.

    Torch:    torch.masked.cumsum
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   kept, integers too (unlike `torch.cumsum`), or `dtype`, which is cast to first.
    Gradient: the sum of the cotangents from each on, and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a bool
              result or a mask that does not broadcast; TypeError for a dim of another kind.

    >>> cumsum(jnp.array([1, 2, 4]), 0, mask=jnp.array([True, False, True])).tolist()
    [1, 1, 5]
    """
    x, mask = checked("cumsum", input, mask)
    axis = first_dim("cumsum", dim, x.ndim)
    return _cumulative.cumsum(filled("cumsum", x, mask, "sum"), axis, dtype=dtype or x.dtype)


def cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> jax.Array:
    """Product of the elements up to each along `dim` that `mask` keeps.

    Torch:    torch.masked.cumprod
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   kept, integers too (unlike `torch.cumprod`), or `dtype`, which is cast to first.
    Gradient: as `cumprod`, exact with zeros among the elements, and 0 under the mask.
    Errors:   IndexError for a dim out of range or a mask of more dims; RuntimeError for a bool
              result or a mask that does not broadcast; TypeError for a dim of another kind.

    >>> cumprod(jnp.array([1, 2, 4]), 0, mask=jnp.array([True, False, True])).tolist()
    [1, 1, 4]
    """
    x, mask = checked("cumprod", input, mask)
    axis = first_dim("cumprod", dim, x.ndim)
    return _cumulative.cumprod(filled("cumprod", x, mask, "prod"), axis, dtype=dtype or x.dtype)


def normalize(
    input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None
) -> jax.Array:
    """The elements that `mask` keeps, over their norm of order `ord` along `dim`, at least `eps`.

    0 under the mask. `eps` is rounded to the dtype: its default is 0 in float16, in which a line of
    zeros gives nan.

    Torch:    torch.masked.normalize
    Shapes:   kept; a mask broadcasts to the input.
    Dtypes:   floating and complex kept; `dtype` is that of the norm, with which it is promoted.
    Gradient: of x / max(norm, eps), a tie of the two shared evenly; 0 under the mask.
    Errors:   RuntimeError for an integer input, a complex order or `eps`, a mask that does not
              broadcast, or a dtype of another kind or narrower; IndexError for a dim out of range
              or a mask of more dims; TypeError for an order or an `eps` that is not a number;
              AssertionError for a complex input under a mask and `ord=-inf`.

    >>> normalize(jnp.array([3.0, 4.0, 5.0]), 2, 0, mask=jnp.array([True, True, False]))
    Array([0.6, 0.8, 0. ], dtype=float...)
    """
    x, mask = checked("normalize", input, mask)
    elements = filled("normalize", x, mask, "sum")
    size = norm_of("normalize", x, mask, ord, dim, True, dtype)
    smallest = real_number("normalize", "eps", eps)
    return _scaled(elements, size, smallest, result_type(x, size))


def _of_lines(op: str, like: str, input: Any, dim: Any, dtype: Any, mask: Any) -> jax.Array:
    x, mask = checked(op, input, mask)
    axis = first_dim(op, dim, x.ndim)
    lines = filled(op, x, mask, like)
    out = x.dtype if dtype is None else canonical(op, dtype)
    if mask is None or category(x.dtype) != 2:
        return getattr(F, op)(lines, axis, dtype=out)
    return _of_masked_lines(lines, mask, op, axis, out)


@partial(jax.jit, static_argnames=("op", "axis", "dtype"))
def _of_masked_lines(
    x: jax.Array, mask: jax.Array, op: str, axis: int, dtype: np.dtype
) -> jax.Array:
    # the derivative without an element is 0, and that of an infinite line would be nan
    nothing = number_kept(x, mask, (axis,)) == 0
    value = getattr(F, op)(jnp.where(nothing, jnp.zeros_like(x), x), axis, dtype=dtype)
    return jnp.where(nothing, jnp.full_like(value, jnp.nan), value)


@partial(jax.jit, static_argnames=("smallest", "dtype"))
def _scaled(x: jax.Array, size: jax.Array, smallest: float, dtype: np.dtype) -> jax.Array:
    if x.size == 0:
        # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
        return x.astype(dtype)
    divisor = larger(size, jnp.full_like(size, smallest))
    wide = accumulator(dtype)  # the gradient of a broadcast is a sum
    divisor = jnp.broadcast_to(divisor.astype(wide), x.shape)
    return _quotient(x.astype(wide), divisor, dtype == jnp.float16).astype(dtype)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _quotient(x: jax.Array, y: jax.Array, float16: bool) -> jax.Array:
    """x / y whose slope divides twice, as torch's: squared, a tiny `y` is 0."""
    return x / y


@_quotient.defjvp
def _quotient_jvp(float16: bool, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, y), (dx, dy) = primals, tangents
    value = _quotient(x, y, float16)
    # torch forms the slope in float16, in which it may overflow
    rounded = in_float16(value) if float16 else value
    # XLA would make x / (y * y) of x / y / y
    slope = _quotient(jax.lax.optimization_barrier(rounded), y, float16)
    return value, _quotient(dx, y, float16) - dy * (in_float16(slope) if float16 else slope)
