"""Attention: for each query a mean of the values, weighted by how alike their keys are to it."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import Precision

from ..._checks import as_array, check_floating
from ..._dtypes import accumulator
from ..._norms import real_number
from .dropout import dropout

Shape = tuple[int, ...]
OP = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
    dropout_key: Any = None,
) -> jax.Array:
    """softmax(query key^T scale + mask) value; a row of which all is masked is 0.

    Torch:    torch.nn.functional.scaled_dot_product_attention
    Shapes:   (*, L, E), (*, S, E), (*, S, F) whose (*) broadcast -> (*, L, F). A mask broadcasts to
              (*, L, S). With `enable_gqa` the last of (*), the heads, may be fewer in key and value
              by a factor: so many queries in a row share one.
    Dtypes:   floating, the same for all and kept; the mask's is bool, the same or float32. 16-bit
              floats are computed in float32.
    Gradient: of the formula, also to a mask of floats; 0 where all is masked.
    Errors:   RuntimeError for shapes that do not fit, another dtype, `is_causal` beside a mask, or
              dropout_p > 1; IndexError for no dim of heads with `enable_gqa`; TypeError for an
              argument of another kind.

    A mask of floats is added, one of bool keeps where it is True, and `is_causal` keeps keys no
    later than their query. `scale` is 1 / sqrt(E) by default. Where 0 < dropout_p < 1, weights are
    dropped by the numbers of `dropout_key`, a jax.random key.

    >>> x = jnp.eye(2)
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).round(2).tolist()[0]
    [1.0, 0.0]
    """
    arrays = {"query": query, "key": key, "value": value}
    q, k, v = (as_array(OP, name, array) for name, array in arrays.items())
    mask = None if attn_mask is None else as_array(OP, "attn_mask", attn_mask)
    part = real_number(OP, "dropout_p", dropout_p)
    for name, flag in (("is_causal", is_causal), ("enable_gqa", enable_gqa)):
        if not isinstance(flag, bool):
            raise TypeError(f"{OP}: {name} must be a bool, got {flag!r}")
    factor = _factor(q, scale)
    shape = _scores_shape(q, k, v, enable_gqa)
    if mask is not None:
        _check_mask(mask, q, shape, is_causal)
    if part > 1:
        raise RuntimeError(f"{OP}: dropout_p must be between 0 and 1, got {dropout_p}")
    if 0 < part < 1 and dropout_key is None and 0 not in shape:
        raise TypeError(f"{OP}: dropout_key must be given where dropout_p > 0, got None")
    part = part if part > 0 else 0.0  # nan too
    return _attention(q, k, v, mask, dropout_key, part, is_causal, factor, shape)


def _factor(q: jax.Array, scale: Any) -> float:
    if isinstance(scale, complex):
        raise TypeError(f"{OP}: scale must be real, got {scale}")
    if scale is not None:
        return real_number(OP, "scale", scale)
    return 1 / math.sqrt(q.shape[-1]) if q.ndim and q.shape[-1] else math.inf


def _scores_shape(q: jax.Array, k: jax.Array, v: jax.Array, grouped: bool) -> Shape:
    """(*, L, S), once the three arrays are found to fit."""
    shapes = f"query {q.shape}, key {k.shape} and value {v.shape}"
    check_floating(OP, "query", q, complex_too=False)
    if not q.dtype == k.dtype == v.dtype:
        raise RuntimeError(
            f"{OP}: query, key and value must have one dtype, got {q.dtype}, {k.dtype}, {v.dtype}"
        )
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise RuntimeError(f"{OP}: query, key and value must have two dims, got {shapes}")
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise RuntimeError(f"{OP}: query, key and value must fit, got {shapes}")
    batches = [q.shape[:-2], k.shape[:-2], v.shape[:-2]]
    if grouped:
        if min(q.ndim, k.ndim, v.ndim) < 3:
            raise IndexError(f"{OP}: query, key and value must have a dim of heads, got {shapes}")
        heads = q.shape[-3]
        if any(n == 0 or heads % n for n in (k.shape[-3], v.shape[-3])):
            raise RuntimeError(f"{OP}: heads of key and value must divide query's, got {shapes}")
        batches = [(*b[:-1], heads) for b in batches]
    try:
        _ = np.broadcast_shapes(*batches)
        return (*np.broadcast_shapes(*batches[:2]), q.shape[-2], k.shape[-2])
    except ValueError:
        raise RuntimeError(f"{OP}: query, key and value must broadcast, got {shapes}") from None


def _check_mask(mask: jax.Array, q: jax.Array, shape: Shape, causal: bool) -> None:
    if mask.dtype not in (jnp.bool_, q.dtype, jnp.float32):
        raise RuntimeError(f"{OP}: attn_mask must be bool or {q.dtype}, got {mask.dtype}")
    if causal:
        raise RuntimeError(f"{OP}: attn_mask must be None with is_causal, got {mask.shape}")
    pairs = zip(mask.shape[::-1], shape[::-1], strict=False)
    if mask.ndim > len(shape) or any(m not in (1, n) for m, n in pairs):
        raise RuntimeError(f"{OP}: attn_mask must broadcast to {shape}, got {mask.shape}")


@partial(jax.jit, static_argnames=("p", "causal", "scale", "shape"))
def _attention(
    q: jax.Array,
    k: jax.Array,
    v: jax.Array,
    mask: jax.Array | None,
    dropout_key: Any,
    p: float,
    causal: bool,
    scale: float,
    shape: Shape,
) -> jax.Array:
    dtype, wide, root = q.dtype, accumulator(q.dtype), math.sqrt(abs(scale))
    q, k, v = (a.astype(wide) for a in (q, k, v))
    scores = _product(q * math.copysign(root, scale), jnp.swapaxes(k * root, -2, -1))
    if causal:
        mask = jnp.tri(*shape[-2:], dtype=bool)
    if mask is not None:
        # added, also if it is bool: a nan stays where it is masked
        bias = jnp.where(mask, 0.0, -jnp.inf) if mask.dtype == jnp.bool_ else mask
        scores += jnp.broadcast_to(bias.astype(wide), shape)
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    weights = _weights(scores) if scores.size else scores
    if p:
        weights = dropout(weights, p, key=dropout_key)
    return _product(weights, v).astype(dtype)


def _product(x: jax.Array, y: jax.Array) -> jax.Array:
    """Products of matrices. Where `y` has fewer heads, the rows of several of x's meet one of y."""
    rank, rows = max(x.ndim, y.ndim), x.shape
    heads = y.shape[-3] if y.ndim > 2 else 1
    shared = x.ndim > 2 and 1 != x.shape[-3] != heads != 1
    if shared:
        x = x.reshape(*rows[:-3], heads, rows[-3] // heads * rows[-2], rows[-1])
    x, y = (a.reshape((1,) * (rank - a.ndim) + a.shape) for a in (x, y))
    out = jnp.matmul(x, y, precision=Precision.HIGHEST)
    return out.reshape(*out.shape[:-3], *rows[-3:-1], out.shape[-1]) if shared else out


@jax.custom_jvp
def _weights(scores: jax.Array) -> jax.Array:
    """The softmax of each row, and 0 of one that holds nothing but -inf."""
    top = jnp.max(scores, axis=-1, keepdims=True)
    masked = top == -jnp.inf
    power = jnp.exp(scores - jnp.where(masked, jnp.zeros_like(top), top))
    total = jnp.sum(power, axis=-1, keepdims=True)
    return power / jnp.where(masked, jnp.ones_like(total), total)


@_weights.defjvp
def _weights_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (scores,), (dscores,) = primals, tangents
    y = _weights(scores)
    moved = y * dscores  # in this order the transpose is torch's backward, y (g - sum(y g))
    return y, moved - y * jnp.sum(moved, axis=-1, keepdims=True)
