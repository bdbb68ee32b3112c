"""A fixed sample of the grids; `python -m parity_tests.grids` tries them whole."""

import random

import pytest

from jaxchan.nn.functional import conv1d

from . import _suite, grids
from ._spec import Case

SAMPLE = 10


def sample(name: str, size: int) -> list[Case]:
    return random.Random(name).sample(list(grids.GRIDS[name].cases()), size)


@pytest.mark.parametrize("name", grids.GRIDS)
def test_sample_is_torchs(name: str) -> None:
    found = list(grids.findings(grids.GRIDS[name], sample(name, SAMPLE), order=1))
    assert [f for f in found if f.status not in ("pass", "vacuous")] == []
    assert any(f.property == "value" and f.status == "pass" for f in found)


def test_a_wrong_value_and_a_lacking_error_are_noticed(monkeypatch) -> None:
    def lenient(input, weight, *, stride, padding, **options):
        return conv1d(input, weight, stride=1 if padding == "same" else stride, padding=0)

    monkeypatch.setattr(_suite, "jax_function", lambda family, name: lenient)
    found = list(grids.findings(grids.GRIDS["conv1d"], sample("conv1d", 40)))
    assert {f.property for f in found if f.status == "fail"} >= {"value", "errors"}
