"""A run: compile each program, show the figures, compare them with the stored ones."""

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.progress import Progress

from parity_tests._spec import Op

from . import baseline, compiling, report
from .compiling import Figures
from .rows import Row, rows, traced

WIDTH = 150  # of the table where there is no terminal to fit


def measure(row: Row) -> Figures:
    """One row's figures, or a note of why there are none."""
    try:
        return compiling.figures(compiling.texts(*traced(row), row.device))
    except Exception as error:  # whatever it is, the table must say so
        text = f"{type(error).__name__}: {str(error).strip()}".partition("\n")[0]
        if "cudaErrorInvalidDevice" in text:
            text += " (a long sort is CUB's; XLA asks the device how much memory it needs)"
        return Figures(note=f"does not compile: {text}")


def entry(row: Row, figures: Figures) -> dict[str, Any]:
    """A row as it is stored."""
    return {"case": str(row.case), **asdict(figures)}


def run(
    chosen: dict[tuple[str, str], Op], devices: tuple[str, ...], write: bool, path: Path
) -> int:
    """Compile for the devices, print the tables, write the JSON; 1 if a figure got worse."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    todo = list(rows(chosen, devices))
    found: list[tuple[Row, Figures]] = []
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(todo))
        for row in todo:
            progress.update(bar, description=row.name)
            found.append((row, measure(row)))
            progress.advance(bar)
            jax.clear_caches()
            gc.collect()
    report.show(found, console)
    versions = compiling.versions()
    table = {row.name: entry(row, figures) for row, figures in found}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"versions": versions, "rows": table}, indent=1) + "\n")
    verdict = baseline.compare(baseline.load(), versions, table)
    for line in verdict.lines():
        console.print(line, markup=False, highlight=False)
    if write:
        baseline.write(versions, table)
        console.print(f"written: {baseline.STORED}")
    return int(verdict.failed and not write)
