"""Attention with dropout, whose numbers differ from torch's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan.nn.functional import scaled_dot_product_attention

KEY = jax.random.key(0)
ROWS = 400


def dropped(p: float, key: jax.Array | None = KEY) -> jax.Array:
    """The weights of ROWS queries for as many keys, all alike, times their number."""
    x, one_hot = jnp.zeros((ROWS, 2), jnp.float32), jnp.eye(ROWS, dtype=jnp.float32)
    return ROWS * scaled_dot_product_attention(x, x, one_hot, dropout_p=p, dropout_key=key)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_a_share_of_the_weights_is_dropped_and_the_rest_scaled(p: float) -> None:
    weights = np.asarray(dropped(p))
    assert abs((weights == 0).mean() - p) <= 5 * np.sqrt(p * (1 - p)) / ROWS
    np.testing.assert_allclose(weights[weights != 0], 1 / (1 - p), rtol=1e-6)


def test_the_key_decides() -> None:
    np.testing.assert_array_equal(dropped(0.5), jax.jit(lambda key: dropped(0.5, key))(KEY))
    assert (dropped(0.5) != dropped(0.5, jax.random.key(1))).any()


def test_drawing_needs_a_key() -> None:
    with pytest.raises(TypeError, match="dropout_key must be given"):
        _ = dropped(0.5, None)
