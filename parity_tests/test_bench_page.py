"""What the benchmark says of a run, on times made up for it."""

import io
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from bench import __main__ as command
from bench import causes, names, overheads, page, report, run, scaling, summary, table
from bench.overheads import Overheads
from bench.report import Result, limits
from bench.row import Row, lost
from bench.scaling import COPY, Curve
from bench.timing import Cell

VOID = ("meta", "br", "path", "use", "link")


def row(op="var", direction="forward", dtype="float32", ours=1e-3, **peers):
    cells = {"jaxchan": ours, "torch": 2e-3, "naive": 3e-3} | peers
    return Row(op, direction, dtype, "3x4", {w: Cell([s] * 9, 0.25) for w, s in cells.items()})


def curve(name="sum", moved=4, grows=1.0):
    sizes = [10**5, 10**6]
    return Curve(name, moved, sizes, [Cell([1e-9 * n**grows] * 9) for n in sizes])


@pytest.fixture
def result():
    slow = row("nn.functional.gelu", "gradient", "bfloat16", naive=0.5e-3, kornia=0.4e-3)
    calls = {"identity": Cell([1e-5] * 9), "sum": Cell([1.5e-5] * 9), "abs": Cell([3e-5] * 9)}
    noted = row("median")
    noted.notes.append("<script> & such")
    curves = [curve(), curve("var", grows=1.2), curve(COPY, 8)]
    metadata = {"load": [0.1, 0.2, 0.3], "versions": {"jax": "0"}, "commit": "abc"}
    return Result(metadata, [row(), noted, slow], curves, Overheads(calls, [0.1, 0.2, 0.3]))


def told(result):
    console = Console(record=True, width=250, file=io.StringIO())
    table.show(result, console)
    return console.export_text()


def test_the_table_has_losses_first_and_libraries(result):
    lines = told(result).splitlines()
    first = [i for i, line in enumerate(lines) if "forward" in line or "gradient" in line]
    assert "nn.functional.gelu" in lines[first[0]]
    assert "gradient bfloat16" in lines[first[0]]
    assert "kornia 0.40" in lines[first[0]]


def test_means_are_of_one_direction_and_dtype(result):
    assert list(result.groups) == ["forward, float32", "gradient, bfloat16"]
    assert report.mean_of(result.groups["forward, float32"]) == "2.00 (2)"
    assert report.mean_of(result.groups["forward, float32"], "naive") == "3.00 (2)"
    assert report.mean_of(result.groups["forward, float32"], "kornia") == "-"


def test_a_row_below_the_bound_needs_a_cause(result, monkeypatch):
    monkeypatch.setattr(report, "CAUSES", {})
    assert [one.name for one in result.unexplained] == ["nn.functional.gelu gradient bfloat16"]
    assert "no cause in bench/causes.py: nn.functional.gelu gradient bfloat16" in told(result)
    monkeypatch.setattr(report, "CAUSES", {result.unexplained[0].name: "because"})
    assert result.unexplained == []
    assert "no cause" not in told(result)


def test_lost_is_below_the_bound():
    assert lost(row(torch=0.69e-3))
    assert not lost(row(torch=0.71e-3))
    assert not lost(Row("var", "forward", "float32", "", {"jaxchan": Cell(error="differs")}))


def test_every_cause_is_of_a_row():
    rows = {
        Row(op, direction, dtype, "").name
        for key, spec in names.timed().items()
        for op in names.kinds(*key, spec)
        for direction in run.DIRECTIONS
        for dtype in names.dtypes(*key)
    }
    assert set(causes.CAUSES) <= rows


def test_limits(result):
    values = {what: (value, bound) for what, value, bound in limits(result)}
    assert values["sum by size: most over least time an element"] == (pytest.approx(1.0), 1.5)
    assert values["var by size: most over least time an element"][0] == pytest.approx(10**0.2)
    assert values["eager abs of 16x16, over a jitted identity"] == (pytest.approx(3.0), 2.0)
    assert values["seconds that importing jaxchan adds to importing jax"] == (0.2, 0.15)
    assert values["compile time over plain JAX's, median over the rows"] == (1.0, 1.5)
    assert "limit of 2" in (text := told(result))
    assert text.count("ABOVE") == 3
    assert limits(Result({})) == []


def test_speed_is_in_bytes_a_second():
    assert curve(COPY, 8).speed == pytest.approx(8e9)
    assert scaling.bandwidth([curve(), curve(COPY, 8)]) == pytest.approx(8e9)


def test_the_json_holds_the_run(result, tmp_path):
    path = tmp_path / "bench.json"
    report.write(result, path)
    again = report.read(path)
    assert again.rows == result.rows
    assert again.curves == result.curves
    assert again.overheads == result.overheads
    assert page.render(again) == page.render(result)
    report.write(Result({}), path)
    assert report.read(path) == Result({})


class Tags(HTMLParser):
    """Open tags, and those that were closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.open += [tag] * (tag not in VOID)

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if tag not in VOID and self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_is_one_sound_file(result):
    text = page.render(result)
    tags = Tags()
    tags.feed(text)
    assert (tags.open, tags.wrong) == ([], [])
    assert len(tags.ids) == len(set(tags.ids))
    assert text.count("<svg") == 2
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\((?!#)|<script""", text)
    assert "&lt;script&gt; &amp; such" in text
    assert "#0102" not in text  # each stand-in colour has become a variable


def test_the_page_shows_the_losses_with_their_causes(result, monkeypatch):
    name = result.lost[0].name
    monkeypatch.setattr(page, "CAUSES", {})
    assert re.search(rf"{name}.{{,120}}kornia.{{,40}}none stated", page.render(result), re.DOTALL)
    monkeypatch.setattr(page, "CAUSES", {name: "a <slow> loop"})
    assert "a &lt;slow&gt; loop" in page.render(result)
    rows = page.render(result).partition("All rows")[2]
    assert re.findall(r"<td>(nn.functional.gelu|var|median)</td>", rows)[0] == "nn.functional.gelu"


def test_the_plots_have_every_op_and_the_bandwidth(result):
    text = page.render(result)
    for label in ("F.gelu bfloat16", "median", "sum", "one float32 read, at 8.0 GB/s"):
        assert f">{label}</text>" in text


def test_a_run_of_nothing_but_failures_has_a_page():
    failed = Row("var", "forward", "float32", "", {"jaxchan": Cell(error="TypeError: no")})
    failed.failed = True
    assert "TypeError" in page.render(Result({}, [failed]))
    assert "<svg" not in page.render(Result({}))


def test_growth_is_measured_for_each_op_and_size():
    curves = scaling.measure_all(1, 0.0, (1000, 2000))
    assert [one.name for one in curves] == [*scaling.OPS, COPY]
    assert all(len(cell.times) == 1 for one in curves for cell in one.cells)
    assert all(one.sizes == [1000, 2000] for one in curves)


def test_overheads_are_measured():
    found = overheads.measure_all(1, 0.0)
    assert set(found.over_identity()) == set(overheads.SMALL)
    assert found.imports[0] > 0


@pytest.mark.parametrize(
    ("words", "ops", "whole"),
    [([], True, True), (["scaling"], False, True), (["var"], True, False)],
)
def test_words_of_the_command(monkeypatch, words, ops, whole):
    found = []
    monkeypatch.setattr(command, "pin", lambda threads: None)
    monkeypatch.setattr(run, "run", lambda chosen, *rest: found.append((chosen, rest[-1])))
    command.main(words)
    ((chosen, measured),) = found
    assert (bool(chosen), measured) == (ops, whole)


def test_the_page_can_be_made_again(monkeypatch, tmp_path, result):
    monkeypatch.setattr(command, "JSON", tmp_path / "bench.json")
    report.write(result, tmp_path / "bench.json")
    assert command.main(["render"]) == 0
    assert (tmp_path / "bench.html").read_text() == page.render(result)


SUMMARY = """\
| ops | rows | plain JAX | torch eager | torch.compile | best of all |
| --- | ---: | ---: | ---: | ---: | ---: |
| `jaxchan` | 3 | 2.08 | 0.43 | - | 0.43 |
| `jaxchan.nn.functional` | 2 | 4.24 | 2.00 | - | 0.89 |
| all | 5 | 2.77 | 0.80 | - | 0.58 |
| all but torch's views | 4 | 3.57 | 2.00 | - | 1.34 |

- Furthest ahead of plain JAX: nn.functional.conv2d depthwise 36, var 3.00, nn.functional.gelu 0.50.
- Furthest behind the best, views aside: nn.functional.gelu 0.40, var 2.00, nn.functional.conv2d
  depthwise 2.00.
- Rows below 0.7 of the best, with their causes in `bench/causes.py`: 2.
- Measured: 2 cores, a CPU, jax 1, torch 2, 2026-01-02, commit abcdef0.
"""


@pytest.fixture
def whole(result):
    view = row("permute", torch=2e-5, naive=1e-3)
    quick = row("nn.functional.conv2d depthwise", naive=36e-3)
    result.rows = [row(), row("var", "gradient"), view, quick, result.rows[-1]]
    about = {"threads": 2, "cpu": "a CPU", "date": "2026-01-02T03:04", "commit": "abcdef012"}
    result.metadata |= about | {"versions": {"jax": "1", "torch": "2"}}
    return result


def test_the_summary_has_means_and_extremes(whole):
    assert summary.markdown(whole) == SUMMARY


def summarised(monkeypatch, tmp_path, result, ops):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    monkeypatch.setattr(command, "JSON", tmp_path / "bench.json")
    monkeypatch.setattr(summary, "timed", lambda: [("", op) for op in ops])
    report.write(result, tmp_path / "bench.json")
    return command.main(["summary", "--write", str(readme)]), readme.read_text()


def test_the_command_renews_the_readme(monkeypatch, tmp_path, whole, capsys):
    status, text = summarised(monkeypatch, tmp_path, whole, ["var", "permute"])
    assert status == 0
    assert text == f"before\n<!-- speed -->\n{SUMMARY}<!-- /speed -->\nafter\n"
    assert command.main(["summary"]) == 0
    assert capsys.readouterr().out == SUMMARY


def test_no_readme_tells_of_a_run_in_part_or_one_that_failed(monkeypatch, tmp_path, whole, capsys):
    def refused(ops, result=whole):
        status, text = summarised(monkeypatch, tmp_path, result, ops)
        assert status == 1
        assert "old" in text
        return capsys.readouterr().err

    assert "mode" in refused(["var", "mode"])
    assert "median" in refused(
        ["var"], Result(whole.metadata, [*whole.rows, row("median", ours=1)])
    )
    changed = Result(whole.metadata | {"commit": "abc-dirty"}, whole.rows)
    assert "abc-dirty" in refused(["var"], changed)
    whole.rows[0].failed = True
    assert "var forward" in refused(["var"])
