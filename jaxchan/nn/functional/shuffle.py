"""Channels traded for space, and channels in another order."""

import operator
from functools import partial
from typing import Any

import jax

from ..._checks import as_array


def pixel_shuffle(input: Any, upscale_factor: int) -> jax.Array:
    """Blocks of r^2 channels, laid out as r x r cells of a channel.

    Torch:    torch.nn.functional.pixel_shuffle
    Shapes:   (*, C r^2, H, W) -> (*, C, H r, W r), with r the upscale_factor.
    Dtypes:   kept.
    Gradient: to where each element came from.
    Errors:   RuntimeError for fewer than 3 dims, a factor below 1, or channels that r^2 does not
              divide; TypeError for an input that is not an array or a factor that is no int.

    >>> import jax.numpy as jnp
    >>> pixel_shuffle(jnp.arange(4).reshape(4, 1, 1), 2).tolist()
    [[[0, 1], [2, 3]]]
    """
    op = "pixel_shuffle"
    x = as_array(op, "input", input)
    factor = _factor(op, "upscale_factor", upscale_factor)
    _check_image(op, x)
    if x.shape[-3] % factor**2:
        raise RuntimeError(
            f"{op}: input must have channels that {factor}^2 divides, got shape {x.shape}"
        )
    return _pixel_shuffle(x, factor)


def pixel_unshuffle(input: Any, downscale_factor: int) -> jax.Array:
    """The inverse of `pixel_shuffle`.

    Torch:    torch.nn.functional.pixel_unshuffle
    Shapes:   (*, C, H r, W r) -> (*, C r^2, H, W), with r the downscale_factor; torch keeps that of
              an input without elements.
    Dtypes:   kept.
    Gradient: to where each element came from.
    Errors:   RuntimeError for fewer than 3 dims, a factor below 1, or a height or width that it
              does not divide; TypeError for an input that is not an array or a factor that is no
              int.

    >>> import jax.numpy as jnp
    >>> pixel_unshuffle(jnp.arange(4).reshape(1, 2, 2), 2).tolist()
    [[[0]], [[1]], [[2]], [[3]]]
    """
    op = "pixel_unshuffle"
    x = as_array(op, "input", input)
    factor = _factor(op, "downscale_factor", downscale_factor)
    _check_image(op, x)
    if x.shape[-2] % factor or x.shape[-1] % factor:
        raise RuntimeError(
            f"{op}: input must have a height and width that {factor} divides, got shape {x.shape}"
        )
    return _pixel_unshuffle(x, factor) if x.size else x


def channel_shuffle(input: Any, groups: int) -> jax.Array:
    """One channel of each group in turn.

    Torch:    torch.nn.functional.channel_shuffle
    Shapes:   (N, C, *), kept.
    Dtypes:   kept.
    Gradient: to where each element came from.
    Errors:   RuntimeError for fewer than 3 dims, groups below 1, or channels that they do not
              divide; TypeError for an input that is not an array or groups that are no int.

    >>> import jax.numpy as jnp
    >>> channel_shuffle(jnp.arange(4).reshape(1, 4, 1), 2).tolist()
    [[[0], [2], [1], [3]]]
    """
    op = "channel_shuffle"
    x, count = as_array(op, "input", input), _factor(op, "groups", groups)
    _check_image(op, x)
    if x.shape[1] % count:
        raise RuntimeError(
            f"{op}: groups must divide the channels, got {count} for shape {x.shape}"
        )
    return _channel_shuffle(x, count)


def _factor(op: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{op}: {name} must be an int, got {value!r}")
    if operator.index(value) < 1:
        raise RuntimeError(f"{op}: {name} must be at least 1, got {value}")
    return operator.index(value)


def _check_image(op: str, x: jax.Array) -> None:
    if x.ndim < 3:
        raise RuntimeError(f"{op}: input must have at least 3 dims, got shape {x.shape}")


@partial(jax.jit, static_argnames="factor")
def _pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    *lead, channels, high, wide = x.shape
    n = len(lead)
    cells = x.reshape(*lead, channels // factor**2, factor, factor, high, wide)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return cells.transpose(order).reshape(
        *lead, channels // factor**2, high * factor, wide * factor
    )


@partial(jax.jit, static_argnames="factor")
def _pixel_unshuffle(x: jax.Array, factor: int) -> jax.Array:
    *lead, channels, high, wide = x.shape
    n = len(lead)
    cells = x.reshape(*lead, channels, high // factor, factor, wide // factor, factor)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return cells.transpose(order).reshape(
        *lead, channels * factor**2, high // factor, wide // factor
    )


@partial(jax.jit, static_argnames="groups")
def _channel_shuffle(x: jax.Array, groups: int) -> jax.Array:
    batch, channels, *rest = x.shape
    grouped = x.reshape(batch, groups, channels // groups, *rest)
    return grouped.swapaxes(1, 2).reshape(x.shape)
