"""What every masked operation does first: check the mask, and put the identity under it."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._checks import as_array
from .._dims import canonical_dim, count, kept_dims
from .._dtypes import category, index_dtype
from .._select import count_set

Dims = tuple[int, ...]
INF = float("inf")
IDENTITIES = {
    "sum": 0,
    "prod": 1,
    "amax": -INF,
    "amin": INF,
    "logsumexp": -INF,
    "median": float("nan"),
}
BOUNDED = ("int8", "int16", "int32", "int64", "uint8")  # torch has no lowest of the other integers


def checked(op: str, input: Any, mask: Any, names: tuple[str, str] = ("input", "mask")) -> tuple:
    """The input and its mask (or None) as arrays, where the mask broadcasts to the input."""
    x = as_array(op, names[0], input)
    if mask is None:
        return x, None
    mask = as_array(op, names[1], mask)
    if mask.ndim > x.ndim:
        raise IndexError(
            f"{op}: {names[1]} must not have more dims than {names[0]}, got {mask.ndim}, {x.ndim}"
        )
    ends = zip(reversed(mask.shape), reversed(x.shape), strict=False)
    if any(m not in (1, n) for m, n in ends):
        raise RuntimeError(
            f"{op}: {names[1]} must broadcast to the shape of {names[0]} {x.shape}, "
            f"got {mask.shape}"
        )
    return x, mask


def filled(op: str, x: jax.Array, mask: jax.Array | None, like: str) -> jax.Array:
    """`x` with the identity of the operation `like` where the mask is False."""
    if mask is None:
        return x
    _check_identity(op, x.dtype, like)
    return _filled(x, mask, like)


def named_dims(op: str, dim: Any, ndim: int) -> Dims:
    """torch.masked's reading of `dim`: one axis may come twice, if it is written in two ways."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    dims: list[int] = []
    for d in dim if isinstance(dim, tuple | list) else (dim,):
        if d in dims:
            raise RuntimeError(f"{op}: dim must name each axis once, got {tuple(dim)}")
        dims.append(canonical_dim(op, d, ndim))
    return tuple(sorted(dims))


def first_dim(op: str, dim: Any, ndim: int) -> int:
    """The one axis that a normalization takes: the first of those named."""
    dims = named_dims(op, dim, ndim)
    if not dims:
        raise IndexError(f"{op}: dim must name an axis of the input, got {dim}")
    return dims[0]


def broadcast_mask(x: jax.Array, mask: jax.Array) -> jax.Array:
    """The mask as bool in the shape of `x`."""
    return jnp.broadcast_to(mask.astype(bool), x.shape)


def number_kept(x: jax.Array, mask: jax.Array | None, dims: Dims) -> jax.Array:
    """How many elements the mask keeps of each slice over `dims`, which stay as 1."""
    if mask is None:
        return jnp.full(kept_dims(x.shape, dims), count(x.shape, dims), index_dtype())
    return count_set(broadcast_mask(x, mask), dims if x.ndim else ())


def _check_identity(op: str, dtype: np.dtype, like: str) -> None:
    if IDENTITIES[like] not in (INF, -INF) or category(dtype) == 2:
        return
    if category(dtype) == 3 and like != "logsumexp":
        raise TypeError(f"{op}: input must be real under a mask, got {dtype}")
    if category(dtype) < 2 and dtype.name not in BOUNDED:
        raise RuntimeError(
            f"{op}: input must have an identity under a mask, got {dtype} (expected one of "
            f"{', '.join(BOUNDED)} or floating point)"
        )


@partial(jax.jit, static_argnames="like")
def _filled(x: jax.Array, mask: jax.Array, like: str) -> jax.Array:
    value = IDENTITIES[like]
    if category(x.dtype) == 1 and value in (INF, -INF):
        value = jnp.iinfo(x.dtype).max if value > 0 else jnp.iinfo(x.dtype).min
    return jnp.where(broadcast_mask(x, mask), x, jnp.full_like(x, value))
