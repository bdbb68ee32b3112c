import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ._common import dense, reduced


def quality_focal_loss(
    inputs,
    targets,
    beta=2.0,
    reduction="none",
    *,
    mask=None,
    ignore_index=None,
    normalizer="elements",
    channel_dim=1,
):
    t, kept = dense(inputs, targets, mask, ignore_index, channel_dim)
    x = torch.where(kept, inputs, 0)
    bce = binary_cross_entropy_with_logits(x, t, reduction="none")
    loss = torch.where(kept, (t - x.sigmoid()).abs() ** beta * bce, 0).sum(channel_dim)
    return reduced(loss, kept.any(channel_dim), reduction, normalizer, channel_dim)


def varifocal_loss(
    inputs,
    targets,
    alpha=0.75,
    gamma=2.0,
    iou_weighted=True,
    reduction="none",
    *,
    mask=None,
    ignore_index=None,
    normalizer="elements",
    channel_dim=1,
):
    t, kept = dense(inputs, targets, mask, ignore_index, channel_dim)
    x = torch.where(kept, inputs, 0)
    positive = t if iou_weighted else torch.ones_like(t)
    weight = torch.where(t > 0, positive, alpha * x.sigmoid() ** gamma)
    loss = weight * binary_cross_entropy_with_logits(x, torch.where(t > 0, t, 0), reduction="none")
    return reduced(loss, kept, reduction, normalizer, channel_dim)


def distribution_focal_loss(
    inputs, targets, reduction="none", *, mask=None, normalizer="elements", channel_dim=1
):
    log_p = inputs.log_softmax(channel_dim)
    last = inputs.shape[channel_dim] - 1
    low = targets.detach().floor().clamp(max=last - 1).to(torch.int64)
    left, right = (
        log_p.gather(channel_dim, index.unsqueeze(channel_dim)).squeeze(channel_dim)
        for index in (low, low + 1)
    )
    loss = -(low + 1 - targets) * left - (targets - low) * right
    kept = torch.ones_like(loss, dtype=torch.bool)
    if mask is not None:
        kept = mask if mask.ndim == loss.ndim else mask.squeeze(channel_dim)
    return reduced(loss, kept, reduction, normalizer, channel_dim)
