"""Padding, given as torch's: the last axis first, each with the amounts before and after it."""

from collections.abc import Sequence
from typing import ClassVar

import jax
from flax import nnx

from . import functional as F
from ._layout import channels_first, checked

Amounts = int | Sequence[int]


class _Pad(nnx.Module):
    SPATIAL: ClassVar[int]
    MODE: ClassVar[str]

    def __init__(self, padding: Amounts, *, data_format: str = "NCHW") -> None:
        self.padding = _each(padding, self.SPATIAL)
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def pad(x: jax.Array) -> jax.Array:
            return F.pad(x, self.padding, self.MODE)

        return channels_first(pad, input, self.data_format, self.SPATIAL)


class _ConstantPad(nnx.Module):
    SPATIAL: ClassVar[int]

    def __init__(self, padding: Amounts, value: float, *, data_format: str = "NCHW") -> None:
        self.padding, self.value = _each(padding, self.SPATIAL), value
        self.data_format = checked(type(self).__name__, data_format)

    def __call__(self, input: jax.Array) -> jax.Array:
        def pad(x: jax.Array) -> jax.Array:
            return F.pad(x, self.padding, "constant", self.value)

        return channels_first(pad, input, self.data_format, self.SPATIAL)


def _each(padding: Amounts, spatial: int) -> tuple[int, ...]:
    return (padding,) * (2 * spatial) if isinstance(padding, int) else tuple(padding)


class ZeroPad1d(_Pad):
    """`functional.pad` with zeros.

    Torch:  torch.nn.ZeroPad1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL, MODE = 1, "constant"


class ZeroPad2d(_Pad):
    """`functional.pad` with zeros.

    Torch:  torch.nn.ZeroPad2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL, MODE = 2, "constant"


class ZeroPad3d(_Pad):
    """`functional.pad` with zeros.

    Torch:  torch.nn.ZeroPad3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL, MODE = 3, "constant"


class ConstantPad1d(_ConstantPad):
    """`functional.pad` with a value.

    Torch:  torch.nn.ConstantPad1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL = 1


class ConstantPad2d(_ConstantPad):
    """`functional.pad` with a value.

    Torch:  torch.nn.ConstantPad2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL = 2


class ConstantPad3d(_ConstantPad):
    """`functional.pad` with a value.

    Torch:  torch.nn.ConstantPad3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL = 3


class ReflectionPad1d(_Pad):
    """`functional.pad` with mode "reflect".

    Torch:  torch.nn.ReflectionPad1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL, MODE = 1, "reflect"


class ReflectionPad2d(_Pad):
    """`functional.pad` with mode "reflect".

    Torch:  torch.nn.ReflectionPad2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL, MODE = 2, "reflect"


class ReflectionPad3d(_Pad):
    """`functional.pad` with mode "reflect".

    Torch:  torch.nn.ReflectionPad3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL, MODE = 3, "reflect"


class ReplicationPad1d(_Pad):
    """`functional.pad` with mode "replicate".

    Torch:  torch.nn.ReplicationPad1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL, MODE = 1, "replicate"


class ReplicationPad2d(_Pad):
    """`functional.pad` with mode "replicate".

    Torch:  torch.nn.ReplicationPad2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL, MODE = 2, "replicate"


class ReplicationPad3d(_Pad):
    """`functional.pad` with mode "replicate".

    Torch:  torch.nn.ReplicationPad3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL, MODE = 3, "replicate"


class CircularPad1d(_Pad):
    """`functional.pad` with mode "circular".

    Torch:  torch.nn.CircularPad1d
    Shapes: (N, C, L) or (C, L) -> (N, C, L').
    """

    SPATIAL, MODE = 1, "circular"


class CircularPad2d(_Pad):
    """`functional.pad` with mode "circular".

    Torch:  torch.nn.CircularPad2d
    Shapes: (N, C, H, W) or (C, H, W) -> (N, C, H', W').
    """

    SPATIAL, MODE = 2, "circular"


class CircularPad3d(_Pad):
    """`functional.pad` with mode "circular".

    Torch:  torch.nn.CircularPad3d
    Shapes: (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W').
    """

    SPATIAL, MODE = 3, "circular"
