"""The page's plots, as SVG in the page's own colours."""

import io
import re

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .row import COMMON, LOSING, Row, is_equal, quickest, ratio
from .scaling import COPY, Curve, bandwidth

# stand-ins for the style sheet's variables, which change with the reader's light or dark scheme
VARIABLES = {
    name: f"#0102{i:02x}"
    for i, name in enumerate(("fg", "dim", "line", "good", "bad", "warn", "dot", "bg"))
}
FG, DIM, LINE, GOOD, BAD, WARN, DOT, BG = VARIABLES.values()
STYLE = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.edgecolor": LINE,
    "axes.labelcolor": FG,
    "axes.titlecolor": FG,
    "text.color": FG,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": FG,
    "ytick.labelcolor": FG,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
SHAPES = dict(zip(COMMON, ("^", "s", "x"), strict=True))
NARROWEST = (1 / 3, 3)  # of the axis of ratios
LINE_HEIGHT = 0.17  # inches
DIRECTIONS = ("forward", "gradient")
PLAIN = FuncFormatter(lambda value, _: f"{value:g}")


def ratios(rows: list[Row]) -> str:
    """A line for each op, the worst on top; forward to the left, gradient to the right."""
    worst: dict[str, float] = {}
    for row in rows:
        value = ratio(row, quickest(row))
        if value is not None:
            worst[_label(row)] = min(value, worst.get(_label(row), value))
    labels = sorted(worst, key=lambda label: -worst[label])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 1.4 + LINE_HEIGHT * len(labels)), layout="constrained")
        axes = figure.subplots(1, 2, sharex=True, sharey=True)
        for panel, direction in zip(axes, DIRECTIONS, strict=True):
            _ratio_panel(panel, [row for row in rows if row.direction == direction], labels)
            panel.set_title(direction)
        figure.legend(handles=_legend(), loc="outside upper center", ncols=4)
        return svg(figure, "ratios")


def _label(row: Row) -> str:
    op = row.op.replace("nn.functional.", "F.")
    return op if row.dtype == "float32" else f"{op} {row.dtype}"


def _ratio_panel(panel: Axes, rows: list[Row], labels: list[str]) -> None:
    heights = {label: height for height, label in enumerate(labels)}
    panel.set_xscale("log")
    panel.axvline(1, color=FG, linewidth=1)
    panel.axvline(LOSING, color=BAD, linewidth=0.8, linestyle=":")
    for row in rows:
        height = heights.get(_label(row))
        for who, shape in SHAPES.items():
            if height is not None and (value := ratio(row, who)) is not None:
                panel.plot(value, height, shape, color=DIM, markersize=3.5, fillstyle="none")
        best = ratio(row, quickest(row))
        if height is not None and best is not None:
            panel.plot(best, height, "o", color=_colour(row, best), markersize=6)
    low, high = panel.get_xlim()
    panel.set_xlim(min(low, NARROWEST[0]), max(high, NARROWEST[1]))
    panel.set_yticks(range(len(labels)), labels)
    panel.set_ylim(-0.7, len(labels) - 0.3)
    panel.set_xlabel("a peer's time over jaxchan's: above 1 jaxchan is quicker")
    panel.tick_params(labeltop=True, length=0)
    low, high = panel.get_xlim()
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    panel.xaxis.set_major_formatter(PLAIN)
    panel.xaxis.set_minor_locator(NullLocator())


def _colour(row: Row, best: float) -> str:
    if best < LOSING:
        return BAD
    if is_equal(row, quickest(row)):
        return DOT
    return WARN if best < 1 else GOOD


def _legend() -> list[Line2D]:
    meanings = {
        "best peer, slower than jaxchan": GOOD,
        "best peer, equal": DOT,
        "best peer, quicker": WARN,
        f"best peer, below {LOSING}": BAD,
    }
    return [
        Line2D([], [], marker="o", linestyle="", color=colour, label=label)
        for label, colour in meanings.items()
    ] + [
        Line2D([], [], marker=shape, linestyle="", color=DIM, fillstyle="none", label=who)
        for who, shape in SHAPES.items()
    ]


def growth(curves: list[Curve]) -> str:
    """Time, and time an element, against size."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        whole, each = figure.subplots(1, 2)
        for i, curve in enumerate(c for c in curves if c.name != COPY):
            marker = dict(marker="os^vDP"[i % 6], markersize=4, linewidth=1.2, color=f"C{i}")
            times = [1e3 * cell.median for cell in curve.cells]
            whole.plot(curve.sizes, times, label=curve.name, **marker)
            each.plot(curve.sizes, [1e9 * value for value in curve.per_element], **marker)
        sizes, speed = curves[0].sizes, bandwidth(curves)
        read = dict(color=FG, linewidth=1.2, linestyle="--")
        label = f"one float32 read, at {speed / 1e9:.1f} GB/s"
        whole.plot(sizes, [1e3 * 4 * size / speed for size in sizes], label=label, **read)
        each.plot(sizes, [1e9 * 4 / speed] * len(sizes), **read)
        for panel, title in ((whole, "ms"), (each, "ns an element")):
            panel.set(xscale="log", yscale="log", title=title, xlabel="elements")
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
            panel.yaxis.set_major_formatter(PLAIN)
            panel.xaxis.set_minor_locator(NullLocator())
            panel.yaxis.set_minor_locator(NullLocator())
        figure.legend(loc="outside right center")
        return svg(figure, "growth")


def svg(figure: Figure, name: str) -> str:
    """The figure as an element of an HTML page that may hold others."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    element = text.getvalue()
    element = element[element.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    element = re.sub(r' id="[\w.]+_\d+"', "", element)  # unreferenced, and the same in each figure
    element = re.sub(r" font-family: [^;]*;", "", element)
    for variable, colour in VARIABLES.items():
        element = element.replace(colour, f"var(--{variable})")
    return element
