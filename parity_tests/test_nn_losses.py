"""What a spec cannot ask of torch's losses: gradients beside arguments for which torch has none
(a weight, a target), which a spec would ask for too, and what jit cannot raise."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan.nn.functional as F
from jaxchan.parity import check

RNG = np.random.default_rng(0)
LOGITS, SHARES = RNG.standard_normal((4, 3)), RNG.uniform(0, 1, (4, 3))
LABELS, WEIGHT = np.array([0, 2, 1, 2]), np.array([0.5, 2.0, 3.0])
KINKS = np.array([0.0, 1.0, 0.0, 1.0, 0.3, 1e-13, 1e-7])
ENDS = np.array([0.0, 0.0, 1.0, 1.0, 0.6, 0.5, 0.5])
HARD = np.array([1.0, -1.0, 1.0, 0.0, 1.0])
FAR = np.array([0.3, np.inf, -np.inf, np.nan, 100.0])
TORCH = torch.nn.functional
CASES = [
    *[
        (name, LOGITS, (LABELS, WEIGHT), dict(reduction=r, ignore_index=i, **more))
        for r in ("none", "mean", "sum")
        for i in (-100, 2)
        for name, more in (
            ("nll_loss", {}),
            ("cross_entropy", {}),
            ("cross_entropy", {"label_smoothing": 0.2}),
        )
    ],
    ("cross_entropy", LOGITS, (SHARES, WEIGHT), {}),
    ("nll_loss", np.zeros((2, 3)), (np.zeros(2, int), np.zeros(3)), {}),
    ("nll_loss", np.array([[np.inf, 0.0]]), (np.array([0]), np.zeros(2)), {"reduction": "none"}),
    ("binary_cross_entropy", SHARES, (SHARES[::-1].copy(), WEIGHT), {}),
    ("binary_cross_entropy", KINKS, (ENDS,), {"reduction": "none"}),
    ("binary_cross_entropy_with_logits", LOGITS, (SHARES, WEIGHT), {"pos_weight": WEIGHT}),
    ("binary_cross_entropy_with_logits", LOGITS, (SHARES,), {"pos_weight": WEIGHT}),
    ("binary_cross_entropy_with_logits", FAR, (HARD * HARD,), {"reduction": "none"}),
    ("soft_margin_loss", FAR, (HARD,), {"reduction": "none"}),
    ("kl_div", LOGITS, (np.round(SHARES),), {"reduction": "none"}),
    ("poisson_nll_loss", LOGITS, (np.round(SHARES),), {"full": True}),
]
IDS = [f"{n}-{k.get('reduction', 'mean')}-{i}" for i, (n, _, _, k) in enumerate(CASES)]


@pytest.mark.parametrize(("name", "x", "others", "options"), CASES, ids=IDS)
def test_gradient_to_the_input_alone(name: str, x: Any, others: tuple, options: dict) -> None:
    def torchs(x: torch.Tensor) -> torch.Tensor:
        arrays = {k: torch.tensor(v) for k, v in options.items() if k == "pos_weight"}
        return getattr(TORCH, name)(x, *map(torch.tensor, others), **(options | arrays))

    def ours(x: jax.Array) -> jax.Array:
        return getattr(F, name)(x, *map(jnp.asarray, others), **options)

    result = check(ours, torchs, [x])
    assert result, result


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
