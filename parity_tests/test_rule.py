"""The numbers of the acceptance rule."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from jaxchan.parity import _rule


def quality(
    error, own=0.0, floor=0.0, factors=_rule.GRADIENT_FACTORS, terms=None, dtype: Any = np.float32
):
    """Gate B on results of 1, the first of which is off by `error`."""
    truth, off = np.ones(64), np.zeros(64)
    off[0] = 1
    row = np.full((1, 64), floor)
    arrays = (truth + error * off, truth + own * off, truth, row, np.dtype(dtype))
    return _rule.same_quality(*arrays, factors, terms).status


@pytest.mark.parametrize(("factors", "limit"), [("OUTPUT", 2), ("GRADIENT", 8)])
def test_factors_of_gate_b(factors, limit):
    """An error in one place is bounded by the rms' factor, as torch's own is in the same place."""
    own = 2.0**-12
    factors = getattr(_rule, f"{factors}_FACTORS")
    assert quality(own * limit * 0.999, own, factors=factors) == "pass"
    assert quality(own * limit * 1.001, own, factors=factors) == "fail"


def test_the_rule_has_its_numbers():
    assert _rule.OUTPUT_FACTORS == (2, 3, 4)
    assert _rule.GRADIENT_FACTORS == (8, 12, 16)
    ulp = 2.0**-23
    assert quality(8 * ulp, factors=_rule.OUTPUT_FACTORS) == "pass"
    assert quality(8.01 * ulp, factors=_rule.OUTPUT_FACTORS) == "fail"
    assert quality(8 * ulp) == "fail"
    assert quality(8 * 2.0**-24 * 100, terms=np.full(64, 100.0)) == "pass"
    assert quality(8.01 * 2.0**-24 * 100, terms=np.full(64, 100.0)) == "fail"
    for dtype, bits in ((np.float16, 10), (ml_dtypes.bfloat16, 7)):
        options: Any = dict(factors=_rule.OUTPUT_FACTORS, dtype=dtype)
        assert quality(2.0**-bits, **options) == "pass"
        assert quality(1.01 * 2.0**-bits, **options) == "fail"


@pytest.mark.parametrize(
    ("error", "noise", "step", "status"),
    [
        (2.0**-44, 0.0, 0.0, "pass"),
        (2.0**-43.9, 0.0, 0.0, "inconclusive"),  # small, but not as rounding is
        (2.0**-43.9, 0.0, 2.0**-45, "pass"),
        (1.01e-10, 1.0, 0.0, "inconclusive"),  # ill-conditioned
        (1.01e-10, 1.0, 1e-10, "pass"),
        (1.01e-10, 0.0, 1.0, "fail"),
    ],
)
def test_table_of_gate_a(error, noise, step, status):
    want = np.ones(8)
    floor = np.full((1, 8), noise)
    assert _rule.same_function(want + error, want, floor, lambda: step).status == status


def test_ulps_of_float16_below_its_smallest_normal():
    ulps = _rule._ulp(np.array([0.0, 2.0**-24, 2.0**-14, 1.0]), np.dtype(np.float16))
    assert ulps.tolist() == [2.0**-24, 2.0**-24, 2.0**-24, 2.0**-10]
