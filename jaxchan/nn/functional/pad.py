"""Padding. Amounts come in pairs, before and after, from the last axis on; negative ones crop."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, is_number
from ..._dtypes import accumulator
from ..._shape import ints
from ._constants import constant

MODES = ("constant", "reflect", "replicate", "circular")
Widths = tuple[tuple[int, int], ...]


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> jax.Array:
    """Put cells before and after the last axes.

    Torch:    torch.nn.functional.pad
    Shapes:   each axis that `pad` reaches, longer by its two amounts; with "constant" up to all of
              them, in the other modes the last of (C, W) or (N, C, W), the last two of one more
              dim, or the last three.
    Dtypes:   kept; bool with "constant" and "circular" alone.
    Gradient: summed at the cell that was repeated.
    Errors:   RuntimeError for an odd number of amounts or too many, amounts that leave less than
              the mode allows, a value that the dtype cannot hold or that another mode than
              "constant" is given, or empty axes but the batch outside of "constant";
              NotImplementedError for another mode, or a number of dims that it has not;
              TypeError for another kind of argument.

    "reflect" takes amounts below the size, "circular" up to the size that negative ones leave:
    beyond, torch reads memory that it has not set.

    >>> pad(jnp.array([[1, 2, 3]]), (2, 1), "reflect").tolist()
    [[3, 2, 1, 2, 3, 2]]
    """
    x, amounts = as_array("pad", "input", input), ints("pad", "pad", pad)
    if not isinstance(mode, str):
        raise TypeError(f"pad: mode must be a string, got {mode!r}")
    if value is not None and (not is_number(value) or isinstance(value, complex)):
        raise TypeError(f"pad: value must be a real number, got {value!r}")
    if len(amounts) % 2 or len(amounts) > 2 * x.ndim:
        raise RuntimeError(
            f"pad: pad must have two amounts for each of at most {x.ndim} dims, got {amounts}"
        )
    if mode not in MODES:
        raise NotImplementedError(f"pad: mode must be one of {MODES}, got {mode!r}")
    named = tuple(zip(amounts[::2], amounts[1::2], strict=True))[::-1]
    widths = ((0, 0),) * (x.ndim - len(named)) + named
    if mode != "constant":
        _check_repeated(x, widths, len(named), mode, value)
        return _repeated(x, widths, mode)
    if any(n + min(low, 0) + min(high, 0) < 0 for n, (low, high) in _sized(x, widths)):
        raise RuntimeError(f"pad: pad must not crop more than there is, got {amounts}")
    return _constant(x, widths, _fill(x, 0.0 if value is None else float(value)))


def _sized(x: jax.Array, widths: Widths) -> list[tuple[int, tuple[int, int]]]:
    return list(zip(x.shape, widths, strict=True))


def _fill(x: jax.Array, value: float) -> float:
    return bool(value) if x.dtype == jnp.bool_ else constant("pad", "value", value, x.dtype)


def _check_repeated(x: jax.Array, widths: Widths, axes: int, mode: str, value: Any) -> None:
    """torch's limits of the modes that repeat the input's own cells."""
    if value:
        raise RuntimeError(f"pad: value must not be given for mode {mode!r}, got {value}")
    if axes not in (1, 2, 3) or x.ndim - axes not in (1, 2):
        raise NotImplementedError(
            f"pad: mode {mode!r} takes 2, 4 or 6 amounts and one or two dims more than they name, "
            f"got {2 * axes} for shape {x.shape}"
        )
    if mode == "circular":
        wraps = [n + min(low, high, 0) < max(low, high, 0) for n, (low, high) in _sized(x, widths)]
        if any(wraps) or any(n + sum(pair) < 0 for n, pair in _sized(x, widths)):
            raise RuntimeError(f"pad: pad must wrap around once at most, got {widths}")
        return
    if x.dtype == jnp.bool_:
        raise RuntimeError(f"pad: input must not be bool for mode {mode!r}, got {x.dtype}")
    if 0 in x.shape[x.ndim - axes - 1 :]:
        raise RuntimeError(f"pad: input must not be empty for mode {mode!r}, got shape {x.shape}")
    if mode == "reflect" and any(max(pair) >= n for n, pair in _sized(x, widths) if any(pair)):
        raise RuntimeError(f"pad: pad must be less than the input's size, got {widths}")
    sizes = [n + sum(pair) for n, pair in _sized(x, widths)]
    if min(sizes) < 0 or max(sizes[-axes:]) < 1:  # in torch, one axis with something is enough
        raise RuntimeError(f"pad: pad must leave something, got {widths} for shape {x.shape}")


@partial(jax.jit, static_argnames=("widths", "fill"))
def _constant(x: jax.Array, widths: Widths, fill: float) -> jax.Array:
    return jax.lax.pad(x, jnp.asarray(fill, x.dtype), [(*pair, 0) for pair in widths])


@partial(jax.jit, static_argnames=("widths", "mode"))
def _repeated(x: jax.Array, widths: Widths, mode: str) -> jax.Array:
    wide = x.astype(accumulator(x.dtype))  # the gradient of a repeated cell is a sum
    for axis, (n, (before, after)) in enumerate(_sized(x, widths)):
        if before or after:
            wide = _taken(wide, tuple(_places(mode, n, before, after).tolist()), axis)
    return wide.astype(x.dtype)


def _places(mode: str, n: int, before: int, after: int) -> np.ndarray:
    """Where each cell of the result stands in an axis of `n`."""
    if mode == "circular":  # what negative amounts leave is what wraps around
        first, last = max(-before, 0), n - max(-after, 0)
        there = np.arange(-max(before, 0), last - first + max(after, 0))
        return first + there % max(last - first, 1)
    there = np.arange(-before, n + after)
    if mode == "replicate":
        return np.clip(there, 0, n - 1)
    return n - 1 - np.abs(n - 1 - np.abs(there))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _taken(x: jax.Array, places: tuple[int, ...], axis: int) -> jax.Array:
    """The entries at `places`. XLA's CPU is quicker to look each one up than to copy pieces."""
    entries, pieces = (partial(f, places=places, axis=axis) for f in (_entries, _pieces))
    return jax.lax.platform_dependent(x, cpu=entries, default=pieces)


@_taken.defjvp
def _taken_jvp(places: tuple[int, ...], axis: int, primals: tuple, tangents: tuple) -> tuple:
    (x,), (dx,) = primals, tangents
    # beside another result, a look-up is not fused with the copy that puts its axis last
    return _pieces(x, places, axis), _pieces(dx, places, axis)


def _entries(x: jax.Array, places: tuple[int, ...], axis: int) -> jax.Array:
    at = np.asarray(places, np.int32)
    return x.at[(*[slice(None)] * axis, at)].get(mode="promise_in_bounds")


def _pieces(x: jax.Array, places: tuple[int, ...], axis: int) -> jax.Array:
    """As few slices as there can be: the gradient of a gather would be a slow scatter."""
    pieces, start = [jax.lax.slice_in_dim(x, 0, 0, axis=axis)], 0
    steps = np.append(np.diff(np.asarray(places, np.int64)), 2)
    while start < len(places):
        step, stop = int(steps[start]), start + 1
        while abs(step) < 2 and steps[stop - 1] == step:
            stop += 1
        if step < 1 and steps[stop - 1] == 1:
            stop -= 1  # what goes on from this cell takes it: of whole slices the gradient is quick
        low, high = sorted((places[start], places[stop - 1]))
        piece = jax.lax.slice_in_dim(x, low, high + 1, axis=axis)
        if step == 0:
            shape = [stop - start if d == axis else n for d, n in enumerate(x.shape)]
            piece = jnp.broadcast_to(piece, shape)
        pieces.append(jax.lax.rev(piece, (axis,)) if step == -1 and stop - start > 1 else piece)
        start = stop
    return jax.lax.concatenate(pieces, axis)
