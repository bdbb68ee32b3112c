"""Sums, means, extrema, variances."""

import math
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
FINITE = (PLAIN, (0.0, 1.0, -1.0), (10001.0, 10002.0, 10004.0))
# no infinities, of which torch's var_mean has another mean than its mean (differences.py), and none
# that add up to 0, since rounding alone would be compared
MEANS = ((1.0, 0.5, 2.0, 3.0), (10001.0, 10002.0, 10004.0), (1.0, 0.5, 2.0, nan))
# torch forms a product's gradient in float16, where it may overflow, and forgets in it that complex
# numbers were made real
FACTORS = ("float64", "float32", "bfloat16", *INTS, "bool")
# where there is a zero too, torch's gradient of a product is nan or not by whether it is to be
# differentiated again (create_graph)
PRODUCTS = (
    *(pool for pool in POOLS if all(map(math.isfinite, pool))),
    *(tuple(v for v in pool if v) for pool in POOLS if not all(map(math.isfinite, pool))),
)


def over_dims(draw: Draw, dtypes: Sequence[str] = EVERY, options: dict = KEEPDIM) -> Arguments:
    given = flags(draw, **options)
    x = array(draw, dtypes, pools=pools_for(given))
    over = some_dims(draw, x.ndim)
    if not over:  # of torch's sum and mean, the overload without a dim has no keepdim
        given.pop("keepdim", None)
    return [x], over | given


def over_dim(
    draw: Draw,
    dtypes: Sequence[str] = EVERY,
    options: dict = KEEPDIM,
    pools: Sequence = POOLS,
    strange: Sequence[str] = EVERY,
) -> Arguments:
    """Over one dim, or over all where none is given, which takes no keepdim."""
    given = flags(draw, **options)
    x = array(draw, dtypes, pools=pools_for(given, pools), strange=strange)
    if flag(draw):
        return [x], {"dim": one_dim(draw, x.ndim)} | given
    given.pop("keepdim", None)
    return [x], given


def pools_for(given: dict, pools: Sequence = POOLS) -> Sequence:
    """C++ leaves open what nan and infinities are as integers."""
    to_integer = "dtype" in given and given["dtype"].kind == "i"
    return FINITE if to_integer else pools


def product(draw: Draw) -> Arguments:
    if flag(draw):  # of complex infinities, the product depends on the order
        return over_dim(draw, COMPLEX, pools=FINITE, strange=FACTORS)
    return over_dim(draw, FACTORS, TO_DTYPE, PRODUCTS, strange=FACTORS)


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
    ("reductions", "prod"): product,
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
    ("statistics", "var_mean"): partial(variance, pools=MEANS),
    ("statistics", "std_mean"): partial(variance, pools=MEANS),
}
