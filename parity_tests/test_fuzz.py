"""The fuzz finds nothing in jaxchan, finds what is planted, and prints calls that show it."""

import subprocess
import sys
from pathlib import Path

import pytest

import jaxchan

from .fuzz import _run
from .fuzz.__main__ import select
from .fuzz.strategies import GROUPS

# torch warns about what is drawn: degrees of freedom, complex numbers made real
pytestmark = pytest.mark.filterwarnings("ignore")

ROOT = Path(__file__).parents[1]
# each takes the place of jaxchan's, here and in the script that is printed
FAULTS = {
    "median": """
def wrong(input, dim=None, keepdim=False):
    return jnp.median(input) if dim is None else jaxchan_median(input, dim, keepdim)
""",
    "clamp": """
def wrong(input, min=None, max=None):
    arrays = any(getattr(v, "ndim", None) is not None for v in (min, max))
    if arrays or min is max is None or not jnp.issubdtype(input.dtype, jnp.floating):
        return jaxchan_clamp(input, min, max)
    return jnp.clip(input, min, max)
""",
    "cumsum": """
def wrong(input, dim, *, dtype=None):
    last = max(input.ndim, 1) - 1
    return jaxchan_cumsum(input, max(min(dim, last), -1 - last), dtype=dtype)
""",
}
PROPERTIES = {"median": "value", "clamp": "gradient", "cumsum": "errors"}


def planted(name: str) -> str:
    """Python that replaces jaxchan's function."""
    return f"""
import jaxchan, jax.numpy as jnp
jaxchan_{name} = jaxchan.{name}
{FAULTS[name]}
jaxchan.{name} = wrong
"""


def failures(name: str, cases: int) -> list[_run.Failure]:
    tallies = [_run.examine(b) for b in _run.batches(select(name), cases, seed=0)]
    return _run.firsts([f for t in tallies for f in t.failures])


@pytest.mark.parametrize("group", GROUPS)
def test_jaxchan_holds(group: str) -> None:
    keys = list(GROUPS[group])
    tally = _run.Tally()
    for batch in _run.batches(keys, 5 * len(keys), seed=0):
        tally.add(_run.examine(batch))
    assert sum(c.total() for c in tally.counts.values()) == 5 * len(keys)
    assert not [str(f.finding) for f in tally.failures]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_its_script_shows_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jaxchan, name, getattr(jaxchan, name))  # put back afterwards
    exec(planted(name), {})
    found = [f for f in failures(name, 64) if f.finding.property == PROPERTIES[name]]
    assert len(found) == 1
    call, finding = _run.smallest(found[0])
    script = call.script(finding)
    assert script.count("\n") == 1
    assert "fail" in run(planted(name) + script)
    assert "fail" not in run(script)


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout
