"""Shapes, with torch's meaning of the arguments."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ._checks import as_array
from ._dims import canonical_dims


def squeeze(input: Any, dim: int | tuple[int, ...] | None = None) -> jax.Array:
    """Drop the axes of size 1: all of them, or those in `dim`; an axis of another size stays.

    Torch:    torch.squeeze
    Shapes:   (*) -> less the axes of size 1.
    Dtypes:   kept.
    Gradient: the cotangent, reshaped.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim; TypeError for
              another kind of dim.

    >>> squeeze(jnp.ones((1, 3, 1)), dim=(0, 1)).shape
    (3, 1)
    """
    x = as_array("squeeze", "input", input)
    dims = canonical_dims("squeeze", dim, x.ndim, empty_is_all=False)
    return _squeeze(x, tuple(d for d in dims if x.shape[d] == 1))


@partial(jax.jit, static_argnames="dims")
def _squeeze(x: jax.Array, dims: tuple[int, ...]) -> jax.Array:
    return jnp.squeeze(x, dims)
