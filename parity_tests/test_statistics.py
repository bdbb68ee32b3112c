"""Variances of equal elements, and of nearly equal ones, in lines of any length."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
@pytest.mark.parametrize("shape", [(2, 3), (7, 150), (130, 20)])
def test_equal_elements_have_none(dtype: Any, shape: tuple[int, ...]) -> None:
    numbers = jnp.array([0.1, -77.7, 3e4], dtype)
    x = jnp.broadcast_to(numbers[:, None, None], (3, *shape))
    for dim in (1, 2, (1, 2)):
        value, pull = jax.vjp(lambda x, dim=dim: jaxchan.std(x, dim), x)
        assert not value.any()
        assert not pull(jnp.ones_like(value))[0].any()


@pytest.mark.parametrize("shape", [(3,), (40,), (1000,)])
def test_a_mean_whose_sum_would_overflow(shape: tuple[int, ...]) -> None:
    assert jaxchan.var(jnp.full(shape, 1e38, jnp.bfloat16)) == 0


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
@pytest.mark.parametrize("n", [3, 40, 1000])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_the_least_difference_is_seen(dtype: Any, n: int, place: int) -> None:
    x = np.full(n, 3000, dtype)
    x[place] = np.nextafter(x[place], np.asarray(np.inf, dtype))
    exact, step = np.var(np.asarray(x, np.float64), ddof=1), float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(float(jaxchan.var(x)), exact, rtol=step)  # an ulp
