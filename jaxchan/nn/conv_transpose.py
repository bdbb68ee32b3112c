"""Transposed convolutions. The weight is torch's, (I, O / groups, *kernel)."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from . import functional as F
from ._layout import checked, functional_format
from ._parameters import NONE, Metadata, absent, operands, uniform
from .conv import Size, check_channels, fan_in_of
from .functional.conv import ints

FUNCTIONS = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


class _ConvTranspose(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
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
        name, n = type(self).__name__, self.SPATIAL
        if padding_mode != "zeros":
            raise ValueError(f"{name}: padding_mode must be 'zeros', got {padding_mode!r}")
        check_channels(name, in_channels, out_channels, groups)
        self.kernel_size = ints(name, "kernel_size", kernel_size, n, 1)
        self.stride = ints(name, "stride", stride, n, 1)
        self.padding = ints(name, "padding", padding, n, 0)
        self.output_padding = ints(name, "output_padding", output_padding, n, 0)
        self.dilation = ints(name, "dilation", dilation, n, 1)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.padding_mode, self.dtype, self.precision = padding_mode, dtype, precision
        self.data_format = checked(name, data_format)
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        fan_in = fan_in_of(shape)  # of the transpose, as in torch
        self.weight = uniform(rngs, shape, fan_in, param_dtype, weight_metadata)
        self.bias = absent()
        if bias:
            self.bias = uniform(rngs, (out_channels,), fan_in, param_dtype, bias_metadata)

    def __call__(self, input: jax.Array, output_size: Sequence[int] | None = None) -> jax.Array:
        x, weight, bias = operands(self, input)
        return FUNCTIONS[self.SPATIAL](
            x,
            weight,
            bias,
            self.stride,
            self.padding,
            self._extra(input, output_size),
            self.groups,
            self.dilation,
            precision=self.precision,
            data_format=functional_format(self.SPATIAL, self.data_format),
        )

    def _extra(self, input: jax.Array, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """The output_padding that gives `output_size`, of which the spatial sizes count."""
        if output_size is None:
            return self.output_padding
        last = self.data_format == "NHWC"
        wanted, sizes = tuple(output_size), input.shape[-1 - self.SPATIAL :]
        sizes = sizes[:-1] if last else sizes[1:]
        if len(wanted) == input.ndim:
            wanted = wanted[-1 - self.SPATIAL : -1] if last else wanted[-self.SPATIAL :]
        each = zip(sizes, self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in each)
        extra = tuple(w - n for w, n in zip(wanted, least, strict=False))
        if len(wanted) != self.SPATIAL or not all(
            0 <= e < s for e, s in zip(extra, self.stride, strict=True)
        ):
            raise ValueError(
                f"{type(self).__name__}: output_size must be from {least} to a stride more, got "
                f"{output_size}"
            )
        return extra


class ConvTranspose1d(_ConvTranspose):
    """`functional.conv_transpose1d` with the module's weight and bias.

    Torch:  torch.nn.ConvTranspose1d
    Shapes: (N, C, L) or (C, L) -> (N, O, L'); weight (C, O / groups, k), bias (O,).
    """

    SPATIAL = 1


class ConvTranspose2d(_ConvTranspose):
    """`functional.conv_transpose2d` with the module's weight and bias.

    Torch:  torch.nn.ConvTranspose2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, O, H', W'); weight (C, O / groups, kh, kw), bias (O,).

    >>> up = ConvTranspose2d(8, 4, 3, stride=2, padding=1, groups=4, rngs=nnx.Rngs(0))
    >>> up(jnp.ones((1, 8, 5, 5), jnp.float32), output_size=(10, 10)).shape
    (1, 4, 10, 10)
    """

    SPATIAL = 2


class ConvTranspose3d(_ConvTranspose):
    """`functional.conv_transpose3d` with the module's weight and bias.

    Torch:  torch.nn.ConvTranspose3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W'); weight (C, O / groups, kd, kh,
            kw), bias (O,).
    """

    SPATIAL = 3
