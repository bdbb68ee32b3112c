"""What a run says in the terminal."""

from rich.console import Console
from rich.table import Table

from .report import Result, limits, mean_of
from .row import COMMON, LOSING, Row, quickest, verdict
from .scaling import bandwidth, named

HEADINGS = ("op", "direction", "case", "jaxchan ms ± IQR", "best peer", *COMMON, "libraries")


def show(result: Result, console: Console) -> None:
    """Each table that the run has something for, then what a reader must be told."""
    if result.rows:
        console.print(ratios(result))
    if result.curves:
        console.print(growth(result))
    for what, value, bound in limits(result):
        told = "within" if value <= bound else "ABOVE"
        console.print(f"{what}: {value:.3g}, {told} the limit of {bound:g}", markup=False)
    for row in result.rows:
        for note in row.notes:
            console.print(f"{row.name}: {note}", markup=False)
    names = ", ".join(row.name for row in result.unexplained)
    if names:
        console.print(f"below {LOSING} with no cause in bench/causes.py: {names}", markup=False)


def ratios(result: Result) -> Table:
    """The rows with their geometric means."""
    table = Table(title="times as long as jaxchan (above 1: jaxchan is quicker)")
    for heading in (*HEADINGS, "compile s"):
        left = heading in HEADINGS[:3]
        table.add_column(heading, overflow="fold", justify="left" if left else "right")
    for row in result.worst_first:
        table.add_row(*line(row))
    table.add_section()
    for group, rows in result.groups.items():
        means = [mean_of(rows), *(mean_of(rows, who) for who in COMMON)]
        table.add_row("geometric mean (rows)", group, "", "", *means, "", "")
    return table


def line(row: Row) -> list[str]:
    """One row's texts."""
    ours = row.cells["jaxchan"]
    took, compiled = ours.error.partition(":")[0] or "-", "-"
    if ours.times:
        low, high = ours.quartiles
        took = f"{1e3 * ours.median:.3g} ± {1e3 * (high - low):.2g}"
        compiled = f"{ours.compile:.2f}"
    peers = [verdict(row, who) for who in (quickest(row), *COMMON)]
    libraries = "\n".join(f"{who} {verdict(row, who)}" for who in row.libraries)
    direction = row.direction if row.dtype == "float32" else f"{row.direction} {row.dtype}"
    return [row.op, direction, row.shapes, took, *peers, libraries, compiled]


def growth(result: Result) -> Table:
    """Nanoseconds an element, by size."""
    speed = bandwidth(result.curves)
    table = Table(title=f"ns an element (a copy moves {speed / 1e9:.1f} GB/s)")
    table.add_column("op")
    for heading in (
        *(named(size) for size in result.curves[0].sizes),
        "most / least",
        "of the copy's speed",
    ):
        table.add_column(heading, justify="right")
    for curve in result.curves:
        each = [f"{1e9 * value:.3g}" for value in curve.per_element]
        table.add_row(curve.name, *each, f"{curve.spread:.2f}", f"{curve.speed / speed:.0%}")
    return table
