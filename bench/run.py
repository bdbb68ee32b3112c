"""A run: for each op forward and gradient, check that all compute the same, then time them."""

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import torch
from rich.console import Console
from rich.progress import Progress

from parity_tests._spec import Op

from . import calls, report
from .check import disagreement, host
from .names import public
from .timing import Cell, clock, measure

DIRECTIONS = ("forward", "gradient")
BUSY = 0.5  # load average before the run
WIDTH = 150  # of the table where there is no terminal to fit


@dataclass
class Row:
    """One op in one direction: a cell for each competitor."""

    op: str
    direction: str
    shapes: str
    cells: dict[str, Cell] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failed: bool = False


def first_calls(competitors: dict[str, calls.Call]) -> tuple[dict[str, list[Any]], dict[str, Cell]]:
    """Each competitor's results, and its cell: the time of the first call, or why it failed."""
    results: dict[str, list[Any]] = {}
    cells: dict[str, Cell] = {}
    for who, call in competitors.items():
        try:
            seconds = clock(lambda who=who, call=call: results.update({who: call()}))
            cells[who] = Cell(compile=seconds)
        except Exception as error:  # whatever it is, the table must say so
            text = str(error).strip().partition("\n")[0]
            cells[who] = Cell(error=f"{type(error).__name__}: {text}")
    return results, cells


def competitors(
    functions: dict[str, Callable[..., Any]], spec: Op, tree: calls.Tree, pulled: Any
) -> dict[str, calls.Call]:
    """The four calls that a row times, JAX and torch by turns.

    Then both JAX competitors also follow torch from one round to the next; when only one did,
    it measured 3 % slower than the same program under the other name.
    """
    return {
        "jaxchan": calls.jax_call(functions["jaxchan"], tree, pulled, spec.jit),
        "torch": calls.torch_call(functions["torch"], tree, pulled),
        "naive": calls.jax_call(functions["naive"], tree, pulled, spec.jit),
        "torch.compile": calls.torch_call(torch.compile(functions["torch"]), tree, pulled),
    }


def time_row(key: tuple[str, str], spec: Op, direction: str, rounds: int, seconds: float) -> Row:
    """One row of the table."""
    assert spec.bench is not None, "only ops with a bench case are selected"
    row = Row(public(*key), direction, str(spec.bench))
    functions = {who: getattr(module, key[1]) for who, module in calls.modules(key[0]).items()}
    tree = calls.arguments(spec.bench, "float32")
    forward = calls.torch_call(functions["torch"], tree, None)
    pulled = calls.cotangents(forward()) if direction == "gradient" else None
    torch.compiler.reset()
    jax.clear_caches()  # else a part of the op would already be compiled
    named = competitors(functions, spec, tree, pulled)
    exact = calls.torch_call(functions["torch"], calls.doubled(tree), pulled)
    warm_up(row, named, exact, max(array.size for array in calls.arrays(tree)))
    if not spec.jit:
        row.notes.append("the shape depends on the data: JAX runs eagerly, torch.compile in pieces")
    clocked = measure({w: named[w] for w, c in row.cells.items() if not c.error}, rounds, seconds)
    for who, cell in clocked.items():
        cell.compile = max(0.0, row.cells[who].compile - cell.median)
    row.cells |= clocked
    return row


def warm_up(row: Row, named: dict[str, calls.Call], exact: calls.Call, size: int) -> None:
    """Call each once; a competitor that fails or differs from torch is noted, and not timed."""
    results, row.cells = first_calls(named)
    row.notes += [f"{who}: {cell.error}" for who, cell in row.cells.items() if cell.error]
    single, true = host(results["torch"]), host(exact())
    for who, result in results.items():
        if wrong := disagreement(host(result), single, true, size):
            row.cells[who].error = "differs"
            row.notes.append(f"{who} differs from torch: {wrong}")
            row.failed = True
    row.failed = row.failed or bool(row.cells["jaxchan"].error)


def run(
    chosen: dict[tuple[str, str], Op], threads: int, rounds: int, seconds: float, path: Path
) -> int:
    """Time the chosen ops, print the table, write the JSON; 1 if a row failed."""
    if lacking := calls.missing():
        raise SystemExit(f"no such function, but a spec with a bench case: {', '.join(lacking)}")
    torch.set_num_threads(threads)
    metadata = report.metadata(threads, rounds)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    rows = []
    todo = [(k, s, d) for k, s in chosen.items() for d in DIRECTIONS[: 1 + bool(s.grad)]]
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(todo))
        for key, spec, direction in todo:
            progress.update(bar, description=f"{public(*key)} {direction}")
            rows.append(time_row(key, spec, direction, rounds, seconds))
            progress.advance(bar)
            gc.collect()
    report.show(rows, console)
    report.write(rows, metadata, path)
    if metadata["load"][0] > BUSY:
        console.print("The machine was busy, which slows torch most: not figures to publish.")
    load = f"load average {metadata['load'][0]:.1f} before, {os.getloadavg()[0]:.1f} after"
    console.print(f"{threads} of {metadata['cores']} CPUs, {load}; written: {path}")
    return int(any(row.failed for row in rows))
