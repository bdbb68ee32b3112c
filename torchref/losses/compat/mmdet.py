"""mmdet.models.losses 3.3.0, from its formulas: loops over rows where it indexes."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def sigmoid_focal_loss(
    pred, target, weight=None, gamma=2.0, alpha=0.25, reduction="mean", avg_factor=None
):
    if target.ndim == 1:
        target = _one_hot(pred, target)
    target = target.to(pred.dtype)
    p = pred.sigmoid()
    loss = binary_cross_entropy_with_logits(pred, target, reduction="none")
    loss = loss * ((1 - p) * target + p * (1 - target)) ** gamma
    loss = loss * (alpha * target + (1 - alpha) * (1 - target))
    if weight is not None and weight.shape != loss.shape:
        weight = weight.reshape(len(loss), -1)
    return _reduced(loss, weight, reduction, avg_factor)


def quality_focal_loss(pred, target, weight=None, reduction="mean", avg_factor=None, beta=2.0):
    if isinstance(target, tuple | list):
        labels, scores = target
        target = _one_hot(pred, labels) * scores[:, None]
    entropy = binary_cross_entropy_with_logits(pred, target, reduction="none")
    loss = (entropy * (target - pred.sigmoid()).abs() ** beta).sum(1)
    return _reduced(loss, weight, reduction, avg_factor)


def distribution_focal_loss(pred, target, weight=None, reduction="mean", avg_factor=None):
    low = target.detach().long()
    left = cross_entropy(pred, low, reduction="none")
    right = cross_entropy(pred, low + 1, reduction="none")
    loss = left * (low + 1 - target) + right * (target - low)
    return _reduced(loss, weight, reduction, avg_factor)


def varifocal_loss(
    pred,
    target,
    weight=None,
    alpha=0.75,
    gamma=2.0,
    iou_weighted=True,
    reduction="mean",
    avg_factor=None,
):
    positive = target if iou_weighted else torch.ones_like(target)
    negative = alpha * (pred.sigmoid() - target).abs() ** gamma
    focus = torch.where(target > 0, positive, negative)
    loss = focus * binary_cross_entropy_with_logits(pred, target, reduction="none")
    return _reduced(loss, weight, reduction, avg_factor)


def dice_loss(
    pred, target, weight=None, eps=1e-3, reduction="mean", naive_dice=False, avg_factor=None
):
    losses = []
    for p, t in zip(pred, target, strict=True):
        if naive_dice:
            score = (2 * (p * t).sum() + eps) / (p.sum() + t.sum() + eps)
        else:
            score = 2 * (p * t).sum() / ((p * p).sum() + eps + (t * t).sum() + eps)
        losses.append(1 - score)
    return _reduced(torch.stack(losses), weight, reduction, avg_factor)


def _one_hot(pred, labels):
    """One row a label, of zeros for the background, which has the number of classes."""
    return torch.nn.functional.one_hot(labels, pred.shape[1] + 1)[:, :-1].to(pred.dtype)


def _reduced(loss, weight, reduction, avg_factor):
    if weight is not None:
        loss = loss * weight
    if reduction == "none":
        return loss
    if avg_factor is None:
        return loss.mean() if reduction == "mean" else loss.sum()
    assert reduction == "mean"
    return loss.sum() / (avg_factor + torch.finfo(torch.float32).eps)
