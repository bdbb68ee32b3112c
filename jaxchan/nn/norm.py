"""Normalisations of each sample by itself."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from .._dtypes import accumulator
from . import functional as F
from ._layout import channels_first, checked
from ._parameters import NONE, Metadata, absent, cast, constant, value


class GroupNorm(nnx.Module):
    """`functional.group_norm` with the module's weight and bias.

    Torch:  torch.nn.GroupNorm
    Shapes: (N, C, *), kept; weight and bias (C,).

    >>> GroupNorm(2, 4, data_format="NHWC")(jnp.ones((1, 5, 5, 4), jnp.float32)).shape
    (1, 5, 5, 4)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels must be a multiple of num_groups {num_groups}, got "
                f"{num_channels}"
            )
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.dtype, self.data_format = dtype, checked("GroupNorm", data_format)
        self.weight, self.bias = absent(), absent()
        if affine:
            self.weight = constant(1, (num_channels,), param_dtype, weight_metadata)
        if affine and bias:
            self.bias = constant(0, (num_channels,), param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        weight, bias = _parameters(self)
        arguments = (cast(self.dtype, input), self.num_groups, weight, bias, self.eps)
        return F.group_norm(*arguments, data_format=self.data_format)


class LayerNorm(nnx.Module):
    """`functional.layer_norm` with the module's weight and bias.

    Torch:  torch.nn.LayerNorm
    Shapes: (*, *normalized_shape), kept; weight and bias `normalized_shape`.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.dtype = eps, dtype
        self.weight, self.bias = absent(), absent()
        if elementwise_affine:
            self.weight = constant(1, self.normalized_shape, param_dtype, weight_metadata)
        if elementwise_affine and bias:
            self.bias = constant(0, self.normalized_shape, param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x = cast(self.dtype, input)
        return F.layer_norm(x, self.normalized_shape, *_parameters(self), self.eps)


class LayerNorm2d(nnx.Module):
    """`functional.layer_norm` over the channels of each pixel.

    Torch:  none; torchref.modules.LayerNorm2d, that of timm and torchvision
    Shapes: (N, C, H, W), kept; weight and bias (C,).
    """

    def __init__(
        self,
        num_channels: int,
        eps: float = 1e-6,
        affine: bool = True,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.num_channels, self.eps, self.dtype = num_channels, eps, dtype
        self.data_format = checked("LayerNorm2d", data_format)
        self.weight, self.bias = absent(), absent()
        if affine:
            self.weight = constant(1, (num_channels,), param_dtype, weight_metadata)
            self.bias = constant(0, (num_channels,), param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x = cast(self.dtype, input)
        if self.data_format == "NCHW":
            x = jnp.moveaxis(x, 1, -1)
        out = F.layer_norm(x, (self.num_channels,), *_parameters(self), self.eps)
        return jnp.moveaxis(out, -1, 1) if self.data_format == "NCHW" else out


class RMSNorm(nnx.Module):
    """`functional.rms_norm` with the module's weight.

    Torch:  torch.nn.RMSNorm
    Shapes: (*, *normalized_shape), kept; weight `normalized_shape`.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.dtype = eps, dtype
        self.weight = absent()
        if elementwise_affine:
            self.weight = constant(1, self.normalized_shape, param_dtype, weight_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        arrays = cast(self.dtype, input), self.normalized_shape, value(self.weight)
        return F.rms_norm(*arrays, self.eps)


class LocalResponseNorm(nnx.Module):
    """`functional.local_response_norm`.

    Torch:  torch.nn.LocalResponseNorm
    Shapes: (N, C, *), kept.
    """

    def __init__(
        self,
        size: int,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
        *,
        data_format: str = "NCHW",
    ) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k
        self.data_format = checked("LocalResponseNorm", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def norm(x: jax.Array) -> jax.Array:
            return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

        return channels_first(norm, input, self.data_format, jnp.ndim(input) - 2)


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(normalized_shape, int):
        return (normalized_shape,)
    return tuple(normalized_shape)


def _parameters(module: Any) -> tuple[jax.Array | None, jax.Array | None]:
    """Weight and bias; for a 16-bit `dtype` in float32, as torch's functions take them too."""
    wide = None if module.dtype is None else accumulator(jnp.dtype(module.dtype))
    return cast(wide, value(module.weight)), cast(wide, value(module.bias))
