"""Logarithms and exponentials near 1: their series are as exact as is said of them."""

from collections.abc import Callable

import jax
import numpy as np
import pytest

from jaxchan._elementwise import log1p_to_one
from jaxchan.nn.functional.activation import _expm1

SHARES = np.append(0, np.logspace(-30, 0, 100_001))
BELOW = np.append(-SHARES, -np.logspace(0, 2, 10_001))


@pytest.mark.parametrize(
    ("ours", "truth", "x", "part"),
    [(log1p_to_one, np.log1p, SHARES, 1.1e-7), (_expm1, np.expm1, BELOW, 1.4e-7)],
)
def test_float32(ours: Callable, truth: Callable, x: np.ndarray, part: float) -> None:
    x = x.astype(np.float32)
    true = truth(x.astype(np.float64))
    error = np.abs(np.asarray(jax.jit(ours)(x), np.float64) - true)
    assert (error <= part * np.abs(true)).all()


@pytest.mark.parametrize(
    ("ours", "truth", "x"), [(log1p_to_one, np.log1p, SHARES), (_expm1, np.expm1, BELOW)]
)
def test_float64(ours: Callable, truth: Callable, x: np.ndarray) -> None:
    """The truth is off by an ulp, which is up to 2.2e-16, of its own."""
    error = np.abs(jax.jit(ours)(x) - truth(x))
    assert (error <= 6e-16 * np.abs(truth(x))).all()
