"""The suite can fail: it notices each planted fault, and none in jaxchan's own implementations."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import jax
import pytest

from jaxchan.parity import PROPERTIES, Finding

from . import _suite
from ._jobs import examine
from .faults import FAULTS, Fault
from .specs import OPS

# torch and numpy warn about what the specs try: nan, nothing, uneven padding
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _same_settings() -> Iterator[None]:
    """A fault may leave JAX's settings changed."""
    precision = jax.config.jax_default_matmul_precision
    yield
    jax.config.update("jax_default_matmul_precision", precision)


def judge(fault: Fault, impl: Callable) -> list[Finding]:
    """The suite's findings about `impl`, in the part, dtype and cases that show the fault."""
    spec = OPS[fault.family, fault.name]
    theirs = _suite.torch_function(fault.family, fault.name)
    if fault.property == "errors":
        return _suite.errors(fault.name, spec, impl, theirs)
    # transforms tries every fourth case under jit: narrowed to those, it tries some of its own
    step = 4 if fault.property == "jit" else 1
    spec = replace(spec, cases=tuple(c for c in spec.cases[::step] if fault.at in str(c)))
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


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_jaxchans_own_has_no_such_failure(fault: Fault) -> None:
    assert not failed(fault, _suite.jax_function(fault.family, fault.name))


def test_faults_break_every_property() -> None:
    assert {f.property for f in FAULTS} == set(PROPERTIES)
    assert len(FAULTS) == len({str(f) for f in FAULTS})
