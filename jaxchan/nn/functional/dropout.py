"""Dropout. Random numbers are JAX's: `key`, a jax.random key, stands for torch's generator.

A key is needed where numbers are drawn: in training with 0 < p < 1, and something to drop.
"""

import math
import warnings
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_floating
from ..._dtypes import accumulator

FLOOR = 1.7580993408473766  # minus selu's limit at -inf
Shape = tuple[int, ...]


def dropout(input: Any, p: float = 0.5, training: bool = True, *, key: Any = None) -> jax.Array:
    """Each element 0 with probability `p`, and divided by 1 - p else; in training only.

    Torch:    torch.nn.functional.dropout
    Shapes:   kept.
    Dtypes:   kept; floating point where numbers are drawn.
    Gradient: as the element: 0, or 1 / (1 - p).
    Errors:   ValueError for a p out of [0, 1]; RuntimeError for a nan, or an input that is not
              floating point, where numbers are drawn; TypeError for another kind of argument, or
              no key there.

    A dropped nan or infinity is nan.

    >>> dropout(jnp.array([1.0, 2.0]), 0.5, training=False).tolist()
    [1.0, 2.0]
    """
    x, part = _arguments("dropout", input, p, training)
    return _dropped("dropout", x, part, x.shape, key)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, *, key: Any = None) -> jax.Array:
    """`dropout` of whole channels of one dim.

    Torch:    torch.nn.functional.dropout1d
    Shapes:   (N, C, L) or (C, L), kept.
    Dtypes:   kept; floating point where numbers are drawn.
    Gradient: as the channel: 0, or 1 / (1 - p).
    Errors:   ValueError for a p out of [0, 1]; RuntimeError for another number of dims, or an
              input that is not floating point where numbers are drawn; TypeError for another kind
              of argument, or no key there.

    >>> dropout1d(jnp.ones((2, 3)), 1.0).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    op = "dropout1d"
    x, part = _arguments(op, input, p, training)
    if x.ndim not in (2, 3):
        raise RuntimeError(f"{op}: input must have 2 or 3 dims, got shape {x.shape}")
    return _dropped(op, x, part, _channels(x.shape, x.ndim - 1), key)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, *, key: Any = None) -> jax.Array:
    """`dropout` of whole channels of two dims.

    Torch:    torch.nn.functional.dropout2d
    Shapes:   (N, C, H, W), kept; with a warning others of at least two dims, of which the second
              has the channels, (N, C, L) too.
    Dtypes:   kept; floating point where numbers are drawn.
    Gradient: as the channel: 0, or 1 / (1 - p).
    Errors:   ValueError for a p out of [0, 1]; RuntimeError for fewer dims, or an input that is
              not floating point, where numbers are drawn; TypeError for another kind of argument,
              or no key there.

    >>> dropout2d(jnp.ones((1, 1, 1, 2)), 0.5, key=jax.random.key(0)).shape
    (1, 1, 1, 2)
    """
    op = "dropout2d"
    x, part = _arguments(op, input, p, training)
    if x.ndim != 4:
        _warn(op, "4 dims", x)
    return _dropped(op, x, part, _channels(x.shape, 2), key, least=2)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, *, key: Any = None) -> jax.Array:
    """`dropout` of whole channels of three dims.

    Torch:    torch.nn.functional.dropout3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W), kept; with a warning others, of which the first dim
              has the channels.
    Dtypes:   kept; floating point where numbers are drawn.
    Gradient: as the channel: 0, or 1 / (1 - p).
    Errors:   ValueError for a p out of [0, 1]; RuntimeError for a 0-d input, or one that is not
              floating point, where numbers are drawn; TypeError for another kind of argument, or
              no key there.

    >>> dropout3d(jnp.ones((1, 1, 1, 2)), 0.5, key=jax.random.key(0)).shape
    (1, 1, 1, 2)
    """
    op = "dropout3d"
    x, part = _arguments(op, input, p, training)
    if x.ndim not in (4, 5):
        _warn(op, "4 or 5 dims", x)
    return _dropped(op, x, part, _channels(x.shape, 2 if x.ndim == 5 else 1), key, least=1)


def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, *, key: Any = None
) -> jax.Array:
    """`dropout` to selu's limit in place of 0, and so scaled that mean 0 and variance 1 stay.

    Torch:    torch.nn.functional.alpha_dropout
    Shapes:   kept.
    Dtypes:   kept; floating point where numbers are drawn.
    Gradient: 0 where dropped, else the scale a = 1 / sqrt((1 - p) (1 + 1.7581^2 p)).
    Errors:   ValueError for a p out of [0, 1]; RuntimeError for a nan, or an input that is not
              floating point, where numbers are drawn; TypeError for another kind of argument, or
              no key there.

    >>> alpha_dropout(jnp.array([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    op = "alpha_dropout"
    x, part = _arguments(op, input, p, training)
    if part in (0, 1) or not x.size:
        return _whole(x, part)
    _check_drawn(op, x, key)
    return _alpha_dropped(x, part, key)


def _arguments(op: str, input: Any, p: Any, training: Any) -> tuple[jax.Array, float]:
    """The input, and the probability that counts: 0 outside of training."""
    if not isinstance(p, int | float):
        raise TypeError(f"{op}: p must be a real number, got {p!r}")
    if p < 0 or p > 1:
        raise ValueError(f"{op}: p must be between 0 and 1, got {p}")
    x = as_array(op, "input", input)
    if not isinstance(training, bool):
        raise TypeError(f"{op}: training must be a bool, got {training!r}")
    if math.isnan(p):
        raise RuntimeError(f"{op}: p must be between 0 and 1, got {p}")
    return x, float(p) if training else 0.0


def _channels(shape: Shape, lead: int) -> Shape:
    return tuple(n if d < lead else 1 for d, n in enumerate(shape))


def _warn(op: str, wanted: str, x: jax.Array) -> None:
    text = f"{op}: input should have {wanted}, got shape {x.shape}"
    warnings.warn(text, UserWarning, stacklevel=3)


def _whole(x: jax.Array, p: float) -> jax.Array:
    """What is left of all elements alike; by a product, as in torch, so that nan stays."""
    return x if p == 0 or not x.size else x * jnp.zeros((), x.dtype)


def _check_drawn(op: str, x: jax.Array, key: Any) -> None:
    check_floating(op, "input", x, complex_too=False)
    if key is None:
        raise TypeError(f"{op}: key must be given in training, got None")


def _dropped(op: str, x: jax.Array, p: float, lots: Shape, key: Any, least: int = 0) -> jax.Array:
    if p in (0, 1) or not x.size:
        return _whole(x, p)
    if x.ndim < least:
        raise RuntimeError(f"{op}: input must have at least {least} dims, got shape {x.shape}")
    _check_drawn(op, x, key)
    return _scaled(x, p, lots, key)


@partial(jax.jit, static_argnames="lots")
def _scaled(x: jax.Array, p: float, lots: Shape, key: jax.Array) -> jax.Array:
    wide = x.astype(accumulator(x.dtype))
    kept = jax.random.bernoulli(key, 1 - p, lots).astype(wide.dtype)
    return (wide * (kept / (1 - p))).astype(x.dtype)


@jax.jit
def _alpha_dropped(x: jax.Array, p: float, key: jax.Array) -> jax.Array:
    wide = x.astype(accumulator(x.dtype))
    kept = jax.random.bernoulli(key, 1 - p, x.shape).astype(wide.dtype)
    scale = 1 / jnp.sqrt((1 - p) * (1 + FLOOR * FLOOR * p))
    return (wide * (kept * scale) + ((kept - 1) + p) * (FLOOR * scale)).astype(x.dtype)
