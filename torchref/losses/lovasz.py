import itertools

import torch


def lovasz_hinge_loss(inputs, targets, *, per="batch", mask=None, ignore_index=None):
    kept = torch.ones_like(targets, dtype=torch.bool) if mask is None else mask
    if ignore_index is not None:
        kept = kept & (targets != ignore_index)
    losses = []
    for x, t, k in _sequences(inputs, targets, kept, per):
        x, t = x[k], t[k].detach()
        losses.append(_extension((1 - x * (2 * t - 1)).relu(), t))
    return torch.stack(losses).mean()


def lovasz_softmax_loss(
    inputs,
    targets,
    *,
    classes="present",
    per="batch",
    class_weight=None,
    mask=None,
    ignore_index=None,
    channel_dim=1,
):
    number = inputs.shape[channel_dim]
    weights = [1.0] * number if class_weight is None else class_weight
    kept = torch.ones_like(targets, dtype=torch.bool)
    if mask is not None:
        kept = mask if mask.ndim == targets.ndim else mask.squeeze(channel_dim)
    if ignore_index is not None:
        kept = kept & (targets != ignore_index)
    samples = []
    probabilities = inputs.softmax(channel_dim).movedim(channel_dim, -1)
    for p, t, k in _sequences(probabilities, targets, kept, per):
        losses = []
        for c in range(number):
            foreground = (t[k] == c).to(p.dtype)
            if len(foreground) and (classes == "all" or foreground.any()):
                errors = (foreground - p[..., c][k]).abs()
                losses.append(weights[c] * _extension(errors, foreground))
        samples.append(torch.stack(losses).mean() if losses else 0 * p.sum())
    return torch.stack(samples).mean()


def _sequences(inputs, targets, kept, per):
    if per == "sample" and targets.ndim:
        return list(zip(inputs, targets, kept, strict=True))
    return [(inputs, targets, kept)]


def _extension(errors, foreground):
    errors, order = errors.sort(descending=True, stable=True)
    jaccard = [torch.zeros_like(foreground.sum())]
    wrong = torch.zeros_like(foreground, dtype=torch.bool)
    for i in order:
        wrong[i] = True
        hit = (foreground * ~wrong).sum()
        union = (foreground.bool() | wrong).sum()
        jaccard.append(1 - hit / union)
    growth = [after - before for before, after in itertools.pairwise(jaccard)]
    return sum((e * g for e, g in zip(errors, growth, strict=True)), 0 * foreground.sum())
