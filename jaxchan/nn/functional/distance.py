"""How far apart vectors are."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array
from ..._dims import canonical_dims
from ..._dtypes import accumulator, category, real_dtype, result_type
from ..._elementwise import broadcast_shape
from ..._norms import check_order, p_norm, real_number


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
    x, y = (jnp.broadcast_to(v.astype(wide), shape) for v in (x, y))
    last = (len(shape) - 1,) if shape else ()
    out = dtype if category(dtype) > 1 else np.dtype(jnp.float32)
    value = p_norm((x - y).astype(accumulator(out)) + eps, p, last)
    return (value if keepdim else jnp.squeeze(value, last)).astype(real_dtype(out))
