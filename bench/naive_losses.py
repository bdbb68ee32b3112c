"""Losses as one would write them in jax.numpy and jax.nn; see `naive.py`."""

import jax
import jax.numpy as jnp


def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2, reduction="none"):
    p = jax.nn.sigmoid(inputs)
    entropy = -targets * jax.nn.log_sigmoid(inputs) - (1 - targets) * jax.nn.log_sigmoid(-inputs)
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    loss = weight * (targets * (1 - p) ** gamma + (1 - targets) * p**gamma) * entropy
    return jnp.mean(loss) if reduction == "mean" else loss


def dice_loss(inputs, targets):
    p = jax.nn.sigmoid(inputs)
    return 1 - (2 * jnp.sum(p * targets) + 1) / (jnp.sum(p) + jnp.sum(targets) + 1)


def focal_dice_loss(inputs, targets, lambda_focal=0.5):
    focal = sigmoid_focal_loss(inputs, targets, reduction="mean")
    return lambda_focal * focal + (1 - lambda_focal) * dice_loss(inputs, targets)


def softmax_focal_loss(inputs, targets, reduction="mean"):
    log_p = jax.nn.log_softmax(inputs, axis=1)
    hot = jax.nn.one_hot(targets, inputs.shape[1], axis=1)
    return jnp.mean(-hot * (1 - jnp.exp(log_p)) ** 2 * log_p)


def tversky_loss(inputs, targets, alpha, beta, exponent):
    p = jax.nn.sigmoid(inputs)
    tp, fp = jnp.sum(p * targets), jnp.sum(p * (1 - targets))
    fn = jnp.sum((1 - p) * targets)
    return (1 - (tp + 1) / (tp + alpha * fp + beta * fn + 1)) ** exponent


def generalized_dice_loss(inputs, targets):
    p, t = jax.nn.sigmoid(inputs), jax.nn.one_hot(targets, inputs.shape[1], axis=1)
    volume, tp, both = (jnp.sum(a, axis=(2, 3)) for a in (t, p * t, p + t))
    weight = jnp.where(volume > 0, 1 / jnp.maximum(volume, 1) ** 2, 0.0)
    weight = jnp.where(volume > 0, weight, jnp.max(weight, axis=1, keepdims=True))
    top, bottom = (jnp.sum(weight * a, axis=1) + 1e-5 for a in (2 * tp, both))
    return jnp.mean(1 - top / bottom)


def quality_focal_loss(inputs, targets, reduction="mean"):
    loss = jnp.abs(targets - jax.nn.sigmoid(inputs)) ** 2 * _entropy(inputs, targets)
    return jnp.mean(jnp.sum(loss, axis=1))


def varifocal_loss(inputs, targets, reduction="mean"):
    weight = jnp.where(targets > 0, targets, 0.75 * jax.nn.sigmoid(inputs) ** 2)
    return jnp.mean(weight * _entropy(inputs, targets))


def _entropy(inputs, targets):
    return -targets * jax.nn.log_sigmoid(inputs) - (1 - targets) * jax.nn.log_sigmoid(-inputs)


def distribution_focal_loss(inputs, targets, reduction="mean"):
    log_p = jax.nn.log_softmax(inputs, axis=1)
    low = jnp.floor(targets).astype(jnp.int32)
    left, right = (jnp.take_along_axis(log_p, i[:, None], axis=1)[:, 0] for i in (low, low + 1))
    return jnp.mean(-left * (low + 1 - targets) - right * (targets - low))


def lovasz_hinge_loss(inputs, targets):
    x, t = inputs.reshape(-1), targets.reshape(-1)
    errors = 1 - x * (2 * t - 1)
    order = jnp.argsort(-errors)
    return jnp.dot(jax.nn.relu(errors[order]), _growth(t[order]))


def lovasz_softmax_loss(inputs, targets):
    classes = inputs.shape[1]
    p = jnp.moveaxis(jax.nn.softmax(inputs, axis=1), 1, 0).reshape(classes, -1)
    t = jax.nn.one_hot(targets.reshape(-1), classes, axis=0)
    errors = jnp.abs(t - p)
    order = jnp.argsort(-errors, axis=1)
    errors, sorted_t = (jnp.take_along_axis(a, order, axis=1) for a in (errors, t))
    loss = jnp.sum(errors * jax.vmap(_growth)(sorted_t), axis=1)
    present = jnp.any(t > 0, axis=1)
    return jnp.sum(jnp.where(present, loss, 0.0)) / jnp.sum(present)


def _growth(foreground):
    n = jnp.sum(foreground)
    jaccard = 1 - (n - jnp.cumsum(foreground)) / (n + jnp.cumsum(1 - foreground))
    return jnp.diff(jaccard, prepend=0.0)
