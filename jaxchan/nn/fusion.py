"""Feature maps of several sources, merged channel by channel."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _extrema, _norms, _reductions, _shape, channels
from .._checks import check_option
from . import functional as F
from ._layout import checked

MODES = ("sum", "mean", "max", "l1", "l2", "max_norm", "softmax_norm")


class ChannelNormMerge(nnx.Module):
    """One map of two or more: without parameters, by the norms of their channels.

    Torch:  none; torchref.fusion.ChannelNormMerge
    Shapes: two or more of (N, C, *) -> (N, C, *).

    With n_k the norm of a channel of the k-th map over its positions, `mode` is:

    - "sum", "mean": of the maps; "max": the largest element. A tie's gradient is shared.
    - "l1", "l2": sum of n_k x_k over sum of n_k, with the norm of that order. Where all norms are
      0, the weights are equal. The gradient goes through the norms, where that of a norm of 0 is 0.
    - "max_norm": the channel of the largest norm, of a tie the first's, and its gradient with it:
      `channels.merge_by_norm`, with the norm of order `ord`.
    - "softmax_norm": sum of w_k x_k, where w is the softmax of the norms of order `ord`.

    >>> a, b = jnp.array([[[3.0, 4.0]]]), jnp.array([[[6.0, 0.0]]])
    >>> ChannelNormMerge()(a, b), ChannelNormMerge("l1")(a, b)
    (Array([[[6., 0.]]], dtype=float...), Array([[[4.615..., 2.153...]]], dtype=float...))
    """

    def __init__(self, mode: str = "max_norm", ord: Any = 2, *, data_format: str = "NCHW") -> None:
        check_option("ChannelNormMerge", "mode", mode, MODES)
        orders: dict[str, Any] = {"l1": 1, "l2": 2}
        self.mode, self.ord = mode, orders.get(mode, ord)
        self.data_format = checked("ChannelNormMerge", data_format)

    def __call__(self, *inputs: jax.Array) -> jax.Array:
        if len(inputs) < 2:
            raise TypeError(f"ChannelNormMerge: inputs must be two or more, got {len(inputs)}")
        last = self.data_format == "NHWC"
        if self.mode == "max_norm":
            return channels.merge_by_norm(*inputs, ord=self.ord, channel_dim=-1 if last else 1)
        stacked = _shape.stack(inputs, dim=0)
        plain = {"sum": _reductions.sum, "mean": _reductions.mean, "max": _extrema.amax}
        if self.mode in plain:
            return plain[self.mode](stacked, 0)
        return _reductions.sum(stacked * self._weights(stacked, last), 0)

    def _weights(self, stacked: jax.Array, last: bool) -> Any:
        spatial = tuple(range(2, stacked.ndim - 1) if last else range(3, stacked.ndim))
        norms = _norms.norm(stacked, self.ord, spatial, keepdim=True)
        if self.mode == "softmax_norm":
            return F.softmax(norms, 0)
        total = _reductions.sum(norms, 0, keepdim=True)
        share = norms / jnp.where(total == 0, jnp.ones_like(total), total)
        return jnp.where(total == 0, jnp.full_like(share, 1 / len(stacked)), share)
