"""What a spec cannot ask of torch's losses: chosen numbers, and what jit cannot raise."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan.nn.functional as F
from jaxchan.parity import check

LOGITS = np.random.default_rng(0).standard_normal((4, 3))
PROBABILITIES = np.array([0.0, 1.0, 0.0, 1.0, 0.3, 1e-13, 1e-7])
TARGETS = np.array([0.0, 0.0, 1.0, 1.0, 0.6, 0.5, 0.5])
FAR, SIDES = np.array([0.3, np.inf, -np.inf, np.nan, 100.0]), np.array([1.0, -1.0, 1.0, 0.0, 1.0])
KINKS = [
    ("binary_cross_entropy", PROBABILITIES, (TARGETS,)),
    ("binary_cross_entropy_with_logits", FAR, (np.abs(SIDES),)),
    ("soft_margin_loss", FAR, (SIDES,)),
    ("nll_loss", np.array([[np.inf, 0.0]]), (np.array([0]), np.zeros(2))),
]


@pytest.mark.parametrize(("name", "x", "others"), KINKS, ids=[name for name, *_ in KINKS])
def test_kinks(name: str, x: np.ndarray, others: tuple) -> None:
    def torchs(x: torch.Tensor) -> torch.Tensor:
        return getattr(torch.nn.functional, name)(x, *map(torch.tensor, others), reduction="none")

    def ours(x: jax.Array) -> jax.Array:
        return getattr(F, name)(x, *map(jnp.asarray, others), reduction="none")

    result = check(ours, torchs, [x])
    assert result, result


def test_an_infinite_rate_is_nan_in_optimised_programs() -> None:
    """There the last product of exp is contracted into a difference: -inf, and not inf - inf."""
    full = {"xla_backend_optimization_level": 3, "xla_cpu_use_fusion_emitters": True}
    loss = partial(F.poisson_nll_loss, reduction="none")
    x, target = jnp.full((2, 16), jnp.inf), jnp.ones((2, 16))
    assert jnp.isnan(jax.jit(loss, compiler_options=full)(x, target)).all()


def test_a_class_out_of_range_is_nan_under_jit() -> None:
    for loss in (F.cross_entropy, F.nll_loss):
        rows, slope = jax.jit(
            jax.vmap(jax.value_and_grad(lambda x, t, loss=loss: loss(x, t)), in_axes=(0, 0))
        )(jnp.asarray(LOGITS), jnp.array([0, 3, -1, 2]))
        np.testing.assert_array_equal(np.isnan(rows), [False, True, True, False])
        np.testing.assert_array_equal(np.isfinite(slope[0]), [True] * 3)
        assert np.isnan(jax.jit(loss)(jnp.asarray(LOGITS), jnp.array([0, 3, 1, 2])))


def test_no_probability_is_nan_under_jit() -> None:
    x = jnp.array([-0.1, 1.1, 0.5])
    loss = jax.jit(F.binary_cross_entropy, static_argnames="reduction")
    rows = loss(x, jnp.ones(3) / 2, reduction="none")
    np.testing.assert_array_equal(np.isnan(rows), [True, True, False])


def test_a_negative_variance_is_eps_under_jit() -> None:
    x, t = jnp.ones(1), jnp.zeros(1)
    loss = jax.jit(F.gaussian_nll_loss)
    assert loss(x, t, jnp.array([-1.0])) == pytest.approx(loss(x, t, jnp.array([1e-6])))


def test_half_precision_sums_in_float32() -> None:
    x = jnp.full(5000, 3.0, jnp.float16)
    assert F.mse_loss(x, jnp.zeros_like(x)) == 9
    logits = jnp.zeros((5000, 2), jnp.float16)
    loss = F.cross_entropy(logits, jnp.zeros(5000, jnp.int64))
    assert loss == jnp.log(jnp.float32(2)).astype(jnp.float16)
