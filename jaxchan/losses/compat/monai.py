"""monai.losses 1.6.1's classes: make one with its options, call it with (input, target).

Results have the dtype of the inputs, where MONAI's focal losses are always float32 inside.
`to_onehot_y`, `softmax` and `include_background=False` do nothing with a single channel, without
MONAI's warning. A scalar alpha that MONAI drops, with softmax and without background, raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..._checks import as_array, check_option
from ..._dtypes import accumulator
from ...nn.functional import binary_cross_entropy_with_logits, cross_entropy
from .._arguments import REDUCTIONS
from .._overlap import probabilities
from ..focal import sigmoid_focal_loss, softmax_focal_loss
from ..overlap import generalized_dice_loss, tversky_loss
from ._words import words

WORDS = {"inputs": "input", "targets": "target", "class_weight": "weight"}

Array = jax.Array


@dataclass(frozen=True)
class FocalLoss:
    """monai.losses.FocalLoss. A sequence as alpha weighs positives only, unless with softmax."""

    include_background: bool = True
    to_onehot_y: bool = False
    gamma: float = 2.0
    alpha: Any = None
    weight: Any = None
    reduction: str = "mean"
    use_softmax: bool = False
    ignore_index: int | None = None

    def __call__(self, input: Any, target: Any) -> Array:
        check_option("FocalLoss", "reduction", self.reduction, REDUCTIONS)
        x, t, mask = _prepared("FocalLoss", input, target, self.to_onehot_y, self.ignore_index)
        dtype = x.dtype
        x = x.astype(accumulator(dtype))
        if not self.include_background and x.shape[1] > 1:
            x, t = x[:, 1:], t[:, 1:]
        with words("FocalLoss", **WORDS):
            loss = self._elements(x, t.astype(x.dtype), mask)
        weight = _class_weight("FocalLoss", self.weight, x.shape[1], single=False)
        if weight is not None:
            loss = _along_channels(weight, loss) * loss
        return _reduced(loss, mask, self.reduction).astype(dtype)

    def _elements(self, x: Array, t: Array, mask: Array | None) -> Array:
        by_class = self.alpha is not None and np.ndim(self.alpha) > 0
        if self.use_softmax:
            if self.alpha is not None and not by_class and not self.include_background:
                raise ValueError(
                    "FocalLoss: alpha must be a sequence with softmax and without background, "
                    f"got {self.alpha}"
                )
            return softmax_focal_loss(x, t, self.alpha, self.gamma, mask=mask)
        if not by_class:
            options: dict[str, Any] = {"modulator": "margin", "mask": mask}
            return sigmoid_focal_loss(x, t, self.alpha, self.gamma, **options)
        loss = sigmoid_focal_loss(x, t, None, self.gamma, modulator="margin", mask=mask)
        alpha = _along_channels(jnp.asarray(self.alpha, x.dtype), x)
        return jnp.where(t == 1, alpha, jnp.ones_like(alpha)) * loss


@dataclass(frozen=True)
class DiceLoss:
    """monai.losses.DiceLoss: of each sample and class, or over the batch. jaccard: its index."""

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    squared_pred: bool = False
    jaccard: bool = False
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    weight: Any = None
    soft_label: bool = False
    ignore_index: int | None = None

    def __call__(self, input: Any, target: Any) -> Array:
        each = 1.0 if self.jaccard else 0.5
        classes = _class_number(input, self.include_background)
        weight = None
        if classes > 1:
            weight = _class_weight("DiceLoss", self.weight, classes, single=True)
        loss = _tversky(self, "DiceLoss", input, target, each, each, 0.5, weight)
        if self.reduction != "none":
            return loss
        return loss.reshape(*loss.shape, *(1,) * (jnp.ndim(input) - 2))


@dataclass(frozen=True)
class TverskyLoss:
    """monai.losses.TverskyLoss: alpha is on false positives, beta on false negatives."""

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    alpha: float = 0.5
    beta: float = 0.5
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    soft_label: bool = False
    ignore_index: int | None = None

    def __call__(self, input: Any, target: Any) -> Array:
        return _tversky(self, "TverskyLoss", input, target, self.alpha, self.beta, 1.0, None)


@dataclass(frozen=True)
class GeneralizedDiceLoss:
    """monai.losses.GeneralizedDiceLoss. w_type: "square", "simple" or "uniform"."""

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    w_type: str = "square"
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    soft_label: bool = False

    def __call__(self, input: Any, target: Any) -> Array:
        op = "GeneralizedDiceLoss"
        x, t, _ = _prepared(op, input, target, self.to_onehot_y, None)
        x, activation = _activated(op, self, x)
        with words(op, volume_weight="w_type", **WORDS):
            loss = generalized_dice_loss(
                x,
                t.astype(x.dtype),
                (self.smooth_nr, self.smooth_dr),
                volume_weight=self.w_type,
                activation=activation,
                per="batch" if self.batch else "sample",
                overlap="minimum" if self.soft_label else "product",
                classes=_foreground(x, self.include_background),
                reduction=self.reduction,
            )
        if self.reduction != "none":
            return loss
        return loss.reshape(-1, *(1,) * (x.ndim - 2 + (not self.batch)))


@dataclass(frozen=True)
class DiceFocalLoss:
    """monai.losses.DiceFocalLoss. The focal term is the sigmoid one, whatever the activation."""

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    squared_pred: bool = False
    jaccard: bool = False
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    gamma: float = 2.0
    weight: Any = None
    lambda_dice: float = 1.0
    lambda_focal: float = 1.0
    alpha: Any = None

    def __call__(self, input: Any, target: Any) -> Array:
        _check_shares("DiceFocalLoss", lambda_dice=self.lambda_dice, lambda_focal=self.lambda_focal)
        dice = DiceLoss(
            self.include_background,
            self.to_onehot_y,
            self.sigmoid,
            self.softmax,
            self.other_act,
            self.squared_pred,
            self.jaccard,
            self.reduction,
            self.smooth_nr,
            self.smooth_dr,
            self.batch,
            self.weight,
        )
        return _sum_with_focal(self, self.lambda_dice, dice, self.alpha, input, target)


@dataclass(frozen=True)
class GeneralizedDiceFocalLoss:
    """monai.losses.GeneralizedDiceFocalLoss. The focal term is the sigmoid one."""

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    w_type: str = "square"
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    gamma: float = 2.0
    weight: Any = None
    lambda_gdl: float = 1.0
    lambda_focal: float = 1.0

    def __call__(self, input: Any, target: Any) -> Array:
        op = "GeneralizedDiceFocalLoss"
        _check_shares(op, lambda_gdl=self.lambda_gdl, lambda_focal=self.lambda_focal)
        dice = GeneralizedDiceLoss(
            self.include_background,
            self.to_onehot_y,
            self.sigmoid,
            self.softmax,
            self.other_act,
            self.w_type,
            self.reduction,
            self.smooth_nr,
            self.smooth_dr,
            self.batch,
        )
        return _sum_with_focal(self, self.lambda_gdl, dice, None, input, target)


@dataclass(frozen=True)
class DiceCELoss:
    """monai.losses.DiceCELoss: torch's cross-entropy, binary for one channel, and the Dice loss.

    weight: of the classes in both terms, the Dice loss's without background; or pos_weight.
    """

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    squared_pred: bool = False
    jaccard: bool = False
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    weight: Any = None
    lambda_dice: float = 1.0
    lambda_ce: float = 1.0
    label_smoothing: float = 0.0

    def __call__(self, input: Any, target: Any) -> Array:
        op = "DiceCELoss"
        _check_shares(op, lambda_dice=self.lambda_dice, lambda_ce=self.lambda_ce)
        check_option(op, "reduction", self.reduction, ("mean", "sum"))
        x, t = as_array(op, "input", input), as_array(op, "target", target)
        if x.ndim != t.ndim or t.shape[1] not in (1, x.shape[1]):
            raise ValueError(
                f"{op}: target must have the shape of input {x.shape}, or one channel, got "
                f"{t.shape}"
            )
        wide = x.astype(accumulator(x.dtype))
        weight = None if self.weight is None else jnp.asarray(self.weight).astype(wide.dtype)
        dice = DiceLoss(
            self.include_background,
            self.to_onehot_y,
            self.sigmoid,
            self.softmax,
            self.other_act,
            self.squared_pred,
            self.jaccard,
            self.reduction,
            self.smooth_nr,
            self.smooth_dr,
            self.batch,
            weight if weight is None or self.include_background else weight[1:],
        )
        entropy = self._entropy(wide, t, weight)
        return (self.lambda_dice * dice(wide, t) + self.lambda_ce * entropy).astype(x.dtype)

    def _entropy(self, x: Array, t: Array, weight: Array | None) -> Array:
        if x.shape[1] == 1:
            t = t.astype(x.dtype)
            return binary_cross_entropy_with_logits(
                x, t, reduction=self.reduction, pos_weight=weight
            )
        t = t[:, 0].astype(int) if t.shape[1] == 1 else t.astype(x.dtype)
        options: dict[str, Any] = {"label_smoothing": self.label_smoothing}
        with words("DiceCELoss"):
            return cross_entropy(x, t, weight, reduction=self.reduction, **options)


@dataclass(frozen=True)
class MaskedDiceLoss:
    """monai.losses.MaskedDiceLoss: the Dice loss of probabilities and targets times the mask.

    So a pixel that is masked is of class 0 if targets are labels; its logits may be anything. The
    mask is of 0 and 1.
    """

    include_background: bool = True
    to_onehot_y: bool = False
    sigmoid: bool = False
    softmax: bool = False
    other_act: Callable | None = None
    squared_pred: bool = False
    jaccard: bool = False
    reduction: str = "mean"
    smooth_nr: float = 1e-5
    smooth_dr: float = 1e-5
    batch: bool = False
    weight: Any = None
    soft_label: bool = False

    def __call__(self, input: Any, target: Any, mask: Any = None) -> Array:
        op = "MaskedDiceLoss"
        x, t = as_array(op, "input", input), as_array(op, "target", target)
        dice = DiceLoss(
            self.include_background,
            self.to_onehot_y,
            squared_pred=self.squared_pred,
            jaccard=self.jaccard,
            reduction=self.reduction,
            smooth_nr=self.smooth_nr,
            smooth_dr=self.smooth_dr,
            batch=self.batch,
            weight=self.weight,
            soft_label=self.soft_label,
        )
        wide = x.astype(accumulator(x.dtype))
        if mask is not None:
            mask = _one_channel(op, as_array(op, "mask", mask), x)
            wide = jnp.where(mask.astype(bool), wide, jnp.zeros_like(wide))
        p, activation = _activated(op, self, wide)
        p = probabilities(p, activation, 1)[0]
        if mask is not None:
            t = t if self.to_onehot_y else t.astype(p.dtype)
            p, t = p * mask.astype(p.dtype), t * mask.astype(t.dtype)
        return dice(p, t).astype(x.dtype)


def _one_channel(op: str, mask: Array, x: Array) -> Array:
    fits = mask.ndim == x.ndim and mask.shape[0] in (1, x.shape[0]) and mask.shape[1] == 1
    if not fits or mask.shape[2:] != x.shape[2:]:
        raise ValueError(
            f"{op}: mask must have the shape of input {x.shape} with one channel, got {mask.shape}"
        )
    return mask


def _sum_with_focal(
    self: Any, share: float, dice: Callable, alpha: Any, input: Any, target: Any
) -> Array:
    focal = FocalLoss(
        self.include_background, self.to_onehot_y, self.gamma, alpha, self.weight, self.reduction
    )
    first, second = dice(input, target), focal(input, target)
    if self.reduction == "none":
        first = first.reshape(*(1,) * (second.ndim - first.ndim), *first.shape)
    return share * first + self.lambda_focal * second


def _check_shares(op: str, **shares: float) -> None:
    for name, share in shares.items():
        if share < 0:
            raise ValueError(f"{op}: {name} must not be negative, got {share}")


def _tversky(
    self: Any,
    op: str,
    input: Any,
    target: Any,
    alpha: float,
    beta: float,
    scale: float,
    weight: Array | None,
) -> Array:
    """A Tversky loss; `scale` is that of the smoothing."""
    x, t, mask = _prepared(op, input, target, self.to_onehot_y, self.ignore_index)
    x, activation = _activated(op, self, x)
    classes = _foreground(x, self.include_background)
    if weight is not None and weight.ndim and classes:
        weight = jnp.concatenate([jnp.ones_like(weight[:1]), weight])
    with words(op, **WORDS):
        return tversky_loss(
            x,
            t.astype(x.dtype),
            alpha,
            beta,
            (scale * self.smooth_nr, scale * self.smooth_dr),
            activation=activation,
            per="class" if self.batch else "sample_class",
            squared=getattr(self, "squared_pred", False),
            overlap="minimum" if self.soft_label else "product",
            class_weight=weight,
            classes=classes,
            mask=mask,
            reduction=self.reduction,
        )


def _prepared(
    op: str, input: Any, target: Any, to_onehot_y: bool, ignore_index: int | None
) -> tuple[Array, Array, Array | None]:
    """Dense targets, and the pixels that count: of one-hot targets, those of another class.

    An ignore_index that is no class stands for one-hot targets without any.
    """
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    classes, mask = x.shape[1], None
    if ignore_index is not None:
        if t.shape[1] == 1:
            mask = t != ignore_index
        elif 0 <= ignore_index < t.shape[1]:
            mask = t[:, ignore_index : ignore_index + 1] == 0
        else:
            mask = jnp.sum(t, axis=1, keepdims=True) > 0
    if to_onehot_y and classes > 1:
        if t.ndim != x.ndim or t.shape[1] != 1:
            raise RuntimeError(f"{op}: target must have one channel, got {t.shape}")
        labels = jax.lax.broadcasted_iota(t.dtype, x.shape, 1)
        t = jnp.equal(labels, t)
    if mask is not None:
        t = jnp.where(mask, t, jnp.zeros_like(t))
    return x, t, mask


def _activated(op: str, self: Any, x: Array) -> tuple[Array, str | None]:
    """Logits and the activation's name, or what another activation made of them and None."""
    if self.sigmoid + self.softmax + (self.other_act is not None) > 1:
        raise ValueError(
            f"{op}: sigmoid, softmax and other_act must not be given together, got two"
        )
    if self.other_act is not None:
        return self.other_act(x), None
    if self.sigmoid:
        return x, "sigmoid"
    return x, "softmax" if self.softmax and x.shape[1] > 1 else None


def _class_number(input: Any, include_background: bool) -> int:
    classes = jnp.shape(input)[1]
    return classes if include_background or classes == 1 else classes - 1


def _foreground(x: Array, include_background: bool) -> range | None:
    return None if include_background or x.shape[1] == 1 else range(1, x.shape[1])


def _class_weight(op: str, weight: Any, classes: int, single: bool) -> Array | None:
    """The weights, one or one for each class; `single`: whether one class may have a sequence."""
    if weight is None:
        return None
    weight = jnp.asarray(weight)
    bad = weight.ndim > 0 and (weight.shape != (classes,) or (classes == 1 and not single))
    if bad or (not isinstance(weight, Tracer) and (weight < 0).any()):
        raise ValueError(
            f"{op}: weight must be a number or one for each of {classes} classes, not negative, "
            f"got {weight}"
        )
    return weight


def _along_channels(values: Array, like: Array) -> Array:
    values = values.astype(like.dtype)
    return values.reshape(1, -1, *(1,) * (like.ndim - 2)) if values.ndim else values


def _reduced(loss: Array, mask: Array | None, reduction: str) -> Array:
    """MONAI's reductions: "sum" is of means over space, and a mask makes means those of pixels."""
    if reduction == "none":
        return loss
    space = tuple(range(2, loss.ndim))
    if mask is None:
        return jnp.mean(loss) if reduction == "mean" else jnp.sum(jnp.mean(loss, axis=space))
    if reduction == "mean":
        return _over(jnp.sum(loss), jnp.sum(mask, dtype=loss.dtype))
    return jnp.sum(_over(jnp.sum(loss, axis=space), jnp.sum(mask, axis=space, dtype=loss.dtype)))


def _over(total: Array, number: Array) -> Array:
    return total / jnp.maximum(number, jnp.ones_like(number))
