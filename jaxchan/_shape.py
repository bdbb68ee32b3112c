"""Shapes, with torch's meaning of the arguments.

Nothing is computed, so values and dtypes are kept. Where an element is read more than once its
gradient is a sum, which 16-bit floats accumulate in float32.
"""

import math
import operator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import as_array
from ._dims import canonical_dim, canonical_dims
from ._dtypes import accumulator, result_type

Ints = tuple[int, ...]


def squeeze(input: Any, dim: int | tuple[int, ...] | None = None) -> jax.Array:
    """Drop the axes of size 1: all of them, or those in `dim`; an axis of another size stays.

    Torch:    torch.squeeze
    Shapes:   (*) -> less the axes of size 1.
    Dtypes:   kept.
    Gradient: the cotangent, reshaped.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim; TypeError for
              another kind of dim.

    >>> squeeze(jnp.ones((1, 3, 1)), dim=(0, 1)).shape
    (3, 1)
    """
    x = as_array("squeeze", "input", input)
    dims = canonical_dims("squeeze", dim, x.ndim, empty_is_all=False)
    return _reshape(x, tuple(n for d, n in enumerate(x.shape) if n != 1 or d not in dims))


def unsqueeze(input: Any, dim: int) -> jax.Array:
    """A new axis of size 1 that becomes `dim`.

    Torch:    torch.unsqueeze
    Shapes:   (*) -> with an axis of size 1.
    Dtypes:   kept.
    Gradient: the cotangent, reshaped.
    Errors:   IndexError for a dim out of range; TypeError for another kind of dim.

    >>> unsqueeze(jnp.ones((2, 3)), -1).shape
    (2, 3, 1)
    """
    x = as_array("unsqueeze", "input", input)
    axis = canonical_dim("unsqueeze", dim, x.ndim + 1)
    return _reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> jax.Array:
    """The axes from `start_dim` to `end_dim`, both included, as one.

    Torch:    torch.flatten
    Shapes:   (*) -> with one axis for several; () -> (1,).
    Dtypes:   kept.
    Gradient: the cotangent, reshaped.
    Errors:   IndexError for a dim out of range; RuntimeError for a start_dim after end_dim;
              TypeError for another kind of dim.

    >>> flatten(jnp.ones((2, 3, 4)), 1).shape
    (2, 12)
    """
    x = as_array("flatten", "input", input)
    start = canonical_dim("flatten", start_dim, x.ndim, "start_dim")
    end = canonical_dim("flatten", end_dim, x.ndim, "end_dim")
    if start > end:
        raise RuntimeError(f"flatten: start_dim must not be after end_dim, got {start} and {end}")
    merged = math.prod(x.shape[start : end + 1])
    return _reshape(x, (*x.shape[:start], merged, *x.shape[end + 1 :]))


def unflatten(input: Any, dim: int, sizes: tuple[int, ...]) -> jax.Array:
    """The axis `dim` as several; a size of -1 follows from the others.

    Torch:    torch.unflatten
    Shapes:   (*) -> with `sizes` in place of the axis.
    Dtypes:   kept.
    Gradient: the cotangent, reshaped.
    Errors:   IndexError for a dim out of range; RuntimeError for sizes that do not multiply up to
              the axis, for none and for a 0-d input; TypeError for sizes that are not ints.

    >>> unflatten(jnp.ones((2, 12)), 1, (3, -1)).shape
    (2, 3, 4)
    """
    x = as_array("unflatten", "input", input)
    axis, given = canonical_dim("unflatten", dim, x.ndim), ints("unflatten", "sizes", sizes)
    if not given or x.ndim == 0:
        raise RuntimeError(f"unflatten: sizes must divide an axis, got {given} for {x.shape}")
    known = math.prod(n for n in given if n != -1)
    inferred = x.shape[axis] // known if known else -1
    full = tuple(inferred if n == -1 else n for n in given)
    if given.count(-1) > 1 or min(full) < 0 or math.prod(full) != x.shape[axis]:
        raise RuntimeError(f"unflatten: sizes must multiply up to {x.shape[axis]}, got {given}")
    return _reshape(x, (*x.shape[:axis], *full, *x.shape[axis + 1 :]))


def permute(input: Any, dims: tuple[int, ...]) -> jax.Array:
    """The axes in the order `dims`.

    Torch:    torch.permute
    Shapes:   (*) -> the same sizes in another order.
    Dtypes:   kept.
    Gradient: the cotangent, permuted back.
    Errors:   RuntimeError for dims that are too few, too many or repeated; IndexError for one out
              of range; TypeError for dims that are not a sequence of ints.

    >>> permute(jnp.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x = as_array("permute", "input", input)
    order = ints("permute", "dims", dims)
    if len(order) != x.ndim:
        raise RuntimeError(f"permute: dims must name each of {x.ndim} axes, got {order}")
    return _transpose(x, _distinct("permute", "dims", order, x.ndim))


def movedim(input: Any, source: Any, destination: Any) -> jax.Array:
    """The axes `source` moved to the places `destination`; the others keep their order.

    Torch:    torch.movedim
    Shapes:   (*) -> the same sizes in another order.
    Dtypes:   kept.
    Gradient: the cotangent, moved back.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim, or as many sources
              as there are not destinations; TypeError unless both are ints or both are sequences.

    >>> movedim(jnp.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = as_array("movedim", "input", input)
    one = [isinstance(v, tuple | list) for v in (source, destination)]
    if one[0] != one[1]:
        raise TypeError(f"movedim: destination must be like source {source}, got {destination}")
    start = ints("movedim", "source", source if one[0] else (source,))
    end = ints("movedim", "destination", destination if one[0] else (destination,))
    if len(start) != len(end):
        raise RuntimeError(f"movedim: destination must be as long as source {start}, got {end}")
    start = _distinct("movedim", "source", start, x.ndim)
    end = _distinct("movedim", "destination", end, x.ndim)
    order = [d for d in range(x.ndim) if d not in start]
    for place, axis in sorted(zip(end, start, strict=True)) if x.ndim else ():
        order.insert(place, axis)
    return _transpose(x, tuple(order))


def flip(input: Any, dims: tuple[int, ...]) -> jax.Array:
    """The order along `dims` reversed.

    Torch:    torch.flip
    Shapes:   kept.
    Dtypes:   kept.
    Gradient: the cotangent, flipped.
    Errors:   IndexError for a dim out of range; RuntimeError for a repeated dim; TypeError for dims
              that are not a sequence of ints.

    >>> flip(jnp.array([1, 2, 3]), (0,))
    Array([3, 2, 1], dtype=...)
    """
    x = as_array("flip", "input", input)
    reversed_dims = _distinct("flip", "dims", ints("flip", "dims", dims), x.ndim)
    return _flip(x, reversed_dims if x.ndim else ())


def roll(input: Any, shifts: Any, dims: Any = None) -> jax.Array:
    """Each element moved on by `shifts` along `dims`, from the end to the start; flat without dims.

    Torch:    torch.roll
    Shapes:   kept.
    Dtypes:   kept.
    Gradient: the cotangent, rolled back.
    Errors:   RuntimeError without shifts, or with another number of dims; IndexError for a dim out
              of range or of a 0-d input; TypeError for shifts or dims that are not ints.

    >>> roll(jnp.array([1, 2, 3]), 1)
    Array([3, 1, 2], dtype=...)
    """
    x = as_array("roll", "input", input)
    shifts = ints("roll", "shifts", shifts if isinstance(shifts, tuple | list) else (shifts,))
    given = () if dims is None else dims
    given = ints("roll", "dims", given if isinstance(given, tuple | list) else (given,))
    if not shifts or (len(given) != len(shifts) and (given or len(shifts) > 1)):
        raise RuntimeError(f"roll: shifts must be one for each of dims {given}, got {shifts}")
    if given and x.ndim == 0:
        raise IndexError(f"roll: dims must be empty for a 0-d input, got {given}")
    if x.size == 0:  # torch does not look at the dims here
        return x
    return _roll(x, shifts, tuple(canonical_dim("roll", d, x.ndim, "dims") for d in given))


def expand(input: Any, *size: Any) -> jax.Array:
    """Axes of size 1 repeated to `size`, and new ones in front; -1 keeps a size.

    Torch:    torch.Tensor.expand
    Shapes:   (*) -> size.
    Dtypes:   kept.
    Gradient: summed over the repeats.
    Errors:   RuntimeError for a size that is too short or does not fit; TypeError for none, or one
              that is not ints.

    >>> expand(jnp.ones((3, 1)), 2, -1, 4).shape
    (2, 3, 4)
    """
    x = as_array("expand", "input", input)
    given = _unpacked("expand", "size", size)
    new = max(len(given) - x.ndim, 0)
    kept = zip(x.shape, given[new:], strict=False)
    full = (*given[:new], *(n if m == -1 else m for n, m in kept))
    fits = all(n in (1, m) for n, m in zip(x.shape, full[new:], strict=False))
    if len(given) < x.ndim or not fits or any(m < 0 for m in full):
        raise RuntimeError(f"expand: size must fit {x.shape}, got {given}")
    return expanded(x, full)


def repeat(input: Any, *repeats: Any) -> jax.Array:
    """The whole array tiled `repeats` times along each axis, with new axes in front.

    Torch:    torch.Tensor.repeat, which is numpy's tile; numpy's repeat is `repeat_interleave`.
    Shapes:   (*) -> each size times its repeats.
    Dtypes:   kept.
    Gradient: summed over the repeats.
    Errors:   RuntimeError for fewer repeats than axes, or a negative one; TypeError for none, or
              repeats that are not ints.

    >>> repeat(jnp.array([1, 2]), 2)
    Array([1, 2, 1, 2], dtype=...)
    """
    x = as_array("repeat", "input", input)
    times = _unpacked("repeat", "repeats", repeats)
    shape = (1,) * (len(times) - x.ndim) + x.shape
    if len(times) < x.ndim or any(k < 0 for k in times):
        raise RuntimeError(f"repeat: repeats must be >= 0 for each of {x.shape}, got {times}")
    return _repeat(x, times, shape)


def cat(tensors: Any, dim: int = 0) -> jax.Array:
    """The arrays end to end along `dim`; those of shape (0,) are passed over.

    Torch:    torch.cat
    Shapes:   (*, N, *), ... -> (*, the sum of N, *).
    Dtypes:   promoted as in arithmetic.
    Gradient: each array's part of the cotangent.
    Errors:   ValueError for none; RuntimeError for a 0-d array, or shapes that differ beside `dim`;
              IndexError for a dim out of range; TypeError for another kind of argument.

    >>> cat([jnp.array([1, 2]), jnp.array([3])])
    Array([1, 2, 3], dtype=...)
    """
    arrays = _arrays("cat", tensors)
    if not arrays:
        raise ValueError("cat: tensors must not be empty, got none")
    if any(a.ndim == 0 for a in arrays):
        raise RuntimeError("cat: tensors must have dims, got a 0-d array")
    full, dtype = [a for a in arrays if a.shape != (0,)], result_type(*arrays)
    if not full:
        return arrays[0].astype(dtype)
    axis = canonical_dim("cat", dim, full[0].ndim)
    if len({(*a.shape[:axis], *a.shape[axis + 1 :]) for a in full} | {a.ndim for a in full}) != 2:
        shapes = [a.shape for a in arrays]
        raise RuntimeError(f"cat: tensors must differ in dim {axis} alone, got shapes {shapes}")
    return _cat(full, axis, dtype)


def stack(tensors: Any, dim: int = 0) -> jax.Array:
    """The arrays side by side along a new axis `dim`.

    Torch:    torch.stack
    Shapes:   (*), ... -> with an axis of their number.
    Dtypes:   promoted as in arithmetic.
    Gradient: each array's part of the cotangent.
    Errors:   RuntimeError for none, or shapes that differ; IndexError for a dim out of range;
              TypeError for another kind of argument.

    >>> stack([jnp.array([1, 2]), jnp.array([3, 4])], 1)
    Array([[1, 3],
           [2, 4]], dtype=...)
    """
    arrays = _arrays("stack", tensors)
    axis = canonical_dim("stack", dim, arrays[0].ndim + 1) if arrays else 0
    if len({a.shape for a in arrays}) != 1:
        shapes = [a.shape for a in arrays]
        raise RuntimeError(f"stack: tensors must have one shape, got {shapes}")
    return _stack(arrays, axis, result_type(*arrays))


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[jax.Array, ...]:
    """Parts along `dim`: of one size, the last perhaps smaller, or of the sizes in a sequence.

    Torch:    torch.split
    Shapes:   (*, N, *) -> (*, size, *), ...
    Dtypes:   kept.
    Gradient: the cotangents, end to end.
    Errors:   RuntimeError for sizes that do not add up or are negative, a size of 0 and a 0-d
              tensor; IndexError for a dim out of range; TypeError for sizes that are not ints.

    >>> split(jnp.arange(5), 2)
    (Array([0, 1], dtype=...), Array([2, 3], dtype=...), Array([4], dtype=...))
    """
    x = as_array("split", "tensor", tensor)
    if x.ndim == 0:
        raise RuntimeError("split: tensor must have dims, got a 0-d array")
    axis = canonical_dim("split", dim, x.ndim)
    sections = isinstance(split_size_or_sections, tuple | list)
    given = split_size_or_sections if sections else (split_size_or_sections,)
    sizes, n = ints("split", "split_size_or_sections", given), x.shape[axis]
    if any(s < 0 for s in sizes) or (sum(sizes) != n if sections else sizes == (0,) and n):
        raise RuntimeError(f"split: split_size_or_sections must add up to {n}, got {given}")
    return _split(x, sizes if sections else _parts(n, sizes[0]), axis)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[jax.Array, ...]:
    """At most `chunks` parts along `dim`, all of one size but the last.

    Torch:    torch.chunk, which may give fewer: 6 in 4 parts is 2, 2, 2.
    Shapes:   (*, N, *) -> (*, size, *), ...
    Dtypes:   kept.
    Gradient: the cotangents, end to end.
    Errors:   RuntimeError for chunks < 1 and a 0-d input; IndexError for a dim out of range;
              TypeError for chunks that are not an int.

    >>> [part.shape for part in chunk(jnp.ones((6, 2)), 4)]
    [(2, 2), (2, 2), (2, 2)]
    """
    x = as_array("chunk", "input", input)
    (number,) = ints("chunk", "chunks", (chunks,))
    if x.ndim == 0:
        raise RuntimeError("chunk: input must have dims, got a 0-d array")
    if number < 1:
        raise RuntimeError(f"chunk: chunks must be at least 1, got {number}")
    axis = canonical_dim("chunk", dim, x.ndim)
    n = x.shape[axis]
    return _split(x, _parts(n, -(-n // number)) if n else (0,) * number, axis)


def ints(op: str, name: str, values: Any) -> Ints:
    """A sequence of ints as a tuple, or TypeError."""
    if not isinstance(values, tuple | list):
        raise TypeError(f"{op}: {name} must be a sequence of ints, got {type(values).__name__}")
    for value in values:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{op}: {name} must be ints, got {type(value).__name__}")
    return tuple(operator.index(value) for value in values)


def _unpacked(op: str, name: str, given: tuple) -> Ints:
    """The ints of a call that takes them one by one or as one sequence."""
    if not given:
        raise TypeError(f"{op}: {name} must be given, got nothing")
    return ints(op, name, given[0] if isinstance(given[0], tuple | list) else given)


def _distinct(op: str, name: str, dims: Ints, ndim: int) -> Ints:
    """`dims` counted from the front, or RuntimeError for a repeated one."""
    found = tuple(canonical_dim(op, d, ndim, name) for d in dims)
    if len(set(found)) != len(found):
        raise RuntimeError(f"{op}: {name} must name each axis once, got {dims}")
    return found


def _arrays(op: str, tensors: Any) -> list[jax.Array]:
    if not isinstance(tensors, tuple | list):
        raise TypeError(f"{op}: tensors must be a sequence, got {type(tensors).__name__}")
    return [as_array(op, "tensors", t) for t in tensors]


def _parts(n: int, size: int) -> Ints:
    """`n` in parts of `size`, at least one of them."""
    return tuple(min(size, n - start) for start in range(0, n, size)) if n else (0,)


@partial(jax.jit, static_argnames="shape")
def _reshape(x: jax.Array, shape: Ints) -> jax.Array:
    return jnp.reshape(x, shape)


@partial(jax.jit, static_argnames="order")
def _transpose(x: jax.Array, order: Ints) -> jax.Array:
    return jnp.transpose(x, order)


@partial(jax.jit, static_argnames="dims")
def _flip(x: jax.Array, dims: Ints) -> jax.Array:
    return jnp.flip(x, dims)


@partial(jax.jit, static_argnames=("shifts", "dims"))
def _roll(x: jax.Array, shifts: Ints, dims: Ints) -> jax.Array:
    if not dims:
        return jnp.roll(x, shifts[0])
    return jnp.roll(x, shifts, dims)


@partial(jax.jit, static_argnames="shape")
def expanded(x: jax.Array, shape: Ints) -> jax.Array:
    """`x` broadcast to `shape`; its gradient is a sum."""
    return jnp.broadcast_to(x.astype(accumulator(x.dtype)), shape).astype(x.dtype)


@partial(jax.jit, static_argnames=("times", "shape"))
def _repeat(x: jax.Array, times: Ints, shape: Ints) -> jax.Array:
    pairs = list(zip(times, shape, strict=True))
    tiled = expanded(x.reshape([m for _, n in pairs for m in (1, n)]), sum(pairs, ()))
    return tiled.reshape([k * n for k, n in pairs])


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _cat(arrays: list[jax.Array], axis: int, dtype: np.dtype) -> jax.Array:
    return jnp.concatenate([a.astype(dtype) for a in arrays], axis)


@partial(jax.jit, static_argnames=("axis", "dtype"))
def _stack(arrays: list[jax.Array], axis: int, dtype: np.dtype) -> jax.Array:
    return jnp.stack([a.astype(dtype) for a in arrays], axis)


@partial(jax.jit, static_argnames=("sizes", "axis"))
def _split(x: jax.Array, sizes: Ints, axis: int) -> tuple[jax.Array, ...]:
    return tuple(jax.lax.split(x, sizes, axis))
