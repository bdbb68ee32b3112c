"""Blocks that weigh channels or pixels, with the names that timm or torchvision give their
parameters.

`options` are `dtype`, `param_dtype`, `precision` and `data_format`, for all modules of a block.
"""

import math
from functools import partial
from typing import Unpack

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _extrema, _reductions, _shape
from ._options import Options, axes, for_norm, format_of, make_divisible
from .activation import Hardsigmoid, Hardswish, ReLU, Sigmoid
from .adaptive_pool import AdaptiveAvgPool2d
from .batch_norm import BatchNorm2d
from .container import Sequential
from .conv import Conv1d, Conv2d
from .conv_blocks import ConvNormAct, Layer
from .linear import Identity


def _pooled(x: jax.Array, data_format: str, add_maxpool: bool) -> jax.Array:
    spatial = axes(data_format)[1:]
    mean = _reductions.mean(x, spatial, keepdim=True)
    return 0.5 * mean + 0.5 * _extrema.amax(x, spatial, keepdim=True) if add_maxpool else mean


class SEModule(nnx.Module):
    """Channels times a gate of their means: squeeze and excitation.

    Torch:  none; torchref.attention_blocks.SEModule, timm's
    Shapes: (N, C, H, W), kept; fc1.weight (R, C, 1, 1), fc2.weight (C, R, 1, 1), biases, bn.*.

    R is `rd_channels`, or the multiple of `rd_divisor` nearest to C times `rd_ratio`.
    """

    def __init__(
        self,
        channels: int,
        rd_ratio: float = 1 / 16,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        add_maxpool: bool = False,
        bias: bool = True,
        act_layer: Layer = ReLU,
        norm_layer: Layer | None = None,
        gate_layer: Layer = Sigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.add_maxpool, self.data_format = add_maxpool, format_of("SEModule", options)
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.fc1 = Conv2d(channels, reduced, 1, bias=bias, rngs=rngs, **options)
        self.bn = Identity()
        if norm_layer is not None:
            self.bn = norm_layer(reduced, rngs=rngs, **for_norm(options))
        self.act = act_layer()
        self.fc2 = Conv2d(reduced, channels, 1, bias=bias, rngs=rngs, **options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        x = self.fc1(_pooled(input, self.data_format, self.add_maxpool))
        return input * self.gate(self.fc2(self.act(self.bn(x))))


class SqueezeExcitation(nnx.Module):
    """Channels times a gate of their means: squeeze and excitation.

    Torch:  none; torchref.attention_blocks.SqueezeExcitation, torchvision's
    Shapes: (N, C, H, W), kept; fc1.weight (S, C, 1, 1), fc2.weight (C, S, 1, 1), biases.
    """

    def __init__(
        self,
        input_channels: int,
        squeeze_channels: int,
        activation: Layer = ReLU,
        scale_activation: Layer = Sigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        data_format = format_of("SqueezeExcitation", options)
        self.avgpool = AdaptiveAvgPool2d(1, data_format=data_format)
        self.fc1 = Conv2d(input_channels, squeeze_channels, 1, rngs=rngs, **options)
        self.fc2 = Conv2d(squeeze_channels, input_channels, 1, rngs=rngs, **options)
        self.activation, self.scale_activation = activation(), scale_activation()

    def __call__(self, input: jax.Array) -> jax.Array:
        scale = self.fc2(self.activation(self.fc1(self.avgpool(input))))
        return self.scale_activation(scale) * input


class EffectiveSEModule(nnx.Module):
    """Channels times a gate of their means, by one product.

    Torch:  none; torchref.attention_blocks.EffectiveSEModule, timm's
    Shapes: (N, C, H, W), kept; fc.weight (C, C, 1, 1), fc.bias (C,).
    """

    def __init__(
        self,
        channels: int,
        add_maxpool: bool = False,
        gate_layer: Layer = Hardsigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.add_maxpool, self.data_format = add_maxpool, format_of("EffectiveSEModule", options)
        self.fc = Conv2d(channels, channels, 1, rngs=rngs, **options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        return input * self.gate(self.fc(_pooled(input, self.data_format, self.add_maxpool)))


class EcaModule(nnx.Module):
    """Channels times a gate of their neighbours' means.

    Torch:  none; torchref.attention_blocks.EcaModule, timm's
    Shapes: (N, C, H, W), kept; conv.weight (1, 1, k); with `use_mlp` conv.* and conv2.*.

    `channels` gives k, the odd number at |log2 C + beta| / gamma or above, at least 3.
    """

    def __init__(
        self,
        channels: int | None = None,
        kernel_size: int = 3,
        gamma: float = 2,
        beta: float = 1,
        act_layer: Layer | None = None,
        gate_layer: Layer = Sigmoid,
        rd_ratio: float = 1 / 8,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        use_mlp: bool = False,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format, self.use_mlp = format_of("EcaModule", options), use_mlp
        size = _kernel("EcaModule", channels, kernel_size, gamma, beta)
        # along the channels, whose layout is always a line
        conv = partial(Conv1d, rngs=rngs, **{**options, "data_format": "NCHW"})
        self.conv2, self.act = Identity(), Identity()
        if use_mlp:
            if channels is None:
                raise ValueError("EcaModule: channels must be given with use_mlp, got None")
            reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor)
            self.conv = conv(1, reduced, 1)
            self.act = (act_layer or ReLU)()
            self.conv2 = conv(reduced, 1, size, padding=size // 2)
        else:
            self.conv = conv(1, 1, size, padding=size // 2, bias=False)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        line = self.conv2(self.act(self.conv(_line_of_means(input, self.data_format))))
        return input * _along_channels(self.gate(line), self.data_format)


class CecaModule(nnx.Module):
    """`EcaModule` whose last channels are neighbours of the first.

    Torch:  none; torchref.attention_blocks.CecaModule, timm's
    Shapes: (N, C, H, W), kept; conv.weight (1, 1, k), and conv.bias with an act_layer.
    """

    def __init__(
        self,
        channels: int | None = None,
        kernel_size: int = 3,
        gamma: float = 2,
        beta: float = 1,
        act_layer: Layer | None = None,
        gate_layer: Layer = Sigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("CecaModule", options)
        size = _kernel("CecaModule", channels, kernel_size, gamma, beta)
        inner = partial(Conv1d, padding=size // 2, padding_mode="circular", rngs=rngs)
        bias = act_layer is not None
        self.conv = inner(1, 1, size, bias=bias, **{**options, "data_format": "NCHW"})
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        line = self.conv(_line_of_means(input, self.data_format))
        return input * _along_channels(self.gate(line), self.data_format)


def _line_of_means(input: jax.Array, data_format: str) -> jax.Array:
    """The channels' means as a line, (N, 1, C)."""
    return _reductions.mean(input, axes(data_format)[1:])[:, None]


def _along_channels(line: jax.Array, data_format: str) -> jax.Array:
    """A line, (N, 1, C), along the channels of images."""
    return jnp.expand_dims(line[:, 0], axes(data_format)[1:])


def _kernel(op: str, channels: int | None, kernel_size: int, gamma: float, beta: float) -> int:
    if channels is not None:
        size = int(abs(math.log2(channels) + beta) / gamma)
        return max(size if size % 2 else size + 1, 3)
    if kernel_size % 2 == 0:
        raise ValueError(f"{op}: kernel_size must be odd, got {kernel_size}")
    return kernel_size


class ChannelAttn(nnx.Module):
    """Channels times a gate of their means and maxima.

    Torch:  none; torchref.attention_blocks.ChannelAttn, timm's
    Shapes: (N, C, H, W), kept; fc1.weight (R, C, 1, 1), fc2.weight (C, R, 1, 1).
    """

    def __init__(
        self,
        channels: int,
        rd_ratio: float = 1 / 16,
        rd_channels: int | None = None,
        rd_divisor: int = 1,
        act_layer: Layer = ReLU,
        gate_layer: Layer = Sigmoid,
        mlp_bias: bool = False,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("ChannelAttn", options)
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.fc1 = Conv2d(channels, reduced, 1, bias=mlp_bias, rngs=rngs, **options)
        self.act = act_layer()
        self.fc2 = Conv2d(reduced, channels, 1, bias=mlp_bias, rngs=rngs, **options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        spatial = axes(self.data_format)[1:]
        pools = [r(input, spatial, keepdim=True) for r in (_reductions.mean, _extrema.amax)]
        mean, largest = (self.fc2(self.act(self.fc1(p))) for p in pools)
        return input * self.gate(mean + largest)


class SpatialAttn(nnx.Module):
    """Pixels times a gate of a convolution of the channels' mean and maximum there.

    Torch:  none; torchref.attention_blocks.SpatialAttn, timm's
    Shapes: (N, C, H, W), kept; conv.conv.weight (1, 2, k, k), conv.bn.*.
    """

    def __init__(
        self,
        kernel_size: int = 7,
        gate_layer: Layer = Sigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("SpatialAttn", options)
        self.conv = ConvNormAct(2, 1, kernel_size, apply_act=False, rngs=rngs, **options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        channel = axes(self.data_format)[0]
        pools = [r(input, channel, keepdim=True) for r in (_reductions.mean, _extrema.amax)]
        return input * self.gate(self.conv(_shape.cat(pools, dim=channel)))


class CbamModule(Sequential):
    """`ChannelAttn`, then `SpatialAttn`.

    Torch:  none; torchref.attention_blocks.CbamModule, timm's
    Shapes: (N, C, H, W), kept; channel.* and spatial.*.
    """

    def __init__(
        self,
        channels: int,
        rd_ratio: float = 1 / 16,
        rd_channels: int | None = None,
        rd_divisor: int = 1,
        spatial_kernel_size: int = 7,
        act_layer: Layer = ReLU,
        gate_layer: Layer = Sigmoid,
        mlp_bias: bool = False,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        reduction = (rd_ratio, rd_channels, rd_divisor, act_layer, gate_layer, mlp_bias)
        channel = ChannelAttn(channels, *reduction, rngs=rngs, **options)
        spatial = SpatialAttn(spatial_kernel_size, gate_layer, rngs=rngs, **options)
        super().__init__({"channel": channel, "spatial": spatial})


class CoordAttn(nnx.Module):
    """Pixels times a gate of their row and one of their column.

    Torch:  none; torchref.attention_blocks.CoordAttn, timm's
    Shapes: (N, C, H, W), kept; conv1.weight (R, C, 1, 1), bn1.*, conv_h.weight and conv_w.weight
            (C, R, 1, 1).
    """

    def __init__(
        self,
        channels: int,
        rd_ratio: float = 1 / 16,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        se_factor: float = 2 / 3,
        bias: bool = False,
        act_layer: Layer = Hardswish,
        norm_layer: Layer | None = BatchNorm2d,
        gate_layer: Layer = Sigmoid,
        has_skip: bool = False,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.has_skip, self.data_format = has_skip, format_of("CoordAttn", options)
        ratio = channels * rd_ratio * se_factor
        reduced = rd_channels or make_divisible(ratio, rd_divisor, round_limit=0.0)
        self.conv1 = Conv2d(channels, reduced, 1, bias=bias, rngs=rngs, **options)
        self.bn1 = Identity()
        if norm_layer is not None:
            self.bn1 = norm_layer(reduced, rngs=rngs, **for_norm(options))
        self.act = act_layer()
        self.conv_h = Conv2d(reduced, channels, 1, bias=bias, rngs=rngs, **options)
        self.conv_w = Conv2d(reduced, channels, 1, bias=bias, rngs=rngs, **options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        _, height, width = axes(self.data_format)
        rows = _reductions.mean(input, width, keepdim=True)
        columns = jnp.swapaxes(_reductions.mean(input, height, keepdim=True), height, width)
        x = self.act(self.bn1(self.conv1(_shape.cat([rows, columns], dim=height))))
        rows, columns = _shape.split(x, [n for n in input.shape[height : width + 1]], dim=height)
        of_rows = self.gate(self.conv_h(rows))
        of_columns = self.gate(self.conv_w(jnp.swapaxes(columns, height, width)))
        out = input * of_columns * of_rows
        return out + input if self.has_skip else out
