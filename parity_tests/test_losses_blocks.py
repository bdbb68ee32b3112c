"""Losses that are summed block by block are as they are in one piece, however blocks fall."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import losses
from jaxchan.losses import _blocks

EPS = np.finfo(np.float64).eps
RNG = np.random.default_rng(0)
SHAPES = {  # what is cut: one axis of pixels, both, with a rest, of channels first and last
    "even": ((2, 3, 16, 16), 1),
    "many samples": ((32, 3, 2, 4), 1),
    "prime": ((1, 3, 17, 31), 1),
    "prime samples": ((67, 3, 5), 1),
    "rows": ((256, 3), 1),
    "last": ((2, 16, 16, 3), -1),
    "first": ((3, 211), 0),
}
BY_CLASS: dict[str, Any] = {"activation": "softmax", "per": "sample_class"}
WEIGHT = jnp.array([0.2, 0.3, 0.5])
LOSSES: dict[str, Callable] = {
    "focal": lambda x, t, **o: losses.sigmoid_focal_loss(x, t, reduction="mean", **o),
    "focal by class": lambda x, t, **o: losses.sigmoid_focal_loss(
        x, t, alpha=WEIGHT, modulator="split", reduction="sum", normalizer="valid", **o
    ),
    "dice": losses.dice_loss,
    "dice by class": lambda x, t, **o: losses.dice_loss(x, t, per="class", absent="skip", **o),
    "two classes": lambda x, t, **o: losses.dice_loss(x, t, classes=[0, 2], overlap="minimum", **o),
    "weighed": lambda x, t, **o: losses.tversky_loss(
        x, t, 0.3, 0.7, class_weight=WEIGHT, weight_mode="inside", **o
    ),
    "hybrid": losses.focal_dice_loss,
    "quality": lambda x, t, **o: losses.quality_focal_loss(x, t, reduction="mean", **o),
    "varifocal": lambda x, t, **o: losses.varifocal_loss(x, t, reduction="mean", **o),
}
BY_SAMPLE: dict[str, Callable] = {
    "tversky": lambda x, t, **o: losses.tversky_loss(x, t, 0.3, 0.7, **BY_CLASS, **o),
    "one sample": lambda x, t, **o: losses.dice_loss(x, t, per="sample", **o),
    "generalized": losses.generalized_dice_loss,
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_blocks, "LARGE", 0)
    monkeypatch.setattr(_blocks, "BLOCK", 48)
    monkeypatch.setattr(_blocks, "SHORTEST", 3)
    jax.clear_caches()
    yield
    jax.clear_caches()


def drawn(shape: tuple[int, ...], channel: int) -> tuple[jax.Array, list[tuple[jax.Array, dict]]]:
    """Logits, and targets with options: dense, labels, masks."""
    pixels = tuple(np.delete(shape, channel))
    soft, labels = RNG.uniform(0, 1, shape), jnp.asarray(RNG.integers(0, 3, pixels))
    kept, each = (jnp.asarray(RNG.uniform(size=s) < 0.7) for s in (pixels, shape))
    calls: list[tuple[jax.Array, dict]] = [
        (jnp.asarray(soft), {}),
        (jnp.asarray(soft), {"mask": each}),
        (labels, {}),
        (labels, {"mask": kept, "ignore_index": 1}),
    ]
    options = {"channel_dim": channel}
    return jnp.asarray(RNG.standard_normal(shape)), [(t, o | options) for t, o in calls]


def derivatives(loss: Callable, x: jax.Array, along: jax.Array) -> list[jax.Array]:
    """Value, gradient, and the gradient of the tangent."""

    def tangent(x: jax.Array) -> jax.Array:
        return jax.jvp(loss, (x,), (along,))[1]

    return [loss(x), jax.grad(loss)(x), jax.grad(tangent)(x)]


def near(a: jax.Array, b: jax.Array) -> None:
    assert a.dtype == b.dtype
    assert np.abs(a - b).max() <= 64 * EPS * max(1.0, float(np.abs(b).max()))


@pytest.mark.parametrize("number", range(len(SHAPES)), ids=list(SHAPES))
def test_blocks_are_the_whole(number: int, request: pytest.FixtureRequest) -> None:
    shape, channel = list(SHAPES.values())[number]
    x, calls = drawn(shape, channel)
    some = LOSSES if channel == 0 else LOSSES | BY_SAMPLE
    along = jnp.asarray(RNG.standard_normal(shape))
    runs = []
    for i, loss in enumerate(some.values(), number):  # each with other targets in every shape
        t, options = calls[i % len(calls)]
        one = partial(lambda x, loss, t, o: loss(x, t, **o), loss=loss, t=t, o=options)
        runs.append(partial(derivatives, one, along=along))
    whole = [jax.jit(run)(x) for run in runs]
    request.getfixturevalue("small_blocks")
    for run, want in zip(runs, whole, strict=True):
        for a, b in zip(jax.jit(run)(x), want, strict=True):
            near(a, b)
        assert "while" in str(jax.make_jaxpr(run)(x))


def test_groups_of_turns_are_all_turns() -> None:
    for turns in (1, 2, 3, 5, 17, 36):
        whole, twice = _blocks.sum_of_turns(lambda i: [jnp.ones(2) * i, jnp.full(3, 2.0)], turns)
        np.testing.assert_array_equal(whole, np.full(2, turns * (turns - 1) / 2))
        np.testing.assert_array_equal(twice, np.full(3, 2.0 * turns))


@pytest.mark.usefixtures("small_blocks")
def test_blocks_under_vmap() -> None:
    x, t = (jnp.asarray(RNG.uniform(0, 1, (3, 2, 3, 8, 8))) for _ in range(2))
    for loss in (LOSSES | BY_SAMPLE).values():
        both = jax.value_and_grad(loss)
        for got, one in zip(jax.vmap(both)(x, t), zip(*map(both, x, t), strict=True), strict=True):
            near(got, jnp.stack(one))


@pytest.mark.usefixtures("small_blocks")
def test_a_weight_may_be_differentiated_by() -> None:
    x, t = (jnp.asarray(RNG.uniform(0, 1, (2, 3, 8, 8))) for _ in range(2))

    def loss(a: jax.Array, t: jax.Array) -> jax.Array:
        return losses.tversky_loss(x, t, a, 1 - a)

    step = 1e-6
    at, rest = jnp.asarray(0.3), jax.grad(loss, 1)(jnp.asarray(0.3), t)
    quotient = (loss(at + step, t) - loss(at - step, t)) / (2 * step)
    assert abs(jax.grad(loss)(at, t) - quotient) <= 1e-9
    along = (loss(at, t + step * rest) - loss(at, t - step * rest)) / (2 * step)
    assert abs((rest * rest).sum() - along) <= 1e-9


def test_many_equal_terms_keep_their_digits() -> None:
    x = jnp.full((64, 1 << 16), 0.3, jnp.float32)
    t = jnp.ones_like(x)
    for loss in (LOSSES["focal"], LOSSES["dice"]):
        true = loss(x[:1, :1].astype(jnp.float64), t[:1, :1].astype(jnp.float64))
        if loss is losses.dice_loss:  # of which smooth is a part
            true = 1 - 1 / (1 + (1 - jax.nn.sigmoid(0.3)) / (2 * jax.nn.sigmoid(0.3)))
        assert abs(float(loss(x, t)) - true) <= 1e-6 * true
