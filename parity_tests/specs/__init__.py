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
    attention,
    binary_cross_entropy,
    conv,
    conv_transpose,
    cross_entropy,
    distance,
    dropout,
    embedding,
    fold,
    linear,
    loss,
    margin_loss,
    pad,
    piecewise,
    shuffle,
    softmax,
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
    "nn.functional.distance": distance,
    "nn.functional.softmax": softmax,
    "nn.functional.piecewise": piecewise,
    "nn.functional.activation": activation,
    "nn.functional.shuffle": shuffle,
    "nn.functional.pad": pad,
    "nn.functional.dropout": dropout,
    "nn.functional.linear": linear,
    "nn.functional.embedding": embedding,
    "nn.functional.attention": attention,
    "nn.functional.loss": loss,
    "nn.functional.margin_loss": margin_loss,
    "nn.functional.cross_entropy": cross_entropy,
    "nn.functional.binary_cross_entropy": binary_cross_entropy,
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
