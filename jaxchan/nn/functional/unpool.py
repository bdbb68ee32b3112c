"""Where the largest elements of windows came from: the inverses of the pools that name them.

`data_format` as for the pools, see `pool.py`.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..._checks import as_array
from ..._dtypes import category, index_dtype
from .conv import Size, ints
from .pool import Stride, as_batch

Dims = tuple[int, ...]


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    output_size: Any = None,
    *,
    data_format: str = "NCL",
) -> jax.Array:
    """Sequences of zeros with the elements of the input at the places that `max_pool1d` named.

    Torch:    torch.nn.functional.max_unpool1d
    Shapes:   (N, C, L) or (C, L), both -> (N, C, L'), L' as the sizes of `max_unpool2d`.
    Dtypes:   as `max_unpool2d`.
    Gradient: as `max_unpool2d`.
    Errors:   RuntimeError, ValueError, IndexError and TypeError as `max_unpool2d`.

    >>> max_unpool1d(jnp.array([[5.0, 7.0]]), jnp.array([[1, 2]]), 2)
    Array([[0., 5., 7., 0.]], dtype=float...)
    """
    sizes = (kernel_size, stride, padding, output_size)
    return _max_unpool("max_unpool1d", 1, input, indices, sizes, data_format)


def max_unpool2d(
    input: Any,
    indices: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    output_size: Any = None,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """Images of zeros with the elements of the input at the places that `max_pool2d` named.

    Torch:    torch.nn.functional.max_unpool2d
    Shapes:   (N, C, H, W) or (C, H, W), both -> (N, C, H', W') with
              H' = (H - 1) stride - 2 padding + kernel_size, or what `output_size` says: the spatial
              sizes or all, each less than a stride from that.
    Dtypes:   floating kept; indices are int64.
    Gradient: to each element from its place, also where another took it: the last one stays there.
    Errors:   RuntimeError for other dtypes or ranks, an empty input, arrays of different shapes, or
              an index out of range; ValueError for an output_size that does not fit or a negative
              one; IndexError for a kernel_size of more than two ints, or less of another option;
              TypeError for an argument of another kind. Under jit an index out of range gives nan
              in all of its channel.

    >>> max_unpool2d(jnp.array([[[5.0]]]), jnp.array([[[2]]]), 2)
    Array([[[0., 0.],
            [5., 0.]]], dtype=float...)
    """
    sizes = (kernel_size, stride, padding, output_size)
    return _max_unpool("max_unpool2d", 2, input, indices, sizes, data_format)


def max_unpool3d(
    input: Any,
    indices: Any,
    kernel_size: Size,
    stride: Stride = None,
    padding: Size = 0,
    output_size: Any = None,
    *,
    data_format: str = "NCDHW",
) -> jax.Array:
    """Volumes of zeros with the elements of the input at the places that `max_pool3d` named.

    Torch:    torch.nn.functional.max_unpool3d
    Shapes:   (N, C, D, H, W) or (C, D, H, W), both -> (N, C, D', H', W'), sizes as in
              `max_unpool2d`.
    Dtypes:   as `max_unpool2d`.
    Gradient: as `max_unpool2d`.
    Errors:   RuntimeError, ValueError, IndexError and TypeError as `max_unpool2d`, RuntimeError
              also for a stride below 1.

    >>> max_unpool3d(jnp.array([[[[5.0]]]]), jnp.array([[[[1]]]]), (1, 1, 2))
    Array([[[[0., 5.]]]], dtype=float...)
    """
    sizes = (kernel_size, stride, padding, output_size)
    return _max_unpool("max_unpool3d", 3, input, indices, sizes, data_format)


def _max_unpool(
    op: str, n: int, input: Any, indices: Any, sizes: tuple, data_format: Any
) -> jax.Array:
    x, places = as_array(op, "input", input), as_array(op, "indices", indices)
    batch, axes = as_batch(op, n, x, data_format)
    size = _output_size(op, [batch.shape[axis] for axis in axes], *sizes)
    if category(x.dtype) != 2 or x.dtype.itemsize == 1:
        raise RuntimeError(f"{op}: input must be floating point, got {x.dtype}")
    if places.dtype != index_dtype() or places.shape != x.shape:
        raise RuntimeError(
            f"{op}: indices must be {index_dtype()} of the input's shape {x.shape}, got "
            f"{places.dtype} {places.shape}"
        )
    if 0 in x.shape[1:]:
        raise RuntimeError(f"{op}: input must not be empty but for its first dim, got {x.shape}")
    cells = int(np.prod(size))
    if cells and not isinstance(places, Tracer) and x.size:
        low, high = int(places.min()), int(places.max())
        if low < 0 or high >= cells:
            raise RuntimeError(
                f"{op}: indices must be from 0 to {cells - 1}, got {low if low < 0 else high}"
            )
    out = _unpool_jit(batch, places if x.ndim == n + 2 else places[None], axes, size)
    return out if x.ndim == n + 2 else out[0]


def _output_size(
    op: str, shape: list[int], kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Dims:
    n = len(shape)
    if isinstance(kernel_size, tuple | list) and len(kernel_size) < n:
        raise RuntimeError(f"{op}: kernel_size must be an int or {n} of them, got {kernel_size!r}")
    if isinstance(kernel_size, tuple | list) and len(kernel_size) > n:
        raise IndexError(f"{op}: kernel_size must be an int or {n} of them, got {kernel_size!r}")
    kernel = ints(op, "kernel_size", kernel_size, n, None)
    moves = kernel if stride is None else _each(op, "stride", stride, n)
    if n == 3 and min(moves) < 1:
        raise RuntimeError(f"{op}: stride must be at least 1, got {moves}")
    pads = _each(op, "padding", padding, n)
    default = [
        (m - 1) * s + k - 2 * p for m, s, k, p in zip(shape, moves, kernel, pads, strict=True)
    ]
    size = default if output_size is None else _wanted(op, output_size, default, moves)
    if min(size) < 0:
        raise ValueError(f"{op}: output_size must not be negative, got {tuple(size)}")
    return tuple(size)


def _each(op: str, name: str, value: Any, n: int) -> Dims:
    """An int for each dim: of more than `n`, torch takes the first."""
    if isinstance(value, tuple | list) and len(value) < n:
        raise IndexError(f"{op}: {name} must be an int or {n} of them, got {value!r}")
    return ints(op, name, value[:n] if isinstance(value, tuple | list) else value, n, None)


def _wanted(op: str, output_size: Any, default: list[int], stride: Dims) -> Dims:
    if not isinstance(output_size, tuple | list):
        raise TypeError(f"{op}: output_size must be a tuple of ints, got {output_size!r}")
    n = len(default)
    given = output_size[2:] if len(output_size) == n + 2 else output_size
    if len(given) != n:
        raise ValueError(
            f"{op}: output_size must have {n} or {n + 2} entries, got {tuple(output_size)}"
        )
    size = ints(op, "output_size", tuple(given), n, None)
    if any(abs(m - d) >= s for m, d, s in zip(size, default, stride, strict=True)):
        raise ValueError(
            f"{op}: output_size must be less than stride {stride} from {default}, got {size}"
        )
    return size


@partial(jax.jit, static_argnames=("axes", "size"))
def _unpool_jit(x: jax.Array, places: jax.Array, axes: Dims, size: Dims) -> jax.Array:
    shape = list(x.shape)
    for axis, length in zip(axes, size, strict=True):
        shape[axis] = length
    if not x.size or 0 in shape:
        return jnp.zeros(shape, x.dtype)
    first = axes[0]  # the spatial axes are one here
    flat = (*x.shape[:first], -1, *x.shape[axes[-1] + 1 :])
    cells = int(np.prod(size))
    inside = ((places >= 0) & (places < cells)).reshape(flat)
    places = jnp.where(inside, places.reshape(flat), cells).astype(jnp.int32)
    out = _put(x.reshape(flat), places, cells, first)
    whole = jnp.all(inside, axis=first, keepdims=True)
    return jnp.where(whole, out, jnp.nan).reshape(shape)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _put(x: jax.Array, places: jax.Array, cells: int, axis: int) -> jax.Array:
    zeros, where = _targets(x, places, cells, axis)
    return zeros.at[where].set(x, mode="drop")


@_put.defjvp
def _put_jvp(cells: int, axis: int, primals: tuple, tangents: tuple) -> tuple:
    (x, places), (dx, _) = primals, tangents
    zeros, where = _targets(x, places, cells, axis)
    # torch's backward reads each element's place, no matter which of them stayed there
    return _put(x, places, cells, axis), zeros.at[where].add(dx, mode="drop")


def _targets(x: jax.Array, places: jax.Array, cells: int, axis: int):
    """The zeros to write on, and where each element of `x` goes."""
    shape = [cells if d == axis else n for d, n in enumerate(x.shape)]
    where = [jax.lax.broadcasted_iota(jnp.int32, x.shape, d) for d in range(x.ndim)]
    where[axis] = places
    return jnp.zeros(shape, x.dtype), tuple(where)
