"""What a run says: a table of both devices, one of eight GPUs, and the promises not kept."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from . import promise

if TYPE_CHECKING:
    from .compiling import Figures
    from .rows import Row

TITLE = "compiled with XLA, not run; traffic over that of arguments and results"
HEADINGS = ("op", "direction", "launches", "traffic", "temporary", "registers", "spilled")
Found = Sequence[tuple["Row", "Figures"]]


def show(found: Found, console: Console) -> None:
    """The tables, then what falls short and why."""
    single = [one for one in found if one[0].device != "8xh100"]
    split = [one for one in found if one[0].device == "8xh100"]
    if single:
        console.print(one_device(single))
        console.print("TPU programs have no launches, registers or spills to read.")
    if split:
        console.print(eight_devices(split))
    notes(found, console)
    shortcomings(found, console)


def one_device(found: Found) -> Table:
    """A line for each op and direction."""
    table = Table(title=f"H100 and TPU v5e: {TITLE}")
    for heading in (*HEADINGS, "v5e traffic", "v5e temporary"):
        table.add_column(heading, justify="left" if heading in HEADINGS[:2] else "right")
    lines: dict[tuple[str, str], dict[str, Figures]] = {}
    for row, figures in found:
        lines.setdefault((row.op, row.direction), {})[row.device] = figures
    for key, by_device in lines.items():
        table.add_row(*key, *h100_cells(by_device.get("h100")), *v5e_cells(by_device.get("v5e")))
    return table


def h100_cells(figures: "Figures | None") -> list[str]:
    """Launches, with a plus where some are a library's and have no registers to read."""
    if figures is None:
        return [""] * 5
    more = " + ".join(["", *figures.libraries])
    return [
        text(figures.launches) + more,
        text(figures.traffic),
        amount(figures.temporary),
        text(figures.registers or None),
        text(figures.spilled),
    ]


def v5e_cells(figures: "Figures | None") -> list[str]:
    return ["", ""] if figures is None else [text(figures.traffic), amount(figures.temporary)]


def eight_devices(found: Found) -> Table:
    """What passes between eight GPUs that share axis 0 of the input."""
    table = Table(title=f"8 H100, arrays split along axis 0: {TITLE}")
    for heading in ("op", "direction", "case", "collectives", "launches", "traffic"):
        table.add_column(heading)
    for row, figures in found:
        passed = ", ".join(f"{n} {kind}" for kind, n in (figures.collectives or {}).items())
        shown = [passed or "none", text(figures.launches), text(figures.traffic)]
        table.add_row(row.op, row.direction, str(row.case), *shown)
    return table


def notes(found: Found, console: Console) -> None:
    """Why a figure is missing."""
    for row, figures in found:
        if figures.note:
            console.print(f"{row.name}: {figures.note}", markup=False, highlight=False)


def shortcomings(found: Found, console: Console) -> None:
    """Each program that breaks a promise, with the cause."""
    table = Table(title="H100: above 1.1 times minimal traffic, or more launches than promised")
    for heading in ("op", "direction", "figures", "why"):
        table.add_column(heading)
    for row, figures in found:
        if lacking := promise.broken(row, figures):
            table.add_row(row.op, row.direction, "; ".join(lacking), promise.reason(row))
    if table.row_count:
        console.print(table)


def text(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:g}"


def amount(size: int | None) -> str:
    """Bytes, for people."""
    if size is None:
        return "-"
    for unit in ("B", "kB", "MB"):
        if size < 1000 or unit == "MB":
            return f"{size:.3g} {unit}" if unit != "B" else f"{size} B"
        size = size / 1000
    return ""
