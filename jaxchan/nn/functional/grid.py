"""Sampling at places that an array gives, and the affine ones among such grids.

Beyond torch: `data_format` is torch's "NCHW" or "NCDHW", or with "NHWC" or "NDHWC" the channels of
input and result come last. ValueError for another.
"""

import functools
import itertools
import math
import operator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_option
from ..._dtypes import accumulator
from .conv import LAYOUTS

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")
HIGHEST = jax.lax.Precision.HIGHEST
OUTSIDE = -2  # no neighbour of this place is on the axis


class Options(NamedTuple):
    mode: str
    padding: str
    align_corners: bool
    channels_last: bool


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
    *,
    data_format: str | None = None,
) -> jax.Array:
    """The values of images or volumes at the places of `grid`, where -1 and 1 are the ends.

    Torch:    torch.nn.functional.grid_sample
    Shapes:   (N, C, H, W) and (N, H', W', 2) -> (N, C, H', W'); (N, C, D, H, W) and
              (N, D', H', W', 3) -> (N, C, D', H', W'). The last axis is (x, y) or (x, y, z): from
              the input's last axis on.
    Dtypes:   floating, one for both; 16-bit floats compute in float32.
    Gradient: the weights' to the input. To the grid the neighbours' differences, 0 on and beyond
              the ends with "border" and "reflection", and 0 with "nearest". For volumes it is 0
              where a place is nan.
    Errors:   ValueError for another mode or padding_mode; RuntimeError for shapes that do not fit,
              mixed dtypes, an empty image, or bicubic volumes; IndexError for no dims;
              NotImplementedError for a dtype that is not floating; TypeError for another kind of
              argument.

    "bilinear" is trilinear for volumes. Beyond the ends, "zeros" has nothing, "border" the last
    cell, and "reflection" the mirror image. The ends are the outer edges of the last cells, or with
    align_corners their centres. Places that are nan or infinite are torch's: nan for images
    with "zeros", 0 for volumes; the padding modes move nan to the first cell of an image, to the
    last of a volume. `data_format`: None is channels first, "NHWC" and "NDHWC" have them last.

    >>> grid_sample(jnp.array([[[[0.0, 4.0]]]]), jnp.array([[[[0.0, 0.0], [0.5, 0.0]]]]))
    Array([[[[2., 4.]]]], dtype=float...)
    """
    op = "grid_sample"
    x, places = as_array(op, "input", input), as_array(op, "grid", grid)
    check_option(op, "mode", mode, MODES)
    check_option(op, "padding_mode", padding_mode, PADDINGS)
    align = _check_bool(op, align_corners)
    if not x.ndim or not places.ndim:
        raise IndexError(f"{op}: input and grid must have dims, got {x.shape} and {places.shape}")
    if x.ndim not in (4, 5) or places.ndim != x.ndim or places.shape[-1] != x.ndim - 2:
        raise RuntimeError(
            f"{op}: grid must have as many dims as input, 4 or 5, and a place in its last, "
            f"got {places.shape} for {x.shape}"
        )
    first, last = LAYOUTS[x.ndim - 2]
    check_option(op, "data_format", data_format, (None, first, last))
    options = Options(mode, padding_mode, align, data_format == last)
    if x.shape[0] != places.shape[0] or 0 in _spatial(x, options):
        raise RuntimeError(
            f"{op}: input must have grid's batch size and not be empty, got {x.shape} and "
            f"{places.shape}"
        )
    if mode == "bicubic" and x.ndim == 5:
        raise RuntimeError(f"{op}: mode 'bicubic' must have an input of 4 dims, got {x.shape}")
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise NotImplementedError(f"{op}: input must be floating point, got {x.dtype}")
    if x.dtype != places.dtype:
        raise RuntimeError(f"{op}: grid must have input's dtype {x.dtype}, got {places.dtype}")
    return _sampled(x, places, options)


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> jax.Array:
    """A grid for `grid_sample`: where each pixel of `size` is moved by an affine map.

    Torch:    torch.nn.functional.affine_grid
    Shapes:   (N, 2, 3) with size (N, C, H, W) -> (N, H, W, 2); (N, 3, 4) with size (N, C, D, H, W)
              -> (N, D, H, W, 3).
    Dtypes:   floating kept; 16-bit floats compute in float32, and have no spatial size of 1.
    Gradient: the sum over the pixels.
    Errors:   ValueError for a theta of another shape or not floating, or a size that is not
              positive; NotImplementedError for a size of other than 4 or 5 numbers, or of 1 with 16
              bits; RuntimeError for another batch size than theta's; TypeError for another kind of
              argument.

    >>> affine_grid(jnp.array([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
    Array([[[[0., 0.],
             [1., 0.]]]], dtype=float...)
    """
    op, maps = "affine_grid", as_array("affine_grid", "theta", theta)
    align = _check_bool(op, align_corners)
    if not isinstance(size, tuple | list) or not all(hasattr(s, "__index__") for s in size):
        raise TypeError(f"{op}: size must be a tuple of ints, got {size!r}")
    sizes = tuple(map(operator.index, size))
    if not jnp.issubdtype(maps.dtype, jnp.floating):
        raise ValueError(f"{op}: theta must be floating point, got {maps.dtype}")
    if len(sizes) not in (4, 5):
        raise NotImplementedError(f"{op}: size must have 4 or 5 numbers, got {sizes}")
    n = len(sizes) - 2
    if maps.ndim != 3 or maps.shape[1:] != (n, n + 1):
        raise ValueError(f"{op}: theta must be (N, {n}, {n + 1}), got {maps.shape} for {sizes}")
    # torch looks at batch and channels too, unless a single pixel between two ends makes it warn
    if min(sizes[2:] if align and min(sizes[2:]) == 1 else sizes) <= 0:
        raise ValueError(f"{op}: size must be positive, got {sizes}")
    if maps.shape[0] != sizes[0]:
        raise RuntimeError(f"{op}: size must have theta's batch size, got {sizes}, {maps.shape}")
    if 1 in sizes[2:] and accumulator(maps.dtype) != maps.dtype:
        raise NotImplementedError(f"{op}: theta must not be 16 bits for {sizes}, got {maps.dtype}")
    return _affine(maps, sizes[2:], align)


@partial(jax.jit, static_argnames=("sizes", "align"))
def _affine(maps: jax.Array, sizes: tuple[int, ...], align: bool) -> jax.Array:
    wide = maps.astype(accumulator(maps.dtype))
    centres = [jnp.asarray(_centres(n, align), wide.dtype) for n in sizes]
    columns = [*jnp.meshgrid(*centres, indexing="ij")[::-1], jnp.ones(sizes, wide.dtype)]
    places = jnp.stack(columns, axis=-1).reshape(-1, len(columns))
    # a product of matrices: XLA's CPU is slow to add the gradient up in any other way
    moved = jnp.einsum("pk,nik->npi", places, wide, precision=HIGHEST)
    return moved.reshape(maps.shape[0], *sizes, len(sizes)).astype(maps.dtype)


def _centres(n: int, align: bool) -> np.ndarray:
    """Of the pixels of an axis, between -1 and 1."""
    if align:
        return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return (2 * np.arange(n) + 1) / n - 1


@partial(jax.jit, static_argnames=("options",))
def _sampled(x: jax.Array, grid: jax.Array, options: Options) -> jax.Array:
    # a cell is quicker to find, and its gradient to add, with all its channels side by side
    last = x if options.channels_last else jnp.moveaxis(x, 1, -1)
    out = _with_channels_last(last.astype(accumulator(x.dtype)), grid, options).astype(x.dtype)
    return out if options.channels_last else jnp.moveaxis(out, -1, 1)


def _with_channels_last(x: jax.Array, grid: jax.Array, options: Options) -> jax.Array:
    batch, *sizes, channels = x.shape
    cells = x.reshape(batch, math.prod(sizes), channels)
    grid = grid.astype(x.dtype)
    neighbours, lost = [], jnp.zeros((), jnp.bool_)
    for axis, n in enumerate(sizes):
        column = grid[..., len(sizes) - 1 - axis].reshape(batch, math.prod(grid.shape[1:-1]))
        found, nowhere = _neighbours(column, n, len(sizes) == 3, options)
        neighbours.append(found)
        lost = lost | nowhere
    terms = (_term(cells, sizes, corner) for corner in itertools.product(*neighbours))
    out = functools.reduce(operator.add, terms)
    if len(sizes) == 3 and options.padding != "zeros":
        out = jnp.where(lost[..., None], jax.lax.stop_gradient(out), out)
    return out.reshape(*grid.shape[:-1], channels)


class Neighbour(NamedTuple):
    """A cell of an axis for every place; it may not be on the axis."""

    cell: jax.Array
    inside: jax.Array
    weight: jax.Array | None


def _neighbours(
    column: jax.Array, n: int, volume: bool, options: Options
) -> tuple[list[Neighbour], jax.Array]:
    """The cells that count along an axis of `n`, and which places are nowhere on it."""
    place = _unnormalized(column, n, options.align_corners)
    if options.mode == "bicubic":
        low = jnp.floor(place)
        cells = [_on_axis(low + k, n, volume, options)[0] for k in (-1, 0, 1, 2)]
        weights = _cubic(place - low)
        return list(map(partial(_neighbour, n), cells, weights)), jnp.isnan(place)
    place, lost = _on_axis(place, n, volume, options)
    if options.mode == "nearest":
        return [_neighbour(n, jnp.round(place), None)], lost
    low = jnp.floor(place)
    after = place - low
    return [_neighbour(n, low, 1 - after), _neighbour(n, low + 1, after)], lost


def _neighbour(n: int, cell: jax.Array, weight: jax.Array | None) -> Neighbour:
    inside = (cell >= 0) & (cell <= n - 1)
    return Neighbour(jnp.where(inside, cell, 0).astype(jnp.int32), inside, weight)


def _unnormalized(column: jax.Array, n: int, align_corners: bool) -> jax.Array:
    """From -1 to 1 to cells."""
    if align_corners:
        return (column + 1) * ((n - 1) / 2)
    return (column + 1) * (n / 2) - 0.5


def _on_axis(
    place: jax.Array, n: int, volume: bool, options: Options
) -> tuple[jax.Array, jax.Array]:
    """The place where padding puts it, and whether that is nowhere."""
    if options.padding == "zeros":
        nowhere = ~jnp.isfinite(place)
        return (jnp.where(nowhere, OUTSIDE, place) if volume else place), nowhere
    if options.padding == "reflection":
        place = _reflected(place, n, options.align_corners)
    nowhere = jnp.isnan(place)
    constant = jax.lax.stop_gradient
    clipped = jnp.clip(jnp.where(nowhere, n - 1 if volume else 0, place), 0, n - 1)
    # torch multiplies by a slope, which is 0 on an end too: that times inf is nan. Written without
    # a comparison, since XLA makes a choice of a product with one
    slope = jnp.clip(jnp.ceil(jnp.minimum(place, n - 1 - place)), 0, 1)
    slope = constant(jnp.where(nowhere, 0, slope))
    step = jnp.where(jnp.isfinite(place), place - constant(place), 0)
    return constant(clipped) + slope * step, nowhere


def _reflected(place: jax.Array, n: int, align_corners: bool) -> jax.Array:
    low, span = (0.0, n - 1) if align_corners else (-0.5, n)
    if not span:
        return jnp.zeros_like(place)
    far = jnp.abs(place - low)
    far = far - jnp.trunc(far / (2 * span)) * (2 * span)
    return jnp.where(far > 2 * span - far, 2 * span - far, far) + low


def _cubic(t: jax.Array) -> list[jax.Array]:
    """The weights of the cells before and after, with Keys' kernel at a = -0.75."""

    def inner(x: jax.Array) -> jax.Array:
        return (1.25 * x - 2.25) * x * x + 1

    def outer(x: jax.Array) -> jax.Array:
        return ((-0.75 * x + 3.75) * x - 6) * x + 3

    return [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)]


def _term(cells: jax.Array, sizes: list[int], corner: tuple[Neighbour, ...]) -> jax.Array:
    """What one of the neighbours adds: its value, or 0 beyond the ends, times its weight."""
    cell = corner[0].cell
    for n, one in zip(sizes[1:], corner[1:], strict=True):
        cell = cell * n + one.cell
    inside = functools.reduce(operator.and_, (one.inside for one in corner))
    values = jax.vmap(partial(jnp.take, axis=0, mode="clip"))(cells, cell)
    values = jnp.where(inside[..., None], values, 0)
    weights = [one.weight for one in corner if one.weight is not None]
    return values * functools.reduce(operator.mul, weights)[..., None] if weights else values


def _spatial(x: jax.Array, options: Options) -> tuple[int, ...]:
    return x.shape[1:-1] if options.channels_last else x.shape[2:]


def _check_bool(op: str, align_corners: Any) -> bool:
    if not isinstance(align_corners, bool | None):
        raise TypeError(f"{op}: align_corners must be a bool, got {align_corners!r}")
    return bool(align_corners)
