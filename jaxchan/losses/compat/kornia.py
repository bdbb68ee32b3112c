"""kornia.losses 0.9.0's functions.

Images may have any number of spatial dims, where kornia wants two. An unknown reduction or average
is a ValueError, where kornia raises NotImplementedError or its own type.
"""

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
    micro = average == "micro"
    return _dice_loss(
        pred,
        target,
        (0.0, eps),
        activation="softmax",
        per="sample" if micro else "sample_class",
        absent="keep" if micro else "skip",
        class_weight=weight,
        weight_mode="inside" if micro else "mean",
        denominator_floor=_smallest(pred),
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
    return _tversky_loss(
        pred,
        target,
        alpha,
        beta,
        (0.0, eps),
        activation="softmax",
        per="sample_class",
        absent="skip",
        denominator_floor=_smallest(pred),
        ignore_index=ignore_index,
    )


def lovasz_hinge_loss(pred: Any, target: Any) -> jax.Array:
    """kornia.losses.lovasz_hinge_loss of (B, 1, *) logits and (B, *) labels, 0 or 1."""
    op = "lovasz_hinge_loss"
    x, t = as_array(op, "pred", pred), as_array(op, "target", target)
    if x.ndim < 2 or x.shape[1] != 1:
        raise RuntimeError(f"{op}: pred must have one channel, got {x.shape}")
    return _lovasz_hinge_loss(x[:, 0], t.astype(x.dtype), per="sample")


def lovasz_softmax_loss(pred: Any, target: Any, weight: Any = None) -> jax.Array:
    """kornia.losses.lovasz_softmax_loss: by image, over all classes; one image fits all targets."""
    x, t = (
        as_array("lovasz_softmax_loss", name, a) for name, a in (("pred", pred), ("target", target))
    )
    if x.ndim == t.ndim + 1 and x.shape[0] == 1:
        x = jnp.broadcast_to(x, (t.shape[0], *x.shape[1:]))
    return _lovasz_softmax_loss(x, t, classes="all", per="sample", class_weight=weight)


def _smallest(pred: Any) -> float:
    """So small a floor that a ratio of nothing alone is on it: then the loss is 1."""
    half = np.dtype(pred.dtype).itemsize < 4
    return float(jnp.finfo(jnp.float32 if half else pred.dtype).tiny)
