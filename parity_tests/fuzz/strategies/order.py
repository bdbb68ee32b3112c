"""Medians, quantiles, sorting, distinct values."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from .._draws import (
    BOUNDED,
    FLOATS,
    INTS,
    POOLS,
    REAL,
    Arguments,
    Draw,
    Source,
    array,
    chosen,
    flag,
    flags,
    one_dim,
    rarely,
    some_dim,
)
from .reductions import over_dim

NUMBERS = (*FLOATS, *INTS)
DESCENDING = {"descending": (False, True), "stable": (False, True)}
# torch leaves to chance where mode, and unique with a dim, have a nan among numbers
NUMBERED = tuple(pool for pool in POOLS if not any(map(math.isnan, pool)))
HOW = ("linear", "lower", "higher", "midpoint", "nearest")
# beyond 16 elements torch leaves open which of several equals gets the gradient
FEW = ((2,), (1,), (), (3,), (5,), (8,), (0,), (2, 3), (3, 4), (1, 3), (2, 0), (2, 1, 3))


def _rank(draw: Draw, x: Source, dim: int, least: int) -> int:
    """A count of entries along `dim`; rarely one too many."""
    size = x.shape[dim] if -x.ndim <= dim < x.ndim else 1
    return chosen(draw, range(least, max(size, least) + 1 + rarely(draw)))


def kthvalue(draw: Draw) -> Arguments:
    x = array(draw, NUMBERS)
    dim = one_dim(draw, x.ndim)
    return [x, _rank(draw, x, dim, 1)], {"dim": dim} | flags(draw, keepdim=(False, True))


def topk(draw: Draw) -> Arguments:
    x = array(draw, NUMBERS)
    dim = one_dim(draw, x.ndim)
    return [x, _rank(draw, x, dim, not rarely(draw))], {"dim": dim} | flags(
        draw, largest=(True, False)
    )


def mode(draw: Draw) -> Arguments:
    x = array(draw, REAL, pools=NUMBERED)
    return [x], some_dim(draw, x.ndim) | flags(draw, keepdim=(False, True))


def quantile(draw: Draw, points: Sequence[float], pools: Sequence = POOLS) -> Arguments:
    x = array(draw, ("float64", "float32"), chosen(draw, FEW), pools)
    q: Any = chosen(draw, (0.5, 0, 1, 0.25, 0.3, 0.75))
    if flag(draw):
        q = _probabilities(draw, points, x.dtype, chosen(draw, (1, None, 3, 0)))
    kwargs = some_dim(draw, x.ndim) | flags(draw, keepdim=(False, True), interpolation=HOW)
    return [x, q], kwargs


def _probabilities(draw: Draw, points: Sequence[float], dtype: str, count: int | None) -> Source:
    """From 0 to 1: under jit, a number out of range cannot raise."""
    size, shape = (1, ()) if count is None else (count, (count,))
    values = [chosen(draw, points) for _ in range(size)]
    return Source(f"np.array({values}, {dtype!r}).reshape({shape})", dtype, shape)


def sort(draw: Draw) -> Arguments:
    x = array(draw, REAL)
    return [x], some_dim(draw, x.ndim) | flags(draw, **DESCENDING)


def msort(draw: Draw) -> Arguments:
    return [array(draw, REAL, chosen(draw, FEW))], {}


def unique(draw: Draw, options: Sequence[str]) -> Arguments:
    dim, given = flag(draw), flags(draw, **dict.fromkeys(options, (False, True)))
    # torch leaves open in what order it sorts several nans
    numbered = dim or ("sorted" in options and given.get("return_inverse"))
    x = array(draw, REAL, pools=NUMBERED if numbered else POOLS)
    return [x], ({"dim": one_dim(draw, x.ndim)} if dim else {}) | given


INSIDE = (0.5, 1.0, 0.25, 0.3, 0.1, 0.75)
COUNTED = ("return_inverse", "return_counts")
STRATEGIES = {
    ("order", "median"): partial(over_dim, dtypes=NUMBERS),
    ("order", "nanmedian"): partial(over_dim, dtypes=NUMBERS),
    ("order", "kthvalue"): kthvalue,
    ("order", "mode"): mode,
    ("order", "quantile"): partial(quantile, points=(*INSIDE, 0.0)),
    # of a line of nans, torch's slope by q is nan in forward mode alone, and by a q of 0 in both;
    # so it is of a line of infinities
    ("order", "nanquantile"): partial(quantile, points=INSIDE, pools=BOUNDED),
    ("sort", "sort"): sort,
    ("sort", "argsort"): sort,
    ("sort", "msort"): msort,
    ("sort", "topk"): topk,
    ("unique", "unique"): partial(unique, options=("sorted", *COUNTED)),
    ("unique", "unique_consecutive"): partial(unique, options=COUNTED),
}
