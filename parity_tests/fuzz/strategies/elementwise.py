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
    array,
    broadcastable,
    chosen,
    flag,
    inf,
    nan,
    rarely,
)

NUMBERS = (0, 1, -1, 2.5, 0.5, nan, inf, -inf)


def pair(draw: Draw) -> Arguments:
    x = array(draw, REAL)
    dtypes = REAL if rarely(draw) else (x.dtype,)
    return [x, array(draw, dtypes, broadcastable(draw, x.shape))], {}


def where(draw: Draw) -> Arguments:
    condition = array(draw, ("bool",))
    return [condition, *(_other(draw, EVERY, condition.shape, (0, 1, 2.5, True)) for _ in "ab")], {}


def _other(draw: Draw, dtypes: Sequence[str], shape: tuple[int, ...], numbers: Sequence) -> Any:
    """A number, or an array that broadcasts with `shape`."""
    return chosen(draw, numbers) if flag(draw) else array(draw, dtypes, broadcastable(draw, shape))


def clamp(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *INTS))
    if flag(draw):
        bounds = [chosen(draw, (None, *NUMBERS)) for _ in "ab"]
    else:
        bounds = [
            None if rarely(draw) else array(draw, (x.dtype,), broadcastable(draw, x.shape))
            for _ in "ab"
        ]
    return [x, *bounds], {}


def lerp(draw: Draw) -> Arguments:
    x = array(draw, (*FLOATS, *COMPLEX))
    end = array(draw, (x.dtype,), broadcastable(draw, x.shape))
    weight = _other(draw, (x.dtype,), x.shape, (0, 1, 0.5, 0.3, 0.7, -0.3, 2.5))
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
