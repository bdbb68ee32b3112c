"""optax's losses, under the ops' names."""

import optax.losses


def mse_loss(input, target):
    return optax.losses.squared_error(input, target).mean()


def smooth_l1_loss(input, target):
    return optax.losses.huber_loss(input, target).mean()


def huber_loss(input, target):
    return optax.losses.huber_loss(input, target).mean()


def cross_entropy(input, target):
    return optax.losses.softmax_cross_entropy_with_integer_labels(input, target).mean()


def binary_cross_entropy_with_logits(input, target):
    return optax.losses.sigmoid_binary_cross_entropy(input, target).mean()


def kl_div(input, target):
    return optax.losses.kl_divergence(input, target).mean() / input.shape[-1]


def cosine_similarity(x1, x2):
    return optax.losses.cosine_similarity(x1, x2, epsilon=1e-16)


def sigmoid_focal_loss(inputs, targets, reduction):
    return optax.losses.sigmoid_focal_loss(inputs, targets, alpha=0.25).mean()


def dice_loss(inputs, targets):
    pooled = (a.reshape(1, -1, 1) for a in (inputs, targets))
    return optax.losses.dice_loss(*pooled, smooth=0.5)[0]


def tversky_loss(inputs, targets, alpha, beta, exponent):
    pooled = (a.reshape(1, -1, 1) for a in (inputs, targets))
    return optax.losses.dice_loss(*pooled, alpha=alpha, beta=beta)[0] ** exponent
