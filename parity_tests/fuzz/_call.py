"""One drawn call of an op: the question about it, and a script that asks it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import torch

from jaxchan.parity import Comparison, Finding

from .. import _suite
from .._environment import XLA_FLAGS
from ..specs import OPS
from ._draws import Arguments, Source

SETTING = (
    "import os, jax, torch, jaxchan, jaxchan.nn.functional, numpy as np, jax.numpy as jnp",
    "from numpy import inf, nan",
    "from jaxchan.parity import Comparison, check_all",
    f'os.environ.setdefault("XLA_FLAGS", "{XLA_FLAGS}")',
    'jax.config.update("jax_enable_x64", True)',
    'jax.config.update("jax_numpy_dtype_promotion", "strict")',
    'jax.config.update("jax_numpy_rank_promotion", "raise")',
)
TORCH = {
    "torch": torch,
    "torch.linalg": torch.linalg,
    "torch.nn.functional": torch.nn.functional,
    "torch.Tensor": torch.Tensor,
}
Show = Callable[[Source | np.dtype], str]


@dataclass(frozen=True)
class Drawn:
    """A call with drawn arguments, in which `Source`s stand for arrays."""

    family: str
    name: str
    arguments: Arguments

    def __str__(self) -> str:
        return f"{self.name}({_call(self.arguments, _made)})"

    def comparison(self, order: int = 2) -> Comparison:
        """The question, with derivatives up to `order` if the op has any."""
        spec = OPS[self.family, self.name]
        args, kwargs = jax.tree.map(
            lambda v: v.value() if isinstance(v, Source) else v,
            self.arguments,
            is_leaf=lambda v: v is None,
        )
        return Comparison(
            _suite.jax_function(self.family, self.name),
            _suite.torch_function(self.family, self.name),
            args,
            kwargs,
            name=str(self),
            order=order if spec.grad else 0,
            terms=spec.terms,
            indices=spec.indices,
        )

    def script(self, finding: Finding) -> str:
        """Two lines of Python: imports and arrays; both calls, unless one raises, and the verdict.

        To be run where jaxchan is installed.
        """
        ours, theirs = self._paths()
        names = dict(zip(dict.fromkeys(self.sources()), "xyzuvw", strict=False))
        made = [f"{name} = {source.text}" for source, name in names.items()]
        shown = [
            f"{theirs}({_call(self.arguments, lambda v: _for_torch(v, names))})",
            f"{ours}({_call(self.arguments, lambda v: _for_jax(v, names))})",
        ]
        if finding.property == "errors" or "raised" in finding.detail:
            shown = []
        asked, spec = self.comparison(), OPS[self.family, self.name]
        args, kwargs = (_text(part, lambda v: _named(v, names)) for part in self.arguments)
        options = f"order={asked.order}, terms={asked.terms!r}, indices={asked.indices!r}"
        question = f"Comparison({ours}, {theirs}, {args}, {kwargs}, {options})"
        shown.append(f"*check_all([{question}], jit={spec.jit})")
        return f'{"; ".join([*SETTING, *made])}\nprint({", ".join(shown)}, sep="\\n")'

    def sources(self) -> list[Source]:
        return [v for v in jax.tree.leaves(self.arguments) if isinstance(v, Source)]

    def _paths(self) -> tuple[str, str]:
        """Where jaxchan's function is, and torch's."""
        theirs = _suite.torch_function(self.family, self.name)
        where = next(path for path, m in TORCH.items() if getattr(m, self.name, None) is theirs)
        return f"{_suite.public_path(self.family)}.{self.name}", f"{where}.{self.name}"


def _call(arguments: Arguments, show: Show) -> str:
    args, kwargs = arguments
    return ", ".join(
        [_text(v, show) for v in args] + [f"{k}={_text(v, show)}" for k, v in kwargs.items()]
    )


def _text(value: Any, show: Show) -> str:
    if isinstance(value, Source | np.dtype):
        return show(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{k!r}: {_text(v, show)}' for k, v in value.items())}}}"
    if isinstance(value, tuple | list):
        inner = ", ".join(_text(v, show) for v in value)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _made(value: Source | np.dtype) -> str:
    return value.text if isinstance(value, Source) else f"np.dtype({value.name!r})"


def _named(value: Source | np.dtype, names: dict[Source, str]) -> str:
    return names[value] if isinstance(value, Source) else _made(value)


def _for_jax(value: Source | np.dtype, names: dict[Source, str]) -> str:
    return f"jnp.asarray({names[value]})" if isinstance(value, Source) else _made(value)


def _for_torch(value: Source | np.dtype, names: dict[Source, str]) -> str:
    if not isinstance(value, Source):
        return f"torch.{value.name}"
    if value.dtype == "bfloat16":  # numpy's bfloat16 is unknown to torch; its bits are not
        return f"torch.from_numpy({names[value]}.view(np.int16)).view(torch.bfloat16)"
    return f"torch.from_numpy({names[value]})"
