"""What a run says: a table for people, JSON for everything else."""

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .timing import Cell, equal, geometric_mean

if TYPE_CHECKING:
    from .run import Row

PEERS = ("torch", "torch.compile", "naive")
ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")
PACKAGES = ("jax", "jaxlib", "torch", "numpy")


def best_peer(row: "Row") -> Cell | None:
    """The quickest of those that we are compared with."""
    cells = [row.cells[who] for who in PEERS if who in row.cells and row.cells[who].times]
    return min(cells, key=lambda cell: cell.median, default=None)


def ratio(row: "Row", peer: Cell | None) -> float | None:
    """How many times our time the peer takes: above 1 we are quicker."""
    ours = row.cells.get("jaxchan")
    if ours is None or peer is None or not ours.times or not peer.times:
        return None
    return peer.median / ours.median


def verdict(row: "Row", peer: Cell | None) -> str:
    """The ratio as a table shows it."""
    if peer is not None and peer.error:
        return peer.error.partition(":")[0]
    value = ratio(row, peer)
    if value is None or peer is None:
        return "-"
    return "equal" if equal(row.cells["jaxchan"], peer) else f"{value:.2f}"


def badness(row: "Row") -> tuple[bool, float]:
    """A sort key: failures, then losses, then the rest."""
    value = ratio(row, best_peer(row))
    return not row.failed, 0.0 if value is None else value


def show(rows: Sequence["Row"], console: Console) -> None:
    """The table with its geometric means, then the notes."""
    table = Table(title="times as long as jaxchan (above 1: jaxchan is quicker)")
    for heading in ("op", "direction", "case"):
        table.add_column(heading, overflow="fold")
    for heading in ("jaxchan ms ± IQR", "best peer", *PEERS, "compile s"):
        table.add_column(heading, justify="right")
    for row in sorted(rows, key=badness):
        table.add_row(*line(row))
    table.add_section()
    for direction in dict.fromkeys(row.direction for row in rows):
        table.add_row(*foot([row for row in rows if row.direction == direction], direction))
    console.print(table)
    for row in rows:
        for note in row.notes:
            console.print(f"{row.op} {row.direction}: {note}", markup=False)


def line(row: "Row") -> list[str]:
    """One row's texts."""
    ours = row.cells["jaxchan"]
    took, compiled = ours.error.partition(":")[0] or "-", "-"
    if ours.times:
        low, high = ours.quartiles
        took = f"{1e3 * ours.median:.3g} ± {1e3 * (high - low):.2g}"
        compiled = f"{ours.compile:.2f}"
    peers = [verdict(row, row.cells.get(who)) for who in PEERS]
    return [row.op, row.direction, row.shapes, took, verdict(row, best_peer(row)), *peers, compiled]


def foot(rows: Sequence["Row"], direction: str) -> list[str]:
    """The geometric means of one direction."""

    def mean(of: Callable[["Row"], Cell | None]) -> str:
        ratios = [value for row in rows if (value := ratio(row, of(row))) is not None]
        return f"{geometric_mean(ratios):.2f} ({len(ratios)})" if ratios else "-"

    peers = [mean(lambda row, who=who: row.cells.get(who)) for who in PEERS]
    return ["geometric mean (rows)", direction, "", "", mean(best_peer), *peers, ""]


def metadata(threads: int, rounds: int) -> dict[str, Any]:
    """What one must know to measure the same again."""
    return {
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load": os.getloadavg(),
        "dtype": "float32",
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


def write(rows: Sequence["Row"], about: dict[str, Any], path: Path) -> None:
    """The metadata, each row with each timing, and the ratios."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = [
        asdict(row)
        | {"best_peer": ratio(row, best_peer(row))}
        | {"ratios": {who: ratio(row, row.cells.get(who)) for who in PEERS}}
        for row in rows
    ]
    about = about | {"load_after": os.getloadavg()}
    path.write_text(json.dumps({"metadata": about, "rows": table}, indent=1) + "\n")
