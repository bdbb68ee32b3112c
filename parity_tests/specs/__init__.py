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
    masked,
    norms,
    order,
    reductions,
    rewrite,
    shape,
    sort,
    statistics,
    unique,
)
from .nn.functional import (
    activation,
    adaptive_pool,
    conv,
    conv_transpose,
    distance,
    dropout,
    embedding,
    fold,
    linear,
    norm,
    pad,
    piecewise,
    pool,
    resample,
    shuffle,
    softmax,
    unpool,
)

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
    "masked": masked,
    "nn.functional.conv": conv,
    "nn.functional.conv_transpose": conv_transpose,
    "nn.functional.fold": fold,
    "nn.functional.pool": pool,
    "nn.functional.adaptive_pool": adaptive_pool,
    "nn.functional.unpool": unpool,
    "nn.functional.distance": distance,
    "nn.functional.norm": norm,
    "nn.functional.softmax": softmax,
    "nn.functional.piecewise": piecewise,
    "nn.functional.activation": activation,
    "nn.functional.shuffle": shuffle,
    "nn.functional.pad": pad,
    "nn.functional.resample": resample,
    "nn.functional.dropout": dropout,
    "nn.functional.linear": linear,
    "nn.functional.embedding": embedding,
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
