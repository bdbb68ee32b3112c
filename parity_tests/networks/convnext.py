"""torchref/networks/convnext.py in Flax."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

import jaxchan
from jaxchan import nn


class Permute(nnx.Module):
    """Between the data's layout and channels last."""

    def __init__(self, *dims: int, data_format: str) -> None:
        self.dims = dims if data_format == "NCHW" else (0, 1, 2, 3)

    def __call__(self, x: jax.Array) -> jax.Array:
        return jaxchan.permute(x, self.dims)


class Block(nnx.Module):
    def __init__(
        self, channels: int, layer_scale: float, *, data_format: str, rngs: nnx.Rngs
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels, **like),
            Permute(0, 2, 3, 1, data_format=data_format),
            nn.LayerNorm(channels, eps=1e-6, rngs=rngs),
            nn.Linear(channels, 4 * channels, rngs=rngs),
            nn.GELU(),
            nn.Linear(4 * channels, channels, rngs=rngs),
            Permute(0, 3, 1, 2, data_format=data_format),
        )
        self.layer_scale = nnx.Param(jnp.full((channels, 1, 1), layer_scale, jnp.float32))
        self.data_format = data_format

    def __call__(self, x: jax.Array) -> jax.Array:
        scale = self.layer_scale[...][None]  # the checkpoint's, whatever the layout
        if self.data_format == "NHWC":
            scale = jaxchan.permute(scale, (0, 2, 3, 1))
        return scale * self.block(x) + x


class ConvNeXt(nnx.Module):
    def __init__(
        self,
        channels: tuple[int, ...] = (96, 192, 384, 768),
        blocks: tuple[int, ...] = (3, 3, 9, 3),
        num_classes: int = 1000,
        layer_scale: float = 1e-6,
        *,
        data_format: str = "NCHW",
        rngs: nnx.Rngs,
    ) -> None:
        like: dict[str, Any] = {"data_format": data_format, "rngs": rngs}
        first, last = channels[0], channels[-1]
        stem = nn.Sequential(
            nn.Conv2d(3, first, 4, stride=4, **like), nn.LayerNorm2d(first, **like)
        )
        layers = [stem]
        for i, (width, number) in enumerate(zip(channels, blocks, strict=True)):
            if i:
                narrow = channels[i - 1]
                halve = nn.Conv2d(narrow, width, 2, stride=2, **like)
                layers.append(nn.Sequential(nn.LayerNorm2d(narrow, **like), halve))
            stage = [Block(width, layer_scale, **like) for _ in range(number)]
            layers.append(nn.Sequential(*stage))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1, data_format=data_format)
        self.classifier = nn.Sequential(
            nn.LayerNorm2d(last, **like),
            nn.Flatten(data_format=data_format),
            nn.Linear(last, num_classes, rngs=rngs),
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.classifier(self.avgpool(self.features(x)))
