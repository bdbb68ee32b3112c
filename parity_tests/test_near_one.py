"""Logarithms and exponentials near 1: their series are nearer to the truth than XLA's functions."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan._elementwise import log1p_exp
from jaxchan.nn.functional.activation import _expm1

FAR = np.linspace(0, 80, 100_001)
BELOW = -np.append(np.logspace(-30, 0, 100_001), np.logspace(0, 2, 10_001))


def worst(function: Callable, truth: Callable, x: np.ndarray) -> float:
    """The largest relative error."""
    true = truth(x.astype(np.float64))
    return float(np.max(np.abs(np.asarray(jax.jit(function)(x), np.float64) / true - 1)))


@pytest.mark.parametrize(
    ("ours", "xlas", "truth", "x"),
    [
        (
            log1p_exp,
            lambda x: jnp.log1p(jnp.exp(-jnp.abs(x))),
            lambda x: np.log1p(np.exp(-x)),
            FAR,
        ),
        (_expm1, jnp.expm1, np.expm1, BELOW),
    ],
)
def test_float32(ours: Callable, xlas: Callable, truth: Callable, x: np.ndarray) -> None:
    x = x.astype(np.float32)
    assert worst(ours, truth, x) < worst(xlas, truth, x)


def test_float64() -> None:
    assert worst(_expm1, np.expm1, BELOW) < worst(jnp.expm1, np.expm1, BELOW)
