"""Running sums, products and extrema."""

from .._draws import COMPLEX, REAL, Arguments, Draw, array, flag, flags, one_dim
from .reductions import DTYPES, FACTORS, FINITE, PRODUCTS, pools_for

# torch's second derivative divides, so that large terms cancel: in float64, of numbers that are not
# too far apart, what is left is more than rounding
ALIKE = tuple(pool for pool in PRODUCTS if 2.0**-10 not in pool)


def running_sum(draw: Draw) -> Arguments:
    given = flags(draw, dtype=DTYPES)
    x = array(draw, pools=pools_for(given))
    return [x, one_dim(draw, x.ndim)], given


def running_product(draw: Draw) -> Arguments:
    given = flags(draw, dtype=DTYPES[1:])
    if not given and flag(draw):
        # torch multiplies the first by 1 + 0i, where a nan of one part spreads to the other
        x = array(draw, COMPLEX, pools=FINITE, strange=FACTORS)
    else:
        x = array(draw, FACTORS, pools=pools_for(given, ALIKE), strange=FACTORS)
    return [x, one_dim(draw, x.ndim)], given


def running_extremum(draw: Draw) -> Arguments:
    x = array(draw, REAL)
    dim = one_dim(draw, x.ndim)
    # torch does not look at the dim of an input without elements
    return [x, 0 if 0 in x.shape else dim], {}


STRATEGIES = {
    ("cumulative", "cumsum"): running_sum,
    ("cumulative", "cumprod"): running_product,
    ("cumulative", "cummax"): running_extremum,
    ("cumulative", "cummin"): running_extremum,
}
