"""Running sums, products and extrema."""

from collections.abc import Sequence
from functools import partial

from .._draws import EVERY, REAL, Arguments, Draw, array, flags, one_dim
from .reductions import DTYPES


def along(draw: Draw, dtypes: Sequence[str] = REAL, options: Sequence = ()) -> Arguments:
    x = array(draw, dtypes)
    return [x, one_dim(draw, x.ndim)], flags(draw, dtype=options)


STRATEGIES = {
    ("cumulative", "cumsum"): partial(along, dtypes=EVERY, options=DTYPES),
    ("cumulative", "cumprod"): partial(along, dtypes=EVERY, options=DTYPES),
    ("cumulative", "cummax"): along,
    ("cumulative", "cummin"): along,
}
