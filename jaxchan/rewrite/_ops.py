"""Single operations on (N, C, *) arrays, written as 1x1 convolutions."""

from typing import Any

import jax
import numpy as np

from .._checks import as_array, check_floating, check_same_shape
from . import _conv


def sum_as_conv(input):
    """Sum over the channels, kept as one, by a 1x1 convolution with ones.

    Torch:    none; torchref.rewrite.sum_as_conv, which is torch.sum(input, 1, keepdim=True)
    Shapes:   (N, C, *), 3-D to 5-D -> (N, 1, *).
    Dtypes:   floating kept; others raise.
    Gradient: ones.
    Errors:   RuntimeError for an input of another rank, without channels, or not floating point.

    >>> import jax.numpy as jnp
    >>> sum_as_conv(jnp.array([[[[1.0]], [[2.0]]]]))
    Array([[[[3.]]]], dtype=float...)
    """
    return _sum_as_conv(_channelled("sum_as_conv", "input", input))


def mean_as_conv(input):
    """Mean over the channels, kept as one, by a 1x1 convolution with 1/C.

    Torch:    none; torchref.rewrite.mean_as_conv, which is torch.mean(input, 1, keepdim=True)
    Shapes:   (N, C, *), 3-D to 5-D -> (N, 1, *).
    Dtypes:   floating kept; others raise.
    Gradient: 1/C.
    Errors:   RuntimeError for an input of another rank, without channels, or not floating point.

    >>> import jax.numpy as jnp
    >>> mean_as_conv(jnp.array([[[[1.0]], [[2.0]]]]))
    Array([[[[1.5]]]], dtype=float...)
    """
    return _mean_as_conv(_channelled("mean_as_conv", "input", input))


def add_as_conv(*tensors):
    """Sum of two or more arrays: channels side by side, then a 1x1 convolution with [I, I, ...].

    Torch:    none; torchref.rewrite.add_as_conv, which is tensors[0] + tensors[1] + ...
    Shapes:   all (N, C, *), 3-D to 5-D -> the same.
    Dtypes:   floating kept; others raise.
    Gradient: one to each tensor; a cotangent has the hazard below, too.
    Errors:   TypeError for fewer than two tensors; RuntimeError for one of another rank, shape or
              dtype, without channels, or not floating point.

    For finite values only: each output channel adds zero times all other channels, so that an inf
    or nan in one channel is nan in the others, at that sample and position.

    >>> import jax.numpy as jnp
    >>> add_as_conv(jnp.ones((1, 2, 1)), jnp.ones((1, 2, 1)), jnp.ones((1, 2, 1)))
    Array([[[3.], [3.]]], dtype=float...)
    """
    if len(tensors) < 2:
        raise TypeError(f"add_as_conv: tensors must be two or more, got {len(tensors)}")
    arrays = [_channelled("add_as_conv", f"tensors[{i}]", x) for i, x in enumerate(tensors)]
    for i, array in enumerate(arrays):
        name, dtype = f"tensors[{i}]", arrays[0].dtype
        check_same_shape("add_as_conv", ("tensors[0]", arrays[0]), (name, array))
        if array.dtype != dtype:
            raise RuntimeError(f"add_as_conv: {name} must be {dtype}, got {array.dtype}")
    return _add_as_conv(arrays)


def _channelled(op: str, name: str, value: Any) -> jax.Array:
    array = as_array(op, name, value)
    check_floating(op, name, array, complex_too=False)
    if not 3 <= array.ndim <= 5 or array.shape[1] == 0:
        raise RuntimeError(
            f"{op}: {name} must be (N, C, *) with C > 0, 3-D to 5-D, got {array.shape}"
        )
    return array


@jax.jit
def _sum_as_conv(input):
    return _conv.pointwise(input, np.ones((1, input.shape[1])))


@jax.jit
def _mean_as_conv(input):
    return _conv.pointwise(input, np.full((1, input.shape[1]), 1 / input.shape[1]))


@jax.jit
def _add_as_conv(arrays):
    return _conv.add(arrays, arrays[0].shape[1])
