import torch
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from ._common import by_class, dense, reduced


def sigmoid_focal_loss(
    inputs,
    targets,
    alpha=0.25,
    gamma=2,
    reduction="none",
    *,
    alpha_negative=None,
    modulator="interpolate",
    reduced_threshold=None,
    class_weight=None,
    mask=None,
    ignore_index=None,
    normalizer="elements",
    channel_dim=1,
):
    t, kept = dense(inputs, targets, mask, ignore_index, channel_dim)
    x = torch.where(kept, inputs, 0)
    if alpha is None and alpha_negative is None:
        positive = negative = by_class(1.0, x, channel_dim)
    else:
        positive = by_class(alpha, x, channel_dim)
        negative = 1 - positive
    if alpha_negative is not None:
        negative = by_class(alpha_negative, x, channel_dim)
    p, not_p = x.sigmoid(), (-x).sigmoid()
    bce = binary_cross_entropy_with_logits(x, t, reduction="none")
    if modulator == "split":
        loss = -positive * t * not_p**gamma * logsigmoid(x)
        loss = loss - negative * (1 - t) * p**gamma * logsigmoid(-x)
    else:
        if modulator == "interpolate":
            factor = t * not_p**gamma + (1 - t) * p**gamma
        else:
            base = {
                "linear": t * not_p + (1 - t) * p,
                "margin": (-x * (2 * t - 1)).sigmoid(),
                "likelihood": 1 - torch.exp(-bce),
                "distance": (t - p).abs(),
            }[modulator]
            factor = base**gamma
            if reduced_threshold is not None:
                factor = (base / reduced_threshold) ** gamma
                factor = torch.where(1 - base < reduced_threshold, 1, factor)
        loss = (positive * t + negative * (1 - t)) * factor * bce
    if class_weight is not None:
        loss = by_class(class_weight, x, channel_dim) * loss
    return reduced(loss, kept, reduction, normalizer, channel_dim)


def softmax_focal_loss(
    inputs,
    targets,
    alpha=None,
    gamma=2,
    reduction="none",
    *,
    class_weight=None,
    mask=None,
    ignore_index=None,
    normalizer="elements",
    channel_dim=1,
):
    t, kept = dense(inputs, targets, mask, ignore_index, channel_dim)
    log_p, z = inputs.log_softmax(channel_dim), _against_the_others(inputs, channel_dim)
    near = z > 0  # 1 - p and log p would lose their digits
    not_p = torch.where(near, (-z).sigmoid(), 1 - log_p.exp())
    loss = -t * not_p**gamma * torch.where(near, logsigmoid(z), log_p)
    if alpha is not None:
        if torch.as_tensor(alpha).ndim == 0:
            alpha = [1 - alpha] + [alpha] * (inputs.shape[channel_dim] - 1)
        loss = by_class(alpha, inputs, channel_dim) * loss
    if class_weight is not None:
        loss = by_class(class_weight, inputs, channel_dim) * loss
    return reduced(loss, kept, reduction, normalizer, channel_dim)


def _against_the_others(x, dim):
    """The logit of each class against all others together."""
    rows, logits = x.unbind(dim), []
    for c, row in enumerate(rows):
        logits.append(row - torch.stack(rows[:c] + rows[c + 1 :]).logsumexp(0))
    return torch.stack(logits, dim)
