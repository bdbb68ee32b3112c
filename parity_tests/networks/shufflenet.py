"""torchref/networks/shufflenet.py in Flax."""

from typing import Any

import jax
from flax import nnx

import jaxchan
from jaxchan import nn

from ._layout import channel_dim, image_dims


def pointwise(in_channels: int, out_channels: int, **like: Any) -> list[nnx.Module]:
    convolution = nn.Conv2d(in_channels, out_channels, 1, bias=False, **like)
    return [convolution, nn.BatchNorm2d(out_channels, **like), nn.ReLU()]


def depthwise(channels: int, stride: int, **like: Any) -> list[nnx.Module]:
    convolution = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False, **like)
    return [convolution, nn.BatchNorm2d(channels, **like)]


class InvertedResidual(nnx.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        *,
        data_format: str,
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        half = out_channels // 2
        self.halves = stride == 1
        self.branch1 = nn.Sequential()
        if not self.halves:
            layers = [
                *depthwise(in_channels, stride, **like),
                *pointwise(in_channels, half, **like),
            ]
            self.branch1 = nn.Sequential(*layers)
        self.branch2 = nn.Sequential(
            *pointwise(half if self.halves else in_channels, half, **like),
            *depthwise(half, stride, **like),
            *pointwise(half, half, **like),
        )
        self.shuffle = nn.ChannelShuffle(2, data_format=data_format)
        self.dim = channel_dim(data_format)

    def __call__(self, x: jax.Array) -> jax.Array:
        first, second = jaxchan.chunk(x, 2, self.dim) if self.halves else (x, x)
        return self.shuffle(jaxchan.cat([self.branch1(first), self.branch2(second)], self.dim))


class ShuffleNetV2(nnx.Module):
    def __init__(
        self,
        channels: tuple[int, ...] = (24, 116, 232, 464, 1024),
        blocks: tuple[int, ...] = (4, 8, 4),
        num_classes: int = 1000,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        first, *stages, last = channels
        convolution = nn.Conv2d(3, first, 3, stride=2, padding=1, bias=False, **like)
        self.conv1 = nn.Sequential(convolution, nn.BatchNorm2d(first, **like), nn.ReLU())
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, data_format=data_format)
        self.stage2 = self.stage(first, stages[0], blocks[0], **like)
        self.stage3 = self.stage(stages[0], stages[1], blocks[1], **like)
        self.stage4 = self.stage(stages[1], stages[2], blocks[2], **like)
        self.conv5 = nn.Sequential(*pointwise(stages[2], last, **like))
        self.fc = nn.Linear(last, num_classes, rngs=rngs)
        self.dims = image_dims(data_format)

    @staticmethod
    def stage(in_channels: int, out_channels: int, blocks: int, **like: Any) -> nn.Sequential:
        first = InvertedResidual(in_channels, out_channels, 2, **like)
        others = [
            InvertedResidual(out_channels, out_channels, 1, **like) for _ in range(blocks - 1)
        ]
        return nn.Sequential(first, *others)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(jaxchan.mean(x, dim=self.dims))
