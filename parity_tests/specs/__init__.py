"""The specs, by family. A family has the same stem in `jaxchan`, `torchref` and here."""

from .._spec import Op
from . import (
    channels,
    cumulative,
    elementwise,
    extrema,
    indexing,
    linalg,
    losses,
    norms,
    order,
    reductions,
    rewrite,
    shape,
    sort,
    statistics,
    unique,
)
from .nn.functional import conv, distance, norm, softmax

FAMILIES = {
    "reductions": reductions,
    "extrema": extrema,
    "statistics": statistics,
    "norms": norms,
    "linalg": linalg,
    "order": order,
    "unique": unique,
    "cumulative": cumulative,
    "shape": shape,
    "sort": sort,
    "indexing": indexing,
    "elementwise": elementwise,
    "nn.functional.conv": conv,
    "nn.functional.distance": distance,
    "nn.functional.norm": norm,
    "nn.functional.softmax": softmax,
    "channels": channels,
    "losses": losses,
    "rewrite": rewrite,
}
OPS = {
    (family, name): value
    for family, module in FAMILIES.items()
    for name, value in vars(module).items()
    if isinstance(value, Op)
}
