"""optax.losses 0.2.8's focal and Dice losses: channels last, arguments by name.

What optax computes in integers, squares of counts, is in floats here.
"""

from typing import Any

import jax
import jax.numpy as jnp

from ..._checks import as_array, check_option
from .._arguments import REDUCTIONS
from ..focal import sigmoid_focal_loss as _sigmoid_focal_loss
from ..overlap import tversky_loss
from ._words import words

WORDS = {"inputs": "predictions", "class_weight": "class_weights"}


def sigmoid_focal_loss(
    logits: Any, labels: Any, *, alpha: Any = None, gamma: float = 2.0
) -> jax.Array:
    """optax.losses.sigmoid_focal_loss; gamma is a Python number."""
    op = "sigmoid_focal_loss"
    x, t = as_array(op, "logits", logits), as_array(op, "labels", labels)
    t = jnp.broadcast_to(t.astype(x.dtype), x.shape)
    with words(op, inputs="logits", targets="labels"):
        return _sigmoid_focal_loss(x, t, alpha, gamma, modulator="linear")


def dice_loss(
    predictions: Any,
    targets: Any,
    *,
    class_weights: Any = None,
    smooth: Any = 1.0,
    alpha: Any = 0.5,
    beta: Any = 0.5,
    apply_softmax: bool = True,
    reduction: str = "mean",
    ignore_background: bool = False,
    axis: Any = None,
) -> jax.Array:
    """optax.losses.dice_loss: one ratio for each class, and for each place along the other axes.

    With apply_softmax=False predictions are taken as they are: optax raises unless they sum to 1,
    which it cannot see under jit, and never accepts a single channel.
    """
    check_option("dice_loss", "reduction", reduction, REDUCTIONS)
    x, t = _with_channels("dice_loss", predictions, targets)
    activation = ("sigmoid" if x.shape[-1] == 1 else "softmax") if apply_softmax else None
    rows, lead = _rows(x, axis)
    with words("dice_loss", **WORDS):
        loss = tversky_loss(
            rows,
            _rows(t, axis)[0],
            alpha,
            beta,
            smooth,
            activation=activation,
            per="sample_class",
            class_weight=class_weights,
            classes=range(1, x.shape[-1]) if ignore_background and x.shape[-1] > 1 else None,
            reduction="none",
            channel_dim=-1,
        )
    loss = loss.reshape(*lead, loss.shape[-1])
    return {"none": lambda x: x, "mean": _mean, "sum": _sum}[reduction](loss)


def multiclass_generalized_dice_loss(
    predictions: Any,
    targets: Any,
    *,
    smooth: Any = 1.0,
    apply_softmax: bool = True,
    ignore_background: bool = False,
) -> jax.Array:
    """optax.losses.multiclass_generalized_dice_loss: Dice losses weighed by 1 / n^2 of the batch.

    Not the generalised Dice loss of Sudre et al., which is a ratio of sums: an absent class has
    nearly all of the weight here.
    """
    op = "multiclass_generalized_dice_loss"
    x, t = as_array(op, "predictions", predictions), as_array(op, "targets", targets)
    number = jnp.sum(t.astype(x.dtype), axis=tuple(range(t.ndim - 1)))
    weights = 1 / (number**2 + 1e-7)
    loss = dice_loss(
        x,
        t,
        class_weights=weights / jnp.sum(weights) * weights.size,
        smooth=smooth,
        apply_softmax=apply_softmax,
        reduction="none",
        ignore_background=ignore_background,
    )
    return jnp.mean(loss)


def binary_dice_loss(
    predictions: Any, targets: Any, *, smooth: Any = 1.0, apply_sigmoid: bool = True
) -> jax.Array:
    """optax.losses.binary_dice_loss: without a last axis of 1 every axis but the first is summed.

    Probabilities, apply_sigmoid=False, which optax always refuses, are taken as they are.
    """
    op = "binary_dice_loss"
    x, t = as_array(op, "predictions", predictions), as_array(op, "targets", targets)
    if x.ndim == t.ndim and x.shape[-1] != 1:
        x, t = x[..., None], t[..., None]
    return dice_loss(x, t, smooth=smooth, apply_softmax=apply_sigmoid)


def _with_channels(op: str, predictions: Any, targets: Any) -> tuple[jax.Array, jax.Array]:
    """Both with a last axis for the channels, which one of them may lack."""
    x, t = as_array(op, "predictions", predictions), as_array(op, "targets", targets)
    if x.ndim == t.ndim - 1:
        x = x[..., None]
    if t.ndim == x.ndim - 1:
        t = t[..., None]
    return x, t.astype(x.dtype)


def _rows(x: jax.Array, axis: Any) -> tuple[jax.Array, tuple[int, ...]]:
    """(what has a ratio, what is summed, channels), and the shape of the first."""
    if axis is None:
        axis = range(1, x.ndim - 1)
    axes = [a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)]
    if x.ndim - 1 in axes:
        raise ValueError(f"dice_loss: axis must not name the channels, got {axis}")
    kept = [d for d in range(x.ndim - 1) if d not in axes]
    moved = jnp.transpose(x, [*kept, *axes, x.ndim - 1])
    lead = moved.shape[: len(kept)]
    rows = 1
    for size in lead:
        rows *= size
    return moved.reshape(rows, -1, x.shape[-1]), lead


def _mean(loss: jax.Array) -> jax.Array:
    return jnp.mean(loss, axis=-1)


def _sum(loss: jax.Array) -> jax.Array:
    return jnp.sum(loss, axis=-1)
