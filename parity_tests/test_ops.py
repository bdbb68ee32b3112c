"""Every op, by everything that `_suite.run` asks of it; `make parity` shows it as a table.

A fixed part of the calls: `make parity FULL=1` tries them all.
"""

import jax
import pytest

from jaxchan.parity import Finding

from . import _suite
from .specs import OPS


# as torch's, some ops warn of what they accept
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("family", "name"), OPS, ids=[".".join(key) for key in OPS])
def test_op_is_torchs(family: str, name: str) -> None:
    findings = _suite.run(family, name, _suite.SHARE)
    jax.clear_caches()
    assert not [f for f in findings if f.status not in ("pass", "vacuous")]
    assert _only_vacuous(findings) == []


def _only_vacuous(findings: list[Finding]) -> list[str]:
    """Properties of which nothing was compared that could have differed."""
    passed = {f.property for f in findings if f.status == "pass"}
    return sorted({f.property for f in findings} - passed)
