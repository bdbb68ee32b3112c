"""Errors of the core in a peer's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

CORE = re.compile(
    "((sigmoid_focal|softmax_focal|dice|tversky|generalized_dice|quality_focal|varifocal"
    "|distribution_focal|lovasz_hinge|lovasz_softmax)_loss|cross_entropy): "
)


@contextmanager
def words(op: str, **arguments: str) -> Iterator[None]:
    """An error of the core names `op`, and each argument of the core as the peer does."""
    try:
        yield
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        found = CORE.match(str(error))
        if found is None:
            raise
        text = str(error)[found.end() :]
        for name, peers in arguments.items():
            text = re.sub(rf"\b{name}\b", peers, text)
        raise type(error)(f"{op}: {text}") from error
