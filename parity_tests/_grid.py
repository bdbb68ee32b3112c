"""What a grid is; `grids.py` has them all."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ._spec import Case


@dataclass(frozen=True)
class Grid:
    """An op, a call from one value of each parameter, and the values."""

    family: str
    name: str
    call: Callable[..., Case]
    parameters: dict[str, tuple[Any, ...]]

    def __len__(self) -> int:
        return len(list(self.cases()))

    def cases(self) -> Iterator[Case]:
        for chosen in itertools.product(*self.parameters.values()):
            yield self.call(**dict(zip(self.parameters, chosen, strict=True)))
