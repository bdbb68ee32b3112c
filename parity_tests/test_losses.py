"""What holds of losses beside their reference: published forms, identities, masks and bad input."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import losses
from jaxchan.losses import _arguments

EPS = np.finfo(np.float64).eps
RNG = np.random.default_rng(0)
X = jnp.asarray(RNG.standard_normal((2, 3, 4, 5)))
SOFT = jnp.asarray(RNG.uniform(0, 1, X.shape))
LABELS = jnp.asarray(RNG.integers(0, 3, (2, 4, 5)))
HOT = jnp.moveaxis(jnp.eye(3)[LABELS], -1, 1)


def near(a: jax.Array, b: jax.Array, ulps: float = 16) -> None:
    assert np.abs(a - b).max() <= ulps * EPS * max(1.0, float(np.abs(b).max()))


def test_published_focal_and_dice() -> None:
    p, t = jax.nn.sigmoid(X), SOFT
    bce = -t * jnp.log(p) - (1 - t) * jnp.log(1 - p)
    factor = (0.25 * t + 0.75 * (1 - t)) * (t * (1 - p) ** 2 + (1 - t) * p**2)
    near(losses.sigmoid_focal_loss(X, t), factor * bce)
    dice = 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
    near(losses.dice_loss(X, t), dice)
    focal = losses.sigmoid_focal_loss(X, t, reduction="mean")
    near(losses.focal_dice_loss(X, t, lambda_focal=0.3), 0.3 * focal + 0.7 * dice)


def test_focal_of_a_far_wrong_logit_is_its_distance() -> None:
    x = jnp.array([1e4, -1e4], jnp.float32)
    loss = losses.sigmoid_focal_loss(x, jnp.array([0.0, 1.0], jnp.float32), alpha=0.25)
    np.testing.assert_array_equal(loss, [7500.0, 2500.0])


def test_gamma_zero_is_cross_entropy() -> None:
    near(
        losses.sigmoid_focal_loss(X, SOFT, None, 0),
        SOFT * jax.nn.softplus(-X) + (1 - SOFT) * jax.nn.softplus(X),
    )
    mean = losses.softmax_focal_loss(X, LABELS, gamma=0, reduction="mean", normalizer="pixels")
    near(mean, -(HOT * jax.nn.log_softmax(X, 1)).sum() / LABELS.size)


def test_two_classes_are_one_logit() -> None:
    labels = LABELS % 2
    two = losses.softmax_focal_loss(X[:, :2], labels, 0.25, reduction="sum")
    one = losses.sigmoid_focal_loss(X[:, 1] - X[:, 0], labels.astype(X.dtype), reduction="sum")
    near(two, one, 64)


def test_modulators_agree_on_hard_targets() -> None:
    want = losses.sigmoid_focal_loss(X, HOT)
    for modulator in ("linear", "margin", "likelihood", "distance", "split"):
        near(losses.sigmoid_focal_loss(X, HOT, modulator=modulator), want)


def test_dice_is_tversky_and_jaccard_too() -> None:
    near(losses.dice_loss(X, SOFT, 0.7), losses.tversky_loss(X, SOFT, smooth=0.35))
    p = jax.nn.sigmoid(X)
    jaccard = (p * HOT).sum() / (p + HOT - p * HOT).sum()
    near(losses.tversky_loss(X, HOT, 1.0, 1.0, smooth=0.0), 1 - jaccard)
    micro = losses.dice_loss(X, LABELS, 0.0, activation="softmax", per="batch")
    near(micro, 1 - (HOT * jax.nn.softmax(X, 1)).sum() / LABELS.size)


def test_quality_of_zero_and_one_is_focal() -> None:
    focal = losses.sigmoid_focal_loss(X, HOT, None)
    near(losses.quality_focal_loss(X, LABELS), focal.sum(1))


def test_distribution_at_a_bin_is_cross_entropy() -> None:
    entropy = -(HOT * jax.nn.log_softmax(X, 1)).sum(1)
    near(losses.distribution_focal_loss(X, LABELS.astype(X.dtype)), entropy)


def test_lovasz_of_certain_predictions_is_the_jaccard_loss() -> None:
    x = jnp.array([50.0, 50.0, -50.0, -50.0, -50.0])
    t = jnp.array([1.0, 0.0, 1.0, 0.0, 0.0])
    two = jnp.stack([-x, x])[None]
    loss = losses.lovasz_softmax_loss(two, t[None].astype(int), classes="all")
    near(loss, jnp.asarray((1 - 1 / 3 + 1 - 2 / 4) / 2))


def test_perfect_and_empty_overlap() -> None:
    ones, far = jnp.ones((4, 4)), jnp.full((4, 4), 1e4)
    assert losses.dice_loss(far, ones) == 0
    assert losses.dice_loss(-far, ones) == 1 - 1 / 17
    assert losses.dice_loss(-far, 0 * ones) == 0


PLAIN: dict[str, Callable] = {
    "sigmoid_focal_loss": losses.sigmoid_focal_loss,
    "softmax_focal_loss": losses.softmax_focal_loss,
    "dice_loss": losses.dice_loss,
    "tversky_loss": losses.tversky_loss,
    "generalized_dice_loss": losses.generalized_dice_loss,
    "focal_dice_loss": losses.focal_dice_loss,
    "quality_focal_loss": losses.quality_focal_loss,
    "varifocal_loss": losses.varifocal_loss,
    "lovasz_softmax_loss": losses.lovasz_softmax_loss,
}


@pytest.mark.parametrize("name", PLAIN)
def test_ignored_pixels_may_hold_anything(name: str) -> None:
    loss = PLAIN[name]
    kept = jnp.asarray(RNG.uniform(size=LABELS.shape) < 0.7)
    labels = jnp.where(kept, LABELS, 255)
    x = jnp.where(kept[:, None], X, jnp.nan)
    want, slope = jax.value_and_grad(lambda x: loss(x, LABELS, mask=kept).sum())(X)
    for options in ({"ignore_index": 255}, {"ignore_index": 255, "mask": kept[:, None]}):
        value, own = jax.value_and_grad(lambda x, o=options: loss(x, labels, **o).sum())(x)
        np.testing.assert_array_equal(value, want)
        np.testing.assert_array_equal(own, slope)
    assert (own[jnp.broadcast_to(~kept[:, None], own.shape)] == 0).all()


@pytest.mark.parametrize("name", PLAIN)
def test_a_label_that_is_no_class(name: str) -> None:
    labels = LABELS.at[0, 0, 0].set(3)
    for value in (3, -1):
        with pytest.raises(IndexError, match=rf"^{name}: targets must be in \[0, 2\], got {value}"):
            PLAIN[name](X, labels.at[0, 0, 0].set(value))
    traced = jax.jit(PLAIN[name])(X, labels)
    if name != "lovasz_softmax_loss":  # it has a row of zeros
        zeros = HOT.at[0, :, 0, 0].set(0)
        near(traced, PLAIN[name](X, zeros))
    assert jnp.isfinite(traced).all()


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("loss", [losses.sigmoid_focal_loss, losses.softmax_focal_loss])
def test_labels_of_8_bits_may_have_more_classes(loss: Callable, reduction: str) -> None:
    x = jnp.asarray(RNG.standard_normal((4, 300)))
    wide, narrow = (jnp.array([1, 44, 200, 255], dtype) for dtype in (jnp.int32, jnp.uint8))
    options = {"reduction": reduction, "ignore_index": -100}
    np.testing.assert_array_equal(loss(x, narrow, **options), loss(x, wide, **options))


def test_a_distance_beyond_the_bins() -> None:
    y = jnp.full(LABELS.shape, 2.5)
    with pytest.raises(ValueError, match="distribution_focal_loss: targets must be in"):
        losses.distribution_focal_loss(X, y)
    clipped = jax.jit(losses.distribution_focal_loss)(X, y)
    np.testing.assert_array_equal(clipped, losses.distribution_focal_loss(X, 2 + 0 * y))


def test_known_targets_under_jit() -> None:
    y, t = 2 * SOFT[:, 0], HOT[:, 0]
    for loss, x, targets in (
        (losses.distribution_focal_loss, X, y),
        (losses.lovasz_hinge_loss, X[:, 0], t),
    ):
        for mask in (None, SOFT[:, 0] > 0.5):
            got = jax.jit(lambda x, f=loss, t=targets, m=mask: f(x, t, mask=m))(x)
            near(got, loss(x, targets, mask=mask))


def test_a_masked_distance_may_be_anything() -> None:
    kept = SOFT[:, 0] > 0.5
    y = jnp.where(kept, 1.5, 9.0)
    np.testing.assert_array_equal(
        losses.distribution_focal_loss(X, y, mask=kept),
        losses.distribution_focal_loss(X, jnp.where(kept, y, 0.0), mask=kept),
    )


def test_a_number_of_objects_as_normalizer_may_be_traced() -> None:
    def loss(x: jax.Array, n: jax.Array) -> jax.Array:
        return losses.sigmoid_focal_loss(x, HOT, reduction="mean", normalizer=n)

    near(jax.jit(loss)(X, jnp.asarray(7)), losses.sigmoid_focal_loss(X, HOT).sum() / 7)


def test_channels_last() -> None:
    last = jnp.moveaxis(X, 1, -1)
    for loss in PLAIN.values():
        got = loss(last, LABELS, channel_dim=-1)
        want = loss(X, LABELS)
        near(got, jnp.moveaxis(want, 1, -1) if want.ndim == 4 else want, 64)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: losses.dice_loss(X, SOFT[:1]), RuntimeError, "dice_loss: targets must have"),
        (lambda: losses.dice_loss(X.astype(int), SOFT), RuntimeError, "dice_loss: inputs must be"),
        (lambda: losses.dice_loss(X, HOT.astype(int)), RuntimeError, "dice_loss: targets must be"),
        (lambda: losses.dice_loss(X, 255 * HOT), ValueError, "targets must be in .0, 1., got 255"),
        (lambda: losses.dice_loss(X, SOFT, per="image"), ValueError, "per must be one of .*image"),
        (lambda: losses.dice_loss(X, SOFT, per="sample", channel_dim=0), IndexError, "channel_dim"),
        (
            lambda: losses.sigmoid_focal_loss(X, SOFT, reduction="average"),
            ValueError,
            "sigmoid_focal_loss: reduction must be one of .*'average'",
        ),
        (
            lambda: losses.sigmoid_focal_loss(X, SOFT, class_weight=[1.0, 2.0]),
            RuntimeError,
            "class_weight must be a number or one for each of 3 classes",
        ),
        (lambda: losses.lovasz_hinge_loss(X, SOFT), ValueError, "targets must be 0 or 1"),
        (
            lambda: losses.softmax_focal_loss(X, LABELS, mask=jnp.ones((2, 4), bool)),
            RuntimeError,
            "mask must broadcast to the shape of inputs",
        ),
    ],
)
def test_bad_input(call: Callable, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize("size", [10, 1 + _arguments.FEW])
def test_a_target_out_of_range_is_found_among_few_and_many(size: int) -> None:
    x, t = jnp.zeros((1, size)), jnp.zeros((1, size)).at[0, -1].set(1.5)
    with pytest.raises(ValueError, match=r"targets must be in \[0, 1\], got 1.5"):
        losses.dice_loss(x, t)
    assert jnp.isfinite(losses.dice_loss(x, t, mask=t <= 1))
