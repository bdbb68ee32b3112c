"""mmdet.models.losses 3.3.0's focal and Dice losses, as functions and as classes.

Labels are (N,), where C and every other number that is no class is background. Probabilities as
inputs (activated=True) raise: their logarithms are not finite where logits' are.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_option
from ..._dtypes import accumulator
from .._arguments import REDUCTIONS
from ..focal import sigmoid_focal_loss as _sigmoid_focal_loss
from ..overlap import dice_loss as _dice_loss
from ..quality import distribution_focal_loss as _distribution_focal_loss
from ..quality import quality_focal_loss as _quality_focal_loss
from ..quality import varifocal_loss as _varifocal_loss
from ._words import words

Array = jax.Array
WORDS = {"inputs": "pred", "targets": "target", "smooth": "eps"}
EPS = float(jnp.finfo(jnp.float32).eps)  # added to every avg_factor


def sigmoid_focal_loss(
    pred: Any,
    target: Any,
    weight: Any = None,
    gamma: float = 2.0,
    alpha: float = 0.25,
    reduction: str = "mean",
    avg_factor: Any = None,
) -> Array:
    """mmdet's sigmoid focal loss, by mmcv or not, of labels or one-hot targets; mean over N C."""
    x, t = _wide("sigmoid_focal_loss", pred, target)
    with words("sigmoid_focal_loss", **WORDS):
        loss = _sigmoid_focal_loss(x, t, alpha, gamma, modulator="linear")
    if weight is not None and jnp.shape(weight) != loss.shape:
        weight = jnp.reshape(weight, (loss.shape[0], -1))
    return _reduced("sigmoid_focal_loss", loss, weight, reduction, avg_factor, pred)


def quality_focal_loss(
    pred: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    avg_factor: Any = None,
    *,
    beta: float = 2.0,
) -> Array:
    """mmdet's quality focal loss, (N,), of (labels, scores) or of dense targets."""
    x = as_array("quality_focal_loss", "pred", pred)
    if isinstance(target, tuple | list):
        labels, scores = target
        x, hot = _wide("quality_focal_loss", x, labels)
        t = hot * jnp.asarray(scores).astype(x.dtype)[:, None]
    else:
        x, t = _wide("quality_focal_loss", x, target)
    with words("quality_focal_loss", **WORDS):
        loss = _quality_focal_loss(x, t, beta)
    return _reduced("quality_focal_loss", loss, weight, reduction, avg_factor, pred)


def distribution_focal_loss(
    pred: Any, target: Any, weight: Any = None, reduction: str = "mean", avg_factor: Any = None
) -> Array:
    """mmdet's distribution focal loss, (N,); the last bin may be a target."""
    op = "distribution_focal_loss"
    x, y = as_array(op, "pred", pred), as_array(op, "target", target)
    wide = accumulator(x.dtype)
    with words(op, **WORDS):
        loss = _distribution_focal_loss(x.astype(wide), y.astype(wide))
    return _reduced(op, loss, weight, reduction, avg_factor, pred)


def varifocal_loss(
    pred: Any,
    target: Any,
    weight: Any = None,
    alpha: float = 0.75,
    gamma: float = 2.0,
    iou_weighted: bool = True,
    reduction: str = "mean",
    avg_factor: Any = None,
) -> Array:
    """mmdet's varifocal loss of dense targets; mean over N C."""
    x, t = _wide("varifocal_loss", pred, target)
    with words("varifocal_loss", **WORDS):
        loss = _varifocal_loss(x, t, alpha, gamma, iou_weighted)
    return _reduced("varifocal_loss", loss, weight, reduction, avg_factor, pred)


def dice_loss(
    pred: Any,
    target: Any,
    weight: Any = None,
    eps: float = 1e-3,
    reduction: str = "mean",
    naive_dice: bool = False,
    avg_factor: Any = None,
) -> Array:
    """mmdet's Dice loss of probabilities, of each row; squared unless naive_dice."""
    return _dice(pred, target, weight, eps, reduction, naive_dice, avg_factor, None)


@dataclass(frozen=True)
class FocalLoss:
    """mmdet.models.losses.FocalLoss."""

    use_sigmoid: bool = True
    gamma: float = 2.0
    alpha: float = 0.25
    reduction: str = "mean"
    loss_weight: float = 1.0
    activated: bool = False

    def __call__(
        self,
        pred: Any,
        target: Any,
        weight: Any = None,
        avg_factor: Any = None,
        reduction_override: str | None = None,
    ) -> Array:
        _check_logits("FocalLoss", self.use_sigmoid, self.activated)
        reduction = reduction_override or self.reduction
        return self.loss_weight * sigmoid_focal_loss(
            pred, target, weight, self.gamma, self.alpha, reduction, avg_factor
        )


@dataclass(frozen=True)
class QualityFocalLoss:
    """mmdet.models.losses.QualityFocalLoss."""

    use_sigmoid: bool = True
    beta: float = 2.0
    reduction: str = "mean"
    loss_weight: float = 1.0
    activated: bool = False

    def __call__(
        self,
        pred: Any,
        target: Any,
        weight: Any = None,
        avg_factor: Any = None,
        reduction_override: str | None = None,
    ) -> Array:
        _check_logits("QualityFocalLoss", self.use_sigmoid, self.activated)
        reduction = reduction_override or self.reduction
        return self.loss_weight * quality_focal_loss(
            pred, target, weight, reduction, avg_factor, beta=self.beta
        )


@dataclass(frozen=True)
class DistributionFocalLoss:
    """mmdet.models.losses.DistributionFocalLoss."""

    reduction: str = "mean"
    loss_weight: float = 1.0

    def __call__(
        self,
        pred: Any,
        target: Any,
        weight: Any = None,
        avg_factor: Any = None,
        reduction_override: str | None = None,
    ) -> Array:
        reduction = reduction_override or self.reduction
        return self.loss_weight * distribution_focal_loss(
            pred, target, weight, reduction, avg_factor
        )


@dataclass(frozen=True)
class VarifocalLoss:
    """mmdet.models.losses.VarifocalLoss."""

    use_sigmoid: bool = True
    alpha: float = 0.75
    gamma: float = 2.0
    iou_weighted: bool = True
    reduction: str = "mean"
    loss_weight: float = 1.0

    def __call__(
        self,
        pred: Any,
        target: Any,
        weight: Any = None,
        avg_factor: Any = None,
        reduction_override: str | None = None,
    ) -> Array:
        _check_logits("VarifocalLoss", self.use_sigmoid, False)
        options = (self.alpha, self.gamma, self.iou_weighted, reduction_override or self.reduction)
        return self.loss_weight * varifocal_loss(pred, target, weight, *options, avg_factor)


@dataclass(frozen=True)
class DiceLoss:
    """mmdet.models.losses.DiceLoss. activate=False: inputs are probabilities."""

    use_sigmoid: bool = True
    activate: bool = True
    reduction: str = "mean"
    naive_dice: bool = False
    loss_weight: float = 1.0
    eps: float = 1e-3

    def __call__(
        self,
        pred: Any,
        target: Any,
        weight: Any = None,
        reduction_override: str | None = None,
        avg_factor: Any = None,
    ) -> Array:
        if self.activate:
            _check_logits("DiceLoss", self.use_sigmoid, False)
        reduction, activation = reduction_override or self.reduction, None
        if self.activate:
            activation = "sigmoid"
        options = (weight, self.eps, reduction, self.naive_dice, avg_factor, activation)
        return self.loss_weight * _dice(pred, target, *options)


def _dice(
    pred: Any,
    target: Any,
    weight: Any,
    eps: float,
    reduction: str,
    naive_dice: bool,
    avg_factor: Any,
    activation: str | None,
) -> Array:
    x, t = _wide("dice_loss", pred, target)
    with words("dice_loss", **WORDS):
        loss = _dice_loss(
            x,
            t,
            eps if naive_dice else (0.0, 2 * eps),
            activation=activation,
            per="sample",
            squared=not naive_dice,
            reduction="none",
        )
    return _reduced("dice_loss", loss, weight, reduction, avg_factor, pred)


def _wide(op: str, pred: Any, target: Any) -> tuple[Array, Array]:
    """Both in the dtype of the computation, and labels as one-hot rows, of zeros for background."""
    x, t = as_array(op, "pred", pred), as_array(op, "target", target)
    wide = accumulator(x.dtype)
    if t.ndim == x.ndim - 1:
        t = jax.lax.broadcasted_iota(t.dtype, x.shape, 1) == t[:, None]
    return x.astype(wide), t.astype(wide)


def _reduced(
    op: str, loss: Array, weight: Any, reduction: str, avg_factor: Any, pred: Any
) -> Array:
    check_option(op, "reduction", reduction, REDUCTIONS)
    if avg_factor is not None and reduction == "sum":
        raise ValueError(f"{op}: avg_factor must be None for reduction='sum', got {avg_factor}")
    if weight is not None:
        loss = loss * jnp.asarray(weight).astype(loss.dtype)
    if reduction == "mean" and avg_factor is not None:
        loss = jnp.sum(loss) / (jnp.asarray(avg_factor).astype(loss.dtype) + EPS)
    elif reduction != "none":
        loss = jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)
    return loss.astype(pred.dtype)


def _check_logits(op: str, use_sigmoid: bool, activated: bool) -> None:
    if not use_sigmoid:
        raise ValueError(f"{op}: use_sigmoid must be True, got {use_sigmoid}")
    if activated:
        raise ValueError(f"{op}: activated must be False, with logits as pred, got {activated}")
