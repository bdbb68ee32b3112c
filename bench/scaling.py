"""How an op's time grows with its input, beside the memory's bandwidth in the same run."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import jaxchan
from jaxchan import channels, losses

from .timing import Cell, measure

SIZES = (10**5, 10**6, 10**7, 10**8)
COPY = "copy"
# an op, the arrays of n elements that it takes, and how many it moves through memory at the least
OPS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "sum": (lambda x: jaxchan.sum(x, dim=1), 1, 1),
    "var": (lambda x: jaxchan.var(x, dim=1), 1, 1),
    "amax": (lambda x: jaxchan.amax(x, dim=1), 1, 1),
    "logsumexp": (lambda x: jaxchan.logsumexp(x, dim=1), 1, 1),
    "median": (lambda x: jaxchan.median(x, dim=1), 1, 1),
    "topk": (lambda x: jaxchan.topk(x, 5, dim=1), 1, 1),
    "merge_by_norm": (lambda x, y: channels.merge_by_norm(_images(x), _images(y)), 2, 3),
    "mse_loss": (lambda x, y: jaxchan.nn.functional.mse_loss(x, y), 2, 2),
    "sigmoid_focal_loss": (lambda x, y: losses.sigmoid_focal_loss(x, y, reduction="mean"), 2, 2),
    "dice_loss": (losses.dice_loss, 2, 2),
}
ROW = 1000  # elements of a line; all sizes are multiples
SECONDS = 4  # times a row's seconds for all the ops of one size


@dataclass
class Curve:
    """An op's times by size; `moved` is in bytes an element."""

    name: str
    moved: int
    sizes: list[int]
    cells: list[Cell]

    @property
    def per_element(self) -> list[float]:
        """Seconds."""
        return [cell.median / size for cell, size in zip(self.cells, self.sizes, strict=True)]

    @property
    def spread(self) -> float:
        """How far from linear the growth is: 1.0 is linear."""
        return max(self.per_element) / min(self.per_element)

    @property
    def speed(self) -> float:
        """Bytes a second at the largest size."""
        return self.moved / self.per_element[-1]


def bandwidth(curves: list[Curve]) -> float:
    """Bytes a second of a copy at the largest size."""
    return next(curve.speed for curve in curves if curve.name == COPY)


def named(size: int) -> str:
    """10^5 for 100000."""
    return f"10^{round(math.log10(size))}"


def measure_all(rounds: int, seconds: float, sizes: tuple[int, ...] = SIZES) -> list[Curve]:
    """A curve for each op and for the copy; those of one size are timed by turns."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal(max(sizes), np.float32)
    labels = (rng.random(max(sizes), np.float32) < 0.5).astype(np.float32)
    curves = [Curve(name, 4 * moved, list(sizes), []) for name, (_, _, moved) in OPS.items()]
    curves.append(Curve(COPY, 8, list(sizes), []))
    for size in sizes:
        inputs = [a[:size].reshape(-1, ROW) for a in (numbers, labels)]
        cells = measure(_calls(inputs), rounds, SECONDS * seconds)
        for curve in curves:
            curve.cells.append(cells[curve.name])
        jax.clear_caches()
    return curves


def _calls(inputs: list[np.ndarray]) -> dict[str, Callable[[], Any]]:
    arrays = [jnp.asarray(array) for array in inputs]
    source = torch.from_numpy(inputs[0])
    target = torch.empty_like(source)
    named = {name: _call(op, arrays[:count]) for name, (op, count, _) in OPS.items()}
    for call in named.values():
        call()  # compiles
    return named | {COPY: lambda: target.copy_(source)}


def _call(op: Callable[..., Any], arrays: list[jax.Array]) -> Callable[[], Any]:
    run = jax.jit(op)
    return lambda: jax.block_until_ready(run(*arrays))


def _images(x: jax.Array) -> jax.Array:
    return x.reshape(1, -1, 25, 40)
