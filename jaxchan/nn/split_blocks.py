"""Blocks that weigh branches or gather a context, with the names that timm gives their parameters.

`options` are `dtype`, `param_dtype`, `precision` and `data_format`, for all modules of a block.
"""

import math
from functools import partial
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _reductions, _shape
from . import functional as F
from ._options import Options, axes, for_norm, format_of, make_divisible
from ._parameters import absent
from .activation import ReLU, Sigmoid
from .batch_norm import BatchNorm2d
from .container import ModuleList
from .conv import Conv2d
from .conv_blocks import ConvNormAct, Layer
from .functional.conv import full
from .linear import Identity
from .norm import LayerNorm2d


class SelectiveKernelAttn(nnx.Module):
    """Weights of branches, which add up to 1, by the means of their sum.

    Torch:  none; torchref.split_blocks.SelectiveKernelAttn, timm's
    Shapes: (N, P, C, H, W) -> (N, P, C, 1, 1); fc_reduce.weight, bn.*, fc_select.weight.
    """

    def __init__(
        self,
        channels: int,
        num_paths: int = 2,
        attn_channels: int = 32,
        act_layer: Layer = ReLU,
        norm_layer: Layer = BatchNorm2d,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.num_paths, self.data_format = num_paths, format_of("SelectiveKernelAttn", options)
        conv = partial(Conv2d, kernel_size=1, bias=False, rngs=rngs, **options)
        self.fc_reduce = conv(channels, attn_channels)
        self.bn = norm_layer(attn_channels, rngs=rngs, **for_norm(options))
        self.act = act_layer()
        self.fc_select = conv(attn_channels, channels * num_paths)

    def __call__(self, input: jax.Array) -> jax.Array:
        total = _reductions.sum(input, 1)
        x = _reductions.mean(total, axes(self.data_format)[1:], keepdim=True)
        x = self.fc_select(self.act(self.bn(self.fc_reduce(x))))
        shape = [len(x), self.num_paths, 1, 1, 1]
        shape[1 + axes(self.data_format)[0]] = x.size // (len(x) * self.num_paths)
        return F.softmax(x.reshape(shape), 1)


class SelectiveKernel(nnx.Module):
    """Branches of several kernel sizes, added up by weights that depend on the input.

    Torch:  none; torchref.split_blocks.SelectiveKernel, timm's
    Shapes: (N, C, H, W) -> (N, O, H', W'); paths.{i}.*, attn.*.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int | None = None,
        kernel_size: int | list[int] | None = None,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        rd_ratio: float = 1 / 16,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        keep_3x3: bool = True,
        split_input: bool = True,
        act_layer: Layer = ReLU,
        norm_layer: Layer = BatchNorm2d,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format, self.split_input = format_of("SelectiveKernel", options), split_input
        channels, sizes = out_channels or in_channels, kernel_size or [3, 5]
        sizes = sizes if isinstance(sizes, list) else [sizes] * 2
        if any(k < 3 or k % 2 == 0 for k in sizes):
            raise ValueError(f"SelectiveKernel: kernel_size must be odd, 3 or more, got {sizes}")
        if split_input and in_channels % len(sizes):
            raise ValueError(
                f"SelectiveKernel: in_channels must divide by {len(sizes)}, got {in_channels}"
            )
        pairs = [(k, dilation) for k in sizes]
        if keep_3x3:
            pairs = [(3, dilation * (k - 1) // 2) for k in sizes]
        layers: dict[str, Any] = {"act_layer": act_layer, "norm_layer": norm_layer, "rngs": rngs}
        conv = partial(ConvNormAct, stride=stride, groups=min(channels, groups), **layers)
        width = in_channels // len(sizes) if split_input else in_channels
        self.paths = ModuleList(
            [conv(width, channels, kernel_size=k, dilation=d, **options) for k, d in pairs]
        )
        attn_channels = rd_channels or make_divisible(channels * rd_ratio, rd_divisor)
        self.attn = SelectiveKernelAttn(channels, len(sizes), attn_channels, rngs=rngs, **options)

    def __call__(self, input: jax.Array) -> jax.Array:
        parts = [input] * len(self.paths)
        if self.split_input:
            parts = _shape.chunk(input, len(self.paths), dim=axes(self.data_format)[0])
        each = [path(part) for path, part in zip(self.paths, parts, strict=True)]
        stacked = _shape.stack(each, dim=1)
        return _reductions.sum(stacked * self.attn(stacked), 1)


class SplitAttn(nnx.Module):
    """`radix` branches of one grouped convolution, added up by weights that depend on the input.

    Torch:  none; torchref.split_blocks.SplitAttn, timm's
    Shapes: (N, C, H, W) -> (N, O, H', W'); conv.*, bn0.*, fc1.*, bn1.*, fc2.*.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int | None = None,
        kernel_size: int = 3,
        stride: int = 1,
        padding: int | None = None,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        radix: int = 2,
        rd_ratio: float = 0.25,
        rd_channels: int | None = None,
        rd_divisor: int = 8,
        act_layer: Layer = ReLU,
        norm_layer: Layer | None = None,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.radix, self.groups = radix, groups
        self.data_format = format_of("SplitAttn", options)
        padding = kernel_size // 2 if padding is None else padding
        channels = out_channels or in_channels
        wide = channels * radix
        reduced = make_divisible(in_channels * radix * rd_ratio, rd_divisor, least=32)
        reduced = reduced if rd_channels is None else rd_channels * radix

        def norm(channels: int) -> Any:
            made = norm_layer and norm_layer(channels, rngs=rngs, **for_norm(options))
            return made or Identity()

        sizes = (kernel_size, stride, padding, dilation, groups * radix, bias)
        self.conv = Conv2d(in_channels, wide, *sizes, rngs=rngs, **options)
        self.bn0, self.act0 = norm(wide), act_layer()
        self.fc1 = Conv2d(channels, reduced, 1, groups=groups, rngs=rngs, **options)
        self.bn1, self.act1 = norm(reduced), act_layer()
        self.fc2 = Conv2d(reduced, wide, 1, groups=groups, rngs=rngs, **options)

    def __call__(self, input: jax.Array) -> jax.Array:
        channel, height, width = axes(self.data_format)
        x = self.act0(self.bn0(self.conv(input)))
        split = list(x.shape)
        split[channel : channel + 1] = [self.radix, x.shape[channel] // self.radix]
        parts = x.reshape(split)
        total = _reductions.sum(parts, channel)
        means = _reductions.mean(total, (height, width), keepdim=True)
        weights = self._weights(self.fc2(self.act1(self.bn1(self.fc1(means)))))
        shape = [1 if i in (height, width) else n for i, n in enumerate(x.shape)]
        shape[channel : channel + 1] = split[channel : channel + 2]
        return _reductions.sum(parts * weights.reshape(shape), channel)

    def _weights(self, x: jax.Array) -> jax.Array:
        """Of the branches, which add up to 1: (N, radix O)."""
        if self.radix == 1:
            return jax.nn.sigmoid(x).reshape(len(x), -1)
        by_group = x.reshape(len(x), self.groups, self.radix, -1)
        return F.softmax(jnp.swapaxes(by_group, 1, 2), 1).reshape(len(x), -1)


class _ConvMlp(nnx.Module):
    """timm's ConvMlp with a norm: fc1, norm, act, fc2."""

    def __init__(
        self, features: int, hidden: int, act_layer: Layer, rngs: nnx.Rngs, options: Options
    ) -> None:
        self.fc1 = Conv2d(features, hidden, 1, rngs=rngs, **options)
        self.norm, self.act = LayerNorm2d(hidden, **for_norm(options)), act_layer()
        self.fc2 = Conv2d(hidden, features, 1, rngs=rngs, **options)

    def __call__(self, input: jax.Array) -> jax.Array:
        return self.fc2(self.act(self.norm(self.fc1(input))))


class GlobalContext(nnx.Module):
    """The input times, or plus, what two products make of a weighted mean of its pixels.

    Torch:  none; torchref.split_blocks.GlobalContext, timm's
    Shapes: (N, C, H, W), kept; conv_attn.*, mlp_scale.{fc1,norm,fc2}.*, mlp_add.*.
    """

    def __init__(
        self,
        channels: int,
        use_attn: bool = True,
        fuse_add: bool = False,
        fuse_scale: bool = True,
        rd_ratio: float = 1 / 8,
        rd_channels: int | None = None,
        rd_divisor: int = 1,
        act_layer: Layer = ReLU,
        gate_layer: Layer = Sigmoid,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("GlobalContext", options)
        self.precision = options.get("precision")
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.conv_attn, self.mlp_add, self.mlp_scale = absent(), absent(), absent()
        if use_attn:
            self.conv_attn = Conv2d(channels, 1, 1, rngs=rngs, **options)
            weight = self.conv_attn.weight
            draws = jax.random.normal(rngs.params(), weight.shape, weight.dtype)
            weight[...] = draws * math.sqrt(2 / channels)
        if fuse_add:
            self.mlp_add = _ConvMlp(channels, reduced, act_layer, rngs, options)
            weight = self.mlp_add.fc2.weight
            weight[...] = jnp.zeros_like(weight[...])
        if fuse_scale:
            self.mlp_scale = _ConvMlp(channels, reduced, act_layer, rngs, options)
        self.gate = gate_layer()

    def __call__(self, input: jax.Array) -> jax.Array:
        context = self._context(input)
        out = input
        if self.mlp_scale is not None:
            out = out * self.gate(self.mlp_scale(context))
        return out if self.mlp_add is None else out + self.mlp_add(context)

    def _context(self, input: jax.Array) -> jax.Array:
        channel, height, width = axes(self.data_format)
        if self.conv_attn is None:
            return _reductions.mean(input, (height, width), keepdim=True)
        weights = F.softmax(self.conv_attn(input).reshape(len(input), -1), -1)
        shape = [len(input), 1, 1, 1]
        shape[channel] = input.shape[channel]
        pixels = jnp.moveaxis(input, channel, 1).reshape(len(input), input.shape[channel], -1)
        context = jnp.einsum("ncp,np->nc", pixels, weights, precision=full(self.precision))
        return context.reshape(shape)
