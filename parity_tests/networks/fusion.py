"""torchref/networks/fusion.py in Flax."""

from typing import Any

import jax
from flax import nnx

import jaxchan
from jaxchan import nn

from ._layout import channel_dim


def conv_relu(in_channels: int, out_channels: int, **like: Any) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect", **like)
    return nn.Sequential(convolution, nn.ReLU())


class FusionNet(nnx.Module):
    def __init__(
        self, width: int = 16, ord: Any = 1, *, data_format: str = "NCHW", rngs: nnx.Rngs
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.first = conv_relu(1, width, **like)
        self.dense = nn.ModuleList([conv_relu(i * width, width, **like) for i in (1, 2, 3)])
        self.merge = nn.ChannelNormMerge("max_norm", ord, data_format=data_format)
        self.decoder = nn.Sequential(
            conv_relu(4 * width, 4 * width, **like),
            conv_relu(4 * width, 2 * width, **like),
            conv_relu(2 * width, width, **like),
            nn.Conv2d(width, 1, 3, padding=1, padding_mode="reflect", **like),
        )
        self.dim = channel_dim(data_format)

    def encode(self, x: jax.Array) -> jax.Array:
        x = self.first(x)
        for layer in self.dense:
            x = jaxchan.cat([x, layer(x)], dim=self.dim)
        return x

    def __call__(self, first: jax.Array, second: jax.Array) -> jax.Array:
        return self.decoder(self.merge(self.encode(first), self.encode(second)))
