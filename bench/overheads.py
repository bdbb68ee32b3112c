"""What jaxchan costs before any arithmetic: a small call, and the import."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxchan
import jaxchan.nn.functional as F
from jaxchan import channels, losses

from .timing import Cell, measure

IDENTITY = "identity"
SHAPE = (1, 16, 16)
SMALL: dict[str, Callable[[jax.Array], Any]] = {
    "sum": lambda x: jaxchan.sum(x, dim=1),
    "var": lambda x: jaxchan.var(x, dim=1),
    "amax": lambda x: jaxchan.amax(x, dim=1),
    "abs": jaxchan.abs,
    "clamp": lambda x: jaxchan.clamp(x, 0.0, 1.0),
    "softmax": lambda x: F.softmax(x, dim=1),
    "relu": F.relu,
    "mse_loss": lambda x: F.mse_loss(x, x),
    "merge_by_norm": lambda x: channels.merge_by_norm(x, x),
    "dice_loss": lambda x: losses.dice_loss(x, x),
}
IMPORT = """
import time, jax
start = time.perf_counter()
import jaxchan
print(time.perf_counter() - start)
"""


@dataclass
class Overheads:
    """Calls on 16x16 by op, the identity included; seconds that the import adds to jax's."""

    calls: dict[str, Cell]
    imports: list[float]

    def over_identity(self) -> dict[str, float]:
        """How many times as long as the identity each call takes."""
        identity = self.calls[IDENTITY].median
        return {op: cell.median / identity for op, cell in self.calls.items() if op != IDENTITY}


def measure_all(rounds: int, seconds: float) -> Overheads:
    """The calls by turns, then the imports, each in a fresh interpreter."""
    x = jnp.asarray(np.random.default_rng(0).uniform(0.1, 0.9, SHAPE), jnp.float32)
    identity = jax.jit(lambda x: x)

    def on_x(op: Callable[[jax.Array], Any]) -> Callable[[], Any]:
        return lambda: jax.block_until_ready(op(x))

    named = {name: on_x(op) for name, op in {IDENTITY: identity, **SMALL}.items()}
    for call in named.values():
        call()
    import_time()  # which leaves the bytecode that an installed package has
    return Overheads(measure(named, rounds, seconds), [import_time() for _ in range(rounds)])


def import_time() -> float:
    """Seconds that `import jaxchan` takes where jax is imported already."""
    command = [sys.executable, "-c", IMPORT]
    env = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return float(run.stdout)
