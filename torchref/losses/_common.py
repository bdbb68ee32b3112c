import torch


def dense(inputs, targets, mask, ignore_index, channel_dim):
    """Targets of the inputs' shape, and where they count."""
    kept = torch.ones_like(inputs, dtype=torch.bool)
    labels = targets.ndim < inputs.ndim
    if labels:
        targets = targets.unsqueeze(channel_dim)
    if ignore_index is not None:
        kept = kept & (targets != ignore_index)
    if mask is not None:
        kept = kept & (mask if mask.ndim == inputs.ndim else mask.unsqueeze(channel_dim))
    if labels:
        classes = by_class(torch.arange(inputs.shape[channel_dim]), inputs, channel_dim)
        targets = (targets == classes).to(inputs.dtype)
    return torch.where(kept, targets, 0), kept


def by_class(values, inputs, channel_dim):
    """A number, or one for each class, so that it broadcasts to the inputs."""
    if isinstance(values, list | float):
        values = torch.tensor(values, dtype=inputs.dtype)
    if values.ndim == 0:
        return values
    shape = [1] * inputs.ndim
    shape[channel_dim] = -1
    return values.reshape(shape)


def reduced(loss, kept, reduction, normalizer, channel_dim):
    loss = torch.where(kept, loss, 0)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if normalizer == "elements":
        return loss.sum() / max(loss.numel(), 1)
    if normalizer == "valid":
        return loss.sum() / kept.sum().clamp(min=1)
    if normalizer == "pixels":
        return loss.sum() / kept.select(channel_dim, 0).sum().clamp(min=1)
    if normalizer == "batch":
        return loss.sum() / loss.shape[0]
    return loss.sum() / normalizer
