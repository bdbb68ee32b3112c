"""Compare jaxchan with torch on calls that Hypothesis draws: `python -m parity_tests fuzz`."""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from jaxchan.parity import Finding

from .._environment import prepare
from .._jobs import _prepare as prepare_worker
from . import _run
from ._call import Drawn
from ._run import KINDS, Part, Tally
from .strategies import GROUPS

TABLE_WIDTH = 120  # where the output is not a terminal

app = typer.Typer(add_completion=False)


@app.command()
def main(
    family: Annotated[str, typer.Option(help=f"{', '.join(GROUPS)}, an op, or all.")] = "all",
    cases: Annotated[int, typer.Option(min=1, help="Calls, spread over the ops.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed draws the same calls.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
) -> None:
    """Compare jaxchan with torch on drawn calls.

    Exit code: 0 if all holds, 1 if not, 2 for a wrong call. A mismatch is printed as a script.
    """
    keys = select(family)
    prepare()
    console = Console()
    if not console.is_terminal:
        console.width = TABLE_WIDTH
    tally = collect(_run.batches(keys, cases, seed), jobs, console)
    console.print(table(tally))
    raise typer.Exit(1 if tally.failures else 0)


def select(family: str) -> list[_run.Key]:
    """The ops of a group, of a family, or the one that is named."""
    keys = [
        key
        for group, strategies in GROUPS.items()
        for key in strategies
        if family in ("all", group, *key, ".".join(key))
    ]
    if not keys:
        raise typer.BadParameter(f"{family} is none of {', '.join(GROUPS)}, and no op")
    return keys


def collect(batches: Sequence[list[Part]], jobs: int, console: Console) -> Tally:
    """Judge the batches in `jobs` processes, and print the smallest call of each mismatch."""
    tally = Tally()
    columns = [*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn()]
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), prepare_worker)
    with pool, Progress(*columns, console=console) as progress:
        judged = progress.add_task("comparing", total=sum(p.count for b in batches for p in b))
        for batch, part in zip(batches, pool.map(_run.examine, batches), strict=True):
            tally.add(part)
            progress.update(judged, advance=sum(p.count for p in batch))
        failures = _run.firsts(tally.failures)
        shrunk = progress.add_task("shrinking", total=len(failures), visible=bool(failures))
        for failure, small in zip(failures, pool.map(_run.smallest, failures), strict=True):
            tell(console, sum(f.kind == failure.kind for f in tally.failures), *small)
            progress.update(shrunk, advance=1)
    return tally


def tell(console: Console, count: int, call: Drawn, finding: Finding) -> None:
    """Print the call as a script, under what is wrong with it."""
    where = f"{finding.dtype} {finding.where}".strip()
    detail = (finding.detail.splitlines() or [""])[-1]
    text = f"""\
# {call.name}: {finding.property} fails in {count} calls; the smallest: {where}
# {detail}
{call.script(finding)}
"""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def table(tally: Tally) -> Table:
    """One row an op."""
    rows = Table("op", "cases", *KINDS)
    for (_, name), counts in tally.counts.items():
        rows.add_row(name, str(counts.total()), *(str(counts[kind] or "") for kind in KINDS))
    total = sum(tally.counts.values(), start=Counter())
    rows.add_section()
    rows.add_row("all", str(total.total()), *(str(total[kind] or "") for kind in KINDS))
    return rows


if __name__ == "__main__":
    app(prog_name="python -m parity_tests fuzz")
