"""MONAI's losses, under the ops' names; `_pooled` where ours is over all elements at once."""

import importlib

losses = importlib.import_module("monai.losses")


def sigmoid_focal_loss(inputs, targets, reduction):
    return losses.FocalLoss(gamma=2.0, alpha=0.25, reduction=reduction)(inputs, targets)


def softmax_focal_loss(inputs, targets, reduction):
    focal = losses.FocalLoss(gamma=2.0, use_softmax=True, to_onehot_y=True, reduction=reduction)
    return focal(inputs, targets[:, None])


def dice_loss(inputs, targets):
    dice = losses.DiceLoss(sigmoid=True, smooth_nr=1.0, smooth_dr=1.0)
    return dice(_pooled(inputs), _pooled(targets))


def tversky_loss(inputs, targets, alpha, beta, exponent):
    tversky = losses.TverskyLoss(sigmoid=True, alpha=alpha, beta=beta, smooth_nr=1.0, smooth_dr=1.0)
    return tversky(_pooled(inputs), _pooled(targets)) ** exponent


def generalized_dice_loss(inputs, targets):
    return losses.GeneralizedDiceLoss(sigmoid=True, to_onehot_y=True)(inputs, targets[:, None])


def focal_dice_loss(inputs, targets):
    both = losses.DiceFocalLoss(
        sigmoid=True,
        smooth_nr=1.0,
        smooth_dr=1.0,
        alpha=0.25,
        lambda_dice=0.5,
        lambda_focal=0.5,
    )
    return both(_pooled(inputs), _pooled(targets))


def _pooled(x):
    return x.reshape(1, 1, -1)
