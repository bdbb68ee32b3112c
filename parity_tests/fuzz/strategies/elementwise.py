"""Element by element, with broadcasting and promotion."""

from collections.abc import Sequence
from typing import Any

from .._draws import (
    COMPLEX,
    EVERY,
    FLOATS,
    INTS,
    REAL,
    Arguments,
    Draw,
    Source,
    array,
    broadcastable,
    chosen,
    flag,
    inf,
    mostly,
    nan,
    rarely,
)
from .reductions import FINITE


def pair(draw: Draw) -> Arguments:
    x = array(draw, REAL)
    dtypes = REAL if rarely(draw) else (x.dtype,)
    return [x, array(draw, dtypes, broadcastable(draw, x.shape))], {}


def where(draw: Draw) -> Arguments:
    condition = array(draw, ("bool",))
    x = _number_or_array(draw, condition.shape)
    dtype = x.dtype if isinstance(x, Source) else ""
    # of float16 and complex torch makes complex numbers of 32 bits, which JAX does not have
    apart = COMPLEX if dtype == "float16" else ("float16",) if dtype in COMPLEX else ()
    dtypes = [d for d in EVERY if d not in apart]
    return [condition, x, _number_or_array(draw, condition.shape, dtypes)], {}


def _number_or_array(draw: Draw, shape: tuple[int, ...], dtypes: Sequence[str] = EVERY) -> Any:
    number = chosen(draw, (0, 1, 2.5, True))
    other = array(draw, dtypes, broadcastable(draw, shape), strange=dtypes)
    return number if flag(draw) else other


def clamp(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *INTS))
    if flag(draw):
        bounds = [mostly(draw, (0, None, 1, -1, 2.5, 0.5), (nan, inf, -inf)) for _ in "ab"]
    else:
        bounds = [
            None if rarely(draw) else array(draw, (x.dtype,), broadcastable(draw, x.shape))
            for _ in "ab"
        ]
    return [x, *bounds], {}


def lerp(draw: Draw) -> Arguments:
    # torch's forward mode contradicts its backward at an infinite weight, and its subtraction of
    # complex infinities, which multiplies by -1 + 0i, gives nan
    x = array(draw, (*FLOATS, *COMPLEX), pools=FINITE)
    end = array(draw, (x.dtype,), broadcastable(draw, x.shape), FINITE)
    weight = chosen(draw, (0, 1, 0.5, 0.3, 0.7, -0.3, 2.5))
    if flag(draw):
        # of a 0-d weight in fewer bits torch forms 1 - weight in those
        shape = broadcastable(draw, x.shape)
        weight = array(draw, (x.dtype,), shape, FINITE, strange=(x.dtype,))
    return [x, end, weight], {}


def magnitude(draw: Draw) -> Arguments:
    return [array(draw, (*FLOATS, *INTS, *COMPLEX))], {}


STRATEGIES = {
    ("elementwise", "where"): where,
    ("elementwise", "clamp"): clamp,
    ("elementwise", "maximum"): pair,
    ("elementwise", "minimum"): pair,
    ("elementwise", "fmax"): pair,
    ("elementwise", "fmin"): pair,
    ("elementwise", "lerp"): lerp,
    ("elementwise", "abs"): magnitude,
}
