"""The fuzz finds nothing in jaxchan, finds what is planted, and prints calls that show it."""

import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import jaxchan
from jaxchan.parity import Finding

from .__main__ import dispatch
from .fuzz import __main__ as command
from .fuzz._run import Failure, Part, Tally, batches, examine, firsts, smallest
from .fuzz.strategies import GROUPS
from .specs import OPS

ROOT = Path(__file__).parents[1]
# each takes the place of jaxchan's, here and in the script that is printed
FAULTS = {
    "median": """
def wrong(input, dim=None, keepdim=False):
    return jnp.median(input) if dim is None else jaxchan_median(input, dim, keepdim)
""",
    "max": """
def wrong(input, dim=None, keepdim=False, *, other=None):
    result = jaxchan_max(input, dim, keepdim, other=other)
    if dim is None or other is not None or not input.ndim:
        return result
    return result._replace(values=jnp.max(input, axis=dim, keepdims=keepdim))
""",
    "cumsum": """
def wrong(input, dim, *, dtype=None):
    last = max(input.ndim, 1) - 1
    return jaxchan_cumsum(input, max(min(dim, last), -1 - last), dtype=dtype)
""",
}
PROPERTIES = {"median": "value", "max": "gradient", "cumsum": "errors"}


def planted(name: str) -> str:
    """Python that replaces jaxchan's function."""
    return f"""
import jaxchan, jax.numpy as jnp
jaxchan_{name} = jaxchan.{name}
{FAULTS[name]}
jaxchan.{name} = wrong
"""


def failure(name: str) -> Failure:
    """The first of the property, among 64 calls."""
    tallies = [examine(batch) for batch in batches(command.select(name), 64, seed=0)]
    first = firsts([f for t in tallies for f in t.failures])
    (found,) = (f for f in first if f.finding.property == PROPERTIES[name])
    return found


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("group", GROUPS)
def test_jaxchan_holds(group: str) -> None:
    keys = list(GROUPS[group])
    tally = Tally()
    for batch in batches(keys, 4 * len(keys), seed=2):
        tally.add(examine(batch))
    assert sum(c.total() for c in tally.counts.values()) == 4 * len(keys)
    assert not [str(f.finding) for f in tally.failures]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_its_script_shows_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jaxchan, name, getattr(jaxchan, name))  # put back afterwards
    exec(planted(name), {})
    call, finding = smallest(failure(name))
    assert all(math.prod(x.shape) <= 2 for x in call.sources())
    script = call.script(finding)
    assert len(script.splitlines()) == 2
    right, wrong = run(f"{script}\nprint('planted')\n{planted(name)}\n{script}").split("planted")
    assert "fail" not in right
    assert f"{PROPERTIES[name]}: fail" in wrong


def test_a_seed_draws_the_same_calls_and_all_that_are_asked_for() -> None:
    def texts(seed: int) -> list[str]:
        parts = [part for batch in batches([("order", "median")], 50, seed) for part in batch]
        return [str(call) for part in parts for call in part.calls()]

    first = texts(0)
    assert first == texts(0)
    assert len(first) == 50
    assert len(set(first)) > 45
    assert len(set(first) & set(texts(1))) < 5


def test_every_op_that_is_drawn_has_a_spec() -> None:
    drawn = [key for group in GROUPS.values() for key in group]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= set(OPS)


def test_names_that_select() -> None:
    assert command.select("all") == [key for group in GROUPS.values() for key in group]
    assert command.select("cumulative") == list(GROUPS["cumulative"])
    assert command.select("sort") == [key for key in GROUPS["order"] if "sort" in key]
    assert command.select("norms.norm") == [("norms", "norm")]
    with pytest.raises(typer.BadParameter, match="mdian is none of reductions"):
        command.select("mdian")


def test_the_command_runs_in_processes() -> None:
    console = Console(record=True, width=200)
    tally = command.collect(batches([("elementwise", "abs")], 6, seed=0), 1, console)
    assert (tally.counts["elementwise", "abs"].total(), tally.failures) == (6, [])


@pytest.mark.parametrize("failed", [False, True])
def test_exit_code(failed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("order", "median")
    wrong = Failure(Part(key, 1, 0), 0, Finding("value", "fail"))
    tally = Tally({key: Counter(compared=1)}, [wrong] * failed)
    monkeypatch.setattr(command, "collect", lambda *_: tally)
    result = CliRunner().invoke(command.app, ["--family", "median"])
    assert result.exit_code == failed
    assert "mismatched" in result.output


def test_fuzz_is_a_command_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for words, option in ((["fuzz", "--help"], "--seed"), (["--help"], "--out")):
        with pytest.raises(SystemExit) as caught:
            dispatch(words)
        assert caught.value.code == 0
        assert option in capsys.readouterr().out
