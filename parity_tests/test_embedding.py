"""What cannot raise under jit, and what torch does to the weight in place."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan.nn.functional as F

WEIGHT = jnp.arange(6.0, dtype=jnp.float32).reshape(3, 2)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_out_of_range_is_nan_under_jit(index: int) -> None:
    places = jnp.array([index, 1])
    rows, pull = jax.vjp(lambda w: jax.jit(F.embedding)(places, w), WEIGHT)
    np.testing.assert_array_equal(rows, [[np.nan, np.nan], [2, 3]])
    np.testing.assert_array_equal(pull(jnp.ones_like(rows))[0], [[0, 0], [1, 1], [0, 0]])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_class_out_of_range_is_the_lowest_integer_under_jit(index: int) -> None:
    rows = jax.jit(lambda x: F.one_hot(x, 3))(jnp.array([index, 1]))
    np.testing.assert_array_equal(rows, [[np.iinfo(np.int64).min] * 3, [0, 1, 0]])


def test_one_hot_under_jit_and_vmap() -> None:
    x = jnp.array([[0, 2], [1, 1]])
    want = F.one_hot(x)
    np.testing.assert_array_equal(jax.jit(lambda x: F.one_hot(x, 3))(x), want)
    np.testing.assert_array_equal(jax.vmap(lambda x: F.one_hot(x, 3))(x), want)
    with pytest.raises(TypeError, match=r"^one_hot: num_classes must be given under jit"):
        jax.jit(F.one_hot)(x)


def test_max_norm_leaves_the_weight() -> None:
    weight = jnp.array([[3.0, 4.0]])
    rows = F.embedding(jnp.array([0]), weight, max_norm=1.0)
    np.testing.assert_allclose(rows, [[0.6, 0.8]], rtol=1e-7)
    np.testing.assert_array_equal(weight, [[3.0, 4.0]])
