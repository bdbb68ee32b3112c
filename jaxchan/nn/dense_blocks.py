"""Heads and necks of dense prediction, with the names that torchvision, or the published code of
each, gives their parameters.

`options` are `dtype`, `param_dtype`, `precision` and `data_format`, for all modules of a block.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _shape
from . import functional as F
from ._options import Options, axes, for_norm, format_of
from ._parameters import NONE, Metadata, cast
from .activation import ReLU
from .adaptive_pool import AdaptiveAvgPool2d
from .batch_norm import BatchNorm2d
from .container import ModuleList, Sequential
from .conv import Conv2d, fan_in_of
from .conv_blocks import Conv2dNormActivation, Layer
from .conv_transpose import ConvTranspose2d
from .dropout import Dropout
from .shape import Upsample


def _conv_norm_relu(
    in_channels: int, out_channels: int, rngs: nnx.Rngs, options: Options, **sizes: Any
) -> list[Any]:
    sizes = {"kernel_size": 1, "bias": False, **sizes}
    conv = Conv2d(in_channels, out_channels, **sizes, rngs=rngs, **options)
    return [conv, BatchNorm2d(out_channels, **for_norm(options)), ReLU()]


def _resized(x: jax.Array, like: jax.Array, mode: str, data_format: str, **options: Any) -> Any:
    size = tuple(like.shape[d] for d in axes(data_format)[1:])
    return F.interpolate(x, size, mode=mode, data_format=data_format, **options)


class _ASPPPooling(Sequential):
    """The mean of the image, by a convolution, at every pixel."""

    def __init__(
        self, in_channels: int, out_channels: int, rngs: nnx.Rngs, options: Options
    ) -> None:
        # a container's own attributes come after its children
        data_format = format_of("ASPP", options)
        layers = _conv_norm_relu(in_channels, out_channels, rngs, options)
        super().__init__(AdaptiveAvgPool2d(1, data_format=data_format), *layers)
        self.data_format = data_format

    def __call__(self, input: jax.Array) -> jax.Array:
        x = super().__call__(input)
        return _resized(x, input, "bilinear", self.data_format, align_corners=False)


class ASPP(nnx.Module):
    """Atrous spatial pyramid pooling: convolutions of several dilations, side by side, as one.

    Torch:  none; torchref.dense_blocks.ASPP, torchvision.models.segmentation.deeplabv3.ASPP
    Shapes: (N, C, H, W) -> (N, O, H, W); convs.{i}.{0,1}.*, the last convs.{n}.{1,2}.*,
            project.{0,1}.*.
    """

    def __init__(
        self,
        in_channels: int,
        atrous_rates: Sequence[int],
        out_channels: int = 256,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("ASPP", options)
        sizes = [{}, *({"kernel_size": 3, "padding": r, "dilation": r} for r in atrous_rates)]
        make = partial(_conv_norm_relu, in_channels, out_channels, rngs, options)
        convs: list[Any] = [Sequential(*make(**size)) for size in sizes]
        convs.append(_ASPPPooling(in_channels, out_channels, rngs, options))
        self.convs = ModuleList(convs)
        last = _conv_norm_relu(len(convs) * out_channels, out_channels, rngs, options)
        self.project = Sequential(*last, Dropout(0.5, rngs=rngs))

    def __call__(self, input: jax.Array) -> jax.Array:
        each = [conv(input) for conv in self.convs]
        return self.project(_shape.cat(each, dim=axes(self.data_format)[0]))


class DeepLabHead(Sequential):
    """`ASPP`, a convolution and the scores of classes.

    Torch:  none; torchref.dense_blocks.DeepLabHead,
            torchvision.models.segmentation.deeplabv3.DeepLabHead
    Shapes: (N, C, H, W) -> (N, num_classes, H, W); 0.*, 1.*, 2.*, 4.*.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        atrous_rates: Sequence[int] = (12, 24, 36),
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            ASPP(in_channels, atrous_rates, rngs=rngs, **options),
            *_conv_norm_relu(256, 256, rngs, options, kernel_size=3, padding=1),
            Conv2d(256, num_classes, 1, rngs=rngs, **options),
        )


class FCNHead(Sequential):
    """A convolution and the scores of classes.

    Torch:  none; torchref.dense_blocks.FCNHead, torchvision.models.segmentation.fcn.FCNHead
    Shapes: (N, C, H, W) -> (N, channels, H, W); 0.*, 1.*, 4.*.
    """

    def __init__(
        self, in_channels: int, channels: int, *, rngs: nnx.Rngs, **options: Unpack[Options]
    ) -> None:
        inner = in_channels // 4
        super().__init__(
            *_conv_norm_relu(in_channels, inner, rngs, options, kernel_size=3, padding=1),
            Dropout(0.1, rngs=rngs),
            Conv2d(inner, channels, 1, rngs=rngs, **options),
        )


class FeaturePyramidNetwork(nnx.Module):
    """Maps of one width: each by a 1x1 convolution, plus the next smaller one, enlarged.

    Torch:  none; torchref.dense_blocks.FeaturePyramidNetwork, torchvision.ops's
    Shapes: maps (N, C_i, H_i, W_i), largest first -> (N, O, H_i, W_i); inner_blocks.{i}.0.*,
            layer_blocks.{i}.0.*.

    Maps are a list or a dict, and so is the result. jit sorts a dict that is its argument by keys.
    """

    def __init__(
        self,
        in_channels_list: Sequence[int],
        out_channels: int,
        norm_layer: Layer | None = None,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        if 0 in in_channels_list:
            raise ValueError("FeaturePyramidNetwork: in_channels_list must not hold 0")
        self.data_format = format_of("FeaturePyramidNetwork", options)
        block = partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=None)
        block = partial(block, rngs=rngs, **options)
        inner = [block(n, out_channels, 1, padding=0) for n in in_channels_list]
        self.inner_blocks = ModuleList(inner)
        self.layer_blocks = ModuleList([block(out_channels, out_channels, 3) for _ in inner])
        for one in (*inner, *self.layer_blocks):
            _init_lateral(one[0], rngs)

    def __call__(self, x: Mapping[str, jax.Array] | Sequence[jax.Array]) -> Any:
        maps = list(x.values()) if isinstance(x, Mapping) else list(x)
        laterals = [block(m) for block, m in zip(self.inner_blocks, maps, strict=True)]
        for i in reversed(range(len(laterals) - 1)):
            above = _resized(laterals[i + 1], laterals[i], "nearest", self.data_format)
            laterals[i] = laterals[i] + above
        results = [block(m) for block, m in zip(self.layer_blocks, laterals, strict=True)]
        return dict(zip(x, results, strict=True)) if isinstance(x, Mapping) else results


def _init_lateral(conv: Conv2d, rngs: nnx.Rngs) -> None:
    shape, dtype = conv.weight.shape, conv.weight.dtype
    bound = math.sqrt(3 / fan_in_of(shape))
    conv.weight[...] = jax.random.uniform(rngs.params(), shape, dtype, -bound, bound)
    if conv.bias is not None:
        conv.bias[...] = jnp.zeros_like(conv.bias[...])


class PPM(nnx.Module):
    """Pyramid pooling: the input beside its means over grids of several sizes, convolved.

    Torch:  none; torchref.dense_blocks.PPM, PSPNet's (github.com/hszhao/semseg)
    Shapes: (N, C, H, W) -> (N, C + reduction_dim len(bins), H, W); features.{i}.{1,2}.*.
    """

    def __init__(
        self,
        in_dim: int,
        reduction_dim: int,
        bins: Sequence[int],
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format = format_of("PPM", options)
        pools = [AdaptiveAvgPool2d(n, data_format=self.data_format) for n in bins]
        make = partial(_conv_norm_relu, in_dim, reduction_dim, rngs, options)
        self.features = ModuleList([Sequential(pool, *make()) for pool in pools])

    def __call__(self, input: jax.Array) -> jax.Array:
        resize = partial(_resized, like=input, mode="bilinear", data_format=self.data_format)
        each = [resize(feature(input), align_corners=True) for feature in self.features]
        return _shape.cat([input, *each], dim=axes(self.data_format)[0])


class DoubleConv(nnx.Module):
    """Two convolutions of 3x3, each with a norm and ReLU.

    Torch:  none; torchref.dense_blocks.DoubleConv, U-Net's (github.com/milesial/Pytorch-UNet)
    Shapes: (N, C, H, W) -> (N, O, H, W); double_conv.{0,1,3,4}.*.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        mid_channels: int | None = None,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        mid, size = mid_channels or out_channels, {"kernel_size": 3, "padding": 1}
        self.double_conv = Sequential(
            *_conv_norm_relu(in_channels, mid, rngs, options, **size),
            *_conv_norm_relu(mid, out_channels, rngs, options, **size),
        )

    def __call__(self, input: jax.Array) -> jax.Array:
        return self.double_conv(input)


class UNetUp(nnx.Module):
    """A small map, enlarged and padded to a large one, beside that, by `DoubleConv`.

    Torch:  none; torchref.dense_blocks.UNetUp, U-Net's (github.com/milesial/Pytorch-UNet)
    Shapes: (N, A, H, W) and (N, B, 2 H + h, 2 W + w) -> (N, O, 2 H + h, 2 W + w); conv.*, and
            up.* without `bilinear`. A + B is `in_channels`; without `bilinear` A is that.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        bilinear: bool = True,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format, half = format_of("UNetUp", options), in_channels // 2
        mode = {"mode": "bilinear", "align_corners": True, "data_format": self.data_format}
        self.up = (
            Upsample(scale_factor=2, **mode)
            if bilinear
            else ConvTranspose2d(in_channels, half, 2, stride=2, rngs=rngs, **options)
        )
        mid = half if bilinear else None
        self.conv = DoubleConv(in_channels, out_channels, mid, rngs=rngs, **options)

    def __call__(self, x1: jax.Array, x2: jax.Array) -> jax.Array:
        channel, *spatial = axes(self.data_format)
        x, widths = self.up(x1), [(0, 0)] * 4
        for d in spatial:
            gap = x2.shape[d] - x.shape[d]
            widths[d] = (gap // 2, gap - gap // 2)
        amounts = [n for pair in reversed(widths) for n in pair]
        return self.conv(_shape.cat([x2, F.pad(x, amounts)], dim=channel))


class FastNormalizedMerge(nnx.Module):
    """BiFPN's weighted mean of maps: weights are cut at 0 and divided by their sum plus `eps`.

    Torch:  none; torchref.dense_blocks.FastNormalizedMerge, EfficientDet's
    Shapes: `num_inputs` of (*) -> (*); edge_weights (num_inputs,).
    """

    def __init__(
        self,
        num_inputs: int,
        eps: float = 1e-4,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.eps, self.dtype = eps, dtype
        self.edge_weights = nnx.Param(jnp.ones((num_inputs,), param_dtype), **weight_metadata)

    def __call__(self, *inputs: jax.Array) -> jax.Array:
        weights = F.relu(cast(self.dtype, self.edge_weights[...]))
        if len(inputs) != len(weights):
            raise ValueError(
                f"FastNormalizedMerge: inputs must be {len(weights)}, got {len(inputs)}"
            )
        weights = weights / (weights.sum() + self.eps)
        parts = [cast(self.dtype, x) * w for x, w in zip(inputs, weights, strict=True)]
        return sum(parts[1:], parts[0])
