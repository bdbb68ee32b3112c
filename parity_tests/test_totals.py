"""Losses that are summed block by block are torch's, whatever is left after the last block."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import _totals
from jaxchan.parity import Comparison, check_all

from . import _suite
from ._draw import draw
from ._spec import Case, case, t

SHAPE = (3, 5, 59)  # with blocks of 64: thirteen, and a rest
PAIR = (t(*SHAPE), t(*SHAPE))
LABELS = t(*SHAPE, draw="ties", dtype="int64")
SHARES = t(*SHAPE, draw="unit")
LOSSES: dict[str, Case] = {
    "loss.smooth_l1_loss": case(*PAIR, beta=0.5, reduction="sum"),
    "loss.huber_loss": case(*PAIR, delta=0.5),
    "loss.gaussian_nll_loss": case(*PAIR, t(*SHAPE, draw="positive"), full=True),
    "margin_loss.hinge_embedding_loss": case(t(*SHAPE), LABELS, margin=0.5),
    "margin_loss.margin_ranking_loss": case(*PAIR, LABELS),
    "cross_entropy.kl_div": case(t(*SHAPE), SHARES, reduction="batchmean"),
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_totals, "LARGE", 0)
    monkeypatch.setattr(_totals, "BLOCK", 64)
    jax.clear_caches()
    yield
    jax.clear_caches()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("name", LOSSES)
def test_blocks_are_torchs(name: str, dtype: str) -> None:
    family, op = f"nn.functional.{name}".rsplit(".", 1)
    ours, theirs = _suite.jax_function(family, op), _suite.torch_function(family, op)
    args, kwargs = draw(LOSSES[name], dtype)
    assert "while" in str(jax.make_jaxpr(lambda *a: ours(*a, **kwargs))(*args))
    (result,) = check_all([Comparison(ours, theirs, args, kwargs, name, order=2)])
    assert any(f.status == "pass" for f in result.findings)
    assert [f for f in result.findings if f.status not in ("pass", "vacuous")] == []


def test_groups_of_turns_are_all_turns() -> None:
    for turns in (1, 2, 3, 5, 17, 36):
        whole, twice = _totals.sum_of_turns(lambda i: [jnp.ones(2) * i, jnp.full(3, 2.0)], turns)
        np.testing.assert_array_equal(whole, np.full(2, turns * (turns - 1) / 2))
        np.testing.assert_array_equal(twice, np.full(3, 2.0 * turns))
