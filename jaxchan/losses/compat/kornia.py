"""kornia.losses 0.9.0's functions, and its classes: made with the options, called with the rest.

Images may have any number of spatial dims, where kornia wants two. An unknown reduction or average
is a ValueError, where kornia raises NotImplementedError or its own type.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_option
from ..focal import sigmoid_focal_loss, softmax_focal_loss
from ..lovasz import lovasz_hinge_loss as _lovasz_hinge_loss
from ..lovasz import lovasz_softmax_loss as _lovasz_softmax_loss
from ..overlap import dice_loss as _dice_loss
from ..overlap import tversky_loss as _tversky_loss
from ._words import words

WORDS = {"inputs": "pred", "targets": "target", "class_weight": "weight", "smooth": "eps"}


def focal_loss(
    pred: Any,
    target: Any,
    alpha: float | None,
    gamma: float = 2.0,
    reduction: str = "none",
    weight: Any = None,
    ignore_index: int | None = -100,
) -> jax.Array:
    """kornia.losses.focal_loss: class 0 gets 1 - alpha; "mean" is over all elements."""
    options: dict[str, Any] = {"class_weight": weight, "ignore_index": ignore_index}
    with words("focal_loss", **WORDS):
        return softmax_focal_loss(pred, target, alpha, gamma, reduction, **options)


def binary_focal_loss_with_logits(
    pred: Any,
    target: Any,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    reduction: str = "none",
    pos_weight: Any = None,
    weight: Any = None,
    ignore_index: int | None = -100,
) -> jax.Array:
    """kornia.losses.binary_focal_loss_with_logits; targets of any dtype."""
    op = "binary_focal_loss_with_logits"
    x, t = as_array(op, "pred", pred), as_array(op, "target", target)
    positive, negative = (1.0, 1.0) if alpha is None else (alpha, 1.0 - alpha)
    if pos_weight is not None:
        positive = positive * jnp.asarray(pos_weight)
    with words(op, **WORDS):
        return sigmoid_focal_loss(
            x,
            t.astype(x.dtype),
            positive,
            gamma,
            reduction,
            alpha_negative=negative,
            modulator="split",
            class_weight=weight,
            ignore_index=ignore_index,
        )


def dice_loss(
    pred: Any,
    target: Any,
    average: str = "micro",
    eps: float = 1e-8,
    weight: Any = None,
    ignore_index: int | None = -100,
) -> jax.Array:
    """kornia.losses.dice_loss: of each sample, pooled ("micro") or by present class ("macro")."""
    check_option("dice_loss", "average", average, ("micro", "macro"))
    x = as_array("dice_loss", "pred", pred)
    micro = average == "micro"
    with words("dice_loss", **WORDS):
        return _dice_loss(
            x,
            target,
            (0.0, eps),
            activation="softmax",
            per="sample" if micro else "sample_class",
            absent="keep" if micro else "skip",
            class_weight=weight,
            weight_mode="inside" if micro else "mean",
            denominator_floor=_smallest(x.dtype),
            ignore_index=ignore_index,
        )


def tversky_loss(
    pred: Any,
    target: Any,
    alpha: float,
    beta: float,
    eps: float = 1e-8,
    ignore_index: int | None = -100,
) -> jax.Array:
    """kornia.losses.tversky_loss: alpha is on false positives; mean over present classes."""
    x = as_array("tversky_loss", "pred", pred)
    with words("tversky_loss", **WORDS):
        return _tversky_loss(
            x,
            target,
            alpha,
            beta,
            (0.0, eps),
            activation="softmax",
            per="sample_class",
            absent="skip",
            denominator_floor=_smallest(x.dtype),
            ignore_index=ignore_index,
        )


def lovasz_hinge_loss(pred: Any, target: Any) -> jax.Array:
    """kornia.losses.lovasz_hinge_loss of (B, 1, *) logits and (B, *) labels, 0 or 1."""
    op = "lovasz_hinge_loss"
    x, t = as_array(op, "pred", pred), as_array(op, "target", target)
    if x.ndim < 2 or x.shape[1] != 1:
        raise RuntimeError(f"{op}: pred must have one channel, got {x.shape}")
    with words(op, **WORDS):
        return _lovasz_hinge_loss(x[:, 0], t.astype(x.dtype), per="sample")


def lovasz_softmax_loss(pred: Any, target: Any, weight: Any = None) -> jax.Array:
    """kornia.losses.lovasz_softmax_loss: by image, over all classes; one image fits all targets."""
    op = "lovasz_softmax_loss"
    x, t = as_array(op, "pred", pred), as_array(op, "target", target)
    if x.ndim == t.ndim + 1 and x.shape[0] == 1:
        x = jnp.broadcast_to(x, (t.shape[0], *x.shape[1:]))
    with words(op, **WORDS):
        return _lovasz_softmax_loss(x, t, classes="all", per="sample", class_weight=weight)


@dataclass(frozen=True)
class FocalLoss:
    """kornia.losses.FocalLoss."""

    alpha: float | None
    gamma: float = 2.0
    reduction: str = "none"
    weight: Any = None
    ignore_index: int | None = -100

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        options = (self.alpha, self.gamma, self.reduction, self.weight, self.ignore_index)
        return focal_loss(pred, target, *options)


@dataclass(frozen=True)
class BinaryFocalLossWithLogits:
    """kornia.losses.BinaryFocalLossWithLogits."""

    alpha: float | None
    gamma: float = 2.0
    reduction: str = "none"
    pos_weight: Any = None
    weight: Any = None
    ignore_index: int | None = -100

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        options = (self.alpha, self.gamma, self.reduction, self.pos_weight, self.weight)
        return binary_focal_loss_with_logits(pred, target, *options, self.ignore_index)


@dataclass(frozen=True)
class DiceLoss:
    """kornia.losses.DiceLoss."""

    average: str = "micro"
    eps: float = 1e-8
    weight: Any = None
    ignore_index: int | None = -100

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        options = (self.average, self.eps, self.weight, self.ignore_index)
        return dice_loss(pred, target, *options)


@dataclass(frozen=True)
class TverskyLoss:
    """kornia.losses.TverskyLoss: alpha is on false positives."""

    alpha: float
    beta: float
    eps: float = 1e-8
    ignore_index: int | None = -100

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        options = (self.alpha, self.beta, self.eps, self.ignore_index)
        return tversky_loss(pred, target, *options)


@dataclass(frozen=True)
class LovaszHingeLoss:
    """kornia.losses.LovaszHingeLoss."""

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        return lovasz_hinge_loss(pred, target)


@dataclass(frozen=True)
class LovaszSoftmaxLoss:
    """kornia.losses.LovaszSoftmaxLoss."""

    weight: Any = None

    def __call__(self, pred: Any, target: Any) -> jax.Array:
        return lovasz_softmax_loss(pred, target, self.weight)


def _smallest(dtype: np.dtype) -> float:
    """So small a floor that a ratio of nothing alone is on it: then the loss is 1."""
    half = dtype.itemsize < 4
    return float(jnp.finfo(jnp.float32 if half else dtype).tiny)
