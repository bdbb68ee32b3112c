"""The clock: who runs when, how often, and what may be said of the times."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHORTEST = 2e-3  # a timing is at least this long, in seconds
LONG = 50e-3  # from here on a call does not feel who ran before it


@dataclass
class Cell:
    """One competitor in one row: seconds a call, by round, or the reason why there are none."""

    times: list[float] = field(default_factory=list)
    compile: float = 0.0
    error: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.percentile(self.times, [25, 75])
        return float(low), float(high)


def order(names: Sequence[str], turn: int) -> list[str]:
    """The names in the order of round `turn`.

    A Williams square: over n rounds each of n names takes each place once and follows each other
    name once. For an odd n it takes 2 n rounds, the second n backwards, and each happens twice. A
    plain rotation would let one run always behind the same other, whose threads may still be
    spinning.
    """
    n = len(names)
    zigzag = [(place + 1) // 2 if place % 2 else n - place // 2 for place in range(n)]
    if n % 2 and turn % (2 * n) >= n:
        zigzag.reverse()
    return [names[(place + turn) % n] for place in zigzag]


def clock(call: Callable[[], Any], repeats: int = 1) -> float:
    """Seconds a call, over `repeats` calls."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def measure(calls: dict[str, Callable[[], Any]], rounds: int, seconds: float) -> dict[str, Cell]:
    """Time the calls, interleaved; each has been called once before.

    `seconds` is for the row as a whole. It sets how often a call is repeated within one timing; a
    call that takes longer than its share still runs in each round.
    """
    share = max(SHORTEST, seconds / (rounds * max(len(calls), 1)))
    cells = {name: Cell() for name in calls}
    warm = {name: min(clock(call), clock(call)) for name, call in calls.items()}
    for turn in range(rounds):
        for name in order(list(calls), turn):
            # not timed: torch's threads spin on for milliseconds, at the cost of whoever is next
            if warm[name] < LONG:
                clock(calls[name], math.ceil(SHORTEST / warm[name]))
            cells[name].times.append(clock(calls[name], math.ceil(share / warm[name])))
    return cells


def equal(one: Cell, other: Cell) -> bool:
    """Whether the two ranges from first to third quartile overlap."""
    (low, high), (bottom, top) = one.quartiles, other.quartiles
    return low <= top and bottom <= high


def geometric_mean(ratios: Sequence[float]) -> float:
    return statistics.geometric_mean(ratios)
