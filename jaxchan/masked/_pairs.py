"""Masked operations of two arrays, each with a mask of its own."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from .. import _elementwise
from .._dtypes import canonical, result_type
from .._elementwise import broadcast_shape
from .._reductions import cast
from ._core import broadcast_mask, checked, filled


def logaddexp(
    input: Any,
    other: Any,
    *,
    dtype: Any = None,
    input_mask: Any = None,
    other_mask: Any = None,
) -> jax.Array:
    """log(exp(input) + exp(other)) of each pair, where an element under its mask is -inf.

    Torch:    torch.masked.logaddexp
    Shapes:   the broadcast of both; each mask broadcasts to its array.
    Dtypes:   the input's, or `dtype`, which the result is cast to.
    Gradient: as `logaddexp`, and 0 under a mask.
    Errors:   RuntimeError for two integer arrays, shapes that do not broadcast or a mask that does
              not; IndexError for a mask of more dims; TypeError for a complex array under a mask.

    >>> logaddexp(jnp.ones(2), jnp.ones(2), other_mask=jnp.array([True, False])).tolist()
    [1.693..., 1.0]
    """
    x, input_mask = checked("logaddexp", input, input_mask, ("input", "input_mask"))
    y, other_mask = checked("logaddexp", other, other_mask, ("other", "other_mask"))
    out = x.dtype if dtype is None else canonical("logaddexp", dtype)
    x = filled("logaddexp", x, input_mask, "amax")
    y = filled("logaddexp", y, other_mask, "amax")
    if input_mask is None or other_mask is None:
        return cast(_elementwise.logaddexp(x, y), out)
    shape = broadcast_shape("logaddexp", input=x, other=y)
    return cast(_under_two_masks(x, y, input_mask, other_mask, shape), out)


@partial(jax.jit, static_argnames="shape")
def _under_two_masks(
    x: jax.Array, y: jax.Array, input_mask: jax.Array, other_mask: jax.Array, shape: tuple
) -> jax.Array:
    kept = [broadcast_mask(x, input_mask), broadcast_mask(y, other_mask)]
    gone = ~(jnp.broadcast_to(kept[0], shape) | jnp.broadcast_to(kept[1], shape))
    dtype = result_type(x, y)
    # the derivative without an element is 0, and that of two -inf would be nan
    pair = [_elementwise.where(gone, 0, v.astype(dtype)) for v in (x, y)]
    value = _elementwise.logaddexp(*pair)
    return jnp.where(gone, jnp.full_like(value, -jnp.inf), value)
