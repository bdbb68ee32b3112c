"""Convolutions. The weight is torch's, (O, I / groups, *kernel), also where channels come last."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from . import functional as F
from ._layout import channels_first, checked, functional_format
from ._parameters import NONE, Metadata, absent, operands, uniform
from .functional.conv import ints

Size = int | tuple[int, ...]
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
FUNCTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


class _Conv(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        precision: Any = None,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs,
    ) -> None:
        name = type(self).__name__
        check_channels(name, in_channels, out_channels, groups)
        self.kernel_size = ints(name, "kernel_size", kernel_size, self.SPATIAL, 1)
        self.stride = ints(name, "stride", stride, self.SPATIAL, 1)
        self.dilation = ints(name, "dilation", dilation, self.SPATIAL, 1)
        self.padding = padding
        _check_padding(name, padding, padding_mode, self.stride)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.padding_mode, self.dtype, self.precision = padding_mode, dtype, precision
        self.data_format = checked(name, data_format)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        fan_in = fan_in_of(shape)
        self.weight = uniform(rngs, shape, fan_in, param_dtype, weight_metadata)
        self.bias = absent()
        if bias:
            self.bias = uniform(rngs, shape[:1], fan_in, param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = self._padded(input), 0
        x, weight, bias = operands(self, input)
        return FUNCTIONS[self.SPATIAL](
            x,
            weight,
            bias,
            self.stride,
            padding,
            self.dilation,
            self.groups,
            precision=self.precision,
            data_format=functional_format(self.SPATIAL, self.data_format),
        )

    def _padded(self, input: jax.Array) -> jax.Array:
        amounts = [n for pair in reversed(self._amounts()) for n in pair]

        def pad(x: jax.Array) -> jax.Array:
            return F.pad(x, amounts, self.padding_mode)

        return channels_first(pad, input, self.data_format, self.SPATIAL)

    def _amounts(self) -> list[tuple[int, int]]:
        if self.padding == "valid":
            return [(0, 0)] * self.SPATIAL
        if self.padding == "same":  # the odd one at the end
            sums = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [(n // 2, n - n // 2) for n in sums]
        return [(p, p) for p in ints(type(self).__name__, "padding", self.padding, self.SPATIAL, 0)]


class Conv1d(_Conv):
    """`functional.conv1d` with the module's weight and bias.

    Torch:  torch.nn.Conv1d
    Shapes: (N, C, L) or (C, L) -> (N, O, L'); weight (O, C / groups, k), bias (O,).

    >>> conv = Conv1d(3, 8, 3, data_format="NHWC", rngs=nnx.Rngs(0))
    >>> conv(jnp.ones((1, 7, 3), jnp.float32)).shape
    (1, 5, 8)
    """

    SPATIAL = 1


class Conv2d(_Conv):
    """`functional.conv2d` with the module's weight and bias.

    Torch:  torch.nn.Conv2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, O, H', W'); weight (O, C / groups, kh, kw), bias (O,).

    >>> conv = Conv2d(3, 8, 3, padding=1, stride=2, rngs=nnx.Rngs(0))
    >>> conv(jnp.ones((1, 3, 8, 8), jnp.float32)).shape
    (1, 8, 4, 4)
    """

    SPATIAL = 2


class Conv3d(_Conv):
    """`functional.conv3d` with the module's weight and bias.

    Torch:  torch.nn.Conv3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W'); weight (O, C / groups, kd, kh,
            kw), bias (O,).
    """

    SPATIAL = 3


def fan_in_of(shape: tuple[int, ...]) -> int:
    fan_in = 1
    for n in shape[1:]:
        fan_in *= n
    return fan_in


def check_channels(name: str, in_channels: int, out_channels: int, groups: int) -> None:
    if groups <= 0:
        raise ValueError(f"{name}: groups must be positive, got {groups}")
    for argument, n in (("in_channels", in_channels), ("out_channels", out_channels)):
        if n % groups:
            raise ValueError(f"{name}: {argument} must be a multiple of groups {groups}, got {n}")


def _check_padding(name: str, padding: Any, mode: str, stride: tuple[int, ...]) -> None:
    if mode not in PADDING_MODES:
        raise ValueError(f"{name}: padding_mode must be one of {PADDING_MODES}, got {mode!r}")
    if not isinstance(padding, str):
        ints(name, "padding", padding, len(stride), 0)
    elif padding not in ("same", "valid"):
        raise ValueError(f"{name}: padding must be ints, 'same' or 'valid', got {padding!r}")
    elif padding == "same" and set(stride) != {1}:
        raise ValueError(f"{name}: padding must not be 'same' with a stride, got stride {stride}")
