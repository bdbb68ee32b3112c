"""Activations, element by element or along a dim."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from . import functional as F
from ._layout import channels_first, checked
from ._parameters import NONE, Metadata, cast, constant


class ReLU(nnx.Module):
    """`functional.relu`.

    Torch:  torch.nn.ReLU
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.relu(input)


class ReLU6(nnx.Module):
    """`functional.relu6`.

    Torch:  torch.nn.ReLU6
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.relu6(input)


class SELU(nnx.Module):
    """`functional.selu`.

    Torch:  torch.nn.SELU
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.selu(input)


class SiLU(nnx.Module):
    """`functional.silu`.

    Torch:  torch.nn.SiLU
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.silu(input)


class Mish(nnx.Module):
    """`functional.mish`.

    Torch:  torch.nn.Mish
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.mish(input)


class Hardsigmoid(nnx.Module):
    """`functional.hardsigmoid`.

    Torch:  torch.nn.Hardsigmoid
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.hardsigmoid(input)


class Hardswish(nnx.Module):
    """`functional.hardswish`.

    Torch:  torch.nn.Hardswish
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.hardswish(input)


class LogSigmoid(nnx.Module):
    """`functional.logsigmoid`.

    Torch:  torch.nn.LogSigmoid
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.logsigmoid(input)


class Softsign(nnx.Module):
    """`functional.softsign`.

    Torch:  torch.nn.Softsign
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.softsign(input)


class Tanhshrink(nnx.Module):
    """`functional.tanhshrink`.

    Torch:  torch.nn.Tanhshrink
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.tanhshrink(input)


class Sigmoid(nnx.Module):
    """`jax.nn.sigmoid`, which is torch's.

    Torch:  torch.nn.Sigmoid
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return jax.nn.sigmoid(input)


class Tanh(nnx.Module):
    """`jax.numpy.tanh`, which is torch's.

    Torch:  torch.nn.Tanh
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return jnp.tanh(input)


class ELU(nnx.Module):
    """`functional.elu`.

    Torch:  torch.nn.ELU
    Shapes: kept.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.elu(input, self.alpha)


class CELU(nnx.Module):
    """`functional.celu`.

    Torch:  torch.nn.CELU
    Shapes: kept.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.celu(input, self.alpha)


class GELU(nnx.Module):
    """`functional.gelu`.

    Torch:  torch.nn.GELU
    Shapes: kept.
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.gelu(input, approximate=self.approximate)


class LeakyReLU(nnx.Module):
    """`functional.leaky_relu`.

    Torch:  torch.nn.LeakyReLU
    Shapes: kept.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.leaky_relu(input, self.negative_slope)


class Hardtanh(nnx.Module):
    """`functional.hardtanh`.

    Torch:  torch.nn.Hardtanh
    Shapes: kept.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        self.min_val, self.max_val = min_val, max_val

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.hardtanh(input, self.min_val, self.max_val)


class Hardshrink(nnx.Module):
    """`functional.hardshrink`.

    Torch:  torch.nn.Hardshrink
    Shapes: kept.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.hardshrink(input, self.lambd)


class Softshrink(nnx.Module):
    """`functional.softshrink`.

    Torch:  torch.nn.Softshrink
    Shapes: kept.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.softshrink(input, self.lambd)


class Softplus(nnx.Module):
    """`functional.softplus`.

    Torch:  torch.nn.Softplus
    Shapes: kept.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = beta, threshold

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.softplus(input, self.beta, self.threshold)


class Threshold(nnx.Module):
    """`functional.threshold`.

    Torch:  torch.nn.Threshold
    Shapes: kept.
    """

    def __init__(self, threshold: float, value: float) -> None:
        self.threshold, self.value = threshold, value

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.threshold(input, self.threshold, self.value)


class GLU(nnx.Module):
    """`functional.glu`.

    Torch:  torch.nn.GLU
    Shapes: (*, 2 N, *) -> (*, N, *).
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.glu(input, self.dim)


class Softmax(nnx.Module):
    """`functional.softmax`.

    Torch:  torch.nn.Softmax
    Shapes: kept.
    """

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.softmax(input, self.dim)


class LogSoftmax(nnx.Module):
    """`functional.log_softmax`.

    Torch:  torch.nn.LogSoftmax
    Shapes: kept.
    """

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.log_softmax(input, self.dim)


class Softmin(nnx.Module):
    """`functional.softmin`.

    Torch:  torch.nn.Softmin
    Shapes: kept.
    """

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.softmin(input, self.dim)


class Softmax2d(nnx.Module):
    """`functional.softmax` over the channels.

    Torch:  torch.nn.Softmax2d
    Shapes: (N, C, H, W) or (C, H, W), kept.
    """

    def __init__(self, *, data_format: str = "NCHW") -> None:
        self.data_format = checked("Softmax2d", data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        if jnp.ndim(input) not in (3, 4):
            raise ValueError(f"Softmax2d: input must have 3 or 4 dims, got {jnp.shape(input)}")
        return F.softmax(input, -3 if self.data_format == "NCHW" else -1)


class PReLU(nnx.Module):
    """`functional.prelu` with the module's weight.

    Torch:  torch.nn.PReLU
    Shapes: (N, C, *), kept; weight (num_parameters,), which is 1 or C.
    """

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.num_parameters, self.dtype = num_parameters, dtype
        self.data_format = checked("PReLU", data_format)
        self.weight = constant(init, (num_parameters,), param_dtype, weight_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        x, weight = cast(self.dtype, input), cast(self.dtype, self.weight[...])
        if self.num_parameters == 1:
            return F.prelu(x, weight)

        def prelu(x: jax.Array) -> jax.Array:
            return F.prelu(x, weight)

        return channels_first(prelu, x, self.data_format, jnp.ndim(x) - 2)
