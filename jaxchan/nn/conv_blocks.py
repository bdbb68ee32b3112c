"""Blocks around convolutions, with the names that timm or torchvision give their parameters.

`options` are `dtype`, `param_dtype`, `precision` and `data_format`, for all modules of a block.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _shape
from . import functional as F
from ._layout import channels_first, checked
from ._options import Options, axes, for_norm, format_of
from ._parameters import Buffer, cast
from .activation import ReLU
from .batch_norm import BatchNorm2d
from .container import Sequential
from .conv import Conv2d
from .linear import Identity
from .shape import ChannelShuffle

Layer = Callable[..., Any]
Size = int | tuple[int, int]


class ConvNormAct(nnx.Module):
    """A convolution that keeps the size but for its stride, a norm and an activation.

    Torch:  none; torchref.conv_blocks.ConvNormAct, timm's
    Shapes: (N, C, H, W) -> (N, O, H', W'); conv.* and bn.*.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        padding: Size | None = None,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        apply_act: bool = True,
        norm_layer: Layer = BatchNorm2d,
        act_layer: Layer = ReLU,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        if padding is None:
            padding = (stride - 1 + dilation * (kernel_size - 1)) // 2
        sizes = (in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.conv = Conv2d(*sizes, bias, rngs=rngs, **options)
        self.bn = norm_layer(out_channels, rngs=rngs, **for_norm(options))
        self.act = act_layer() if apply_act else Identity()

    def __call__(self, input: jax.Array) -> jax.Array:
        return self.act(self.bn(self.conv(input)))


class Conv2dNormActivation(Sequential):
    """A convolution that keeps the size but for its stride, a norm and an activation, as "0", "1".

    Torch:  none; torchref.conv_blocks.Conv2dNormActivation, torchvision's
    Shapes: (N, C, H, W) -> (N, O, H', W'); 0.* and 1.*.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: Size = 1,
        padding: Size | None = None,
        groups: int = 1,
        norm_layer: Layer | None = BatchNorm2d,
        activation_layer: Layer | None = ReLU,
        dilation: int = 1,
        bias: bool | None = None,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        if padding is None:
            padding = (kernel_size - 1) // 2 * dilation
        if bias is None:
            bias = norm_layer is None
        sizes = (in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        layers: list[Any] = [Conv2d(*sizes, bias, rngs=rngs, **options)]
        if norm_layer is not None:
            layers.append(norm_layer(out_channels, rngs=rngs, **for_norm(options)))
        if activation_layer is not None:
            layers.append(activation_layer())
        super().__init__(*layers)


class GhostModule(nnx.Module):
    """Half of the channels by a convolution, the others from them by a depthwise one.

    Torch:  none; torchref.conv_blocks.GhostModule, timm's
    Shapes: (N, C, H, W) -> (N, O, H', W'); primary_conv.{0,1}.* and cheap_operation.{0,1}.*.
    """

    def __init__(
        self,
        in_chs: int,
        out_chs: int,
        kernel_size: int = 1,
        ratio: int = 2,
        dw_size: int = 3,
        stride: int = 1,
        act_layer: Layer = ReLU,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.out_chs, self.data_format = out_chs, format_of("GhostModule", options)
        first = math.ceil(out_chs / ratio)
        rest, norm = first * (ratio - 1), partial(BatchNorm2d, rngs=rngs, **for_norm(options))
        conv = partial(Conv2d, bias=False, rngs=rngs, **options)
        self.primary_conv = Sequential(
            conv(in_chs, first, kernel_size, stride, kernel_size // 2), norm(first), act_layer()
        )
        self.cheap_operation = Sequential(
            conv(first, rest, dw_size, 1, dw_size // 2, groups=first), norm(rest), act_layer()
        )

    def __call__(self, input: jax.Array) -> jax.Array:
        channel, first = axes(self.data_format)[0], self.primary_conv(input)
        both = _shape.cat([first, self.cheap_operation(first)], dim=channel)
        return jax.lax.slice_in_dim(both, 0, self.out_chs, axis=channel)


class ShuffleUnit(nnx.Module):
    """Half of the channels as they are, or convolved, beside the other half convolved; shuffled.

    Torch:  none; torchref.conv_blocks.ShuffleUnit, torchvision.models.shufflenetv2.InvertedResidual
    Shapes: (N, C, H, W) -> (N, O, H', W'); branch1.{0..3}.* with a stride, branch2.{0..6}.*.
    """

    def __init__(
        self, inp: int, oup: int, stride: int, *, rngs: nnx.Rngs, **options: Unpack[Options]
    ) -> None:
        half = oup // 2
        if stride == 1 and inp != 2 * half:
            raise ValueError(f"ShuffleUnit: inp must be oup with stride 1, got {inp} and {oup}")
        self.stride, self.data_format = stride, format_of("ShuffleUnit", options)
        norm = partial(BatchNorm2d, rngs=rngs, **for_norm(options))
        conv = partial(Conv2d, bias=False, rngs=rngs, **options)

        def depthwise(channels: int) -> Conv2d:
            return conv(channels, channels, 3, stride, 1, groups=channels)

        branch = [depthwise(inp), norm(inp), conv(inp, half, 1), norm(half), ReLU()]
        self.branch1 = Sequential(*branch if stride > 1 else ())
        before = [conv(inp if stride > 1 else half, half, 1), norm(half), ReLU()]
        after = [depthwise(half), norm(half), conv(half, half, 1), norm(half), ReLU()]
        self.branch2 = Sequential(*before, *after)
        self.shuffle = ChannelShuffle(2, data_format=self.data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        channel, parts = axes(self.data_format)[0], (input, input)
        if self.stride == 1:
            parts = _shape.chunk(input, 2, dim=channel)
        both = [self.branch1(parts[0]), self.branch2(parts[1])]
        return self.shuffle(_shape.cat(both, dim=channel))


class BlurPool2d(nnx.Module):
    """A depthwise convolution with a binomial filter, then every `stride`-th pixel.

    Torch:  none; torchref.conv_blocks.BlurPool2d, timm's
    Shapes: (N, C, H, W) -> (N, C, H', W'); filt (C, 1, k, k), which checkpoints do not hold.
    """

    def __init__(
        self,
        channels: int | None = None,
        filt_size: int = 3,
        stride: int = 2,
        pad_mode: str = "reflect",
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        precision: Any = None,
        data_format: str = "NCHW",
        rngs: nnx.Rngs | None = None,
    ) -> None:
        if filt_size < 2:
            raise ValueError(f"BlurPool2d: filt_size must be at least 2, got {filt_size}")
        self.stride, self.pad_mode, self.dtype, self.precision = stride, pad_mode, dtype, precision
        self.padding = (stride - 1 + filt_size - 1) // 2
        self.data_format = checked("BlurPool2d", data_format)
        line = [math.comb(filt_size - 1, k) / 2 ** (filt_size - 1) for k in range(filt_size)]
        row = jnp.asarray(line, param_dtype)
        shape = (channels or 1, 1, filt_size, filt_size)
        self.filt = Buffer(jnp.broadcast_to(row[:, None] * row[None, :], shape), persistent=False)

    def __call__(self, input: jax.Array) -> jax.Array:
        def pool(x: jax.Array) -> jax.Array:
            channels, kernel = x.shape[-3], cast(self.dtype, self.filt[...])
            weight = jnp.broadcast_to(kernel, (channels, *kernel.shape[1:]))
            padded = F.pad(x, [self.padding] * 4, self.pad_mode)
            options = {"groups": channels, "precision": self.precision}
            return F.conv2d(padded, weight, stride=self.stride, **options)

        return channels_first(pool, cast(self.dtype, input), self.data_format)
