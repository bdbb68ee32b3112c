"""Modules are torch's, and are Flax's: rows are modules, tests are what must hold of each."""

import pytest

from jaxchan.parity import Result, check_all

from ._modules import Row, comparisons
from .module_rows import ROWS


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_is_torchs(row: Row) -> None:
    findings = [f for result in check_all(list(comparisons(row))) for f in result.findings]
    result = Result(tuple(findings))
    assert result, str(result)
