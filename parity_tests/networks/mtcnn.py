"""torchref/networks/mtcnn.py in Flax."""

from typing import Any

import jax
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan import nn

from ._layout import channel_dim


class PNet(nnx.Module):
    """Convolutions alone, over an image of any size: (offsets, probabilities) of every window."""

    def __init__(self, *, data_format: str = "NCHW", rngs: nnx.Rngs) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.conv1 = nn.Conv2d(3, 10, 3, **like)
        self.prelu1 = nn.PReLU(10, data_format=data_format)
        self.pool1 = nn.MaxPool2d(2, ceil_mode=True, data_format=data_format)
        self.conv2 = nn.Conv2d(10, 16, 3, **like)
        self.prelu2 = nn.PReLU(16, data_format=data_format)
        self.conv3 = nn.Conv2d(16, 32, 3, **like)
        self.prelu3 = nn.PReLU(32, data_format=data_format)
        self.conv4_1 = nn.Conv2d(32, 2, 1, **like)
        self.conv4_2 = nn.Conv2d(32, 4, 1, **like)
        self.dim = channel_dim(data_format)

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.prelu2(self.conv2(x))
        x = self.prelu3(self.conv3(x))
        return self.conv4_2(x), F.softmax(self.conv4_1(x), dim=self.dim)


def columns_first(x: jax.Array, data_format: str) -> jax.Array:
    """Flat features in the order of the weights: those were trained on transposed images."""
    return jaxchan.flatten(
        jaxchan.permute(x, (0, 3, 2, 1) if data_format == "NCHW" else (0, 2, 1, 3)), 1
    )


class RNet(nnx.Module):
    """(offsets, probabilities) of (N, 3, 24, 24)."""

    def __init__(self, *, data_format: str = "NCHW", rngs: nnx.Rngs) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.conv1 = nn.Conv2d(3, 28, 3, **like)
        self.prelu1 = nn.PReLU(28, data_format=data_format)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True, data_format=data_format)
        self.conv2 = nn.Conv2d(28, 48, 3, **like)
        self.prelu2 = nn.PReLU(48, data_format=data_format)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True, data_format=data_format)
        self.conv3 = nn.Conv2d(48, 64, 2, **like)
        self.prelu3 = nn.PReLU(64, data_format=data_format)
        self.dense4 = nn.Linear(576, 128, rngs=rngs)
        self.prelu4 = nn.PReLU(128)
        self.dense5_1 = nn.Linear(128, 2, rngs=rngs)
        self.dense5_2 = nn.Linear(128, 4, rngs=rngs)
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.pool2(self.prelu2(self.conv2(x)))
        x = self.prelu3(self.conv3(x))
        x = self.prelu4(self.dense4(columns_first(x, self.data_format)))
        return self.dense5_2(x), F.softmax(self.dense5_1(x), dim=1)


class ONet(nnx.Module):
    """(offsets, landmarks, probabilities) of (N, 3, 48, 48)."""

    def __init__(self, *, data_format: str = "NCHW", rngs: nnx.Rngs) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.conv1 = nn.Conv2d(3, 32, 3, **like)
        self.prelu1 = nn.PReLU(32, data_format=data_format)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True, data_format=data_format)
        self.conv2 = nn.Conv2d(32, 64, 3, **like)
        self.prelu2 = nn.PReLU(64, data_format=data_format)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True, data_format=data_format)
        self.conv3 = nn.Conv2d(64, 64, 3, **like)
        self.prelu3 = nn.PReLU(64, data_format=data_format)
        self.pool3 = nn.MaxPool2d(2, ceil_mode=True, data_format=data_format)
        self.conv4 = nn.Conv2d(64, 128, 2, **like)
        self.prelu4 = nn.PReLU(128, data_format=data_format)
        self.dense5 = nn.Linear(1152, 256, rngs=rngs)
        self.prelu5 = nn.PReLU(256)
        self.dense6_1 = nn.Linear(256, 2, rngs=rngs)
        self.dense6_2 = nn.Linear(256, 4, rngs=rngs)
        self.dense6_3 = nn.Linear(256, 10, rngs=rngs)
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.pool2(self.prelu2(self.conv2(x)))
        x = self.pool3(self.prelu3(self.conv3(x)))
        x = self.prelu4(self.conv4(x))
        x = self.prelu5(self.dense5(columns_first(x, self.data_format)))
        return self.dense6_2(x), self.dense6_3(x), F.softmax(self.dense6_1(x), dim=1)
