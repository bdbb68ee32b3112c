"""Elements in another order or number: no arithmetic but for resizing."""

from collections.abc import Sequence

import jax
from flax import nnx

from .. import _shape
from . import functional as F
from ._layout import channels_first, checked, functional_format, to_channels_first

Size = int | tuple[int, ...]
Pair = int | tuple[int, int]


class Flatten(nnx.Module):
    """`jaxchan.flatten`, whose result for "NHWC" is torch's too: channels are moved first.

    Torch:  torch.nn.Flatten
    Shapes: (N, C, H, W) or, for "NHWC", (N, H, W, C) -> (N, C H W).

    So a `Linear` behind it takes torch's weight, whatever the layout.

    >>> x = jax.numpy.arange(4).reshape(1, 1, 2, 2)
    >>> Flatten(data_format="NHWC")(x).tolist()
    [[0, 2, 1, 3]]
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1, *, data_format: str = "NCHW") -> None:
        self.start_dim, self.end_dim = start_dim, end_dim
        self.data_format = checked("Flatten", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        if self.data_format == "NHWC" and input.ndim > 2:
            input = to_channels_first(input, input.ndim - 2)
        return _shape.flatten(input, self.start_dim, self.end_dim)


class Unflatten(nnx.Module):
    """`jaxchan.unflatten`.

    Torch:  torch.nn.Unflatten
    Shapes: (*, S, *) -> (*, *unflattened_size, *).
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def __call__(self, input: jax.Array) -> jax.Array:
        return _shape.unflatten(input, self.dim, self.unflattened_size)


class PixelShuffle(nnx.Module):
    """`functional.pixel_shuffle`.

    Torch:  torch.nn.PixelShuffle
    Shapes: (N, C r^2, H, W) -> (N, C, H r, W r), with r the upscale_factor.
    """

    def __init__(self, upscale_factor: int, *, data_format: str = "NCHW") -> None:
        self.upscale_factor = upscale_factor
        self.data_format = checked("PixelShuffle", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def shuffle(x: jax.Array) -> jax.Array:
            return F.pixel_shuffle(x, self.upscale_factor)

        return channels_first(shuffle, input, self.data_format)


class PixelUnshuffle(nnx.Module):
    """`functional.pixel_unshuffle`.

    Torch:  torch.nn.PixelUnshuffle
    Shapes: (N, C, H r, W r) -> (N, C r^2, H, W), with r the downscale_factor.
    """

    def __init__(self, downscale_factor: int, *, data_format: str = "NCHW") -> None:
        self.downscale_factor = downscale_factor
        self.data_format = checked("PixelUnshuffle", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def unshuffle(x: jax.Array) -> jax.Array:
            return F.pixel_unshuffle(x, self.downscale_factor)

        return channels_first(unshuffle, input, self.data_format)


class ChannelShuffle(nnx.Module):
    """`functional.channel_shuffle`.

    Torch:  torch.nn.ChannelShuffle
    Shapes: (N, C, *), kept.
    """

    def __init__(self, groups: int, *, data_format: str = "NCHW") -> None:
        self.groups, self.data_format = groups, checked("ChannelShuffle", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def shuffle(x: jax.Array) -> jax.Array:
            return F.channel_shuffle(x, self.groups)

        return channels_first(shuffle, input, self.data_format, jax.numpy.ndim(input) - 2)


class Upsample(nnx.Module):
    """`functional.interpolate`.

    Torch:  torch.nn.Upsample
    Shapes: (N, C, *) -> (N, C, *size), or each size times scale_factor.
    """

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        options = (self.mode, self.align_corners, self.recompute_scale_factor)
        spatial = input.ndim - 2
        # with another rank, interpolate says what is wrong
        layout = functional_format(spatial, self.data_format) if spatial in (1, 2, 3) else None
        return F.interpolate(input, self.size, self.scale_factor, *options, data_format=layout)


class UpsamplingNearest2d(Upsample):
    """`functional.interpolate` with mode "nearest".

    Torch:  torch.nn.UpsamplingNearest2d
    Shapes: (N, C, H, W) -> (N, C, *size), or both sizes times scale_factor.
    """

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: float | tuple[float, float] | None = None,
        *,
        data_format: str = "NCHW",
    ) -> None:
        super().__init__(size, scale_factor, "nearest", data_format=data_format)


class UpsamplingBilinear2d(Upsample):
    """`functional.interpolate` with mode "bilinear" and aligned corners.

    Torch:  torch.nn.UpsamplingBilinear2d
    Shapes: (N, C, H, W) -> (N, C, *size), or both sizes times scale_factor.
    """

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: float | tuple[float, float] | None = None,
        *,
        data_format: str = "NCHW",
    ) -> None:
        super().__init__(size, scale_factor, "bilinear", True, data_format=data_format)


class Squeeze(nnx.Module):
    """`jaxchan.squeeze`.

    Torch:  none; torchref.modules.Squeeze
    Shapes: (*) -> without the sizes of 1, or those of `dim`.
    """

    def __init__(self, dim: int | tuple[int, ...] | None = None) -> None:
        self.dim = dim

    def __call__(self, input: jax.Array) -> jax.Array:
        return _shape.squeeze(input, self.dim)


class Unfold(nnx.Module):
    """`functional.unfold`.

    Torch:  torch.nn.Unfold
    Shapes: (N, C, H, W) -> (N, C kh kw, L), with L the number of windows.
    """

    def __init__(
        self, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1
    ) -> None:
        self.kernel_size, self.dilation = kernel_size, dilation
        self.padding, self.stride = padding, stride

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(nnx.Module):
    """`functional.fold`.

    Torch:  torch.nn.Fold
    Shapes: (N, C kh kw, L) -> (N, C, *output_size).
    """

    def __init__(
        self,
        output_size: Pair,
        kernel_size: Pair,
        dilation: Pair = 1,
        padding: Pair = 0,
        stride: Pair = 1,
    ) -> None:
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def __call__(self, input: jax.Array) -> jax.Array:
        sizes = (self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
        return F.fold(input, *sizes)


class Permute(nnx.Module):
    """`jaxchan.permute`.

    Torch:  none; torchref.modules.Permute, torchvision.ops.Permute
    Shapes: the input's, in the order of `dims`.
    """

    def __init__(self, dims: Sequence[int]) -> None:
        self.dims = tuple(dims)

    def __call__(self, input: jax.Array) -> jax.Array:
        return _shape.permute(input, self.dims)
