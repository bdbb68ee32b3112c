"""segmentation_models_pytorch.losses 0.6.0's classes: make one with a mode, call with (pred, true).

mode: "binary" and "multilabel" have dense targets, "multiclass" has labels (N, *). Computed in the
dtype of the inputs, where smp's Lovász losses are float32 inside. What smp cannot do (ignore_index
with multilabel focal losses) works; what it does by mistake raises, and each class says what.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_option
from ..._dtypes import accumulator
from .._logistic import guarded, modulation, power
from ..focal import sigmoid_focal_loss
from ..lovasz import lovasz_hinge_loss, lovasz_softmax_loss
from ..overlap import tversky_loss

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
    averages it in the others. Probabilities (from_logits=False) need binary or multilabel mode, for
    smp takes the logarithms of others for logits.
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
            factor = modulation(x, t, float(self.gamma), "likelihood", self.reduced_threshold)
            norm = jnp.sum(kept * factor, axis=space, keepdims=True)
            loss = loss / jnp.maximum(norm, jnp.full_like(norm, 1e-6))
        if self.reduction == "none":
            return loss.astype(y_pred.dtype)
        each = jnp.sum(loss, axis=space)
        if self.reduction == "mean":
            each = guarded(each, jnp.sum(kept, axis=space), 0.0)
        return self._over_classes(each).astype(y_pred.dtype)

    def _prepared(self, y_pred: Any, y_true: Any) -> tuple[Array, Array, Array]:
        """Logits, dense targets and what counts, in the dtype of the computation."""
        op = "FocalLoss"
        allowed = ("none", "mean", "sum") if self.mode == "binary" else ("mean", "sum")
        check_option(op, "reduction", self.reduction, allowed)
        x, t = _arrays(op, self, y_pred, y_true)
        x = x.astype(accumulator(x.dtype))
        if not self.from_logits:
            if self.mode == "multiclass":
                raise ValueError(f"{op}: from_logits must be True for mode='multiclass', got False")
            p = jnp.clip(x, self.eps, 1 - self.eps)
            x = jnp.log(p / (1 - p))
        if self.mode == "multiclass":
            t = jnp.expand_dims(t, 1)
        kept = jnp.ones_like(t, bool) if self.ignore_index is None else t != self.ignore_index
        if self.mode == "multiclass":
            t = jax.lax.broadcasted_iota(t.dtype, x.shape, 1) == t
        t = jnp.where(kept, t, jnp.zeros_like(t)).astype(x.dtype)
        return jnp.where(kept, x, jnp.zeros_like(x)), t, kept

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
        if self.mode == "multiclass":
            return lovasz_softmax_loss(x, t, per=per, ignore_index=self.ignore_index)
        return lovasz_hinge_loss(x, t.astype(x.dtype), per=per, ignore_index=self.ignore_index)


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
