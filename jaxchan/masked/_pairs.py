"""Masked operations of two arrays, each with a mask of its own."""

from typing import Any

import jax

from .. import _elementwise
from .._dtypes import canonical
from .._reductions import cast
from ._core import checked, filled


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

    >>> import jax.numpy as jnp
    >>> x, mask = jnp.array([1.0, 2.0]), jnp.array([True, False])
    >>> logaddexp(x, x, other_mask=mask).round(3)
    Array([1.693, 2.   ], dtype=float...)
    """
    x, input_mask = checked("logaddexp", input, input_mask, ("input", "input_mask"))
    y, other_mask = checked("logaddexp", other, other_mask, ("other", "other_mask"))
    out = x.dtype if dtype is None else canonical("logaddexp", dtype)
    pair = filled("logaddexp", x, input_mask, "amax"), filled("logaddexp", y, other_mask, "amax")
    return cast(_elementwise.logaddexp(*pair), out)
