"""Softmaxes and distances of `nn.functional`."""

import numpy as np

from .._draws import (
    COMPLEX,
    FLOATS,
    Arguments,
    Draw,
    array,
    broadcastable,
    flags,
    inf,
    some_dim,
)

DTYPES = (np.dtype("float32"), np.dtype("float64"))


def softmax(draw: Draw) -> Arguments:
    x = array(draw, FLOATS)
    return [x], some_dim(draw, x.ndim) | flags(draw, dtype=DTYPES)


def pairwise_distance(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *COMPLEX))
    y = array(draw, (x.dtype,), broadcastable(draw, x.shape))
    options = flags(draw, p=(2.0, 1, 0, 3, 0.5, inf), eps=(0.0, 0.5), keepdim=(False, True))
    return [x, y], options


STRATEGIES = {
    ("nn.functional.softmax", "softmax"): softmax,
    ("nn.functional.softmax", "log_softmax"): softmax,
    ("nn.functional.softmax", "softmin"): softmax,
    ("nn.functional.distance", "pairwise_distance"): pairwise_distance,
}
