"""ConvNeXt's parts, with the names that timm or torchvision give their parameters.

`options` are `dtype`, `param_dtype`, `precision` and `data_format`, for all modules of a block.
"""

from functools import partial
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from flax import nnx

from .. import _norms
from ._layout import checked
from ._options import Options, for_norm, format_of
from ._parameters import NONE, Metadata, absent, cast, constant, value
from .activation import GELU
from .container import Sequential
from .conv import Conv2d
from .conv_blocks import Layer
from .dropout import DropPath
from .linear import Identity, Linear
from .norm import LayerNorm, LayerNorm2d
from .shape import Permute


class LayerScale(nnx.Module):
    """The input times a number for each entry of its last dim.

    Torch:  none; torchref.convnext.LayerScale, timm's
    Shapes: (*, C), kept; gamma (C,).
    """

    def __init__(
        self,
        dim: int,
        init_values: float = 1e-5,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.dtype = dtype
        self.gamma = constant(init_values, (dim,), param_dtype, weight_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x, gamma = cast(self.dtype, input), cast(self.dtype, self.gamma[...])
        return x * gamma.reshape((1,) * (jnp.ndim(x) - 1) + (-1,))


class LayerScale2d(nnx.Module):
    """The input times a number for each channel.

    Torch:  none; torchref.convnext.LayerScale2d, timm's
    Shapes: (N, C, H, W), kept; gamma (C,).
    """

    def __init__(
        self,
        dim: int,
        init_values: float = 1e-5,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.dtype, self.data_format = dtype, checked("LayerScale2d", data_format)
        self.gamma = constant(init_values, (dim,), param_dtype, weight_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x, gamma = cast(self.dtype, input), cast(self.dtype, self.gamma[...])
        return x * gamma.reshape((1, -1, 1, 1) if self.data_format == "NCHW" else (1, 1, 1, -1))


class GlobalResponseNorm(nnx.Module):
    """x + weight x n + bias, where n is each channel's norm over those norms' mean.

    Torch:  none; torchref.convnext.GlobalResponseNorm, timm's
    Shapes: (N, H, W, C) or, without channels_last, (N, C, H, W), kept; weight and bias (C,).

    The gradient of the norm of a channel of zeros is 0, as torch's.
    """

    def __init__(
        self,
        dim: int,
        eps: float = 1e-6,
        channels_last: bool = True,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.eps, self.channels_last, self.dtype = eps, channels_last, dtype
        self.weight = constant(0, (dim,), param_dtype, weight_metadata)
        self.bias = constant(0, (dim,), param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x, last = cast(self.dtype, input), self.channels_last
        shape = (1, 1, 1, -1) if last else (1, -1, 1, 1)
        parameters = (self.weight[...], self.bias[...])
        weight, bias = (cast(self.dtype, p).reshape(shape) for p in parameters)
        lengths = _norms.norm(x, 2, (1, 2) if last else (2, 3), keepdim=True)
        mean = jnp.mean(lengths, axis=-1 if last else 1, keepdims=True)
        return x + (bias + weight * (x * (lengths / (mean + self.eps))))


class _Mlp(nnx.Module):
    """timm's Mlp and GlobalResponseNormMlp: fc1, activation, maybe grn, fc2."""

    def __init__(
        self,
        features: int,
        hidden: int,
        act_layer: Layer,
        use_grn: bool,
        use_conv: bool,
        rngs: nnx.Rngs,
        options: Options,
    ) -> None:
        layer = partial(Linear, dtype=options.get("dtype"))
        if "param_dtype" in options:
            layer = partial(layer, param_dtype=options["param_dtype"])
        if use_conv:
            layer = partial(Conv2d, kernel_size=1, **options)
        self.fc1, self.act = layer(features, hidden, rngs=rngs), act_layer()
        last = not use_conv or options.get("data_format") == "NHWC"
        norm = {k: v for k, v in for_norm(options).items() if k != "data_format"}
        self.grn = GlobalResponseNorm(hidden, channels_last=last, **norm) if use_grn else Identity()
        self.fc2 = layer(hidden, features, rngs=rngs)

    def __call__(self, input: jax.Array) -> jax.Array:
        return self.fc2(self.grn(self.act(self.fc1(input))))


class ConvNeXtBlock(nnx.Module):
    """ConvNeXt's block; with `use_grn`, that of the second version.

    Torch:  none; torchref.convnext.ConvNeXtBlock, timm's
    Shapes: (N, C, H, W), kept; conv_dw.*, norm.*, mlp.fc1.*, mlp.grn.*, mlp.fc2.*, gamma (C,).

    `conv_mlp` makes the products 1x1 convolutions, whose weights are (O, I, 1, 1).
    """

    def __init__(
        self,
        in_chs: int,
        kernel_size: int = 7,
        mlp_ratio: float = 4,
        conv_mlp: bool = False,
        conv_bias: bool = True,
        use_grn: bool = False,
        ls_init_value: float | None = 1e-6,
        act_layer: Layer = GELU,
        drop_path: float = 0.0,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.conv_mlp, self.data_format = conv_mlp, format_of("ConvNeXtBlock", options)
        conv = partial(Conv2d, padding=(kernel_size - 1) // 2, groups=in_chs, bias=conv_bias)
        self.conv_dw = conv(in_chs, in_chs, kernel_size, rngs=rngs, **options)
        norm = for_norm(options)
        if not conv_mlp:
            norm.pop("data_format", None)
        self.norm = (LayerNorm2d if conv_mlp else LayerNorm)(in_chs, eps=1e-6, **norm)
        hidden = int(mlp_ratio * in_chs)
        self.mlp = _Mlp(in_chs, hidden, act_layer, use_grn, conv_mlp, rngs, options)
        self.gamma, self.dtype = absent(), options.get("dtype")
        if ls_init_value is not None:
            dtype = options.get("param_dtype", jnp.float32)
            self.gamma = constant(ls_init_value, (in_chs,), dtype)
        self.drop_path = DropPath(drop_path, rngs=rngs) if drop_path > 0 else Identity()

    def __call__(self, input: jax.Array) -> jax.Array:
        turn = self.data_format == "NCHW" and not self.conv_mlp
        x = self.conv_dw(input)
        x = self.mlp(self.norm(jnp.moveaxis(x, 1, -1) if turn else x))
        x = jnp.moveaxis(x, -1, 1) if turn else x
        gamma = cast(self.dtype, value(self.gamma))
        if gamma is not None:
            x = x * gamma.reshape((1, -1, 1, 1) if self.data_format == "NCHW" else (1, 1, 1, -1))
        return self.drop_path(x) + input


class CNBlock(nnx.Module):
    """ConvNeXt's block under torchvision's names.

    Torch:  none; torchref.convnext.CNBlock, torchvision.models.convnext.CNBlock
    Shapes: (N, C, H, W), kept; block.{0,2,3,5}.*, layer_scale (C, 1, 1).
    """

    def __init__(
        self,
        dim: int,
        layer_scale: float,
        stochastic_depth_prob: float,
        *,
        rngs: nnx.Rngs,
        **options: Unpack[Options],
    ) -> None:
        self.data_format, self.dtype = format_of("CNBlock", options), options.get("dtype")
        plain: dict[str, Any] = {k: v for k, v in options.items() if k != "data_format"}
        norm = {k: v for k, v in plain.items() if k != "precision"}
        first = self.data_format == "NCHW"
        self.block = Sequential(
            Conv2d(dim, dim, 7, padding=3, groups=dim, rngs=rngs, **options),
            Permute((0, 2, 3, 1)) if first else Identity(),
            LayerNorm(dim, eps=1e-6, **norm),
            Linear(dim, 4 * dim, rngs=rngs, **norm),
            GELU(),
            Linear(4 * dim, dim, rngs=rngs, **norm),
            Permute((0, 3, 1, 2)) if first else Identity(),
        )
        dtype = options.get("param_dtype", jnp.float32)
        self.layer_scale = constant(layer_scale, (dim, 1, 1), dtype)
        self.stochastic_depth = DropPath(stochastic_depth_prob, rngs=rngs)

    def __call__(self, input: jax.Array) -> jax.Array:
        scale = cast(self.dtype, self.layer_scale[...])
        shape = (1, -1, 1, 1) if self.data_format == "NCHW" else (1, 1, 1, -1)
        return self.stochastic_depth(scale.reshape(shape) * self.block(input)) + input
