"""segmentation_models_pytorch.losses 0.6.0, from its formulas: loops over classes and pixels.

Lovász losses are in the dtype of the inputs, where smp's are in float32.
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ..lovasz import _extension


def overlap_loss(
    y_pred,
    y_true,
    mode,
    alpha,
    beta,
    gamma=1.0,
    classes=None,
    log_loss=False,
    from_logits=True,
    smooth=0.0,
    ignore_index=None,
    eps=1e-7,
    class_weights=None,
):
    """Dice, Jaccard and Tversky losses: alpha = beta = 0.5, 1, or as they are."""
    p = y_pred
    if from_logits:
        p = p.softmax(1) if mode == "multiclass" else p.sigmoid()
    losses = []
    for t, q in _classes(p, y_true, mode):
        kept = torch.ones_like(t, dtype=torch.bool) if ignore_index is None else t != ignore_index
        if mode == "multiclass":
            t = (t == len(losses)).to(p.dtype)
        t, q = t[kept], q[kept]
        tp = torch.minimum(t, q).sum()
        below = tp + alpha * (q.sum() - tp) + beta * (t.sum() - tp) + smooth
        score = (tp + smooth) / below.clamp(min=eps)
        loss = -score.clamp(min=eps).log() if log_loss else 1 - score
        losses.append(loss if t.sum() > 0 else 0 * loss)
    losses = torch.stack(losses)
    chosen = list(range(len(losses))) if classes is None else list(classes)
    return _weighted_mean(losses, class_weights, chosen) ** gamma


def focal_loss(
    y_pred,
    y_true,
    mode,
    alpha=None,
    gamma=2.0,
    ignore_index=None,
    from_logits=True,
    eps=1e-7,
    reduction="mean",
    normalized=False,
    reduced_threshold=None,
    class_weights=None,
):
    x = y_pred
    if not from_logits:
        x = torch.logit(x.clamp(eps, 1 - eps))
    losses = []
    for t, z in _classes(x, y_true, mode):
        kept = torch.ones_like(t, dtype=torch.bool) if ignore_index is None else t != ignore_index
        if mode == "multiclass":
            t = (t == len(losses)).to(x.dtype)
        if reduction != "none":
            t, z, kept = t[kept], z[kept], True
        t = torch.where(torch.as_tensor(kept), t, 0)
        entropy = binary_cross_entropy_with_logits(z, t, reduction="none")
        base = 1 - torch.exp(-entropy)
        focus = base**gamma
        if reduced_threshold is not None:
            likely = 1 - base >= reduced_threshold
            focus = torch.where(likely, (base / reduced_threshold) ** gamma, 1)
        loss = torch.where(torch.as_tensor(kept), focus * entropy, 0)
        if alpha is not None:
            loss = loss * (alpha * t + (1 - alpha) * (1 - t))
        if normalized:
            loss = loss / torch.where(torch.as_tensor(kept), focus, 0).sum().clamp(min=1e-6)
        if reduction == "batchwise_mean":  # a sum over the batch, or over what is not ignored
            by_class = mode != "binary" and ignore_index is None
            losses.append(loss.reshape(len(y_pred), -1).sum(0).mean() if by_class else loss.sum())
        else:
            losses.append({"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction])
    if reduction == "none":
        return losses[0]
    return _weighted_mean(torch.stack(losses), class_weights, range(len(losses)))


def lovasz_loss(y_pred, y_true, mode, per_image=False, ignore_index=None):
    if per_image:
        pairs = zip(y_pred, y_true, strict=True)
        rows = [lovasz_loss(x[None], t[None], mode, False, ignore_index) for x, t in pairs]
        return torch.stack(rows).mean()
    y_true = y_true if mode == "multiclass" else y_true.reshape(y_pred.shape)
    kept = torch.ones_like(y_true, dtype=torch.bool)
    if ignore_index is not None:
        kept = y_true != ignore_index
    if mode != "multiclass":
        x, t = y_pred[kept], y_true[kept].to(y_pred.dtype)
        return _extension((1 - x * (2 * t - 1)).relu(), t)
    losses = []
    for c, p in enumerate(y_pred.softmax(1).unbind(1)):
        t = (y_true[kept] == c).to(p.dtype)
        if t.any():
            losses.append(_extension((t - p[kept]).abs(), t))
    return torch.stack(losses).mean()


def mcc_loss(y_pred, y_true, eps=1e-5):
    """One minus the correlation of the pixels, from the four counts that eps is added to."""
    y_true = y_true.reshape(y_pred.shape).to(y_pred.dtype)
    tp = (y_pred * y_true).sum() + eps
    fp = (y_pred * (1 - y_true)).sum() + eps
    fn = ((1 - y_pred) * y_true).sum() + eps
    tn = ((1 - y_pred) * (1 - y_true)).sum() + eps
    positives, negatives = (tp + fp) * (tp + fn), (tn + fp) * (tn + fn)
    return 1 - (tp * tn - fp * fn) / (positives * negatives).sqrt()


def soft_bce_with_logits_loss(
    y_pred,
    y_true,
    weight=None,
    ignore_index=-100,
    reduction="mean",
    smooth_factor=None,
    pos_weight=None,
):
    t = y_true.to(y_pred.dtype)
    kept = torch.ones_like(t) if ignore_index is None else (t != ignore_index).to(t.dtype)
    if smooth_factor is not None:
        t = smooth_factor + (1 - 2 * smooth_factor) * t
    loss = binary_cross_entropy_with_logits(
        y_pred, t, weight, reduction="none", pos_weight=pos_weight
    )
    loss = loss * kept
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]


def soft_cross_entropy_loss(
    y_pred, y_true, reduction="mean", smooth_factor=None, ignore_index=-100, dim=1
):
    smooth, kept = smooth_factor or 0.0, torch.ones_like(y_true, dtype=torch.bool)
    if ignore_index is not None:
        kept = y_true != ignore_index
    losses = []
    for c, u in enumerate(y_pred.log_softmax(dim).unbind(dim)):
        share = (1 - smooth) * (y_true == c) + smooth / y_pred.shape[dim]
        losses.append(-share.to(u.dtype) * u)
    loss = torch.where(kept, torch.stack(losses).sum(0), 0)
    if ignore_index is not None:  # as in smp, whose index has the dim of the classes
        loss = loss.unsqueeze(dim)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]


def _classes(p, y_true, mode):
    """(targets, predictions) of each class; all are one in binary mode."""
    if mode == "binary":
        return [(y_true.reshape(p.shape).to(p.dtype), p)]
    if mode == "multilabel":
        return list(zip(y_true.to(p.dtype).unbind(1), p.unbind(1), strict=True))
    return [(y_true, q) for q in p.unbind(1)]


def _weighted_mean(losses, weights, chosen):
    chosen = torch.tensor(list(chosen))
    weights = torch.ones(len(losses)) if weights is None else torch.tensor(weights)
    weights = weights.to(losses.dtype)[chosen]
    return (weights * losses[chosen]).sum() / weights.sum()
