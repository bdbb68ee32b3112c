"""Sums, means, extrema, variances."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from .._draws import (
    COMPLEX,
    EVERY,
    FLOATS,
    INTS,
    PLAIN,
    POOLS,
    REAL,
    Arguments,
    Draw,
    array,
    broadcastable,
    chosen,
    dims,
    flag,
    flags,
    nan,
    one_dim,
    some_dim,
    some_dims,
)

KEEPDIM = {"keepdim": (False, True)}
DTYPES = (np.dtype("float32"), np.dtype("float64"), np.dtype("int64"))
TO_DTYPE = {**KEEPDIM, "dtype": DTYPES}
# torch's var_mean has another mean of infinities than its mean: parity_tests/differences.py
FINITE = (PLAIN, (0.0, 1.0, -1.0), (*PLAIN, nan), (10001.0, 10002.0, 10004.0))


def over_dims(draw: Draw, dtypes: Sequence[str] = EVERY, options: dict = KEEPDIM) -> Arguments:
    x = array(draw, dtypes)
    return [x], some_dims(draw, x.ndim) | flags(draw, **options)


def over_dim(draw: Draw, dtypes: Sequence[str] = EVERY, options: dict = KEEPDIM) -> Arguments:
    """Over one dim, or over all where none is given, which takes no other argument."""
    x = array(draw, dtypes)
    if flag(draw):
        return [x], {}
    return [x], {"dim": one_dim(draw, x.ndim)} | flags(draw, **options)


def index(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *INTS))
    return [x], some_dim(draw, x.ndim) | flags(draw, **KEEPDIM)


def extremum(draw: Draw) -> Arguments:
    x = array(draw, REAL)
    kind = chosen(draw, ("dim", "all", "pair"))
    if kind == "pair":
        return [x], {"other": array(draw, REAL, broadcastable(draw, x.shape))}
    if kind == "all":
        return [x], {}
    return [x], {"dim": one_dim(draw, x.ndim)} | flags(draw, **KEEPDIM)


def variance(draw: Draw, pools: Sequence = POOLS) -> Arguments:
    x = array(draw, (*FLOATS, *COMPLEX), pools=pools)
    kwargs = some_dims(draw, x.ndim) | flags(draw, **KEEPDIM)
    return [x], kwargs | flags(draw, correction=(1, 0, 2, 1.5, 3, 7, -1))


def logsumexp(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *INTS, "bool"))
    return [x], {"dim": dims(draw, x.ndim)} | flags(draw, **KEEPDIM)


STRATEGIES = {
    ("reductions", "sum"): partial(over_dims, options=TO_DTYPE),
    ("reductions", "nansum"): partial(over_dims, dtypes=REAL, options=TO_DTYPE),
    ("reductions", "mean"): partial(over_dims, dtypes=(*FLOATS, *COMPLEX), options=TO_DTYPE),
    ("reductions", "nanmean"): partial(over_dims, dtypes=FLOATS),
    ("reductions", "prod"): partial(over_dim, options=TO_DTYPE),
    ("reductions", "all"): over_dims,
    ("reductions", "any"): over_dims,
    ("reductions", "count_nonzero"): partial(over_dims, options={}),
    ("reductions", "logsumexp"): logsumexp,
    ("extrema", "amax"): partial(over_dims, dtypes=REAL),
    ("extrema", "amin"): partial(over_dims, dtypes=REAL),
    ("extrema", "aminmax"): partial(over_dim, dtypes=REAL),
    ("extrema", "max"): extremum,
    ("extrema", "min"): extremum,
    ("extrema", "argmax"): index,
    ("extrema", "argmin"): index,
    ("statistics", "var"): variance,
    ("statistics", "std"): variance,
    ("statistics", "var_mean"): partial(variance, pools=FINITE),
    ("statistics", "std_mean"): partial(variance, pools=FINITE),
}
