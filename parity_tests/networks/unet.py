"""torchref/networks/unet.py in Flax."""

from itertools import pairwise
from typing import Any

import jax
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan import nn

from ._layout import channel_dim, image_dims


def double_conv(in_channels: int, out_channels: int, **like: Any) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False, **like),
        nn.BatchNorm2d(out_channels, **like),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False, **like),
        nn.BatchNorm2d(out_channels, **like),
        nn.ReLU(),
    )


class Up(nnx.Module):
    def __init__(
        self, in_channels: int, out_channels: int, *, data_format: str, rngs: nnx.Rngs
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2, **like)
        self.conv = double_conv(2 * out_channels, out_channels, **like)
        self.data_format = data_format

    def __call__(self, x: jax.Array, skip: jax.Array) -> jax.Array:
        x = self.up(x)
        rows, columns = (skip.shape[d] - x.shape[d] for d in image_dims(self.data_format))
        amounts = [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2]
        channels = [] if self.data_format == "NCHW" else [0, 0]
        x = F.pad(x, channels + amounts)
        return self.conv(jaxchan.cat([skip, x], dim=channel_dim(self.data_format)))


class UNet(nnx.Module):
    def __init__(
        self,
        channels: tuple[int, ...] = (64, 128, 256, 512),
        num_classes: int = 2,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        pairs = list(pairwise(channels))
        self.inc = double_conv(3, channels[0], **like)
        self.pool = nn.MaxPool2d(2, data_format=data_format)
        self.downs = nn.ModuleList([double_conv(narrow, wide, **like) for narrow, wide in pairs])
        ups = [Up(wide, narrow, **like) for narrow, wide in reversed(pairs)]
        self.ups = nn.ModuleList(ups)
        self.outc = nn.Conv2d(channels[0], num_classes, 1, **like)

    def __call__(self, x: jax.Array) -> jax.Array:
        levels = [self.inc(x)]
        for down in self.downs:
            levels.append(down(self.pool(levels[-1])))
        x = levels.pop()
        for up in self.ups:
            x = up(x, levels.pop())
        return self.outc(x)
