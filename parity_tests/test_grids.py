"""A fixed sample of the grids; `python -m parity_tests.grids` tries them whole."""

import pytest

from jaxchan.nn.functional import conv1d

from . import _suite, grids

SHARE = 367  # a prime, so that the sample goes through the values of every parameter


@pytest.mark.parametrize("name", grids.GRIDS)
def test_sample_is_torchs(name: str) -> None:
    found = list(grids.findings(name, SHARE, order=1))
    assert [f for f in found if f.status not in ("pass", "vacuous")] == []
    assert any(f.property in ("value", "errors") and f.status == "pass" for f in found)


def test_a_wrong_value_and_a_lacking_error_are_noticed(monkeypatch) -> None:
    def lenient(input, weight, *, stride, padding, **options):
        return conv1d(input, weight, stride=1 if padding == "same" else stride, padding=0)

    monkeypatch.setattr(_suite, "jax_function", lambda family, name: lenient)
    found = list(grids.findings("conv1d", 211))
    assert {f.property for f in found if f.status == "fail"} >= {"value", "errors"}
