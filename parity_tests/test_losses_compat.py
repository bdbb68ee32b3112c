"""`jaxchan.losses.compat` is kornia, MONAI and optax as installed, and others by torchref."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import kornia.losses
import numpy as np
import optax.losses
import pytest

from jaxchan.losses.compat import kornia as our_kornia
from jaxchan.losses.compat import mmdet, smp, torchvision
from jaxchan.losses.compat import optax as our_optax
from torchref.losses.compat import mmdet as ref_mmdet
from torchref.losses.compat import torchvision as ref_torchvision

from ._peers import (
    HOT,
    IGNORED,
    LABELS,
    REDUCTIONS,
    RNG,
    ROW_LABELS,
    ROWS,
    SOFT,
    WEIGHT,
    Pair,
    X,
    check,
    check_signature,
    differences,
    grid,
    ids,
    in_jax,
    ours,
)


@pytest.mark.parametrize("targets", [HOT, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize(
    "options",
    list(grid("tv", 3, alpha=(0.25, -1, 0.7), gamma=(2, 0, 0.5, 1, 5), reduction=REDUCTIONS)),
    ids=ids,
)
def test_torchvision(targets: np.ndarray, options: dict) -> None:
    theirs = ref_torchvision.sigmoid_focal_loss
    check(torchvision.sigmoid_focal_loss, theirs, X, targets, **options)


FOCAL = grid(
    "kornia focal",
    6,
    alpha=(0.25, None, 0.7),
    gamma=(2.0, 0.0, 0.5, 5.0),
    reduction=REDUCTIONS,
    weight=(None, WEIGHT),
    ignore_index=(-100, 1),
)


@pytest.mark.parametrize("options", list(FOCAL), ids=ids)
def test_kornia_focal(options: dict) -> None:
    labels = IGNORED if options["ignore_index"] == -100 else LABELS
    check(our_kornia.focal_loss, kornia.losses.focal_loss, X, labels, **options)


BINARY = grid(
    "kornia binary",
    6,
    alpha=(0.25, None, 0.7),
    gamma=(2.0, 0.0, 0.5, 5.0),
    reduction=REDUCTIONS,
    pos_weight=(None, WEIGHT),
    weight=(None, WEIGHT),
    ignore_index=(-100, None),
)


@pytest.mark.parametrize("targets", [HOT.astype(np.int64), SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("options", list(BINARY), ids=ids)
def test_kornia_binary_focal(targets: np.ndarray, options: dict) -> None:
    if options["ignore_index"] is not None:
        targets = np.where(SOFT < 0.2, -100, targets).astype(targets.dtype)
    name = "binary_focal_loss_with_logits"
    check(getattr(our_kornia, name), getattr(kornia.losses, name), X, targets, **options)


DICE = grid(
    "kornia dice",
    4,
    average=("micro", "macro"),
    eps=(1e-8, 0.0, 1.0),
    weight=(None, WEIGHT),
    ignore_index=(-100, 1, None),
)


@pytest.mark.parametrize("options", list(DICE), ids=ids)
def test_kornia_dice(options: dict) -> None:
    labels = IGNORED if options["ignore_index"] == -100 else LABELS
    check(our_kornia.dice_loss, kornia.losses.dice_loss, X, labels, **options)


@pytest.mark.parametrize("average", ["micro", "macro"])
@pytest.mark.parametrize("eps", [1e-8, 0.0])
def test_kornia_dice_of_ignored_images(average: str, eps: float) -> None:
    labels = np.where(np.arange(2).reshape(2, 1, 1) == 1, -100, LABELS)
    options = {"average": average, "eps": eps}
    check(our_kornia.dice_loss, kornia.losses.dice_loss, X, labels, **options)


TVERSKY = grid(
    "kornia tversky", 3, alpha=(0.5, 0.3), beta=(0.5, 0.7), eps=(1e-8, 1.0), ignore_index=(-100, 1)
)


@pytest.mark.parametrize("options", list(TVERSKY), ids=ids)
def test_kornia_tversky(options: dict) -> None:
    labels = IGNORED if options["ignore_index"] == -100 else LABELS
    check(our_kornia.tversky_loss, kornia.losses.tversky_loss, X, labels, **options)


def test_kornia_lovasz() -> None:
    hinge = our_kornia.lovasz_hinge_loss, kornia.losses.lovasz_hinge_loss
    check(*hinge, X[:, :1], LABELS % 2)
    check(*hinge, X[:, :1], 0 * LABELS)
    softmax = our_kornia.lovasz_softmax_loss, kornia.losses.lovasz_softmax_loss
    check(*softmax, X, LABELS)
    check(*softmax, X, LABELS, weight=WEIGHT)
    check(*softmax, X[:1], LABELS)


CLASSES = {
    "FocalLoss": ("focal_loss", {"alpha": 0.3, "gamma": 1.5, "reduction": "sum"}),
    "BinaryFocalLossWithLogits": (
        "binary_focal_loss_with_logits",
        {"alpha": 0.3, "gamma": 1.5, "reduction": "sum", "pos_weight": jnp.asarray(WEIGHT)},
    ),
    "DiceLoss": ("dice_loss", {"average": "macro", "eps": 0.5}),
    "TverskyLoss": ("tversky_loss", {"alpha": 0.3, "beta": 0.7, "eps": 0.5}),
    "LovaszHingeLoss": ("lovasz_hinge_loss", {}),
    "LovaszSoftmaxLoss": ("lovasz_softmax_loss", {}),
}


@pytest.mark.parametrize("name", CLASSES)
def test_kornia_classes_are_their_functions(name: str) -> None:
    function, options = CLASSES[name]
    taken = inspect.signature(getattr(our_kornia, name)).parameters
    options = dict(options)
    others = {"weight": jnp.asarray(WEIGHT), "ignore_index": 1}
    options |= {k: v for k, v in others.items() if k in taken}
    assert options.keys() == taken.keys()
    x, t = jnp.asarray(X), jnp.asarray(LABELS)
    if name == "BinaryFocalLossWithLogits":
        t = jnp.asarray(HOT)
    if name == "LovaszHingeLoss":
        x, t = x[:, :1], t % 2
    got = getattr(our_kornia, name)(**options)(x, t)
    np.testing.assert_array_equal(got, getattr(our_kornia, function)(x, t, **options))


def check_optax(name: str, x: np.ndarray, *args: np.ndarray, **options: Any) -> None:
    theirs = ours(getattr(optax.losses, name), args, options)

    def run(x: np.ndarray, cotangent: np.ndarray | None) -> Pair:
        with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
            return in_jax(theirs, x, cotangent)

    found = differences(ours(getattr(our_optax, name), args, options), run, x)
    assert not found, found


@pytest.mark.parametrize("targets", [HOT, SOFT, HOT[:1]], ids=["hard", "soft", "broadcast"])
@pytest.mark.parametrize(
    "options", list(grid("optax", 2, alpha=(None, 0.3), gamma=(2.0, 0.5, 1.0, 5.0))), ids=ids
)
def test_optax_focal(targets: np.ndarray, options: dict) -> None:
    check_optax("sigmoid_focal_loss", X, targets, **options)


LAST, LAST_HOT = np.moveaxis(X, 1, -1), np.moveaxis(HOT, 1, -1)
OPTAX_DICE = grid(
    "optax dice",
    4,
    class_weights=(None, WEIGHT),
    smooth=(1.0, 1e-5),
    alpha=(0.5, 0.3),
    beta=(0.5, 0.7),
    reduction=("mean", "none", "sum"),
    ignore_background=(False, True),
    axis=(None, 1, (0, 1, 2), (0, 2), ()),
)


@pytest.mark.parametrize("options", list(OPTAX_DICE), ids=ids)
def test_optax_dice(options: dict) -> None:
    check_optax("dice_loss", LAST, LAST_HOT, **options)


def test_optax_dice_of_one_channel_and_of_rows() -> None:
    check_optax("dice_loss", LAST[..., :1], LAST_HOT[..., :1])
    check_optax("dice_loss", LAST[..., 0], LAST_HOT[..., :1])
    check_optax("dice_loss", ROWS, np.eye(4)[ROW_LABELS][:, :3])


@pytest.mark.parametrize("ignore_background", [False, True])
@pytest.mark.parametrize("smooth", [1.0, 1e-5])
def test_optax_generalized(ignore_background: bool, smooth: float) -> None:
    options = {"smooth": smooth, "ignore_background": ignore_background}
    check_optax("multiclass_generalized_dice_loss", LAST, LAST_HOT, **options)


def test_optax_binary() -> None:
    check_optax("binary_dice_loss", X, HOT)
    check_optax("binary_dice_loss", LAST[..., :1], LAST_HOT[..., :1], smooth=0.5)


def test_optax_probabilities() -> None:
    p = np.exp(LAST) / np.exp(LAST).sum(-1, keepdims=True)
    got = our_optax.dice_loss(jnp.asarray(p), jnp.asarray(LAST_HOT), apply_softmax=False)
    want = our_optax.dice_loss(jnp.asarray(LAST), jnp.asarray(LAST_HOT))
    np.testing.assert_allclose(got, want, rtol=1e-14)


WEIGHTS = (None, RNG.uniform(0, 2, 10), RNG.uniform(0, 2, (10, 3)))
REDUCED = [("mean", None), ("none", None), ("sum", None), ("mean", 7.0), ("none", 7.0)]


@pytest.mark.parametrize("reduction", REDUCED, ids=str)
@pytest.mark.parametrize("weight", WEIGHTS, ids=["-", "rows", "elements"])
def test_mmdet_focal(weight: Any, reduction: tuple) -> None:
    options = {"weight": weight, "reduction": reduction[0], "avg_factor": reduction[1]}
    functions = mmdet.sigmoid_focal_loss, ref_mmdet.sigmoid_focal_loss
    check(*functions, ROWS, ROW_LABELS, **options)
    check(*functions, ROWS, np.eye(4)[ROW_LABELS][:, :3], gamma=0.5, alpha=0.6, **options)


@pytest.mark.parametrize("reduction", REDUCED, ids=str)
@pytest.mark.parametrize("weight", WEIGHTS[:2], ids=["-", "rows"])
def test_mmdet_quality_and_distribution_focal(weight: Any, reduction: tuple) -> None:
    options = {"weight": weight, "reduction": reduction[0], "avg_factor": reduction[1]}
    scores = RNG.uniform(0.1, 1, 10)
    quality = mmdet.quality_focal_loss, ref_mmdet.quality_focal_loss
    check(*quality, ROWS, (ROW_LABELS, scores), **options)
    check(*quality, ROWS, np.eye(4)[ROW_LABELS][:, :3] * scores[:, None], beta=1.0, **options)
    distribution = mmdet.distribution_focal_loss, ref_mmdet.distribution_focal_loss
    check(*distribution, ROWS, 2 * scores * 0.99, **options)


@pytest.mark.parametrize("reduction", REDUCED, ids=str)
@pytest.mark.parametrize("iou_weighted", [True, False])
def test_mmdet_varifocal(iou_weighted: bool, reduction: tuple) -> None:
    targets = np.where(WEIGHTS[2] < 1, 0, WEIGHTS[2] - 1)
    options = {"reduction": reduction[0], "avg_factor": reduction[1], "weight": WEIGHTS[2]}
    functions = mmdet.varifocal_loss, ref_mmdet.varifocal_loss
    check(*functions, ROWS, targets, iou_weighted=iou_weighted, **options)
    check(*functions, ROWS, targets, alpha=0.5, gamma=0.5, iou_weighted=iou_weighted)


@pytest.mark.parametrize("reduction", REDUCED, ids=str)
@pytest.mark.parametrize("naive_dice", [True, False])
def test_mmdet_dice(naive_dice: bool, reduction: tuple) -> None:
    p, t = 1 / (1 + np.exp(-ROWS)), np.eye(4)[ROW_LABELS][:, :3]
    options = {"reduction": reduction[0], "avg_factor": reduction[1], "naive_dice": naive_dice}
    functions = mmdet.dice_loss, ref_mmdet.dice_loss
    check(*functions, p, t, weight=WEIGHTS[1], **options)
    check(*functions, p, t, eps=1.0, **options)


def test_mmdet_classes_are_their_functions() -> None:
    x, labels, weight = jnp.asarray(ROWS), jnp.asarray(ROW_LABELS), jnp.asarray(WEIGHTS[1])
    hot, y = jnp.eye(4)[labels][:, :3], jnp.asarray(WEIGHTS[1])
    p = jax.nn.sigmoid(x)
    common = (weight, 7.0, "none")
    rows = [
        (mmdet.FocalLoss(gamma=1.0, alpha=0.5), mmdet.sigmoid_focal_loss, labels),
        (mmdet.QualityFocalLoss(beta=1.0), mmdet.quality_focal_loss, hot),
        (mmdet.VarifocalLoss(alpha=0.5, gamma=1.0), mmdet.varifocal_loss, hot),
        (mmdet.DistributionFocalLoss(), mmdet.distribution_focal_loss, y),
    ]
    options = {name: 1.0 for name in ("gamma", "beta")} | {"alpha": 0.5}
    for loss, function, targets in rows:
        if function is mmdet.varifocal_loss:
            weighted = loss(x, targets, weight[:, None], 7.0, "none")
        else:
            weighted = loss(x, targets, *common)
        kept = {k: v for k, v in options.items() if k in inspect.signature(function).parameters}
        w = weight[:, None] if function is mmdet.varifocal_loss else weight
        expected = function(x, targets, w, reduction="none", avg_factor=7.0, **kept)
        np.testing.assert_array_equal(weighted, expected)
    dice = mmdet.dice_loss(p, hot, reduction="none")
    halved = mmdet.DiceLoss(loss_weight=0.5)(x, hot, reduction_override="none")
    np.testing.assert_allclose(halved, 0.5 * dice, rtol=1e-14)
    given = mmdet.DiceLoss(activate=False)(p, hot, reduction_override="none")
    np.testing.assert_array_equal(given, dice)
    for cls in (mmdet.FocalLoss, mmdet.QualityFocalLoss):
        with pytest.raises(ValueError, match="activated"):
            cls(activated=True)(x, hot)


ERRORS: list[tuple[Any, type[Exception], str]] = [
    (
        lambda x, t: our_kornia.focal_loss(x, t[:1], 0.3),
        RuntimeError,
        "^focal_loss: target must have the shape of pred",
    ),
    (lambda x, t: our_kornia.dice_loss(x, t + 9), IndexError, "^dice_loss: target must be"),
    (lambda x, t: our_kornia.FocalLoss(0.3, weight=[1.0])(x, t), RuntimeError, "loss: weight must"),
    (
        lambda x, t: our_kornia.tversky_loss(x[0], t, 1, 1),
        RuntimeError,
        "^tversky_loss: target must",
    ),
    (
        lambda x, t: torchvision.sigmoid_focal_loss(x, x + 2),
        ValueError,
        "^sigmoid_focal_loss: targets must be",
    ),
    (lambda x, t: mmdet.varifocal_loss(x, x + 2), ValueError, "^varifocal_loss: target must be"),
    (lambda x, t: our_optax.sigmoid_focal_loss(x, x + 2), ValueError, "focal_loss: labels must be"),
    (lambda x, t: our_optax.dice_loss(x, x + 2), ValueError, "^dice_loss: targets must be"),
    (
        lambda x, t: our_optax.dice_loss(x, 0 * x, class_weights=[1.0]),
        RuntimeError,
        "^dice_loss: class_weights must be",
    ),
    (lambda x, t: smp.DiceLoss("multiclass")(x, t + 9), IndexError, "^DiceLoss: y_true must be"),
    (lambda x, t: smp.FocalLoss("multilabel")(x, t), RuntimeError, "^FocalLoss: y_true must"),
    (
        lambda x, t: smp.FocalLoss("multiclass", reduction="batchwise_mean", class_weights=[1.0])(
            x, t
        ),
        ValueError,
        "^FocalLoss: class_weights must be None",
    ),
    (lambda x, t: smp.SoftCrossEntropyLoss()(x, t + 9), IndexError, "SoftCrossEntropyLoss: y_true"),
    (lambda x, t: smp.SoftCrossEntropyLoss(dim=9)(x, t), IndexError, "SoftCrossEntropyLoss: dim"),
    (lambda x, t: smp.SoftBCEWithLogitsLoss()(x, t), RuntimeError, "LogitsLoss: y_true must have"),
    (lambda x, t: smp.MCCLoss()(x, t), RuntimeError, "^MCCLoss: y_true must have"),
    (lambda x, t: smp.LovaszLoss("multiclass")(x, t + 9), IndexError, "^LovaszLoss: y_true must"),
]


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS, ids=[row[2] for row in ERRORS])
def test_errors_are_in_the_peers_words(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call(jnp.asarray(X), jnp.asarray(LABELS))


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(our_kornia, kornia.losses), (our_optax, optax.losses)],
    ids=["kornia", "optax"],
)
def test_signatures_are_the_peers(mine: Any, theirs: Any) -> None:
    functions = [n for n, f in vars(mine).items() if getattr(f, "__module__", "") == mine.__name__]
    names = [name for name in functions if name[0] != "_"]
    assert len(names) >= 4
    for name in names:
        check_signature(getattr(mine, name), getattr(theirs, name))


def test_each_module_names_its_version() -> None:
    assert kornia.__version__ in (our_kornia.__doc__ or "")
    assert optax.__version__ in (our_optax.__doc__ or "")
