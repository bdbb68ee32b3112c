"""Compare jaxchan with torch, op by op, and report: `python -m parity_tests [OP ...]`.

The work is spread over processes, one op at a time. With `fuzz` as the first word, the calls are
drawn (`fuzz/`).
"""

import difflib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ._environment import prepare
from ._jobs import NETWORKS, PHOTOS, Key, collect
from ._platforms import Algorithms
from ._report import Outcome, Report, show, write
from ._suite import SHARE, run
from .differences import about
from .specs import OPS

TABLE_WIDTH = 180  # where the output is not a terminal

app = typer.Typer(add_completion=False)


@app.command()
def main(
    ops: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OP]...",
            help="Ops (var, nn.functional.conv2d, channels.merge_by_norm), families (reductions), "
            "photos, the comparison on photographs, or networks. All of them by default.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where index.html and parity.json go.")] = Path(
        "build/parity"
    ),
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    full: Annotated[bool, typer.Option("--full", help="All calls.")] = False,
    algorithms: Annotated[
        Algorithms,
        typer.Option(help="What a CPU gets, an NVIDIA GPU, or any other. All run on this CPU."),
    ] = Algorithms.CPU,
) -> None:
    """Compare jaxchan with torch on the calls of the specs: a fixed part of them, or all.

    `fuzz --help`: on drawn calls.

    Exit code: 0 if all holds, 1 if not, 2 for a wrong call.

    Unless the environment has XLA_FLAGS, programs are compiled without optimisation.
    """
    keys = select(ops or [], [*OPS, *NETWORKS, PHOTOS])
    prepare()
    console = Console()
    start = time.perf_counter()
    share = 1 if full else SHARE
    outcomes = collect(keys, jobs, console, partial(run, share=share), full, algorithms)
    seconds = time.perf_counter() - start
    raise typer.Exit(conclude(outcomes, share, seconds, out, console, algorithms))


def spellings(family: str, name: str) -> set[str]:
    """What a person may call an op. The last part of a family names a file, not a namespace."""
    namespace = family.rpartition(".")[0]
    return {name, family, f"{family}.{name}", f"{namespace}.{name}".lstrip(".")}


def select(requested: Iterable[str], keys: Sequence[Key]) -> list[Key]:
    """The ops that are meant, in the order of the suite: all where none is named."""
    known = {spelling for key in keys for spelling in spellings(*key)}
    wanted = set(requested)
    if unknown := sorted(wanted - known):
        raise typer.BadParameter("; ".join(_suggest(text, sorted(known)) for text in unknown))
    return [key for key in keys if not wanted or wanted & spellings(*key)]


def _suggest(text: str, known: Sequence[str]) -> str:
    closest = difflib.get_close_matches(text, known, n=5, cutoff=0)
    return f"no op is called {text} (closest: {', '.join(closest)})"


def conclude(
    outcomes: Sequence[Outcome],
    share: int,
    seconds: float,
    out: Path,
    console: Console,
    algorithms: Algorithms = Algorithms.CPU,
) -> int:
    """Show and write the report; the exit code."""
    differences = about({outcome.name for outcome in outcomes})
    report = Report(outcomes, differences, _metadata(algorithms), seconds, share)
    if not console.is_terminal:
        console.width = TABLE_WIDTH
    show(report, console)
    write(report, out)
    console.print(f"written: {out / 'index.html'}, {out / 'parity.json'}", markup=False)
    return 0 if report.holds else 1


def _metadata(algorithms: Algorithms) -> dict[str, Any]:
    packages = ("torch", "jax", "jaxlib", "flax", "numpy")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "algorithms": algorithms.value,
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
    }


def _commit() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.check_output(
            command, cwd=Path(__file__).parent, text=True, stderr=subprocess.DEVNULL
        ).strip()
    except (OSError, subprocess.CalledProcessError):
        return None  # an unpacked sdist, or a machine without git


def dispatch(arguments: Sequence[str]) -> None:
    """`fuzz` as the first word is a command of its own, all else is the comparison."""
    if arguments[:1] == ["fuzz"]:
        from .fuzz.__main__ import app as fuzz  # it alone needs Hypothesis

        fuzz(arguments[1:], prog_name="python -m parity_tests fuzz")
    app(arguments)


if __name__ == "__main__":
    dispatch(sys.argv[1:])
