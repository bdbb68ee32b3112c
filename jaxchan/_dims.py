"""torch's rules for `dim`: negative dims, 0-d inputs that accept dim 0, and what `dim=()` means."""

import math
import operator
from typing import Any

MAX_DIMS = 64  # torch keeps a reduction's dims in a set of 64 bits


def canonical_dim(op: str, dim: Any, ndim: int, name: str = "dim") -> int:
    """`dim` counted from the front. A 0-d input has one dim here, as in torch."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        raise TypeError(f"{op}: {name} must be an int, got {type(dim).__name__}")
    dim, rank = operator.index(dim), max(ndim, 1)
    if not -rank <= dim < rank:
        raise IndexError(f"{op}: {name} must be in [{-rank}, {rank - 1}], got {dim}")
    return dim % rank


def canonical_dims(op: str, dim: Any, ndim: int, *, empty_is_all: bool = True) -> tuple[int, ...]:
    """The axes that `dim` (None, an int or a sequence) names, sorted and free of repeats.

    Nearly all of torch's reductions take `dim=()` for all axes; `all` and `any` take it for none.
    """
    if dim is None or (empty_is_all and isinstance(dim, tuple | list) and not dim):
        return tuple(range(ndim))
    if ndim > MAX_DIMS:
        raise RuntimeError(f"{op}: input must have at most {MAX_DIMS} dims, got {ndim}")
    if not isinstance(dim, tuple | list):
        axis = canonical_dim(op, dim, ndim)
        return (axis,) if ndim else ()
    dims = sorted(canonical_dim(op, d, ndim) for d in dim)
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"{op}: dim must name each axis once, got {tuple(dim)}")
    return tuple(dims) if ndim else ()


def kept_dims(shape: tuple[int, ...], dims: tuple[int, ...]) -> tuple[int, ...]:
    """The shape after a reduction over `dims` with keepdim."""
    return tuple(1 if d in dims else n for d, n in enumerate(shape))


def count(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    """The number of elements that a reduction over `dims` combines."""
    return math.prod(shape[d] for d in dims)
