"""torchref/networks/resnet.py in Flax."""

from typing import Any

import jax
from flax import nnx

from jaxchan import nn


class BasicBlock(nnx.Module):
    expansion = 1

    def __init__(
        self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1, **like: Any
    ) -> None:
        self.conv1 = nn.Conv2d(
            in_channels, planes, 3, stride, dilation, dilation, bias=False, **like
        )
        self.bn1 = nn.BatchNorm2d(planes, **like)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, dilation, dilation, bias=False, **like)
        self.bn2 = nn.BatchNorm2d(planes, **like)
        self.relu = nn.ReLU()
        self.downsample = shortcut(in_channels, planes, stride, **like)

    def __call__(self, x: jax.Array) -> jax.Array:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nnx.Module):
    expansion = 4

    def __init__(
        self, in_channels: int, planes: int, stride: int = 1, dilation: int = 1, **like: Any
    ) -> None:
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False, **like)
        self.bn1 = nn.BatchNorm2d(planes, **like)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, dilation, dilation, bias=False, **like)
        self.bn2 = nn.BatchNorm2d(planes, **like)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False, **like)
        self.bn3 = nn.BatchNorm2d(4 * planes, **like)
        self.relu = nn.ReLU()
        self.downsample = shortcut(in_channels, 4 * planes, stride, **like)

    def __call__(self, x: jax.Array) -> jax.Array:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


def shortcut(in_channels: int, out_channels: int, stride: int, **like: Any) -> Any:
    if stride == 1 and in_channels == out_channels:
        return nnx.data(None)
    convolution = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False, **like)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels, **like))


def stage(
    block: type[BasicBlock | Bottleneck],
    in_channels: int,
    planes: int,
    blocks: int,
    stride: int = 1,
    dilations: tuple[int, int] = (1, 1),
    **like: Any,
) -> nn.Sequential:
    """`blocks` blocks; dilations: of the first, and of the others."""
    first, rest = dilations
    out_channels = planes * block.expansion
    others = [block(out_channels, planes, dilation=rest, **like) for _ in range(blocks - 1)]
    return nn.Sequential(block(in_channels, planes, stride, first, **like), *others)


class Stem(nnx.Module):
    """What all ResNets begin with."""

    def __init__(self, width: int, *, data_format: str, rngs: nnx.Rngs) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False, **like)
        self.bn1 = nn.BatchNorm2d(width, **like)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, data_format=data_format)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))


class ResNet18(Stem):
    def __init__(
        self,
        width: int = 64,
        num_classes: int = 1000,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        super().__init__(width, **like)
        self.layer1 = stage(BasicBlock, width, width, 2, **like)
        self.layer2 = stage(BasicBlock, width, 2 * width, 2, stride=2, **like)
        self.layer3 = stage(BasicBlock, 2 * width, 4 * width, 2, stride=2, **like)
        self.layer4 = stage(BasicBlock, 4 * width, 8 * width, 2, stride=2, **like)
        self.avgpool = nn.AdaptiveAvgPool2d(1, data_format=data_format)
        self.flatten = nn.Flatten(data_format=data_format)
        self.fc = nn.Linear(8 * width, num_classes, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = super().__call__(x)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.flatten(self.avgpool(x)))


class Backbone50(Stem):
    """ResNet-50 without its head, an eighth of the input's size: the last strides are dilations."""

    def __init__(
        self, width: int, blocks: tuple[int, ...], *, data_format: str, rngs: nnx.Rngs
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        super().__init__(width, **like)
        one, two, three, four = blocks
        self.layer1 = stage(Bottleneck, width, width, one, **like)
        self.layer2 = stage(Bottleneck, 4 * width, 2 * width, two, stride=2, **like)
        self.layer3 = stage(Bottleneck, 8 * width, 4 * width, three, dilations=(1, 2), **like)
        self.layer4 = stage(Bottleneck, 16 * width, 8 * width, four, dilations=(2, 4), **like)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = super().__call__(x)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))
