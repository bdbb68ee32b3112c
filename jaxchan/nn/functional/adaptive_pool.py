"""Pooling to a given size: window i of n on an axis of m cells is from floor(i m / n) up to
ceil((i + 1) m / n).

`data_format` as for the other pools, see `pool.py`.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array
from ..._dtypes import category
from ._windows import Line, Ragged, Sliding, Windows, means
from .conv import Size, ints
from .pool import as_batch, max_jit

Dims = tuple[int, ...]
Sizes = Size | tuple[int | None, ...]


def adaptive_avg_pool1d(input: Any, output_size: Size, *, data_format: str = "NCL") -> jax.Array:
    """Mean of each of `output_size` windows that cover sequences.

    Torch:    torch.nn.functional.adaptive_avg_pool1d
    Shapes:   (N, C, L) or (C, L) -> (N, C, output_size).
    Dtypes:   as `adaptive_avg_pool2d`.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError and TypeError as `adaptive_avg_pool2d`, TypeError also for None.

    >>> adaptive_avg_pool1d(jnp.array([[1.0, 2.0, 6.0]]), 2)
    Array([[1.5, 4. ]], dtype=float...)
    """
    return _avg("adaptive_avg_pool1d", 1, input, output_size, data_format)


def adaptive_avg_pool2d(input: Any, output_size: Sizes, *, data_format: str = "NCHW") -> jax.Array:
    """Mean of each of `output_size` windows that cover images. None keeps a size.

    Torch:    torch.nn.functional.adaptive_avg_pool2d
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C, *output_size).
    Dtypes:   floating kept, and complex where all of output_size is 1; 16-bit floats accumulate in
              float32.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError for other dtypes or ranks, an empty image, a negative size or another
              number of sizes; ValueError for as many sizes as the input has dims; TypeError for
              an argument of another kind.

    >>> adaptive_avg_pool2d(jnp.arange(6.0).reshape(1, 2, 3), (1, None))
    Array([[[1.5, 2.5, 3.5]]], dtype=float...)
    """
    return _avg("adaptive_avg_pool2d", 2, input, output_size, data_format)


def adaptive_avg_pool3d(input: Any, output_size: Sizes, *, data_format: str = "NCDHW") -> jax.Array:
    """Mean of each of `output_size` windows that cover volumes. None keeps a size.

    Torch:    torch.nn.functional.adaptive_avg_pool3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size).
    Dtypes:   as `adaptive_avg_pool2d`.
    Gradient: spread evenly over the window.
    Errors:   RuntimeError, ValueError and TypeError as `adaptive_avg_pool2d`.

    >>> adaptive_avg_pool3d(jnp.arange(8.0).reshape(1, 2, 2, 2), 1)
    Array([[[[3.5]]]], dtype=float...)
    """
    return _avg("adaptive_avg_pool3d", 3, input, output_size, data_format)


def adaptive_max_pool1d(
    input: Any, output_size: Size, return_indices: bool = False, *, data_format: str = "NCL"
) -> Any:
    """Largest element of each of `output_size` windows that cover sequences.

    Torch:    torch.nn.functional.adaptive_max_pool1d
    Shapes:   (N, C, L) or (C, L) -> (N, C, output_size).
    Dtypes:   as `adaptive_max_pool2d`.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError and TypeError as `adaptive_max_pool2d`, TypeError also for None.

    >>> adaptive_max_pool1d(jnp.array([[1.0, 2.0, 6.0]]), 2, return_indices=True)
    (Array([[2., 6.]], dtype=float...), Array([[1, 2]], dtype=int...))
    """
    op = "adaptive_max_pool1d"
    return _max(op, 1, input, output_size, return_indices, data_format)


def adaptive_max_pool2d(
    input: Any, output_size: Sizes, return_indices: bool = False, *, data_format: str = "NCHW"
) -> Any:
    """Largest element of each of `output_size` windows that cover images. None keeps a size.

    Torch:    torch.nn.functional.adaptive_max_pool2d
    Shapes:   (N, C, H, W) or (C, H, W) -> (N, C, *output_size).
    Dtypes:   floating kept; indices are int64, counted row by row.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError for other dtypes or ranks, an input that is empty but for its first dim,
              a negative size or another number of sizes; ValueError for as many sizes as the input
              has dims; TypeError for an argument of another kind.

    >>> adaptive_max_pool2d(jnp.arange(6.0).reshape(1, 2, 3), (1, None))
    Array([[[3., 4., 5.]]], dtype=float...)
    """
    op = "adaptive_max_pool2d"
    return _max(op, 2, input, output_size, return_indices, data_format)


def adaptive_max_pool3d(
    input: Any, output_size: Sizes, return_indices: bool = False, *, data_format: str = "NCDHW"
) -> Any:
    """Largest element of each of `output_size` windows that cover volumes. None keeps a size.

    Torch:    torch.nn.functional.adaptive_max_pool3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size).
    Dtypes:   as `adaptive_max_pool2d`.
    Gradient: to the first of equal elements, or to the last nan.
    Errors:   RuntimeError, ValueError and TypeError as `adaptive_max_pool2d`.

    >>> adaptive_max_pool3d(jnp.arange(8.0).reshape(1, 2, 2, 2), 1)
    Array([[[[7.]]]], dtype=float...)
    """
    op = "adaptive_max_pool3d"
    return _max(op, 3, input, output_size, return_indices, data_format)


def _avg(op: str, n: int, input: Any, output_size: Any, data_format: Any) -> jax.Array:
    x = as_array(op, "input", input)
    sizes = _sizes(op, n, x, output_size, data_format)
    batch, axes = as_batch(op, n, x, data_format)
    mean = set(sizes) == {1}  # torch takes `mean` then, which has complex numbers and empty images
    if not mean:
        _check_not_empty(op, x, x.shape[1:] if n == 3 else [batch.shape[a] for a in axes])
    if x.dtype.itemsize == 1 or category(x.dtype) not in ((2, 3) if mean else (2,)):
        raise RuntimeError(f"{op}: input must be floating point, got {x.dtype}")
    out = _avg_jit(batch, axes, sizes)
    return out if x.ndim == n + 2 else out[0]


def _max(
    op: str, n: int, input: Any, output_size: Any, return_indices: Any, data_format: Any
) -> Any:
    x = as_array(op, "input", input)
    sizes = _sizes(op, n, x, output_size, data_format)
    batch, axes = as_batch(op, n, x, data_format)
    _check_not_empty(op, x, x.shape[1:])
    if category(x.dtype) != 2 or x.dtype.itemsize == 1:
        raise RuntimeError(f"{op}: input must be floating point, got {x.dtype}")
    out = max_jit(batch, _windows(batch, axes, sizes), bool(return_indices))
    out = out if x.ndim == n + 2 else tuple(a[0] for a in out)
    return out if return_indices else out[0]


def _sizes(op: str, n: int, x: jax.Array, output_size: Any, data_format: Any) -> Dims:
    if n > 1 and isinstance(output_size, tuple | list):
        if x.ndim <= len(output_size):
            raise ValueError(
                f"{op}: output_size must have fewer sizes than input dims, got {output_size!r} "
                f"for {x.shape}"
            )
        if len(output_size) != n:
            raise RuntimeError(f"{op}: output_size must be an int or {n}, got {output_size!r}")
        batch, axes = as_batch(op, n, x, data_format)
        pairs = zip(output_size, axes, strict=True)
        output_size = tuple(batch.shape[a] if size is None else size for size, a in pairs)
    return ints(op, "output_size", output_size, n, 0)


def _check_not_empty(op: str, x: jax.Array, sizes: Sequence[int]) -> None:
    if 0 in sizes:
        raise RuntimeError(f"{op}: input must not be empty but for its first dim, got {x.shape}")


def _windows(x: jax.Array, axes: Dims, sizes: Dims) -> Windows:
    return Windows(axes, tuple(_line(x.shape[a], out) for a, out in zip(axes, sizes, strict=True)))


def _line(length: int, out: int) -> Line:
    if not out or length % out == 0:
        size = length // out if out else 1
        return Sliding(size, size, 1, 0, out)
    repeats = math.gcd(length, out)
    count = out // repeats
    starts = [i * length // out for i in range(count)]
    stops = [-(-(i + 1) * length // out) for i in range(count)]
    return Ragged(tuple(starts), tuple(stops), repeats)


@partial(jax.jit, static_argnames=("axes", "sizes"))
def _avg_jit(x: jax.Array, axes: Dims, sizes: Dims) -> jax.Array:
    windows = _windows(x, axes, sizes)
    shape = windows.shape(x)
    if not x.size or 0 in sizes:
        return jnp.full(shape, jnp.nan, x.dtype)  # of an empty image; all else is empty
    return means(x, windows, [_sizes_along(line) for line in windows.lines])


def _sizes_along(line: Line) -> Any:
    if isinstance(line, Sliding):
        return line.size
    return np.tile(np.subtract(line.stops, line.starts), line.repeats)
