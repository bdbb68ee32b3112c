"""The suite can fail: it notices each planted fault, and none in jaxchan's own implementations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan.parity import PROPERTIES, Finding, Result, _check, _rule, _runs, check
from jaxchan.parity._rule import Verdict

from . import _draw, _suite
from ._jobs import examine
from .faults import FAULTS, Fault
from .specs import OPS

# torch and numpy warn about what the specs try: nan, nothing, uneven padding
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _same_settings() -> Iterator[None]:
    """A fault may leave JAX's settings changed."""
    yield
    jax.config.update("jax_default_matmul_precision", None)


def judge(fault: Fault, impl: Callable) -> list[Finding]:
    """The suite's findings about `impl`, in the part, dtype and cases that show the fault."""
    spec = OPS[fault.family, fault.name]
    theirs = _suite.torch_function(fault.family, fault.name)
    if fault.property == "errors":
        return _suite.errors(fault.name, spec, impl, theirs)
    spec = replace(spec, cases=tuple(c for c in spec.cases if fault.at in str(c)))
    if fault.property in ("jit", "vmap"):
        return _suite.transforms(spec, impl, theirs)
    return _suite.values(replace(spec, dtypes=(fault.dtype,)), impl, theirs)


def failed(fault: Fault, impl: Callable) -> list[Finding]:
    """The failures in the fault's property, as the command that runs the suite counts them."""
    outcome = examine(lambda *_: judge(fault, impl), fault.family, fault.name)
    assert outcome.findings
    return [f for f in outcome.findings if f.property == fault.property and f.status == "fail"]


def noticed(fault: Fault) -> bool:
    """Whether the fault is found, and not merely an implementation that cannot be called."""
    found = failed(fault, fault.impl)
    if fault.says:
        return any(fault.says in f.detail for f in found)
    return any("raised" not in f.where + f.detail for f in found)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_noticed(fault: Fault) -> None:
    assert noticed(fault)


QUESTIONS = {(f.family, f.name, f.property, f.dtype, f.at): f for f in FAULTS}


@pytest.mark.parametrize("fault", QUESTIONS.values(), ids=str)
def test_jaxchans_own_has_no_such_failure(fault: Fault) -> None:
    assert not failed(fault, _suite.jax_function(fault.family, fault.name))


def test_faults_break_every_property() -> None:
    assert {f.property for f in FAULTS} == set(PROPERTIES)
    assert len(FAULTS) == len({str(f) for f in FAULTS})


def weakened(where: Any, name: str, change: Callable, why: str, canary: str) -> Any:
    """A judge with one part changed, and a fault that it then misses."""
    return pytest.param(where, name, change, canary, id=why)


def always_pass(*_: Any) -> Any:
    return Verdict("pass")


def ones(_: Any, like: np.ndarray) -> np.ndarray:
    return np.ones_like(like)


def computed(got: np.ndarray, truths: Any, i: int) -> Verdict:
    """The judgement of numbers that are only moved, by the rule for computed ones."""
    return _check._judge_inexact(got, truths, "values", i)


def zero_passes(right: Callable) -> Callable:
    """A comparison to which an array of zeros is as good as none."""

    def judged(got: np.ndarray, *rest: Any) -> Any:
        return right(got, *rest) if np.any(got) else Verdict("vacuous")

    return judged


WEAKENED = [
    weakened(_runs, "_normal", ones, "cotangents of ones", "squeeze: reversed"),
    weakened(_rule, "same_function", always_pass, "float64 is not compared", "sum: off by 1e-9"),
    weakened(
        _rule, "same_quality", always_pass, "float32 is not compared", "conv2d: bfloat16 operands"
    ),
    weakened(_rule, "exactly", always_pass, "integers are not compared", "argmax: the last tie"),
    weakened(_check, "_judge_exact", computed, "moving may round", "flip: an ulp off"),
    weakened(_rule, "same_pattern", always_pass, "nan is not compared", "norm: nan at 0"),
    weakened(_rule, "same_structure", always_pass, "dtypes are not compared", "argmax: int32"),
    weakened(_suite, "same_error", always_pass, "any error will do", "sum: jnp's ValueError"),
    weakened(
        _check, "_judge_inexact", zero_passes(_check._judge_inexact), "zero passes", "sum: dropped"
    ),
    weakened(_check, "_highest_order", lambda _: 1, "first order alone", "prod: dropped"),
    weakened(
        _draw,
        "DRAWS",
        dict.fromkeys(_draw.DRAWS, _draw.DRAWS["normal"]),
        "normal values alone",
        "amax: ties to the first",
    ),
]


@pytest.mark.parametrize(("where", "name", "change", "canary"), WEAKENED)
def test_a_weakened_judge_misses_a_fault(
    where: Any, name: str, change: Callable, canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fault,) = (f for f in FAULTS if str(f) == canary)
    monkeypatch.setattr(where, name, change)
    findings = judge(fault, fault.impl)
    assert findings
    assert not [f for f in findings if "raised" in f.detail]
    assert not [f for f in findings if f.property == fault.property and f.status == "fail"]


def test_nothing_compared_is_no_success() -> None:
    assert not Result(())
    assert not check(jnp.sort, lambda x: x.sort().values, [np.zeros((0, 3))])
    steps = check(jnp.floor, torch.floor, [np.array([0.5, 1.5])])
    assert steps  # by its values
    derivatives = tuple(f for f in steps.findings if f.property != "value")
    assert {f.property for f in derivatives} == {"dtype", "gradient", "jvp", "second"}
    assert not Result(derivatives)
