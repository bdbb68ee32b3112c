"""Losses where naive formulas break: infinite logits, empty targets, large images in 16 bits."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import losses

GAMMAS = [0, 0.5, 1, 2, 5]
FAR = [-np.inf, -1e4, -100.0, -20.0, 0.0, 20.0, 100.0, 1e4, np.inf]
DTYPES = ["float32", "bfloat16", "float16"]


def sigmoid_focal(gamma: float, modulator: str) -> Callable:
    return lambda x, t: losses.sigmoid_focal_loss(x, t, gamma=gamma, modulator=modulator)


def gradient(loss: Callable, x: jax.Array, *targets: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The elements of a loss, and the gradient of their sum."""
    value, pull = jax.vjp(lambda x: loss(x, *targets), x)
    return value, pull(jnp.ones_like(value))[0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize(
    "modulator", ["interpolate", "linear", "margin", "likelihood", "distance", "split"]
)
def test_focal_of_far_logits(modulator: str, gamma: float, dtype: str) -> None:
    x = jnp.asarray(np.array(FAR), dtype)
    loss = sigmoid_focal(gamma, modulator)
    both = jax.jit(lambda x, t: gradient(loss, x, t))
    for target in (0.0, 1.0):
        value, slope = both(x, jnp.full_like(x, target))
        wrong = jnp.isinf(x) & ((x > 0) == (target == 0))
        assert jnp.isfinite(jnp.where(wrong, 0, value)).all()
        assert (value[wrong] == jnp.inf).all()
        assert jnp.isfinite(slope).all()
        # the limits: none where right, alpha or 1 - alpha where wrong
        right = jnp.isinf(x) & ~wrong
        assert (value[right] == 0).all()
        assert (slope[right] == 0).all()
        expected = jnp.asarray(-0.25 if target else 0.75, dtype)
        assert (slope[wrong] == expected).all()


@pytest.mark.parametrize("gamma", GAMMAS)
def test_second_derivatives_of_far_logits(gamma: float) -> None:
    x = jnp.asarray(np.array(FAR), jnp.float32)
    for modulator in ("interpolate", "linear", "split"):
        for t in (0.0, 1.0):
            one = sigmoid_focal(gamma, modulator)
            curve = jax.vmap(jax.grad(jax.grad(lambda x, t=t, one=one: one(x, jnp.full((), t)))))
            assert jnp.isfinite(jax.jit(curve)(x)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gamma", GAMMAS)
def test_softmax_focal_of_far_logits(gamma: float, dtype: str) -> None:
    pairs = [(a, b) for a in FAR for b in FAR if not (np.isinf(a) and a == b)]
    x = jnp.asarray(np.array([(a, b, -np.inf) for a, b in pairs]), dtype)
    t = jnp.asarray(np.argmax(x, axis=1))
    value, slope = gradient(lambda x: losses.softmax_focal_loss(x, t, gamma=gamma), x)
    assert jnp.isfinite(value).all()
    assert jnp.isfinite(slope).all()
    certain = jnp.isinf(x).sum(1) == 2  # one class has all the probability
    assert (value[certain] == 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_overlap_of_far_logits(dtype: str) -> None:
    x = jnp.asarray(np.array([FAR, FAR[::-1]]), dtype)
    right = (x > 0).astype(x.dtype)
    overlaps = [losses.dice_loss, losses.tversky_loss]
    for t, functions in (
        (jnp.zeros_like(x), overlaps),
        (jnp.ones_like(x), overlaps),
        (right, [*overlaps, losses.focal_dice_loss]),
    ):
        for loss in functions:
            for smooth in (0.0, 1.0):
                value, slope = gradient(lambda x, t=t, f=loss, s=smooth: f(x, t, smooth=s), x)
                assert jnp.isfinite(value)
                assert jnp.isfinite(slope).all()


SHAPE = (1, 3, 512, 512)
RNG = np.random.default_rng(0)
LOGITS = (3 * RNG.standard_normal(SHAPE)).astype(np.float32)
LABELS = RNG.integers(0, 3, (1, 512, 512))
KEPT = np.ones(LABELS.shape, bool)
HOT = np.moveaxis(np.eye(3, dtype=np.float32)[LABELS], -1, 1)
CONFIDENT = (16 * HOT - 8) + LOGITS
BY_CLASS: dict[str, Any] = {"activation": "softmax", "per": "sample_class"}

LARGE: dict[str, Callable] = {
    **{
        f"sigmoid focal {gamma}": lambda x, t, m, g=gamma: losses.sigmoid_focal_loss(
            x, t, gamma=g, reduction="mean", mask=m
        )
        for gamma in GAMMAS
    },
    **{
        f"softmax focal {gamma}": lambda x, t, m, g=gamma: losses.softmax_focal_loss(
            x, t, gamma=g, reduction="mean", mask=m
        )
        for gamma in GAMMAS
    },
    "dice": lambda x, t, m: losses.dice_loss(x, t, mask=m),
    "dice by class": lambda x, t, m: losses.dice_loss(x, t, 1e-5, mask=m, **BY_CLASS),
    "tversky": lambda x, t, m: losses.tversky_loss(x, t, 0.3, 0.7, 1e-5, 0.75, mask=m, **BY_CLASS),
    "generalized": lambda x, t, m: losses.generalized_dice_loss(x, t, activation="softmax", mask=m),
    "hybrid": lambda x, t, m: losses.focal_dice_loss(x, t, mask=m),
    "quality": lambda x, t, m: losses.quality_focal_loss(x, t, reduction="mean", mask=m),
    "varifocal": lambda x, t, m: losses.varifocal_loss(x, t, reduction="mean", mask=m),
    "lovasz": lambda x, t, m: losses.lovasz_softmax_loss(x, t, mask=m),
}


@functools.cache
def compiled(name: str) -> Callable:
    return jax.jit(jax.value_and_grad(LARGE[name]))


def large(name: str, x: np.ndarray, t: np.ndarray, mask: np.ndarray = KEPT) -> list[np.ndarray]:
    """Value and gradient, as float64."""
    return [np.asarray(a, np.float64) for a in compiled(name)(jnp.asarray(x), t, mask)]


@pytest.mark.parametrize("name", LARGE)
def test_float32_has_float64s_digits(name: str) -> None:
    for x in (LOGITS, CONFIDENT):
        assert x.dtype == np.float32
        value, slope = large(name, x, LABELS)
        true, true_slope = large(name, x.astype(np.float64), LABELS)
        assert abs(value - true) <= 1e-6 * true
        # an error that float32 puts one place on in the order has growth of 2 / n more or less
        moved = 2 / np.bincount(LABELS.ravel()).min() if name == "lovasz" else 0
        assert np.abs(slope - true_slope).max() <= (1e-6 + moved) * np.abs(true_slope).max()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", LARGE)
def test_halves_are_summed_in_float32(name: str, dtype: str) -> None:
    info = jnp.finfo(dtype)
    for x in (LOGITS, CONFIDENT):
        half = np.asarray(jnp.asarray(x, dtype))
        value, slope = large(name, half, LABELS)
        true, _ = large(name, half.astype(np.float64), LABELS)
        assert abs(value - true) <= float(info.eps) * true + float(info.smallest_subnormal)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LARGE)
def test_one_class_alone_and_nothing(name: str, dtype: str) -> None:
    x = np.asarray(jnp.asarray(LOGITS, dtype))
    for constant in (0, 1):
        value, slope = large(name, x, np.full_like(LABELS, constant))
        assert np.isfinite(value)
        assert np.isfinite(slope).all()
    # what is masked may be anything
    value, slope = large(name, np.full_like(x, np.nan), LABELS, ~KEPT)
    assert value == 0
    assert (slope == 0).all()


@pytest.mark.parametrize(
    ("loss", "x", "t"),
    [
        (losses.lovasz_hinge_loss, LOGITS[:, 0], (LABELS == 1).astype(np.float32)),
        (
            lambda x, y: losses.distribution_focal_loss(x, y, "mean"),
            LOGITS,
            RNG.uniform(0, 2, LABELS.shape).astype(np.float32),
        ),
    ],
    ids=["lovasz hinge", "distribution focal"],
)
def test_the_others_have_them_too(loss: Callable, x: np.ndarray, t: np.ndarray) -> None:
    value = float(jax.jit(loss)(x, t))
    true = float(jax.jit(loss)(x.astype(np.float64), t.astype(np.float64)))
    assert abs(value - true) <= 1e-6 * true


def test_gradient_memory() -> None:
    x = jax.ShapeDtypeStruct((4, 80, 64, 64), jnp.float32)
    for modulator in ("interpolate", "linear"):

        def loss(x: jax.Array, t: jax.Array, modulator: str = modulator) -> jax.Array:
            return losses.sigmoid_focal_loss(x, t, reduction="mean", modulator=modulator)

        program = jax.jit(jax.value_and_grad(loss)).lower(x, x).compile()
        analysis = program.memory_analysis()
        assert analysis is not None
        assert analysis.temp_size_in_bytes <= 3 * 4 * x.size
