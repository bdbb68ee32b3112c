"""`jaxchan.losses.compat.smp` is torchref's smp, which follows segmentation_models_pytorch."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan.losses.compat import smp
from torchref.losses.compat import smp as ref_smp

from ._peers import (
    HOT,
    IGNORED,
    LABELS,
    SOFT,
    WEIGHT,
    X,
    check,
    grid,
    ids,
    made,
)

SMP: dict[str, Any] = {
    "classes": (None, [1, 2], [0]),
    "log_loss": (False, True),
    "from_logits": (True, False),
    "smooth": (0.0, 1.0),
    "ignore_index": (None, 255),
    "eps": (1e-7, 0.1),
    "class_weights": (None, [0.5, 2.0, 1.0]),
}


def smp_case(mode: str, options: dict) -> tuple[np.ndarray, np.ndarray]:
    """Logits or probabilities, and targets, some of which are ignored."""
    x = X if options.get("from_logits", True) else 1 / (1 + np.exp(-X))
    if mode == "binary":
        x, targets = x[:, :1], LABELS % 2
    else:
        targets = LABELS if mode == "multiclass" else HOT.astype(np.int64)
    if options["ignore_index"] is not None:
        hidden = (SOFT[:, 0] if targets.ndim == 3 else SOFT) < 0.2
        targets = np.where(hidden, 255, targets)
    return x, targets


@pytest.mark.parametrize("mode", smp.MODES)
@pytest.mark.parametrize("options", list(grid("smp", 4, **SMP)), ids=ids)
def test_smp_dice(mode: str, options: dict) -> None:
    options = dict(options)
    if mode == "binary":
        options |= {"classes": None, "class_weights": None}
    x, targets = smp_case(mode, options)

    def reference(*args: Any, **kwargs: Any) -> torch.Tensor:
        return ref_smp.overlap_loss(*args, alpha=0.5, beta=0.5, **kwargs)

    check(made(smp.DiceLoss), reference, x, targets, mode=mode, **options)


@pytest.mark.parametrize("mode", smp.MODES)
@pytest.mark.parametrize("gamma", [1.0, 0.75, 2.0])
def test_smp_jaccard_and_tversky(mode: str, gamma: float) -> None:
    options: dict[str, Any] = {"mode": mode, "ignore_index": 255, "smooth": 0.5}
    x, targets = smp_case(mode, options)
    weights = {"alpha": 0.3, "beta": 0.7, "gamma": gamma}
    check(made(smp.TverskyLoss), ref_smp.overlap_loss, x, targets, **weights, **options)

    def jaccard(*args: Any, **kwargs: Any) -> torch.Tensor:
        return ref_smp.overlap_loss(*args, alpha=1.0, beta=1.0, **kwargs)

    check(made(smp.JaccardLoss), jaccard, x, targets, **options)


SMP_FOCAL = grid(
    "smp focal",
    4,
    alpha=(None, 0.3),
    gamma=(2.0, 0.0, 0.5),
    ignore_index=(None, 255),
    from_logits=(True, False),
    reduction=("mean", "sum", "none", "batchwise_mean"),
    normalized=(False, True),
    reduced_threshold=(None, 0.5),
    class_weights=(None, [0.5, 2.0, 1.0]),
)


@pytest.mark.parametrize("mode", smp.MODES)
@pytest.mark.parametrize("options", list(SMP_FOCAL), ids=ids)
def test_smp_focal(mode: str, options: dict) -> None:
    options = dict(options)
    if mode == "binary":
        options["class_weights"] = None
    elif options["reduction"] == "none":
        options["reduction"] = "sum"
    if mode == "multiclass":
        options["from_logits"] = True
    if options["reduction"] == "batchwise_mean" and options["ignore_index"] is None:
        options["class_weights"] = None  # raises here, see below
    x, targets = smp_case(mode, options)
    check(made(smp.FocalLoss), ref_smp.focal_loss, x, targets, mode=mode, **options)


@pytest.mark.parametrize("mode", smp.MODES)
@pytest.mark.parametrize("per_image", [False, True])
@pytest.mark.parametrize("ignore_index", [None, 255])
def test_smp_lovasz(mode: str, per_image: bool, ignore_index: int | None) -> None:
    options = {"mode": mode, "per_image": per_image, "ignore_index": ignore_index}
    x, targets = smp_case(mode, options)
    check(made(smp.LovaszLoss), ref_smp.lovasz_loss, x, targets, **options)


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_smp_mcc(eps: float) -> None:
    p = 1 / (1 + np.exp(-X[:, :1]))
    check(made(smp.MCCLoss), ref_smp.mcc_loss, p, LABELS % 2, eps=eps)


SOFT_BCE = grid(
    "smp soft bce",
    4,
    weight=(None, WEIGHT.reshape(3, 1, 1)),
    ignore_index=(-100, None),
    reduction=("mean", "none", "sum"),
    smooth_factor=(None, 0.1),
    pos_weight=(None, 2 * WEIGHT.reshape(3, 1, 1)),
)


@pytest.mark.parametrize("options", list(SOFT_BCE), ids=ids)
def test_smp_soft_bce(options: dict) -> None:
    targets = HOT if options["ignore_index"] is None else np.where(SOFT < 0.2, -100, HOT)
    check(made(smp.SoftBCEWithLogitsLoss), ref_smp.soft_bce_with_logits_loss, X, targets, **options)


SOFT_CE = grid(
    "smp soft ce",
    4,
    reduction=("mean", "none", "sum"),
    smooth_factor=(None, 0.1, 1.0),
    ignore_index=(-100, None, 1),
    dim=(1, -1),
)


@pytest.mark.parametrize("options", list(SOFT_CE), ids=ids)
def test_smp_soft_ce(options: dict) -> None:
    labels = IGNORED if options["ignore_index"] == -100 else LABELS
    x = X if options["dim"] == 1 else np.moveaxis(X, 1, -1)
    check(made(smp.SoftCrossEntropyLoss), ref_smp.soft_cross_entropy_loss, x, labels, **options)


def test_smp_ignored_pixels_may_hold_anything() -> None:
    kept = IGNORED != -100
    x = jnp.where(kept[:, None], jnp.asarray(X), jnp.nan)
    loss = smp.SoftCrossEntropyLoss(smooth_factor=0.1)
    slope = jax.grad(loss)(x, jnp.asarray(IGNORED))
    np.testing.assert_array_equal(slope, jax.grad(loss)(jnp.asarray(X), jnp.asarray(IGNORED)))
    bce, t = smp.SoftBCEWithLogitsLoss(), jnp.asarray(IGNORED % 2 - 100 * ~kept)[:, None]
    assert jnp.isfinite(jax.grad(bce)(x[:, :1], jnp.where(kept[:, None], t, -100))).all()
