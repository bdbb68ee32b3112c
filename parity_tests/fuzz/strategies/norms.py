"""Vector and matrix norms and what is made of them."""

from collections.abc import Sequence
from typing import Any

from .._draws import (
    BOUNDED,
    COMPLEX,
    FLOATS,
    POOLS,
    SHAPES,
    SHORT,
    Arguments,
    Draw,
    Source,
    array,
    broadcastable,
    chosen,
    flag,
    flags,
    inf,
    mostly,
    normal,
    one_dim,
    some_dims,
)

KEEPDIM = {"keepdim": (False, True)}
ORDERS = (2, 1, 0, 3, 0.5, 1.5, -1, inf, -inf)
LINES = ("fro", 1, -1, inf, -inf)
SINGULAR = ("nuc", 2, -2)
DOUBLE = ("float64", "complex128")
WIDE = ("float64", "float32", "complex128", "complex64")
LONG = ((70,), (300,))
MATRICES = ((2, 3), (3, 2), (1, 1), (3, 3), (2, 3, 4), (0, 3), (1, 2, 3, 2))
# torch forms |x|^(p-1) in float16: parity_tests/differences.py
NO_HALF = ("float64", "float32", "bfloat16", *COMPLEX)


def dtypes_for(order: Any) -> Sequence[str]:
    """Those of a norm of `order`."""
    far = not isinstance(order, str) and order not in (0, 1, 2, inf, -inf)
    return NO_HALF if far else (*FLOATS, *COMPLEX)


def pools_for(order: Any) -> Sequence[Sequence[float]]:
    """The numbers of an array whose norm of `order` has a second derivative to compare."""
    return SHORT if order == 3 else POOLS


def norm(draw: Draw) -> Arguments:
    p = chosen(draw, ("fro", *ORDERS))
    x = array(draw, dtypes_for(p), pools=pools_for(p))
    return [x, p], some_dims(draw, x.ndim) | flags(draw, **KEEPDIM)


def vector_norm(draw: Draw) -> Arguments:
    order = chosen(draw, ORDERS)
    x = array(draw, dtypes_for(order), pools=pools_for(order))
    return [x, order], some_dims(draw, x.ndim) | flags(draw, **KEEPDIM)


def matrix_norm(draw: Draw) -> Arguments:
    order = chosen(draw, (*LINES, *SINGULAR))
    x = _matrix(draw, order)
    return [x, order], _pair(draw, x.ndim) | flags(draw, **KEEPDIM)


def _matrix(draw: Draw, order: Any) -> Source:
    return _values_of(draw, order, chosen(draw, MATRICES))


def _values_of(draw: Draw, order: Any, shape: tuple[int, ...]) -> Source:
    """An array of matrices, of which the norm of this order is to be taken."""
    if order not in SINGULAR:
        # torch's forward mode contradicts its backward at a complex infinity off the smallest line
        pools = BOUNDED if order in (-1, -inf) else POOLS
        return array(draw, (*FLOATS, *COMPLEX), shape, pools)
    # torch's SVD raises on a nan, which depends on values; where singular values are equal or 0,
    # it leaves the vectors open, and with them the gradient. LAPACK's error is of the size of the
    # largest: of the smallest in float32 it says nothing that one LAPACK's is twice another's
    return normal(draw, DOUBLE if order == -2 else WIDE, shape)


def _pair(draw: Draw, ndim: int) -> dict[str, Any]:
    if chosen(draw, (True, False)):
        return {}
    return {"dim": (one_dim(draw, ndim), one_dim(draw, ndim))}


def linalg_norm(draw: Draw) -> Arguments:
    if flag(draw):
        order = chosen(draw, ("fro", *SINGULAR))
        x = _matrix(draw, order)
    else:
        order = chosen(draw, (None, *ORDERS))
        shape = mostly(draw, [s for s in SHAPES if len(s) != 2], LONG)
        x = array(draw, dtypes_for(order), shape, pools_for(order))
    where = some_dims(draw, x.ndim)
    if isinstance(where.get("dim"), tuple) and len(where["dim"]) == 2:  # a matrix's
        x = _values_of(draw, order, x.shape)
    return [x, order], where | flags(draw, **KEEPDIM)


def dist(draw: Draw) -> Arguments:
    p = chosen(draw, ORDERS)
    return pair(draw, p, pools_for(p)), {"p": p}


def pair(draw: Draw, p: float, pools: Sequence[Sequence[float]]) -> list[Source]:
    """Two arrays whose difference has a norm of order `p`."""
    x = array(draw, dtypes_for(p), pools=pools)
    # a gradient to what was broadcast is a sum, here of equal terms: in torch's order it may be
    # exact, and in another not
    shape = x.shape if p in (1, inf, -inf) else broadcastable(draw, x.shape)
    return [x, array(draw, (x.dtype,), shape, pools)]


def renorm(draw: Draw) -> Arguments:
    p = chosen(draw, (2, 1, 3, 1.5, 0.5, inf))
    # the length of a slice of one element is all but constant: what is left of it is rounding
    shapes = ([s for s in group if len(s) != 2 or 1 not in s] for group in (MATRICES, SHAPES))
    x = array(draw, dtypes_for(p), mostly(draw, *shapes))
    return [x, p, one_dim(draw, x.ndim), chosen(draw, (1.0, 0.5, 0, 3, 100.0))], {}


STRATEGIES = {
    ("norms", "norm"): norm,
    ("norms", "dist"): dist,
    ("norms", "renorm"): renorm,
    ("linalg", "vector_norm"): vector_norm,
    ("linalg", "matrix_norm"): matrix_norm,
    ("linalg", "norm"): linalg_norm,
}
