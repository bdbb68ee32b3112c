"""From findings to a verdict: a table for the terminal, JSON for a machine, a page for a person.

A property of an op holds if something was compared that could have differed, and no comparison
failed or stayed undecided. An op holds if it has findings and all its properties hold. Vacuous
findings beside passing ones are counted and shown, but do no harm.
"""

import base64
import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jaxchan.parity._finding import PROPERTIES, STATUSES, Finding

SCHEMA_VERSION = 1
ABSENT = "\N{EN DASH}"  # spelt out: in a source file it looks like a minus
COLOURS = {"✓": "green", "✗": "bold red", "?": "yellow", "◦": "yellow", ABSENT: "dim"}
FAILURES_SHOWN = 20
WIDE = 150  # columns of a terminal in which the place of the worst error fits too
CHART_DECADES = (-3, 3)  # ratios beyond are drawn on the edge


@dataclass(frozen=True)
class Picture:
    """A PNG for the page."""

    title: str
    png: bytes


@dataclass(frozen=True)
class Outcome:
    """What the suite found out about one op."""

    family: str
    name: str
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    pictures: tuple[Picture, ...] = ()

    def cell(self, name: str) -> "Cell":
        return Cell(Counter(f.status for f in self.findings if f.property == name))

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(self.cell(p).holds for p in PROPERTIES)

    @property
    def worst(self) -> Finding | None:
        """The value finding with the largest error ratio."""
        rated = [f for f in self.findings if f.property == "value" and f.ratio is not None]
        return max(rated, key=_severity, default=None)


@dataclass(frozen=True)
class Cell:
    """One property of one op: how many findings of each status."""

    counts: Counter[str]

    @property
    def sign(self) -> str:
        if self.counts["fail"]:
            return "✗"
        if self.counts["inconclusive"]:
            return "?"
        if self.counts["pass"]:
            return "✓"
        return "◦" if self.counts["vacuous"] else ABSENT

    @property
    def holds(self) -> bool:
        return self.sign in ("✓", ABSENT)

    def __str__(self) -> str:
        n = self.counts.total()
        bad = {"✗": self.counts["fail"], "?": self.counts["inconclusive"]}
        if self.sign in bad:
            return f"{self.sign} {bad[self.sign]} of {n}"
        return self.sign if self.sign == ABSENT else f"{self.sign} {n}"


@dataclass(frozen=True)
class Report:
    """A run of the suite on one in `share` of its calls.

    `differences` are the known departures from torch, by op.
    """

    outcomes: Sequence[Outcome]
    differences: dict[str, str]
    metadata: dict[str, Any]
    seconds: float
    share: int = 1

    @property
    def calls(self) -> str:
        return "all calls" if self.share == 1 else f"one call in {self.share} (--full: all)"

    @property
    def holds(self) -> bool:
        return bool(self.outcomes) and all(outcome.holds for outcome in self.outcomes)

    @property
    def totals(self) -> dict[str, int]:
        counts = Counter(f.status for o in self.outcomes for f in o.findings)
        return {"comparisons": counts.total(), **{s: counts[s] for s in STATUSES}}

    def problems(self) -> list[tuple[Outcome, Finding]]:
        """Why the run does not hold: failures first, then what was left open or never compared."""
        found = [(o, f) for o in self.outcomes for f in _problems(o)]
        return sorted(found, key=lambda pair: -STATUSES.index(pair[1].status))


def _severity(finding: Finding) -> float:
    return math.inf if finding.ratio is None or math.isnan(finding.ratio) else finding.ratio


def _problems(outcome: Outcome) -> Iterable[Finding]:
    if not outcome.findings:
        yield Finding("value", "fail", detail="nothing was compared")
    for name in PROPERTIES:
        if not outcome.cell(name).holds:
            ours = [f for f in outcome.findings if f.property == name]
            only_vacuous = all(f.status == "vacuous" for f in ours)
            yield from (f for f in ours if only_vacuous or f.status in ("inconclusive", "fail"))


def place(finding: Finding) -> str:
    """Which call, in which dtype, and where in its result."""
    return " ".join(filter(None, [finding.case, finding.dtype, finding.where]))


# The terminal


def show(report: Report, console: Console) -> None:
    """Print the table and, below it, everything that a person should know of the run."""
    console.print(_table(report.outcomes, with_where=console.width >= WIDE))
    totals = ", ".join(f"{n} {status}" for status, n in report.totals.items())
    console.print(f"{totals}; {report.calls}, {report.seconds:.0f} s", markup=False)
    _show_problems(report, console)
    console.print("known differences:" + ("" if report.differences else " none"))
    for op, reason in report.differences.items():
        console.print(f"  {op}: {reason}", markup=False)
    console.print(Text("PASS", "bold green") if report.holds else Text("FAIL", "bold red"))


def _table(outcomes: Sequence[Outcome], *, with_where: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("op", no_wrap=True)
    for name in PROPERTIES:
        table.add_column("second order" if name == "second" else name, no_wrap=True, min_width=7)
    table.add_column("worst", justify="right", min_width=5)
    if with_where:
        table.add_column("where", no_wrap=True, overflow="ellipsis", max_width=60)
    family = None
    for outcome in outcomes:
        if outcome.family != family:
            family = outcome.family
            table.add_row(Text(family, "bold cyan"))
        table.add_row(*_row(outcome)[: len(table.columns)])
    return table


def _row(outcome: Outcome) -> list[Text]:
    cells = [outcome.cell(name) for name in PROPERTIES]
    signs = [Text(str(cell), COLOURS[cell.sign]) for cell in cells]
    name = Text("  " + outcome.name, "" if outcome.holds else "bold red")
    worst = outcome.worst
    ratio = "" if worst is None else f"{worst.ratio:.3g}"
    return [name, *signs, Text(ratio), Text("" if worst is None else place(worst), "dim")]


def _show_problems(report: Report, console: Console) -> None:
    problems = report.problems()
    for outcome, finding in problems[:FAILURES_SHOWN]:
        # of a traceback, the last line says what went wrong; the page has the rest
        detail = (finding.detail.strip().splitlines() or [""])[-1]
        line = f"{finding.status}: {outcome.name} {finding.property} {place(finding)}: {detail}"
        console.print(line, markup=False, highlight=False)
    if len(problems) > FAILURES_SHOWN:
        console.print(f"... and {len(problems) - FAILURES_SHOWN} more, in the page and the JSON")


# The files


def document(report: Report) -> dict[str, Any]:
    """The report as plain data: what the JSON file holds and what the page shows."""
    return {
        "schema_version": SCHEMA_VERSION,
        "holds": report.holds,
        "metadata": report.metadata,
        "seconds": round(report.seconds, 1),
        "calls": report.calls,
        "totals": report.totals,
        "differences": report.differences,
        "ops": [_op_document(outcome) for outcome in report.outcomes],
    }


def _op_document(outcome: Outcome) -> dict[str, Any]:
    cells = {p: outcome.cell(p).counts for p in PROPERTIES}
    return {
        "family": outcome.family,
        "name": outcome.name,
        "holds": outcome.holds,
        "seconds": round(outcome.seconds, 1),
        "cells": {p: {s: counts[s] for s in STATUSES} for p, counts in cells.items()},
        "worst": outcome.worst and _finding_document(outcome.worst),
        "findings": [_finding_document(f) for f in outcome.findings if f.status != "pass"],
    }


def _finding_document(finding: Finding) -> dict[str, Any]:
    ratio = finding.ratio
    # JSON has no infinity and no nan
    writable = ratio is None or math.isfinite(ratio)
    return {**asdict(finding), "ratio": ratio if writable else str(ratio)}


def write(report: Report, folder: Path) -> None:
    """Write parity.json and index.html into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(report), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "parity.json", text + "\n")
    write_atomically(folder / "index.html", page(report))


def write_atomically(path: Path, text: str) -> None:
    """Write beside `path` and rename, so that a reader never sees half a file."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def page(report: Report) -> str:
    """The HTML page: one file, no scripts, nothing loaded from elsewhere."""
    environment = templates(Path(__file__).parent)
    environment.filters["data_uri"] = _data_uri
    return environment.get_template("report.html.j2").render(
        report=report,
        families=_by_family(report.outcomes),
        properties=PROPERTIES,
        statuses=STATUSES,
        chart=_chart(report.outcomes),
        place=place,
    )


def templates(*folders: Path) -> Environment:
    """Where templates are found, and how they are read."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _by_family(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        families.setdefault(outcome.family, []).append(outcome)
    return families


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _chart(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Places of the dots in a 1000 x 240 drawing: ops from left to right, log ratio upwards."""
    low, high = CHART_DECADES
    rated = [(o, o.worst) for o in outcomes if o.worst is not None]
    dots = []
    for i, (outcome, worst) in enumerate(rated):
        decade = math.log10(max(_severity(worst), 10**low))
        height = (min(decade, high) - low) / (high - low)
        dots.append(
            {
                "x": round(50 + 930 * (i + 0.5) / len(rated), 1),
                "y": round(220 - 200 * height, 1),
                "label": f"{outcome.name}: {worst.ratio:.3g} ({place(worst)})",
                "holds": outcome.holds,
            }
        )
    lines = [
        {"y": round(220 - 200 * (d - low) / (high - low), 1), "label": f"{10.0**d:g}"}
        for d in range(low, high + 1)
    ]
    return {"dots": dots, "lines": lines, "one": round(220 + 200 * low / (high - low), 1)}
