"""`jaxchan.losses.compat.monai` is MONAI as installed."""

import importlib
import importlib.metadata
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan.losses.compat import monai as our_monai

from ._peers import (
    HOT,
    IGNORED,
    LABELS,
    SOFT,
    WEIGHT,
    X,
    check,
    check_signature,
    differences,
    grid,
    ids,
    made,
    ours,
    torchs,
)

# as modules whose names pyright cannot see
theirs: Any = importlib.import_module("monai.losses")
networks: Any = importlib.import_module("monai.networks")


@pytest.fixture
def wide_monai(monkeypatch: pytest.MonkeyPatch) -> None:
    """MONAI's casts to float32 are to the dtype of the logits, so that its formula can be seen."""
    monkeypatch.setattr(torch.Tensor, "float", lambda x: x.to(torch.get_default_dtype()))
    hot = networks.one_hot

    def one_hot(labels: torch.Tensor, num_classes: int) -> torch.Tensor:
        return hot(labels, num_classes, torch.get_default_dtype())

    for module in ("dice", "focal_loss", "tversky"):
        monkeypatch.setattr(f"monai.losses.{module}.one_hot", one_hot)


def monai_targets(options: dict) -> np.ndarray:
    """Labels with a channel, or one-hot; some without a class if those are to be ignored."""
    ignore = options.get("ignore_index")
    labels = IGNORED if ignore == -100 else LABELS
    if options["to_onehot_y"]:
        return labels[:, None]
    return HOT * (labels[:, None] >= 0)


MONAI_FOCAL = grid(
    "monai focal",
    8,
    include_background=(True, False),
    to_onehot_y=(False, True),
    gamma=(2.0, 0.0, 0.5),
    alpha=(None, 0.3, [0.2, 0.5, 0.9]),
    weight=(None, 2.0, [0.5, 2.0, 1.0]),
    reduction=("mean", "none", "sum"),
    use_softmax=(False, True),
    ignore_index=(None, 1, -100),
)


@pytest.mark.parametrize("options", list(MONAI_FOCAL), ids=ids)
def test_monai_focal(options: dict, wide_monai: None) -> None:
    if not options["include_background"]:
        for name in ("alpha", "weight"):
            if isinstance(options[name], list):
                options[name] = options[name][1:]
        if options["use_softmax"] and isinstance(options["alpha"], float):
            options["alpha"] = None  # raises here, see below
    targets = monai_targets(options)
    check(made(our_monai.FocalLoss), made(theirs.FocalLoss), X, targets, **options)


def test_monai_focal_of_soft_targets(wide_monai: None) -> None:
    classes = made(our_monai.FocalLoss), made(theirs.FocalLoss)
    for alpha in (None, 0.3, [0.2, 0.5, 0.9]):
        check(*classes, X, np.where(SOFT > 0.8, 1.0, SOFT), alpha=alpha, reduction="none")


ACTIVATIONS = ("sigmoid", "softmax", "other_act", None)


def activated(options: dict, *, ours: bool) -> dict:
    """The option "activation" as MONAI has it."""
    options = dict(options)
    chosen = options.pop("activation")
    if chosen == "other_act":
        function = jax.nn.sigmoid if ours else torch.sigmoid
        return {**options, "other_act": function}
    return {**options, chosen: True} if chosen else options


def check_monai(name: str, x: np.ndarray, targets: np.ndarray, options: dict, *more: Any) -> None:
    if options["activation"] is None:
        x = 1 / (1 + np.exp(-x))
    mine = made(getattr(our_monai, name))
    peer = made(getattr(theirs, name))
    found = differences(
        ours(mine, (targets, *more), activated(options, ours=True)),
        torchs(peer, (targets, *more), activated(options, ours=False)),
        x,
    )
    assert not found, found


SHARED: dict[str, Any] = {
    "include_background": (True, False),
    "to_onehot_y": (False, True),
    "activation": ACTIVATIONS,
    "reduction": ("mean", "none", "sum"),
    "smooth_nr": (1e-5, 0.0, 1.0),
    "smooth_dr": (1e-5, 0.5),
    "batch": (False, True),
}
MONAI_DICE = grid(
    "monai dice",
    8,
    **SHARED,
    squared_pred=(False, True),
    jaccard=(False, True),
    weight=(None, 2.0, [0.5, 2.0, 1.0]),
    soft_label=(False, True),
    ignore_index=(None, 1, -100),
)


@pytest.mark.parametrize("options", list(MONAI_DICE), ids=ids)
def test_monai_dice(options: dict, wide_monai: None) -> None:
    if not options["include_background"] and isinstance(options["weight"], list):
        options["weight"] = options["weight"][1:]
    check_monai("DiceLoss", X, monai_targets(options), options)


@pytest.mark.parametrize("soft_label", [False, True])
@pytest.mark.parametrize("jaccard", [False, True])
def test_monai_dice_of_soft_targets(soft_label: bool, jaccard: bool) -> None:
    options = {"activation": "softmax", "soft_label": soft_label, "jaccard": jaccard}
    check_monai("DiceLoss", X, SOFT, options)


MONAI_TVERSKY = grid(
    "monai tversky",
    4,
    **SHARED,
    alpha=(0.5, 0.3),
    beta=(0.5, 0.7),
    soft_label=(False, True),
    ignore_index=(None, 1, -100),
)


@pytest.mark.parametrize("options", list(MONAI_TVERSKY), ids=ids)
def test_monai_tversky(options: dict, wide_monai: None) -> None:
    check_monai("TverskyLoss", X, monai_targets(options), options)


MONAI_GENERALIZED = grid(
    "monai generalized",
    4,
    **SHARED,
    w_type=("square", "simple", "uniform"),
    soft_label=(False, True),
)


@pytest.mark.parametrize("options", list(MONAI_GENERALIZED), ids=ids)
def test_monai_generalized_dice(options: dict, wide_monai: None) -> None:
    check_monai("GeneralizedDiceLoss", X, monai_targets(options), options)


HYBRID: dict[str, Any] = {"gamma": (2.0, 0.5), "lambda_focal": (1.0, 0.3)}
MONAI_HYBRID = grid(
    "monai hybrid",
    4,
    **SHARED,
    **HYBRID,
    squared_pred=(False, True),
    jaccard=(False, True),
    weight=(None, 2.0),
    lambda_dice=(1.0, 0.7),
    alpha=(None, 0.3),
)


@pytest.mark.parametrize("options", list(MONAI_HYBRID), ids=ids)
def test_monai_dice_focal(options: dict, wide_monai: None) -> None:
    check_monai("DiceFocalLoss", X, monai_targets(options), options)


MONAI_GENERALIZED_HYBRID = grid(
    "monai generalized hybrid",
    3,
    **SHARED,
    **HYBRID,
    w_type=("square", "simple", "uniform"),
    weight=(None, 2.0),
    lambda_gdl=(1.0, 0.7),
)


@pytest.mark.parametrize("options", list(MONAI_GENERALIZED_HYBRID), ids=ids)
def test_monai_generalized_dice_focal(options: dict, wide_monai: None) -> None:
    check_monai("GeneralizedDiceFocalLoss", X, monai_targets(options), options)


MONAI_CE = grid(
    "monai ce",
    4,
    **{**SHARED, "reduction": ("mean", "sum")},
    squared_pred=(False, True),
    jaccard=(False, True),
    weight=(None, WEIGHT),
    lambda_dice=(1.0, 0.7),
    lambda_ce=(1.0, 0.3),
    label_smoothing=(0.0, 0.1),
)


@pytest.mark.parametrize("options", list(MONAI_CE), ids=ids)
def test_monai_dice_ce(options: dict, wide_monai: None) -> None:
    check_monai("DiceCELoss", X, monai_targets(options), options)


@pytest.mark.parametrize("weight", [None, WEIGHT[1:2]], ids=["-", "weight"])
def test_monai_dice_ce_of_one_channel(weight: Any, wide_monai: None) -> None:
    options = {"activation": "sigmoid", "weight": weight}
    check_monai("DiceCELoss", X[:, :1], LABELS[:, None] % 2, options)


MONAI_MASKED = grid(
    "monai masked",
    4,
    **SHARED,
    squared_pred=(False, True),
    jaccard=(False, True),
    weight=(None, 2.0, [0.5, 2.0, 1.0]),
    soft_label=(False, True),
)


@pytest.mark.filterwarnings("ignore:No mask value")
@pytest.mark.parametrize("options", list(MONAI_MASKED), ids=ids)
def test_monai_masked_dice(options: dict, wide_monai: None) -> None:
    if not options["include_background"] and isinstance(options["weight"], list):
        options["weight"] = options["weight"][1:]
    mask = (IGNORED >= 0)[:, None].astype(np.int64)
    check_monai("MaskedDiceLoss", X, monai_targets(options), options, mask)


@pytest.mark.filterwarnings("ignore:No mask value")
def test_monai_masks(wide_monai: None) -> None:
    options, half = {"activation": "softmax"}, SOFT[:1, :1]
    check_monai("MaskedDiceLoss", X, HOT, options)
    check_monai("MaskedDiceLoss", X, HOT, options, half)
    kept = jnp.asarray(IGNORED >= 0)[:, None]
    loss = our_monai.MaskedDiceLoss(softmax=True)
    slope = jax.grad(loss)(jnp.where(kept, jnp.asarray(X), jnp.nan), jnp.asarray(HOT), kept)
    np.testing.assert_array_equal(slope, jax.grad(loss)(jnp.asarray(X), jnp.asarray(HOT), kept))


ERRORS: list[tuple[Any, type[Exception], str]] = [
    (lambda x, t: our_monai.DiceLoss()(x, t + 2), ValueError, "^DiceLoss: target must be in"),
    (lambda x, t: our_monai.FocalLoss()(x, t[:1]), RuntimeError, "^FocalLoss: target must have"),
    (
        lambda x, t: our_monai.GeneralizedDiceLoss(w_type="cube")(x, t),
        ValueError,
        "^GeneralizedDiceLoss: w_type must be one of",
    ),
    (
        lambda x, t: our_monai.DiceCELoss(reduction="none")(x, t),
        ValueError,
        "DiceCELoss: reduction",
    ),
    (lambda x, t: our_monai.DiceCELoss()(x, t[:, 0]), ValueError, "^DiceCELoss: target must have"),
    (lambda x, t: our_monai.DiceCELoss(lambda_ce=-1.0)(x, t), ValueError, "DiceCELoss: lambda_ce"),
    (
        lambda x, t: our_monai.MaskedDiceLoss()(x, t, t),
        ValueError,
        "MaskedDiceLoss: mask must",
    ),
]


@pytest.mark.parametrize(("call", "kind", "words"), ERRORS, ids=[row[2] for row in ERRORS])
def test_errors_are_in_monais_words(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call(jnp.asarray(X), jnp.asarray(HOT))


def test_monai_alpha_that_would_be_dropped_raises() -> None:
    loss = our_monai.FocalLoss(include_background=False, alpha=0.3, use_softmax=True)
    with pytest.raises(ValueError, match="FocalLoss: alpha"):
        loss(jnp.asarray(X), jnp.asarray(HOT))


@pytest.mark.parametrize("name", [n for n in dir(our_monai) if n.endswith("Loss")])
def test_signatures_are_monais(name: str) -> None:
    check_signature(getattr(our_monai, name), getattr(theirs, name))


def test_the_module_names_its_version() -> None:
    assert importlib.metadata.version("monai") in (our_monai.__doc__ or "")
