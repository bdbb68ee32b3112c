"""segmentation_models_pytorch.losses 0.6.0's classes: make one with a mode, call with (pred, true).

mode: "binary" and "multilabel" have dense targets, "multiclass" has labels (N, *). Computed in the
dtype of the inputs, where smp's Lovász losses are float32 inside. What smp cannot do (ignore_index
with multilabel focal losses) works; what it does by mistake raises, and each class says what.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_floating, check_option, check_same_shape
from ..._dtypes import accumulator
from ...nn.functional import binary_cross_entropy_with_logits
from .._arguments import REDUCTIONS
from .._logistic import guarded, modulation, power
from ..focal import sigmoid_focal_loss, softmax_focal_loss
from ..lovasz import lovasz_hinge_loss, lovasz_softmax_loss
from ..overlap import tversky_loss
from ._words import words

WORDS = {"inputs": "y_pred", "targets": "y_true", "class_weight": "class_weights"}
Array = jax.Array
MODES = ("binary", "multiclass", "multilabel")


@dataclass(frozen=True)
class DiceLoss:
    """smp's DiceLoss: by class over the batch, where an absent class counts as 0."""

    mode: str
    classes: Any = None
    log_loss: bool = False
    from_logits: bool = True
    smooth: float = 0.0
    ignore_index: int | None = None
    eps: float = 1e-7
    class_weights: Any = None

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        return _overlap("DiceLoss", self, y_pred, y_true, 0.5, 0.5)


@dataclass(frozen=True)
class JaccardLoss:
    """smp's JaccardLoss: by class over the batch, where an absent class counts as 0."""

    mode: str
    classes: Any = None
    log_loss: bool = False
    from_logits: bool = True
    smooth: float = 0.0
    ignore_index: int | None = None
    eps: float = 1e-7
    class_weights: Any = None

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        return _overlap("JaccardLoss", self, y_pred, y_true, 1.0, 1.0)


@dataclass(frozen=True)
class TverskyLoss:
    """smp's TverskyLoss. gamma is an exponent on the mean over classes, not on each class."""

    mode: str
    classes: Any = None
    log_loss: bool = False
    from_logits: bool = True
    smooth: float = 0.0
    ignore_index: int | None = None
    eps: float = 1e-7
    alpha: float = 0.5
    beta: float = 0.5
    gamma: float = 1.0
    class_weights: Any = None

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        loss = _overlap("TverskyLoss", self, y_pred, y_true, self.alpha, self.beta)
        return loss if self.gamma == 1 else power(loss, float(self.gamma))


@dataclass(frozen=True)
class FocalLoss:
    """smp's FocalLoss: sigmoid by class, also of labels; reduced by class, then mean over classes.

    reduction="none" keeps the inputs' shape, with 0 where ignored, and needs mode="binary": smp
    averages it in the others. Despite its name, and as in smp, "batchwise_mean" is "sum", but for
    classes without an ignore_index: then it is the sum of the means of images, and class_weights,
    which smp has weigh columns of pixels, raise. Probabilities (from_logits=False) need binary or
    multilabel mode, for smp takes the logarithms of others for logits.
    """

    mode: str
    alpha: float | None = None
    gamma: float = 2.0
    ignore_index: int | None = None
    from_logits: bool = True
    eps: float = 1e-7
    reduction: str = "mean"
    normalized: bool = False
    reduced_threshold: float | None = None
    class_weights: Any = None

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        x, t, mask = self._prepared(y_pred, y_true)
        with words("FocalLoss", **WORDS):
            loss = sigmoid_focal_loss(
                x,
                t,
                self.alpha,
                self.gamma,
                modulator="likelihood",
                reduced_threshold=self.reduced_threshold,
                mask=mask,
            )
        space = None if self.mode == "binary" else tuple(d for d in range(x.ndim) if d != 1)
        kept = jnp.broadcast_to(mask, x.shape).astype(x.dtype)
        if self.normalized:
            factor = modulation(x, t, float(self.gamma), self.reduced_threshold)
            norm = jnp.sum(kept * factor, axis=space, keepdims=True)
            loss = loss / jnp.maximum(norm, jnp.full_like(norm, 1e-6))
        if self.reduction == "none":
            return loss.astype(y_pred.dtype)
        each = jnp.sum(loss, axis=space)
        if self.reduction == "mean":
            each = guarded(each, jnp.sum(kept, axis=space), 0.0)
        if self._sums_the_batch():
            each = each / math.prod(x.shape[2:])
        return self._over_classes(each).astype(y_pred.dtype)

    def _prepared(self, y_pred: Any, y_true: Any) -> tuple[Array, Array, Array]:
        """Logits, dense targets and what counts, in the dtype of the computation."""
        op = "FocalLoss"
        allowed = ("mean", "sum", "batchwise_mean", *(("none",) if self.mode == "binary" else ()))
        check_option(op, "reduction", self.reduction, allowed)
        if self._sums_the_batch() and self.class_weights is not None:
            raise ValueError(
                f"{op}: class_weights must be None for reduction='batchwise_mean' without an "
                f"ignore_index, got {self.class_weights}"
            )
        x, t = _arrays(op, self, y_pred, y_true)
        x = x.astype(accumulator(x.dtype))
        if not self.from_logits:
            if self.mode == "multiclass":
                raise ValueError(f"{op}: from_logits must be True for mode='multiclass', got False")
            p = jnp.clip(x, self.eps, 1 - self.eps)
            x = jnp.log(p / (1 - p))
        classes = self.mode == "multiclass"
        check_same_shape(op, ("y_pred", x[:, 0] if classes else x), ("y_true", t))
        if classes:
            t = jnp.expand_dims(t, 1)
        kept = jnp.ones_like(t, bool) if self.ignore_index is None else t != self.ignore_index
        if classes:
            t = jax.lax.broadcasted_iota(t.dtype, x.shape, 1) == t
        t = jnp.where(kept, t, jnp.zeros_like(t)).astype(x.dtype)
        return jnp.where(kept, x, jnp.zeros_like(x)), t, kept

    def _sums_the_batch(self) -> bool:
        by_class = self.mode != "binary" and self.ignore_index is None
        return by_class and self.reduction == "batchwise_mean"

    def _over_classes(self, each: Array) -> Array:
        if self.class_weights is None:
            return jnp.mean(each)
        weights = jnp.asarray(self.class_weights, each.dtype)
        return jnp.sum(weights * each) / jnp.sum(weights)


@dataclass(frozen=True)
class LovaszLoss:
    """smp's LovaszLoss: hinge, or for mode="multiclass" softmax over the present classes.

    smp takes no notice of from_logits; False raises here.
    """

    mode: str
    per_image: bool = False
    ignore_index: int | None = None
    from_logits: bool = True

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        x, t = _arrays("LovaszLoss", self, y_pred, y_true)
        if not self.from_logits:
            raise ValueError("LovaszLoss: from_logits must be True, got False")
        per = "sample" if self.per_image else "batch"
        options: dict[str, Any] = {"per": per, "ignore_index": self.ignore_index}
        with words("LovaszLoss", **WORDS):
            if self.mode == "multiclass":
                return lovasz_softmax_loss(x, t, **options)
            return lovasz_hinge_loss(x, t.astype(x.dtype), **options)


@dataclass(frozen=True)
class MCCLoss:
    """smp's MCCLoss: 1 minus Matthews' correlation, of probabilities over the whole batch."""

    eps: float = 1e-5

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        op = "MCCLoss"
        x, t = as_array(op, "y_pred", y_pred), as_array(op, "y_true", y_true)
        check_floating(op, "y_pred", x, complex_too=False)
        if x.size != t.size:
            raise RuntimeError(
                f"{op}: y_true must have the size of y_pred {x.shape}, got {t.shape}"
            )
        p = x.astype(accumulator(x.dtype))
        t = t.reshape(x.shape).astype(p.dtype)
        tp, fp, fn, tn = (
            jnp.sum(term) + self.eps
            for term in (p * t, p * (1 - t), (1 - p) * t, (1 - p) * (1 - t))
        )
        # two roots, for the product of four counts may overflow
        below = jnp.sqrt((tp + fp) * (tp + fn)) * jnp.sqrt((tn + fp) * (tn + fn))
        return (1 - (tp * tn - fp * fn) / below).astype(x.dtype)


@dataclass(frozen=True)
class SoftBCEWithLogitsLoss:
    """smp's SoftBCEWithLogitsLoss: torch's with smoothed targets; "mean" is over ignored ones too.

    weight and pos_weight are arrays that broadcast to the inputs. Ignored inputs may be anything.
    """

    weight: Any = None
    ignore_index: int | None = -100
    reduction: str = "mean"
    smooth_factor: float | None = None
    pos_weight: Any = None

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        op = "SoftBCEWithLogitsLoss"
        check_option(op, "reduction", self.reduction, REDUCTIONS)
        x, t = as_array(op, "y_pred", y_pred), as_array(op, "y_true", y_true)
        check_floating(op, "y_pred", x, complex_too=False)
        check_same_shape(op, ("y_pred", x), ("y_true", t))
        kept = jnp.ones_like(t, bool) if self.ignore_index is None else t != self.ignore_index
        p = x.astype(accumulator(x.dtype))
        p, t = (jnp.where(kept, a, jnp.zeros_like(a)) for a in (p, t.astype(p.dtype)))
        if self.smooth_factor is not None:
            t = (1 - t) * self.smooth_factor + t * (1 - self.smooth_factor)
        weights = (
            None if w is None else jnp.asarray(w).astype(p.dtype)
            for w in (self.weight, self.pos_weight)
        )
        weight, positive = weights
        loss = binary_cross_entropy_with_logits(p, t, weight, reduction="none", pos_weight=positive)
        return _reduced(jnp.where(kept, loss, jnp.zeros_like(loss)), self.reduction).astype(x.dtype)


@dataclass(frozen=True)
class SoftCrossEntropyLoss:
    """smp's SoftCrossEntropyLoss: of labels, smoothed; "mean" is over ignored pixels too.

    smooth_factor=None, with which smp raises, is none. With an ignore_index, as by default, the
    result of reduction="none" has the dim of the classes as 1.
    """

    reduction: str = "mean"
    smooth_factor: float | None = None
    ignore_index: int | None = -100
    dim: int = 1

    def __call__(self, y_pred: Any, y_true: Any) -> Array:
        op = "SoftCrossEntropyLoss"
        check_option(op, "reduction", self.reduction, REDUCTIONS)
        x, t = as_array(op, "y_pred", y_pred), as_array(op, "y_true", y_true)
        if t.ndim == x.ndim and t.shape[self.dim] == 1:
            t = jnp.squeeze(t, self.dim)
        smooth = self.smooth_factor or 0.0
        wide, ignored = x.astype(accumulator(x.dtype)), self.ignore_index
        options: dict[str, Any] = {"gamma": 0, "ignore_index": ignored, "channel_dim": self.dim}
        with words(op, channel_dim="dim", **WORDS):
            loss = (1 - smooth) * softmax_focal_loss(wide, t, **options)
            if smooth:
                kept = jnp.ones_like(t, bool) if ignored is None else t != ignored
                options |= {"ignore_index": None, "mask": kept}
                even = jnp.full_like(wide, 1 / x.shape[self.dim])
                loss = loss + smooth * softmax_focal_loss(wide, even, **options)
        loss = jnp.sum(loss, axis=self.dim, keepdims=ignored is not None)
        return _reduced(loss, self.reduction).astype(x.dtype)


def _reduced(loss: Array, reduction: str) -> Array:
    return {"none": lambda x: x, "mean": jnp.mean, "sum": jnp.sum}[reduction](loss)


def _arrays(op: str, self: Any, y_pred: Any, y_true: Any) -> tuple[Array, Array]:
    check_option(op, "mode", self.mode, MODES)
    x, t = as_array(op, "y_pred", y_pred), as_array(op, "y_true", y_true)
    if getattr(self, "class_weights", None) is not None and self.mode == "binary":
        raise ValueError(f"{op}: class_weights must be None for mode='binary'")
    if self.mode == "binary":
        t = t.reshape(x.shape)
    return x, t


def _overlap(op: str, self: Any, y_pred: Any, y_true: Any, alpha: float, beta: float) -> Array:
    x, t = _arrays(op, self, y_pred, y_true)
    binary, multiclass = self.mode == "binary", self.mode == "multiclass"
    if binary and self.classes is not None:
        raise ValueError(f"{op}: classes must be None for mode='binary', got {self.classes}")
    activation = "softmax" if multiclass else "sigmoid"
    with words(op, denominator_floor="eps", **WORDS):
        return tversky_loss(
            x,
            t if multiclass else t.astype(x.dtype),
            alpha,
            beta,
            self.smooth,
            activation=activation if self.from_logits else None,
            per="batch" if binary else "class",
            overlap="minimum",
            denominator_floor=self.eps,
            log_floor=self.eps if self.log_loss else None,
            absent="zero",
            class_weight=self.class_weights,
            weight_mode="mean",
            classes=self.classes,
            ignore_index=self.ignore_index,
        )
