"""Modules that draw random numbers in training; `eval()` and `nnx.view(model, deterministic=True)`
have them pass on their input.

The numbers are JAX's, from a fork of the stream `dropout` of `rngs`, which only training needs.
"""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from . import functional as F
from ._layout import channels_first, checked
from ._parameters import draws, key_of, stream


class _Drawing(nnx.Module):
    """A stream of keys, and whether to draw."""

    def _init(self, rngs: nnx.Rngs | None) -> None:
        self.deterministic = False
        self.rngs = stream(rngs)

    def set_view(self, deterministic: bool | None = None) -> None:
        """For `nnx.view`.

        Args:
          deterministic: whether to draw nothing, as `eval()` has it.
        """
        if deterministic is not None:
            self.deterministic = deterministic


class _Dropout(_Drawing):
    def __init__(self, p: float = 0.5, *, rngs: nnx.Rngs | None = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be between 0 and 1, got {p}")
        self.p = p
        self._init(rngs)


class Dropout(_Dropout):
    """`functional.dropout`.

    Torch:  torch.nn.Dropout
    Shapes: kept.

    >>> drop = Dropout(0.5, rngs=nnx.Rngs(0))
    >>> drop.eval()
    >>> drop(jnp.ones(3, jnp.float32)).tolist()
    [1.0, 1.0, 1.0]
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.dropout(input, self.p, draws(self), key=key_of(self))


class AlphaDropout(_Dropout):
    """`functional.alpha_dropout`.

    Torch:  torch.nn.AlphaDropout
    Shapes: kept.
    """

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.alpha_dropout(input, self.p, draws(self), key=key_of(self))


class _ChannelDropout(_Drawing):
    SPATIAL: ClassVar[int]

    def __init__(
        self, p: float = 0.5, *, data_format: str = "NCHW", rngs: nnx.Rngs | None = None
    ) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be between 0 and 1, got {p}")
        self.p, self.data_format = p, checked(type(self).__name__, data_format)
        self._init(rngs)

    def __call__(self, input: jax.Array) -> jax.Array:
        key = key_of(self)

        def drop(x: jax.Array) -> jax.Array:
            function = {1: F.dropout1d, 2: F.dropout2d, 3: F.dropout3d}[self.SPATIAL]
            return function(x, self.p, draws(self), key=key)

        return channels_first(drop, input, self.data_format, self.SPATIAL)


class Dropout1d(_ChannelDropout):
    """`functional.dropout1d`.

    Torch:  torch.nn.Dropout1d
    Shapes: (N, C, L) or (C, L), kept.
    """

    SPATIAL = 1


class Dropout2d(_ChannelDropout):
    """`functional.dropout2d`.

    Torch:  torch.nn.Dropout2d
    Shapes: (N, C, H, W), kept.
    """

    SPATIAL = 2


class Dropout3d(_ChannelDropout):
    """`functional.dropout3d`.

    Torch:  torch.nn.Dropout3d
    Shapes: (N, C, D, H, W) or (C, D, H, W), kept.
    """

    SPATIAL = 3


class DropPath(_Drawing):
    """Each sample 0 with probability `drop_prob`, and divided by 1 - drop_prob else.

    Torch:  none; torchref.modules.DropPath, that of timm; torchvision's StochasticDepth
    Shapes: (N, *), kept.

    `scale_by_keep=False` leaves what is kept as it is.
    """

    def __init__(
        self, drop_prob: float = 0.0, scale_by_keep: bool = True, *, rngs: nnx.Rngs | None = None
    ) -> None:
        if not 0 <= drop_prob <= 1:
            raise ValueError(f"DropPath: drop_prob must be between 0 and 1, got {drop_prob}")
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep
        self._init(rngs)

    def __call__(self, input: jax.Array) -> jax.Array:
        lots = jnp.ones((len(input), *[1] * (jnp.ndim(input) - 1)), input.dtype)
        kept = F.dropout(lots, float(self.drop_prob), draws(self), key=key_of(self))
        return input * (kept if self.scale_by_keep else (kept > 0).astype(input.dtype))


class RReLU(_Drawing):
    """`functional.rrelu`.

    Torch:  torch.nn.RReLU
    Shapes: kept.
    """

    def __init__(
        self, lower: float = 1 / 8, upper: float = 1 / 3, *, rngs: nnx.Rngs | None = None
    ) -> None:
        self.lower, self.upper = lower, upper
        self._init(rngs)

    def __call__(self, input: Any) -> jax.Array:
        return F.rrelu(input, self.lower, self.upper, draws(self), key=key_of(self))
