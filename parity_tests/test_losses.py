"""The losses where a naive formula breaks: far logits, every gamma, and half precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import losses

FAR = np.array([-1e4, -100.0, -20.0, 0.0, 20.0, 100.0, 1e4], np.float32)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2, 5])
@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_focal_is_finite_far_out(dtype: str, gamma: float, target: float) -> None:
    x, t = jnp.asarray(FAR, dtype), jnp.full(FAR.shape, target, dtype)
    value, pull = jax.vjp(lambda x: losses.sigmoid_focal_loss(x, t, gamma=gamma), x)
    (slope,) = pull(jnp.ones_like(value))
    assert jnp.isfinite(value).all()
    assert jnp.isfinite(slope).all()


def test_focal_of_a_far_wrong_logit_is_its_distance() -> None:
    x = jnp.array([1e4, -1e4], jnp.float32)
    loss = losses.sigmoid_focal_loss(x, jnp.array([0.0, 1.0], jnp.float32), alpha=0.25)
    np.testing.assert_array_equal(loss, [7500.0, 2500.0])


def test_gamma_zero_is_weighted_cross_entropy() -> None:
    x, t = jnp.array([0.5, -2.0]), jnp.array([1.0, 0.0])
    expected = np.array([0.25, 0.75]) * np.log1p(np.exp([-0.5, -2.0]))
    loss = losses.sigmoid_focal_loss(x, t, gamma=0)
    assert np.abs(loss - expected).max() <= 4 * np.finfo(np.float64).eps


def test_perfect_and_empty_overlap() -> None:
    ones, far = jnp.ones((4, 4)), jnp.full((4, 4), 1e4)
    assert losses.dice_loss(far, ones) == 0
    assert losses.dice_loss(-far, ones) == 1 - 1 / 17
    assert losses.dice_loss(-far, 0 * ones) == 0


def test_dice_counts_in_float32_for_halves() -> None:
    ones = jnp.ones((512, 512), jnp.float16)
    assert losses.dice_loss(1e4 * ones, ones) == 0
    assert jnp.isfinite(jax.grad(losses.dice_loss)(ones, ones)).all()


def test_hybrid_is_the_sum_of_its_parts() -> None:
    x, t = jnp.array([[0.5, -2.0]]), jnp.array([[1.0, 0.4]])
    focal = losses.sigmoid_focal_loss(x, t, reduction="mean")
    expected = 0.3 * focal + 0.7 * losses.dice_loss(x, t)
    hybrid = losses.focal_dice_loss(x, t, lambda_focal=0.3)
    assert abs(hybrid - expected) <= 2 * np.finfo(np.float64).eps
