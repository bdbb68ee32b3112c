"""torchref/networks/deeplab.py in Flax."""

from typing import Any

import jax
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan import nn

from ._layout import channel_dim, image_size
from .resnet import Backbone50


def conv_bn_relu(
    in_channels: int, out_channels: int, kernel_size: int, dilation: int = 1, **like: Any
) -> list[nnx.Module]:
    padding = dilation * (kernel_size // 2)
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size, 1, padding, dilation, bias=False, **like),
        nn.BatchNorm2d(out_channels, **like),
        nn.ReLU(),
    ]


class ImagePooling(nn.Sequential):
    """The mean of the whole image, at every position."""

    def __init__(
        self, in_channels: int, out_channels: int, *, data_format: str, rngs: nnx.Rngs
    ) -> None:
        layers = conv_bn_relu(in_channels, out_channels, 1, data_format=data_format, rngs=rngs)
        super().__init__(nn.AdaptiveAvgPool2d(1, data_format=data_format), *layers)
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> jax.Array:
        size = image_size(x, self.data_format)
        mean = super().__call__(x)
        return F.interpolate(mean, size, mode="bilinear", data_format=self.data_format)


class ASPP(nnx.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        rates: tuple[int, ...],
        dropout: float,
        *,
        data_format: str,
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        branches = [conv_bn_relu(in_channels, out_channels, 1, **like)]
        branches += [conv_bn_relu(in_channels, out_channels, 3, rate, **like) for rate in rates]
        pooling = ImagePooling(in_channels, out_channels, **like)
        self.convs = nn.ModuleList([*[nn.Sequential(*layers) for layers in branches], pooling])
        layers = conv_bn_relu(len(self.convs) * out_channels, out_channels, 1, **like)
        self.project = nn.Sequential(*layers, nn.Dropout(dropout, rngs=rngs))
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> jax.Array:
        found = [conv(x) for conv in self.convs]
        return self.project(jaxchan.cat(found, dim=channel_dim(self.data_format)))


class DeepLabV3(nnx.Module):
    def __init__(
        self,
        width: int = 64,
        blocks: tuple[int, ...] = (3, 4, 6, 3),
        rates: tuple[int, ...] = (12, 24, 36),
        num_classes: int = 21,
        dropout: float = 0.5,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.backbone = Backbone50(width, blocks, **like)
        self.classifier = nn.Sequential(
            ASPP(32 * width, 4 * width, rates, dropout, **like),
            *conv_bn_relu(4 * width, 4 * width, 3, **like),
            nn.Conv2d(4 * width, num_classes, 1, **like),
        )
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> jax.Array:
        out = self.classifier(self.backbone(x))
        size = image_size(x, self.data_format)
        return F.interpolate(out, size, mode="bilinear", data_format=self.data_format)
