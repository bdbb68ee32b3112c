"""Fusion of feature maps."""

from typing import Any

import jax
from flax import nnx

from .. import channels
from ._layout import checked


class ChannelNormMerge(nnx.Module):
    """`channels.merge_by_norm`: each channel from the input where its norm is largest.

    Torch:  none; torchref.networks.fusion.ChannelNormMerge
    Shapes: two or more of (N, C, *) -> the same.

    >>> a, b = jax.numpy.ones((1, 2, 2)), jax.numpy.array([[[2.0, 2.0], [0.0, 0.5]]])
    >>> ChannelNormMerge()(a, b).tolist()
    [[[2.0, 2.0], [1.0, 1.0]]]
    """

    def __init__(self, ord: Any = 2, *, data_format: str = "NCHW") -> None:
        self.ord, self.data_format = ord, checked("ChannelNormMerge", data_format)

    def __call__(self, *tensors: Any) -> jax.Array:
        dim = 1 if self.data_format == "NCHW" else -1
        return channels.merge_by_norm(*tensors, ord=self.ord, channel_dim=dim)
