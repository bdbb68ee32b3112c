"""A run: for each op forward and gradient, check that all compute the same, then time them."""

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from parity_tests._spec import Op

from . import calls, names, overheads, page, report, scaling, table
from .check import disagreement, host, unnamed
from .row import Row
from .timing import Cell, clock, measure

DIRECTIONS = ("forward", "gradient")
BUSY = 0.5  # load average before the run
WIDTH = 150  # of the table where there is no terminal to fit


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
    key: tuple[str, str], spec: Op, tree: calls.Tree, pulled: calls.Pull | None
) -> dict[str, calls.Call]:
    """The calls that a row times, JAX and torch by turns as far as the common ones go.

    Then both JAX competitors also follow torch from one round to the next; when only one did,
    it measured 3 % slower than the same program under the other name.
    """
    own = {who: getattr(module, key[1]) for who, module in calls.modules(key[0]).items()}

    def in_jax(function: Callable[..., Any]) -> calls.Call:
        return calls.jax_call(function, tree, pulled, spec.jit)

    def in_torch(function: Callable[..., Any]) -> calls.Call:
        return calls.torch_call(function, tree, pulled)

    named = {
        "jaxchan": in_jax(own["jaxchan"]),
        "torch": in_torch(own["torch"]),
        "naive": in_jax(own["naive"]),
        "torch.compile": in_torch(torch.compile(own["torch"])),
    }
    for who, function in calls.libraries(*key).items():
        if who in calls.IN_JAX:
            named[who] = in_jax(function)
        else:
            named[who] = in_torch(function)
            named[f"{who}.compile"] = in_torch(torch.compile(function))
    return named


def time_row(
    key: tuple[str, str], spec: Op, direction: str, dtype: str, rounds: int, seconds: float
) -> Row:
    """One row of the table."""
    assert spec.bench is not None, "only ops with a bench case are selected"
    row = Row(names.public(*key), direction, dtype, str(spec.bench))
    reference = getattr(calls.modules(key[0])["torch"], key[1])
    tree = calls.arguments(spec.bench, dtype)
    results = calls.torch_call(reference, tree, None)()
    pulled = None
    if direction == "gradient":
        pulled = calls.pull(spec.bench, tree, results, dtype)
    torch.compiler.reset()
    jax.clear_caches()  # else a part of the op would already be compiled
    named = competitors(key, spec, tree, pulled)
    exact = calls.torch_call(reference, calls.doubled(tree), pulled)
    slopes = len(pulled.places) if pulled else 0
    # msort returns no indices, but its gradient goes by them
    left_open = spec.indices == "any" or key[1] == "msort"
    meant = partial(unnamed, gradients=slopes) if left_open else list
    size = max(array.size for array in calls.arrays(tree))
    if key[0] == "cumulative":  # an entry has terms, though there are as many as in the input
        size *= calls.arrays(tree)[0].shape[-1]
    warm_up(row, named, exact, meant, size)
    if not spec.jit:
        row.notes.append("the shape depends on the data: JAX runs eagerly, torch.compile in pieces")
    clocked = measure({w: named[w] for w, c in row.cells.items() if not c.error}, rounds, seconds)
    for who, cell in clocked.items():
        cell.compile = max(0.0, row.cells[who].compile - cell.median)
    row.cells |= clocked
    return row


def warm_up(
    row: Row,
    named: dict[str, calls.Call],
    exact: calls.Call,
    meant: Callable[[list[np.ndarray]], list[np.ndarray]],
    size: int,
) -> None:
    """Call each once; a competitor that fails or differs from torch is noted, and not timed.

    meant: reduces results to what has to agree.
    """
    results, row.cells = first_calls(named)
    row.notes += [f"{who}: {cell.error}" for who, cell in row.cells.items() if cell.error]
    single, true = meant(host(results["torch"])), meant(host(exact()))
    for who, result in results.items():
        if wrong := disagreement(meant(host(result)), single, true, size, row.dtype):
            row.cells[who].error = "differs"
            row.notes.append(f"{who} differs from torch: {wrong}")
            row.failed = True
    row.failed = row.failed or bool(row.cells["jaxchan"].error)


def time_rows(
    chosen: dict[tuple[str, str], Op], rounds: int, seconds: float, console: Console
) -> list[Row]:
    """All rows of the chosen ops."""
    todo = [
        (op, (key, one, direction, dtype))
        for key, spec in chosen.items()
        for op, one in names.kinds(*key, spec).items()
        for dtype in names.dtypes(*key)
        for direction in DIRECTIONS[: 1 + bool(spec.grad)]
    ]
    rows = []
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(todo))
        for op, (key, spec, direction, dtype) in todo:
            progress.update(bar, description=f"{op} {direction} {dtype}")
            rows.append(replace(time_row(key, spec, direction, dtype, rounds, seconds), op=op))
            progress.advance(bar)
            gc.collect()
    return rows


def run(
    chosen: dict[tuple[str, str], Op],
    threads: int,
    rounds: int,
    seconds: float,
    path: Path,
    whole: bool = False,
) -> int:
    """Time the chosen ops, print the table, write JSON and page; 1 if a row failed.

    whole: measure also what is not an op's: growth with size, and overheads.
    """
    if lacking := calls.missing():
        raise SystemExit(f"no such function, but a spec with a bench case: {', '.join(lacking)}")
    torch.set_num_threads(threads)
    result = report.Result(report.metadata(threads, rounds))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    result.rows = time_rows(chosen, rounds, seconds, console)
    if whole:
        result.curves = scaling.measure_all(rounds, seconds)
        result.overheads = overheads.measure_all(rounds, seconds)
    result.metadata["load_after"] = list(os.getloadavg())
    table.show(result, console)
    report.write(result, path)
    page.write(result, path.with_suffix(".html"))
    load = [f"{result.metadata[name][0]:.1f}" for name in ("load", "load_after")]
    if result.metadata["load"][0] > BUSY:
        console.print("The machine was busy, which slows torch most: not figures to publish.")
    console.print(
        f"{threads} of {result.metadata['cores']} CPUs, load average {' then '.join(load)}"
    )
    console.print(f"written: {path}, {path.with_suffix('.html')}")
    return int(any(row.failed for row in result.rows))
