"""The convolutions to which all rewrites lead.

Kernels are NumPy arrays: made with jax.numpy they would leave operations behind in the program that
the device would have to run, or may not have.
"""

import jax
import numpy as np
from jax import lax

from .._dtypes import accumulator


def pointwise(x: jax.Array, matrix: np.ndarray) -> jax.Array:
    """The 1x1 convolution of (N, C, *) with an (O, C) matrix."""
    return _convolve(x, matrix.reshape(*matrix.shape, *(1,) * (x.ndim - 2)), groups=1)


def window_sum(x: jax.Array, scale: float) -> jax.Array:
    """`scale` times the sum of each channel, (N, C, 1, ...): a depthwise window over all of it."""
    return _convolve(x, np.full((x.shape[1], 1, *x.shape[2:]), scale), groups=x.shape[1])


def add(arrays: list[jax.Array], channels: int) -> jax.Array:
    """The sum of arrays that differ in their channels only, C or 1, as a 1x1 convolution."""
    blocks = [np.eye(channels) if x.shape[1] > 1 else np.ones((channels, 1)) for x in arrays]
    return pointwise(lax.concatenate(arrays, 1), np.hstack(blocks))


def _convolve(x, kernel, groups):
    wide = accumulator(x.dtype)
    out = lax.conv_general_dilated(
        x.astype(wide),
        kernel.astype(wide),
        window_strides=(1,) * (x.ndim - 2),
        padding="VALID",
        feature_group_count=groups,
        precision=lax.Precision.HIGHEST,
    )
    return out.astype(x.dtype)
