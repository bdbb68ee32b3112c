"""Moving, joining, cutting and picking elements."""

import math

from hypothesis import strategies as st

from .._draws import (
    EVERY,
    SHAPES,
    Arguments,
    Draw,
    Source,
    array,
    chosen,
    dims,
    dtype_text,
    flag,
    flags,
    mostly,
    one_dim,
    rarely,
    some_dim,
)

COUNTS = (1, 2, 3, 5)


def squeeze(draw: Draw) -> Arguments:
    x = array(draw)
    over = dims(draw, x.ndim)
    return [x] if over is None else [x, over], {}


def unsqueeze(draw: Draw) -> Arguments:
    x = array(draw)
    return [x, one_dim(draw, x.ndim + 1)], {}


def flatten(draw: Draw) -> Arguments:
    x = array(draw)
    ends = [one_dim(draw, x.ndim) for _ in "ab"]
    return [x], flags(draw, start_dim=ends[:1], end_dim=ends[1:])


def unflatten(draw: Draw) -> Arguments:
    x = array(draw)
    dim = one_dim(draw, x.ndim)
    size = _length(x, dim)
    fits = [(-1,), (size,), (1, -1), (size, 1), (2, -1) if size % 2 == 0 else (-1, 1)]
    return [x, dim, mostly(draw, fits, ((2, 1), (3,), (0, -1), (-1, -1)))], {}


def permute(draw: Draw) -> Arguments:
    x = array(draw)
    order = tuple(draw(st.permutations(range(x.ndim))))
    return [x, order if not rarely(draw) else order[1:]], {}


def movedim(draw: Draw) -> Arguments:
    x = array(draw)
    if flag(draw):
        return [x, one_dim(draw, x.ndim), one_dim(draw, x.ndim)], {}
    source, destination = (tuple(draw(st.permutations(range(x.ndim)))) for _ in "ab")
    count = draw(st.integers(0, x.ndim))
    return [x, source[:count], destination[:count]], {}


def flip(draw: Draw) -> Arguments:
    x = array(draw)
    return [x, tuple(one_dim(draw, x.ndim) for _ in range(chosen(draw, (1, 2, 0))))], {}


def roll(draw: Draw) -> Arguments:
    x = array(draw)
    if flag(draw):
        shift = chosen(draw, (1, -1, 0, 5))
        return [x, shift], {"dims": one_dim(draw, x.ndim)} if flag(draw) else {}
    over = dims(draw, x.ndim)
    over = over if isinstance(over, tuple) else (0,)
    return [x, tuple(chosen(draw, (1, -1, 0, 7)) for _ in over), over], {}


def expand(draw: Draw) -> Arguments:
    x = array(draw)
    sizes = [chosen(draw, (-1, 1, 2)) if n == 1 else chosen(draw, (-1, n)) for n in x.shape]
    return [x, *mostly(draw, ((), (2,), (1,)), ((0,), (-1,))), *sizes], {}


def repeat(draw: Draw) -> Arguments:
    x = array(draw)
    count = max(x.ndim + mostly(draw, (0, 1), (-1,)), 0)
    return [x, *(mostly(draw, (1, 2, 3), (0,)) for _ in range(count))], {}


def _joined(draw: Draw, varied: int | None, shape: tuple[int, ...]) -> list[Source]:
    """One to three arrays of `shape`, but for the dim `varied`."""
    dtype = chosen(draw, EVERY)
    parts: list[Source] = []
    for _ in range(chosen(draw, (1, 2, 3))):
        sizes = list(shape)
        if varied is not None:
            sizes[varied] = mostly(draw, (1, 2, 3), (0,))
        dtypes = EVERY if rarely(draw) else (dtype,)
        parts.append(array(draw, dtypes, mostly(draw, (tuple(sizes),), SHAPES)))
    return parts


def cat(draw: Draw) -> Arguments:
    shape = chosen(draw, [s for s in SHAPES if s])
    dim = one_dim(draw, len(shape))
    return [_joined(draw, dim if -len(shape) <= dim < len(shape) else 0, shape), dim], {}


def stack(draw: Draw) -> Arguments:
    shape = chosen(draw, SHAPES)
    return [_joined(draw, None, shape), one_dim(draw, len(shape) + 1)], {}


def split(draw: Draw) -> Arguments:
    x = array(draw)
    dim = one_dim(draw, x.ndim)
    size = _length(x, dim)
    sizes = (1, 2, 5, (size,), (size - size // 2, size // 2), (0, size))
    return [x, mostly(draw, sizes, (0, (1, 1), (-1, size + 1))), dim], {}


def chunk(draw: Draw) -> Arguments:
    x = array(draw)
    return [x, mostly(draw, (1, 2, 3, 5), (0,)), one_dim(draw, x.ndim)], {}


def _index(draw: Draw, shape: tuple[int, ...], size: int, dtype: str = "") -> Source:
    """Indices below `size`: under jit, one out of range cannot raise."""
    count = math.prod(shape)
    values = draw(st.lists(st.integers(0, max(size - 1, 0)), min_size=count, max_size=count))
    dtype = dtype or chosen(draw, ("int64", "int32"))
    return Source(f"np.array({values}, {dtype_text(dtype)}).reshape({shape})", dtype, shape)


def _length(x: Source, dim: int) -> int:
    return x.shape[dim] if -x.ndim <= dim < x.ndim else 1


def gather(draw: Draw) -> Arguments:
    x = array(draw)
    dim = one_dim(draw, x.ndim)
    sizes = [chosen(draw, (n, (n + 1) // 2)) for n in x.shape]
    if -x.ndim <= dim < x.ndim:
        sizes[dim] = mostly(draw, COUNTS, (0,)) if x.shape[dim] else 0
    return [x, dim, _index(draw, tuple(sizes), _length(x, dim))], {}


def take_along_dim(draw: Draw) -> Arguments:
    drawn = array(draw)
    # torch takes the input as one line without copying it, which a transposed one is not
    x = Source(f"np.array({drawn.text}, order='C')", drawn.dtype, drawn.shape)
    if flag(draw):
        size = math.prod(x.shape)
        shape = mostly(draw, ((1,), (), (4,), (2, 2)), ((0,),)) if size else (0,)
        return [x, _index(draw, shape, size)], {}
    dim = one_dim(draw, x.ndim)
    sizes = [chosen(draw, (n, 1)) if n else 0 for n in x.shape]
    if -x.ndim <= dim < x.ndim:
        sizes[dim] = mostly(draw, COUNTS, (0,)) if x.shape[dim] else 0
    index = _index(draw, tuple(sizes), _length(x, dim), mostly(draw, ("int64",), ("int32",)))
    return [x, index, dim], {}


def index_select(draw: Draw) -> Arguments:
    x = array(draw)
    dim = one_dim(draw, x.ndim)
    shape = mostly(draw, ((1,), (2,), (), (5,)), ((0,),)) if _length(x, dim) else (0,)
    return [x, dim, _index(draw, shape, _length(x, dim))], {}


def repeat_interleave(draw: Draw) -> Arguments:
    x = array(draw)
    dim = some_dim(draw, x.ndim)
    size = _length(x, dim["dim"]) if dim else math.prod(x.shape)
    repeats = mostly(draw, (1, 2, 3), (0,)) if flag(draw) else _index(draw, (size,), 4)
    return [x, repeats], dim


def masked_select(draw: Draw) -> Arguments:
    x = array(draw)
    shape = x.shape[draw(st.integers(0, x.ndim)) :]
    return [x, array(draw, ("bool",), shape)], {}


def nonzero(draw: Draw) -> Arguments:
    return [array(draw)], flags(draw, as_tuple=(False, True))


STRATEGIES = {
    ("shape", "squeeze"): squeeze,
    ("shape", "unsqueeze"): unsqueeze,
    ("shape", "flatten"): flatten,
    ("shape", "unflatten"): unflatten,
    ("shape", "permute"): permute,
    ("shape", "movedim"): movedim,
    ("shape", "flip"): flip,
    ("shape", "roll"): roll,
    ("shape", "expand"): expand,
    ("shape", "repeat"): repeat,
    ("shape", "cat"): cat,
    ("shape", "stack"): stack,
    ("shape", "split"): split,
    ("shape", "chunk"): chunk,
    ("indexing", "gather"): gather,
    ("indexing", "take_along_dim"): take_along_dim,
    ("indexing", "index_select"): index_select,
    ("indexing", "repeat_interleave"): repeat_interleave,
    ("indexing", "masked_select"): masked_select,
    ("indexing", "nonzero"): nonzero,
}
