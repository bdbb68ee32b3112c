"""Pooling to a given size."""

from typing import Any, ClassVar

import jax
from flax import nnx

from . import functional as F
from ._layout import checked, functional_format

Sizes = int | None | tuple[int | None, ...]
AVG = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}


class _AdaptiveAvgPool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(self, output_size: Sizes, *, data_format: str = "NCHW") -> None:
        self.output_size = output_size
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        layout = functional_format(self.SPATIAL, self.data_format)
        return AVG[self.SPATIAL](input, self.output_size, data_format=layout)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """`functional.adaptive_avg_pool1d`.

    Torch:  torch.nn.AdaptiveAvgPool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, output_size).
    """

    SPATIAL = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """`functional.adaptive_avg_pool2d`.

    Torch:  torch.nn.AdaptiveAvgPool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, *output_size).
    """

    SPATIAL = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """`functional.adaptive_avg_pool3d`.

    Torch:  torch.nn.AdaptiveAvgPool3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size).
    """

    SPATIAL = 3


class _AdaptiveMaxPool(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self, output_size: Sizes, return_indices: bool = False, *, data_format: str = "NCHW"
    ) -> None:
        self.output_size, self.return_indices = output_size, return_indices
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> Any:
        layout = functional_format(self.SPATIAL, self.data_format)
        arguments = (self.output_size, self.return_indices)
        return MAX[self.SPATIAL](input, *arguments, data_format=layout)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """`functional.adaptive_max_pool1d`.

    Torch:  torch.nn.AdaptiveMaxPool1d
    Shapes: (N, C, L) or (C, L) -> (N, C, output_size).
    """

    SPATIAL = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """`functional.adaptive_max_pool2d`.

    Torch:  torch.nn.AdaptiveMaxPool2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, *output_size).
    """

    SPATIAL = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """`functional.adaptive_max_pool3d`.

    Torch:  torch.nn.AdaptiveMaxPool3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size).
    """

    SPATIAL = 3
