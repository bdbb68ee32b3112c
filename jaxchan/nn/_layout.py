"""`data_format` of modules: "NCHW" is torch's, channels in dim 1; "NHWC", channels in the last dim.

The two names stand for every number of spatial dims, that of `Conv1d` and `Conv3d` too.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._checks import check_option
from .functional.conv import LAYOUTS

FORMATS = ("NCHW", "NHWC")


def checked(op: str, data_format: str) -> str:
    check_option(op, "data_format", data_format, FORMATS)
    return data_format


def functional_format(spatial: int, data_format: str) -> str:
    """What nn.functional calls it: "NLC" or "NDHWC" for other numbers of spatial dims."""
    return LAYOUTS[spatial][FORMATS.index(data_format)]


def channels_first(
    function: Callable[[jax.Array], jax.Array], input: jax.Array, data_format: str, spatial: int = 2
) -> jax.Array:
    """`function`, which knows torch's layout alone, of an input in `data_format`.

    A batch may be missing: the channels are first, `spatial` dims before the last.
    """
    if data_format == "NCHW":
        return function(input)
    return jnp.moveaxis(function(to_channels_first(input, spatial)), -1 - spatial, -1)


def to_channels_first(input: jax.Array, spatial: int) -> jax.Array:
    return jnp.moveaxis(jnp.asarray(input), -1, -1 - spatial)
