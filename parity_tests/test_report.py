"""The report says what the findings say, and never that all holds when it does not."""

import io
import json
import math
import os
from dataclasses import asdict, replace

import jax
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from jaxchan.parity._finding import PROPERTIES, STATUSES, Finding

from . import _jobs, _report
from .__main__ import app, conclude, select
from ._platforms import Algorithms
from ._report import Outcome, Picture, Report
from .differences import DIFFERENCES, EVERY, about, named
from .specs import OPS

GOOD = Finding("value", "pass", 0.5, "out[0] at (2, 3)", "", "3x4,dim=1", "float32")
BAD = Finding("value", "fail", 9.0, "out[0] at (0,)", "a gap", "3x4:ties,dim=[0]", "float16")
KEYS = [
    ("reductions", "var"),
    ("linalg", "norm"),
    ("reductions", "norm"),
    ("nn.functional.conv", "conv2d"),
    ("channels", "merge_by_norm"),
]


def outcome(*findings: Finding, name: str = "var") -> Outcome:
    return Outcome("reductions", name, findings)


def report(*outcomes: Outcome, differences: dict[str, str] | None = None) -> Report:
    return Report(outcomes, differences or {}, {"versions": {"torch": "0"}, "commit": None}, 1.0)


def console() -> Console:
    return Console(record=True, width=200, file=io.StringIO())


def faulty_run(family: str, name: str) -> list[Finding]:
    if name == "var":
        raise ZeroDivisionError("planted")
    if name == "mode":
        os._exit(3)
    return [GOOD]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("var", [0]),
        ("reductions.var", [0]),
        ("reductions", [0, 2]),
        ("norm", [1, 2]),
        ("linalg.norm", [1]),
        ("conv2d", [3]),
        ("nn.functional.conv2d", [3]),
        ("nn.functional.conv", [3]),
        ("channels.merge_by_norm", [4]),
        ("merge_by_norm", [4]),
    ],
)
def test_names_that_select(text, expected):
    assert select([text], KEYS) == [KEYS[i] for i in expected]


def test_no_name_selects_all_and_several_keep_the_order_of_the_suite():
    assert select([], KEYS) == KEYS
    assert select(["merge_by_norm", "var"], KEYS) == [KEYS[0], KEYS[4]]


def test_every_op_of_the_suite_can_be_named():
    for family, name in OPS:
        assert (family, name) in select([f"{family}.{name}"], list(OPS))


def test_an_unknown_name_suggests_the_closest():
    with pytest.raises(typer.BadParameter) as caught:
        select(["var", "merge_by_nrom", "nosuchop"], KEYS)
    first, second = str(caught.value).split("; ")
    assert first.startswith("no op is called merge_by_nrom (closest: merge_by_norm, channels.")
    # a name that is like none still gets the least unlike ones
    assert len(second.removeprefix("no op is called nosuchop (closest: ").split(", ")) == 5


def test_an_unknown_name_exits_2():
    result = CliRunner().invoke(app, ["phtos"])
    assert result.exit_code == 2
    assert "photos" in result.output


@pytest.mark.parametrize(
    ("statuses", "text", "holds"),
    [
        ([], "–", True),  # noqa: RUF001
        (["pass"] * 3, "✓ 3", True),
        (["pass", "vacuous"], "✓ 2", True),
        (["vacuous", "vacuous"], "◦ 2", False),
        (["pass", "inconclusive"], "? 1 of 2", False),
        (["vacuous", "inconclusive"], "? 1 of 2", False),
        (["pass", "vacuous", "inconclusive", "fail", "fail"], "✗ 2 of 5", False),
    ],
)
def test_cells(statuses, text, holds):
    findings = [replace(GOOD, property="jvp", status=status) for status in statuses]
    ours = outcome(GOOD, *findings)
    assert str(ours.cell("jvp")) == text
    assert ours.cell("jvp").holds is holds
    assert ours.holds is holds
    assert report(outcome(GOOD), ours).holds is holds


def test_nothing_compared_does_not_hold():
    assert not report().holds
    assert not report(outcome()).holds
    assert [f.detail for _, f in report(outcome()).problems()] == ["nothing was compared"]


def test_the_worst_ratio_is_of_values_and_nan_is_the_worst():
    other = replace(GOOD, property="gradient", ratio=50.0)
    exact = replace(GOOD, ratio=None)
    larger = replace(GOOD, ratio=2.0, where="out[1]")
    assert outcome(GOOD, larger, other, exact).worst is larger
    undefined = replace(GOOD, ratio=math.nan)
    assert outcome(GOOD, undefined, larger).worst is undefined
    assert outcome(exact).worst is None


@pytest.mark.parametrize(("findings", "code"), [([GOOD], 0), ([GOOD, BAD], 1)])
def test_exit_code_and_files(tmp_path, findings, code):
    assert conclude([outcome(*findings)], 4, 1.0, tmp_path / "new", console()) == code
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["index.html", "parity.json"]


def test_the_terminal_shows_table_totals_failures_and_differences():
    out = console()
    unseen = replace(GOOD, property="jvp", status="vacuous")
    _report.show(report(outcome(GOOD, BAD, unseen), differences={"mode": "a reason"}), out)
    text = out.export_text()
    assert "✗ 1 of 2" in text
    assert "◦ 1" in text
    assert "9  3x4:ties,dim=[0] float16" in text
    assert "3 comparisons, 1 pass, 1 vacuous, 0 inconclusive, 1 fail; all calls" in text
    # the brackets of a case are not markup
    assert "fail: var value 3x4:ties,dim=[0] float16 out[0] at (0,): a gap" in text
    assert "mode: a reason" in text
    assert text.rstrip().endswith("FAIL")


def test_the_terminal_lists_twenty_failures_and_counts_the_rest():
    out = console()
    _report.show(report(outcome(*[BAD] * 23)), out)
    text = out.export_text()
    assert text.count("fail: var") == 20
    assert "and 3 more" in text
    assert "known differences: none" in text


def test_an_op_that_raises_or_dies_is_a_failure_of_its_own():
    keys = [("reductions", name) for name in ("var", "sum", "mode")]
    raised, good, dead = _jobs.collect(keys, 1, console(), faulty_run)
    assert [f.status for f in raised.findings] == ["fail"]
    assert "ZeroDivisionError: planted" in raised.findings[0].detail
    assert good.findings == (GOOD,)
    assert [f.status for f in dead.findings] == ["fail"]
    assert "died" in dead.findings[0].detail


def told_run(family, name):
    ways = {name: lambda x, name=name: f"{x} as on {name}" for name in Algorithms}
    return [replace(GOOD, detail=jax.lax.platform_dependent(family, **ways))]


@pytest.mark.parametrize("algorithms", [Algorithms.CUDA, Algorithms.DEFAULT])
def test_workers_take_the_algorithms_of_another_platform(algorithms):
    keys = [("reductions", "var"), ("order", "mode")]
    outcomes = _jobs.collect(keys, 1, console(), told_run, algorithms=algorithms)
    details = [finding.detail for outcome in outcomes for finding in outcome.findings]
    assert details == [f"reductions as on {algorithms}", f"order as on {algorithms}"]


def test_json_holds_the_cells_and_everything_but_passes(tmp_path):
    infinite = replace(BAD, ratio=math.inf)
    ours = report(outcome(GOOD, BAD, infinite, replace(GOOD, property="jit", status="vacuous")))
    _report.write(ours, tmp_path)
    read = json.loads((tmp_path / "parity.json").read_text("utf-8"))
    assert read == _report.document(ours)
    [op] = read["ops"]
    assert (read["schema_version"], read["holds"], op["holds"]) == (1, False, False)
    assert op["cells"]["value"] == {"pass": 1, "vacuous": 0, "inconclusive": 0, "fail": 2}
    assert list(op["cells"]) == list(PROPERTIES)
    assert [f["ratio"] for f in op["findings"]] == [9.0, "inf", 0.5]
    assert op["worst"]["ratio"] == "inf"
    assert Finding(**op["findings"][0]) == BAD
    assert set(read["totals"]) == {"comparisons", *STATUSES}


def test_the_page_escapes_and_loads_nothing():
    script = "<script>alert(1)</script>"
    bad = Finding(**{**asdict(BAD), "case": script, "detail": script, "where": '" onload="'})
    ours = replace(outcome(GOOD, bad), pictures=(Picture(script, b"\x89PNG"),))
    html = _report.page(report(ours, differences={script: script}))
    assert "<script" not in html
    assert '" onload="' not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "data:image/png;base64,iVBORw==" in html
    assert "http" not in html
    assert 'class="bad" title="var, value: 1 pass 1 fail">✗ 1 of 2<' in html


def test_the_chart_keeps_ratios_on_the_drawing():
    ratios = (0.0, 1.0, 1e9, math.nan)
    outcomes = [outcome(replace(GOOD, ratio=ratio)) for ratio in ratios]
    chart = _report._chart(outcomes)
    heights = [dot["y"] for dot in chart["dots"]]
    assert heights == [220, chart["one"], 20, 20]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "parity.json"
    _report.write_atomically(path, "old")
    seen = []

    def fail(self, target):
        seen.append((self.read_text("utf-8"), target.read_text("utf-8")))
        raise OSError("disk")

    monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(OSError, match="disk"):
        _report.write_atomically(path, "new")
    assert seen == [("new", "old")]
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_has_the_differences_of_its_ops():
    assert about({"where", "sum"}).keys() == {
        key for key in DIFFERENCES if key in (EVERY, "where") or "where(condition)" in key
    }
    assert set().union(*map(named, DIFFERENCES.keys() - {EVERY})) <= {name for _, name in OPS}
