"""torchref/networks/mobilenet.py in Flax."""

from typing import Any

import jax
from flax import nnx

from jaxchan import nn

# expansion, channels, blocks, stride of the first block
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def conv_bn_relu6(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    groups: int = 1,
    **like: Any,
) -> nn.Sequential:
    padding = kernel_size // 2
    convolution = nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding, 1, groups, bias=False, **like
    )
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels, **like), nn.ReLU6())


class InvertedResidual(nnx.Module):
    def __init__(
        self, in_channels: int, out_channels: int, stride: int, expansion: int, **like: Any
    ) -> None:
        hidden = in_channels * expansion
        self.residual = stride == 1 and in_channels == out_channels
        widen = [] if expansion == 1 else [conv_bn_relu6(in_channels, hidden, 1, **like)]
        self.conv = nn.Sequential(
            *widen,
            conv_bn_relu6(hidden, hidden, 3, stride, groups=hidden, **like),
            nn.Conv2d(hidden, out_channels, 1, bias=False, **like),
            nn.BatchNorm2d(out_channels, **like),
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nnx.Module):
    def __init__(
        self,
        first: int = 32,
        stages: tuple[tuple[int, ...], ...] = STAGES,
        last: int = 1280,
        num_classes: int = 1000,
        dropout: float = 0.2,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        layers: list[nnx.Module] = [conv_bn_relu6(3, first, 3, stride=2, **like)]
        channels = first
        for expansion, out_channels, blocks, stride in stages:
            for i in range(blocks):
                stride_here = stride if i == 0 else 1
                block = InvertedResidual(channels, out_channels, stride_here, expansion, **like)
                layers.append(block)
                channels = out_channels
        self.features = nn.Sequential(*layers, conv_bn_relu6(channels, last, 1, **like))
        self.avgpool = nn.AdaptiveAvgPool2d(1, data_format=data_format)
        self.flatten = nn.Flatten(data_format=data_format)
        linear = nn.Linear(last, num_classes, rngs=rngs)
        self.classifier = nn.Sequential(nn.Dropout(dropout, rngs=rngs), linear)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.classifier(self.flatten(self.avgpool(self.features(x))))
