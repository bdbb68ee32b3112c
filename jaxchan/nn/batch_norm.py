"""Batch and instance normalisation. `train()` and `eval()` switch between an input's own statistics
and the running ones, and so does `nnx.view(model, use_running_average=...)`.

Running statistics are `nnx.BatchStat`s, in `param_dtype` as torch's. A batch that is sharded under
jit is one batch: its statistics are those of all its parts, as those of torch.nn.SyncBatchNorm.
Under `jax.shard_map` or `jax.vmap` so it is with `axis_name`, the name of the mapped axis.
"""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from .._dtypes import accumulator, index_dtype
from . import functional as F
from ._layout import checked
from ._parameters import NONE, Buffer, Metadata, absent, cast, constant, value


class _Normalise(nnx.Module):
    """Parameters and running statistics of batch and instance norms."""

    RANKS: ClassVar[tuple[int, ...]]

    def _init(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        bias: bool,
        track_running_stats: bool,
        dtype: Any,
        param_dtype: Any,
        data_format: str,
        weight_metadata: Metadata,
        bias_metadata: Metadata,
    ) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.dtype, self.data_format = dtype, checked(type(self).__name__, data_format)
        self.use_running_average = False
        shape = (num_features,)
        self.weight, self.bias = absent(), absent()
        if affine:
            self.weight = constant(1, shape, param_dtype, weight_metadata)
        if affine and bias:
            self.bias = constant(0, shape, param_dtype, bias_metadata)
        self.running_mean, self.running_var, self.num_batches_tracked = absent(), absent(), absent()
        if track_running_stats:
            self.running_mean = nnx.BatchStat(jnp.zeros(shape, param_dtype))
            self.running_var = nnx.BatchStat(jnp.ones(shape, param_dtype))
            self.num_batches_tracked = nnx.BatchStat(jnp.zeros((), index_dtype()))

    def set_view(self, use_running_average: bool | None = None) -> None:
        """For `nnx.view`.

        Args:
          use_running_average: whether to normalise by the running statistics, as `eval()` has it.
        """
        if use_running_average is not None:
            self.use_running_average = use_running_average

    def _arrays(self, input: jax.Array) -> tuple[jax.Array, ...]:
        """The functional's arguments; 16-bit inputs go with float32 parameters, as in torch."""
        wide = None if self.dtype is None else accumulator(jnp.dtype(self.dtype))
        held = (self.running_mean, self.running_var, self.weight, self.bias)
        return cast(self.dtype, input), *(cast(wide, value(v)) for v in held)

    def _keep(self, mean: Any, var: Any, count: jax.Array | None = None) -> None:
        """Write the running statistics; with `count`, the mean with those of the batches before."""
        for variable, new in ((self.running_mean, mean), (self.running_var, var)):
            old = variable[...]
            new = new.astype(old.dtype)
            if count is not None:
                share = 1 / count.astype(old.dtype)
                new = (1 - share) * old + share * new
            variable[...] = new

    def _check_rank(self, input: jax.Array) -> None:
        if jnp.ndim(input) not in self.RANKS:
            wanted = " or ".join(map(str, self.RANKS))
            name, got = type(self).__name__, jnp.shape(input)
            raise ValueError(f"{name}: input must have {wanted} dims, got shape {got}")


class _BatchNorm(_Normalise):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        axis_name: str | None = None,
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        options = (dtype, param_dtype, data_format, weight_metadata, bias_metadata)
        self._init(num_features, eps, momentum, affine, bias, track_running_stats, *options)
        self.axis_name = axis_name

    def __call__(self, input: jax.Array) -> jax.Array:
        self._check_rank(input)
        x, mean, var, weight, bias = self._arrays(input)
        own = not self.track_running_stats or not self.use_running_average
        momentum = 1.0 if self.momentum is None else self.momentum
        axis_name = self.axis_name if own else None
        options: dict[str, Any] = {"data_format": self.data_format, "axis_name": axis_name}
        output, mean, var = F.batch_norm_stats(
            x, mean, var, weight, bias, own, momentum, self.eps, **options
        )
        if not (own and self.track_running_stats):
            return output
        count = self.num_batches_tracked[...] + 1
        self.num_batches_tracked[...] = count
        self._keep(mean, var, count if self.momentum is None else None)
        return output


class BatchNorm1d(_BatchNorm):
    """`functional.batch_norm`, and the running statistics that it needs.

    Torch:  torch.nn.BatchNorm1d
    Shapes: (N, C) or (N, C, L), kept; all variables (C,), but num_batches_tracked ().
    """

    RANKS = (2, 3)


class BatchNorm2d(_BatchNorm):
    """`functional.batch_norm`, and the running statistics that it needs.

    Torch:  torch.nn.BatchNorm2d
    Shapes: (N, C, H, W), kept; all variables (C,), but num_batches_tracked ().

    >>> norm = BatchNorm2d(3)
    >>> y = norm(jnp.ones((2, 3, 4, 4), jnp.float32))
    >>> norm.running_mean[...], norm.num_batches_tracked[...]
    (Array([0.1, 0.1, 0.1], dtype=float32), Array(1, dtype=int...))
    """

    RANKS = (4,)


class BatchNorm3d(_BatchNorm):
    """`functional.batch_norm`, and the running statistics that it needs.

    Torch:  torch.nn.BatchNorm3d
    Shapes: (N, C, D, H, W), kept; all variables (C,), but num_batches_tracked ().
    """

    RANKS = (5,)


class _InstanceNorm(_Normalise):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs | None = None,
    ) -> None:
        options = (dtype, param_dtype, data_format, weight_metadata, bias_metadata)
        self._init(num_features, eps, momentum, affine, bias, track_running_stats, *options)

    def __call__(self, input: jax.Array) -> jax.Array:
        self._check_rank(input)
        x, mean, var, weight, bias = self._arrays(input)
        batch = x if x.ndim == self.RANKS[-1] else x[None]
        own = mean is None or not self.use_running_average
        momentum = 0.0 if self.momentum is None else self.momentum
        output, new_mean, new_var = F.instance_norm_stats(
            batch, mean, var, weight, bias, own, momentum, self.eps, data_format=self.data_format
        )
        if own and mean is not None:  # torch does not count the batches here
            self._keep(new_mean, new_var)
        return output if batch is x else output[0]


class InstanceNorm1d(_InstanceNorm):
    """`functional.instance_norm`, and the running statistics, if it is to have any.

    Torch:  torch.nn.InstanceNorm1d
    Shapes: (N, C, L) or (C, L), kept; all variables (C,), but num_batches_tracked ().
    """

    RANKS = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """`functional.instance_norm`, and the running statistics, if it is to have any.

    Torch:  torch.nn.InstanceNorm2d
    Shapes: (N, C, H, W) or (C, H, W), kept; all variables (C,), but num_batches_tracked ().
    """

    RANKS = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """`functional.instance_norm`, and the running statistics, if it is to have any.

    Torch:  torch.nn.InstanceNorm3d
    Shapes: (N, C, D, H, W) or (C, D, H, W), kept; all variables (C,), but num_batches_tracked ().
    """

    RANKS = (4, 5)


class FrozenBatchNorm2d(nnx.Module):
    """Batch normalisation by constants, which are buffers and not trained.

    Torch:  none; torchref.modules.FrozenBatchNorm2d, torchvision.ops.FrozenBatchNorm2d
    Shapes: (N, C, H, W), kept; all buffers (C,).
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        data_format: str = "NCHW",
        rngs: nnx.Rngs | None = None,
    ) -> None:
        self.eps, self.dtype = eps, dtype
        self.data_format = checked("FrozenBatchNorm2d", data_format)
        zeros, ones = (jnp.full((num_features,), n, param_dtype) for n in (0, 1))
        self.weight, self.bias = Buffer(ones), Buffer(zeros)
        self.running_mean, self.running_var = Buffer(zeros), Buffer(ones)

    def __call__(self, input: jax.Array) -> jax.Array:
        held = (self.running_mean, self.running_var, self.weight, self.bias)
        wide = None if self.dtype is None else accumulator(jnp.dtype(self.dtype))
        arrays = (cast(self.dtype, input), *(cast(wide, v[...]) for v in held))
        return F.batch_norm(*arrays, eps=self.eps, data_format=self.data_format)
