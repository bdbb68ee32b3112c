"""What a run found, as JSON; the table and the page show the same, read from it or from the run."""

import datetime
import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from parity_tests._report import write_atomically

from .causes import CAUSES
from .overheads import Overheads
from .row import Row, badness, lost, quickest, ratio
from .scaling import COPY, Curve
from .timing import Cell, geometric_mean

ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")
PACKAGES = ("jax", "jaxlib", "torch", "numpy", "optax", "kornia", "monai")


@dataclass
class Result:
    """A run."""

    metadata: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    overheads: Overheads | None = None

    @property
    def worst_first(self) -> list[Row]:
        return sorted(self.rows, key=badness)

    @property
    def lost(self) -> list[Row]:
        return [row for row in self.worst_first if lost(row)]

    @property
    def unexplained(self) -> list[Row]:
        """The rows that are lost for no stated cause."""
        return [row for row in self.lost if row.name not in CAUSES]

    @property
    def groups(self) -> dict[str, list[Row]]:
        """The rows of which a mean is taken: those of one direction and dtype."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(f"{row.direction}, {row.dtype}", []).append(row)
        return found


def mean_of(rows: list[Row], who: str | None = None) -> str:
    """The geometric mean of the ratios to a peer, or to the best of each row, and their number."""
    values = [ratio(row, quickest(row) if who is None else who) for row in rows]
    known = [value for value in values if value is not None]
    return f"{geometric_mean(known):.2f} ({len(known)})" if known else "-"


def limits(result: Result) -> list[tuple[str, float, float]]:
    """What is limited beside the ratios, its value and its limit."""
    found = [
        (f"{curve.name} by size: most over least time an element", curve.spread, 1.5)
        for curve in result.curves
        if curve.name != COPY
    ]
    if result.overheads is not None:
        eager = result.overheads.over_identity().items()
        found += [
            (f"eager {op} of 16x16, over a jitted identity", value, 2.0) for op, value in eager
        ]
        seconds = statistics.median(result.overheads.imports)
        found.append(("seconds that importing jaxchan adds to importing jax", seconds, 0.15))
    compiling = [row.compiling for row in result.rows if row.compiling is not None]
    if compiling:
        middle = statistics.median(compiling)
        found.append(("compile time over plain JAX's, median over the rows", middle, 1.5))
    return found


def metadata(threads: int, rounds: int) -> dict[str, Any]:
    """What one must know to measure the same again."""
    return {
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load": list(os.getloadavg()),
        "rounds": rounds,
        "allocator": {k: v for k, v in os.environ.items() if k.startswith(ALLOCATOR)},
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def commit() -> str:
    """The commit of the code that runs, with -dirty if it was changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def cpu() -> str:
    """The processor's name, where the system gives it."""
    info = Path("/proc/cpuinfo")
    names = [s for s in info.read_text().splitlines() if "model name" in s] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()


def write(result: Result, path: Path) -> None:
    """The metadata, each row with each timing, and the ratios."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = asdict(result)
    for row, written in zip(result.rows, document["rows"], strict=True):
        peers = [who for who in row.cells if who != "jaxchan"]
        written["ratios"] = {who: ratio(row, who) for who in peers}
        written["best_peer"] = ratio(row, quickest(row))
    document["unexplained"] = [row.name for row in result.unexplained]
    write_atomically(path, json.dumps(document, indent=1) + "\n")


def read(path: Path) -> Result:
    """What `write` wrote, less what follows from the times."""
    document = json.loads(path.read_text())
    derived = ("ratios", "best_peer")
    rows = [
        Row(**{k: v for k, v in one.items() if k not in derived} | {"cells": _cells(one["cells"])})
        for one in document["rows"]
    ]
    curves = [
        Curve(**one | {"cells": [Cell(**cell) for cell in one["cells"]]})
        for one in document["curves"]
    ]
    found = document["overheads"]
    overheads = found and Overheads(_cells(found["calls"]), found["imports"])
    return Result(document["metadata"], rows, curves, overheads)


def _cells(written: dict[str, Any]) -> dict[str, Cell]:
    return {who: Cell(**cell) for who, cell in written.items()}
