"""Pooling with fixed windows, and its inverse."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
from flax import nnx

from . import functional as F
from ._layout import checked, functional_format

Size = int | tuple[int, ...]
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
UNPOOL = {1: F.max_unpool1d, 2: F.max_unpool2d, 3: F.max_unpool3d}
LP = {1: F.lp_pool1d, 2: F.lp_pool2d}


class _MaxPool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> Any:
        return MAX[self.SPATIAL](
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
            data_format=functional_format(self.SPATIAL, self.data_format),
        )


class MaxPool1d(_MaxPool):
    """`functional.max_pool1d`.

    Torch:  torch.nn.MaxPool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL = 1


class MaxPool2d(_MaxPool):
    """`functional.max_pool2d`.

    Torch:  torch.nn.MaxPool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL = 2


class MaxPool3d(_MaxPool):
    """`functional.max_pool3d`.

    Torch:  torch.nn.MaxPool3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL = 3


class AvgPool1d(nnx.Module):
    """`functional.avg_pool1d`.

    Torch:  torch.nn.AvgPool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.data_format = checked("AvgPool1d", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            data_format=functional_format(1, self.data_format),
        )


class _AvgPool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        pool = F.avg_pool2d if self.SPATIAL == 2 else F.avg_pool3d
        return pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
            data_format=functional_format(self.SPATIAL, self.data_format),
        )


class AvgPool2d(_AvgPool):
    """`functional.avg_pool2d`.

    Torch:  torch.nn.AvgPool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL = 2


class AvgPool3d(_AvgPool):
    """`functional.avg_pool3d`.

    Torch:  torch.nn.AvgPool3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL = 3


class _LPPool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        norm_type: float,
        kernel_size: Size,
        stride: Size | None = None,
        ceil_mode: bool = False,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        layout = functional_format(self.SPATIAL, self.data_format)
        arguments = (float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return LP[self.SPATIAL](input, *arguments, data_format=layout)


class LPPool1d(_LPPool):
    """`functional.lp_pool1d`.

    Torch:  torch.nn.LPPool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL = 1


class LPPool2d(_LPPool):
    """`functional.lp_pool2d`.

    Torch:  torch.nn.LPPool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL = 2


class _MaxUnpool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(
        self, input: jax.Array, indices: jax.Array, output_size: Sequence[int] | None = None
    ) -> jax.Array:
        return UNPOOL[self.SPATIAL](
            input,
            indices,
            self.kernel_size,
            self.stride,
            self.padding,
            output_size,
            data_format=functional_format(self.SPATIAL, self.data_format),
        )


class MaxUnpool1d(_MaxUnpool):
    """`functional.max_unpool1d`.

    Torch:  torch.nn.MaxUnpool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL = 1


class MaxUnpool2d(_MaxUnpool):
    """`functional.max_unpool2d`.

    Torch:  torch.nn.MaxUnpool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL = 2


class MaxUnpool3d(_MaxUnpool):
    """`functional.max_unpool3d`.

    Torch:  torch.nn.MaxUnpool3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL = 3
