"""Softmaxes and distances of `nn.functional`."""

import numpy as np

from .._draws import (
    FLOATS,
    NEAR,
    SHORT,
    Arguments,
    Draw,
    array,
    chosen,
    flags,
    inf,
    normal,
    one_dim,
    rarely,
    some_dim,
)
from .norms import dtypes_for, pair

ORDERS = (2, 1, 0, 3, 0.5, inf)
DTYPES = (np.dtype("float32"), np.dtype("float64"))


def softmax(draw: Draw) -> Arguments:
    (x,), options = log_softmax(draw)
    if x.dtype == "float32":
        # XLA divides a line by its sum by multiplying with the reciprocal, rounded once more: of
        # few round numbers, torch's division may by luck be exact, and of these no ratio says much
        x = normal(draw, ("float32",), x.shape)
    return [x], options


def log_softmax(draw: Draw) -> Arguments:
    # e^-600 and 1: what one mode adds up to is lost to rounding, what the other does is not
    x = array(draw, FLOATS, pools=NEAR)
    dim = {"dim": one_dim(draw, x.ndim)} if not rarely(draw) else {}
    # of what is float32 inside and cancels, a gradient in float64 shows the rounding
    return [x], dim | flags(draw, dtype=DTYPES[1:] if x.dtype == "float64" else DTYPES)


def pairwise_distance(draw: Draw) -> Arguments:
    p = chosen(draw, ORDERS)
    options = {"p": p} | flags(draw, keepdim=(False, True))
    # by the default of 1e-6, equal points have a curvature of 1e6, and so a second derivative whose
    # rounding no rule can tell from a number
    return pair(draw, p, SHORT), options | {"eps": chosen(draw, (0.5, 0.0))}


def normalize(draw: Draw) -> Arguments:
    p = chosen(draw, ORDERS)
    x = array(draw, dtypes_for(p), pools=SHORT)
    # by an eps of 0, a zero vector is 0 / 0
    return [x, p], some_dim(draw, x.ndim) | flags(draw, eps=(0.5, 1e-3))


STRATEGIES = {
    ("nn.functional.softmax", "softmax"): softmax,
    ("nn.functional.softmax", "log_softmax"): log_softmax,
    ("nn.functional.softmax", "softmin"): softmax,
    ("nn.functional.distance", "pairwise_distance"): pairwise_distance,
    ("nn.functional.distance", "normalize"): normalize,
}
