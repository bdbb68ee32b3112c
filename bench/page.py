"""The page: one file, no scripts, nothing loaded from elsewhere."""

from pathlib import Path

from parity_tests import _report

from . import plots, table
from .causes import CAUSES
from .report import Result, limits, mean_of
from .row import COMMON, LOSING, lost, quickest, ratio
from .scaling import bandwidth, named


def write(result: Result, path: Path) -> None:
    """Write the page beside the JSON that it shows."""
    _report.write_atomically(path, render(result))


def render(result: Result) -> str:
    """The page's text."""
    folders = (Path(__file__).parent, Path(_report.__file__).parent)
    return (
        _report.templates(*folders)
        .get_template("page.html.j2")
        .render(
            result=result,
            causes=CAUSES,
            common=COMMON,
            losing=LOSING,
            lost=lost,
            line=table.line,
            limits=limits(result),
            mean_of=mean_of,
            quickest=quickest,
            ratio=ratio,
            named=named,
            bandwidth=bandwidth(result.curves) if result.curves else None,
            ratios=plots.ratios(result.rows) if result.rows else None,
            growth=plots.growth(result.curves) if result.curves else None,
        )
    )
