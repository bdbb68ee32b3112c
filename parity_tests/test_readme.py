"""The READMEs say what is so: generated parts are current, commands exist, examples run."""

import doctest
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan import _elementwise
from jaxchan.parity import Result, _rule
from parity_tests import _spec, _suite, surprises
from parity_tests.test_loss_modules import CLASSES as LOSSES
from parity_tests.test_modules import CLASSES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "parity_tests" / "README.md"]
README = PAGES[0].read_text()
STATES = ("load_state_dict", "state_dict", "to_flax")
FOUR_EDITS = (
    "jaxchan/_elementwise.py",
    "jaxchan/__init__.py",
    "torchref/elementwise.py",
    "parity_tests/specs/elementwise.py",
)


def test_generated_parts_are_current():
    assert surprises.rendered(README) == README


def test_a_stale_or_unmarked_readme_is_noticed():
    assert surprises.rendered(README.replace("2.5", "2.0")) == README
    with pytest.raises(ValueError, match="differences"):
        surprises.rendered(README.replace("<!-- /differences -->", ""))


def test_there_are_eleven_surprises():
    assert len(surprises.SURPRISES) == 11


@pytest.mark.parametrize("row", surprises.SURPRISES, ids=lambda row: row.call)
def test_each_row_can_fail(row: surprises.Surprise):
    with pytest.raises(ValueError, match="jaxchan gives"):
        surprises.table([replace(row, jaxchan=row.plain)])
    with pytest.raises(ValueError, match="no surprise"):
        surprises.table([replace(row, plain=row.jaxchan)])


def test_same_is_of_bits_dtype_and_shape():
    one = np.array([1.0, np.nan], np.float32)
    assert surprises.same(one, one.copy())
    assert not surprises.same(one, one.astype(np.float64))
    assert not surprises.same(one, one[:1])
    assert not surprises.same(one, np.nextafter(one, np.float32(2)))
    assert not surprises.same("float16", "float32")


def test_the_command_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert surprises.main([]) == 0
    assert capsys.readouterr().out in README
    copy = tmp_path / "README.md"
    copy.write_text(README.replace(surprises.table(), ""))
    assert surprises.main(["--write", str(copy)]) == 0
    assert copy.read_text() == README


def test_the_command_fails_on_a_wrong_row(monkeypatch: pytest.MonkeyPatch):
    table, wrong = surprises.table, replace(surprises.SURPRISES[0], jaxchan=jnp.median)
    monkeypatch.setattr(surprises, "table", lambda: table([wrong]))
    assert surprises.main([]) == 1


def test_the_names_are_the_public_functions():
    names = surprises.names()
    listed = {f"{path}.{name}" for path, found in names.items() for name in found}
    specified = {f"{_suite.public_path(family)}.{name}" for family, name in _suite.OPS}
    assert specified <= listed
    beyond = {path for path in listed - specified if not path.startswith("jaxchan.parity.")}
    tested = {f"jaxchan.nn.{name}" for name in [*CLASSES, *LOSSES, *STATES]}
    tested |= {f"jaxchan.interop.{name}" for name in ("is_tensor", "read", "to_numpy")}
    assert beyond == {"jaxchan.rewrite.to_conv", "jaxchan.nn.Buffer", *tested}


def test_every_command_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for page in PAGES:
        named |= set(re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(), re.MULTILINE))
    assert {"test", "parity", "lint", "bench"} <= named
    assert named <= targets


def test_every_path_exists():
    for page in PAGES:
        for path in re.findall(r"`([a-z_/]+/[A-Za-z_]*(?:\.(?:py|md))?)`", page.read_text()):
            generated = path.startswith("build/")
            assert generated or (ROOT / path).exists() or (page.parent / path).exists(), path


def test_the_picture_has_every_file():
    picture = README.partition("## Where things are\n")[2].partition("\n## ")[0]
    files = {file.stem for file in (ROOT / "jaxchan").glob("_*.py")} - {"__init__"}
    assert set(re.findall(r"\b_[a-z]+\b", picture)) == files
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert packages <= set(re.findall(r"^ +(\w+)/", picture, re.MULTILINE))


def test_the_factors_are_those_of_the_rule():
    def listed(factors: tuple[float, ...]) -> str:
        first, second, third = (f"{f:g}" for f in factors)
        return f"{first}, {second} and {third} on"

    words = " ".join(README.split())
    assert f"K is {listed(_rule.OUTPUT_FACTORS)} the rms" in words
    assert f"and {listed(_rule.GRADIENT_FACTORS)} those of gradients" in words
    assert f"within {_rule.CLASS_BOUND:g} float32 ulps" in words


def test_the_examples_run():
    fences = re.findall(r"```python\n(>>>.*?)```", README, re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(fences), {}, "README.md", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    assert len(test.examples) > 10
    assert runner.run(test).failed == 0


def _added_op() -> tuple[Callable, Callable, _spec.Op]:
    """The function, the truth and the spec that the README adds, from its text."""
    fence = next(f for f in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "def " in f)
    parts = re.split(r"^# (\S+\.py)\n", fence, flags=re.MULTILINE)[1:]
    code = dict(zip(parts[::2], parts[1::2], strict=True))

    def run(path: str, scope: dict[str, Any]) -> Any:
        exec(code[path], scope)
        return scope["sign"]

    assert code.keys() == {*FOUR_EDITS}
    return (
        run(FOUR_EDITS[0], dict(vars(_elementwise))),
        run(FOUR_EDITS[2], {"torch": torch}),
        run(FOUR_EDITS[3], dict(vars(_spec))),
    )


def _examine(ours: Callable) -> Result:
    _, theirs, spec = _added_op()
    findings = _suite.values(spec, ours, theirs) + _suite.transforms(spec, ours, theirs)
    findings += _suite.errors("sign", spec, ours, theirs)
    return Result(tuple(findings + _suite.database("elementwise", "sign", spec, ours)))


def test_the_added_op_is_torchs():
    ours, _, _ = _added_op()
    (example,) = doctest.DocTestFinder(recurse=False).find(
        ours, "sign", globs={"sign": ours, "jnp": jnp}
    )
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0
    result = _examine(ours)
    assert result, str(result)


def test_the_added_spec_notices_plain_jax():
    failed = {f.property for f in _examine(jnp.sign).findings if f.status == "fail"}
    assert "value" in failed
