"""The ops that torch does not have, as a good torch user writes them: what is timed as torch.

torchref defines the same ops by literal loops, which are right and slow.
"""

import torch
import torch.nn.functional as F


def merge_by_norm(*tensors, ord=2, channel_dim=1):
    dims = [d for d in range(tensors[0].ndim) if d not in (0, channel_dim)]
    sizes = [torch.linalg.vector_norm(x, ord=ord, dim=dims, keepdim=True) for x in tensors]
    merged, largest = tensors[0], sizes[0]
    for tensor, size in zip(tensors[1:], sizes[1:], strict=True):
        merged = torch.where(size > largest, tensor, merged)
        largest = torch.maximum(size, largest)
    return merged


def corr2d(input, kernel):
    return F.conv2d(input[None, None], kernel[None, None])[0, 0]


def corr2d_multi_in(input, kernel):
    return F.conv2d(input[None], kernel[None])[0, 0]


def corr2d_multi_in_out(input, kernels):
    return F.conv2d(input[None], kernels)[0]


def corr2d_multi_in_out_1x1(input, kernels):
    return F.conv2d(input[None], kernels)[0]


def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2, reduction="none"):
    p = torch.sigmoid(inputs)
    entropy = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    loss = weight * (targets * (1 - p) ** gamma + (1 - targets) * p**gamma) * entropy
    return loss.mean() if reduction == "mean" else loss


def dice_loss(inputs, targets):
    p = torch.sigmoid(inputs)
    return 1 - (2 * (p * targets).sum() + 1) / (p.sum() + targets.sum() + 1)


def focal_dice_loss(inputs, targets, lambda_focal=0.5):
    focal = sigmoid_focal_loss(inputs, targets, reduction="mean")
    return lambda_focal * focal + (1 - lambda_focal) * dice_loss(inputs, targets)


def softmax_focal_loss(inputs, targets, reduction="mean"):
    entropy = F.cross_entropy(inputs, targets.long(), reduction="none")
    loss = (1 - torch.exp(-entropy)) ** 2 * entropy
    return loss.sum() / inputs.numel()


def tversky_loss(inputs, targets, alpha, beta, exponent):
    p = torch.sigmoid(inputs)
    tp, fp, fn = (p * targets).sum(), (p * (1 - targets)).sum(), ((1 - p) * targets).sum()
    return (1 - (tp + 1) / (tp + alpha * fp + beta * fn + 1)) ** exponent


def generalized_dice_loss(inputs, targets):
    p, t = torch.sigmoid(inputs), _one_hot(inputs, targets)
    volume, tp, both = (a.sum((2, 3)) for a in (t, p * t, p + t))
    weight = torch.where(volume > 0, 1 / volume.clamp(min=1) ** 2, 0)
    weight = torch.where(volume > 0, weight, weight.amax(1, keepdim=True))
    top, bottom = ((weight * a).sum(1) + 1e-5 for a in (2 * tp, both))
    return (1 - top / bottom).mean()


def _one_hot(inputs, targets):
    return F.one_hot(targets.long(), inputs.shape[1]).movedim(-1, 1).to(inputs.dtype)


def quality_focal_loss(inputs, targets, reduction="mean"):
    entropy = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    return ((targets - torch.sigmoid(inputs)).abs() ** 2 * entropy).sum(1).mean()


def varifocal_loss(inputs, targets, reduction="mean"):
    weight = torch.where(targets > 0, targets, 0.75 * torch.sigmoid(inputs) ** 2)
    entropy = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    return (weight * entropy).mean()


def distribution_focal_loss(inputs, targets, reduction="mean"):
    low = targets.detach().long()
    left, right = (F.cross_entropy(inputs, i, reduction="none") for i in (low, low + 1))
    return (left * (low + 1 - targets) + right * (targets - low)).mean()


def lovasz_hinge_loss(inputs, targets):
    x, t = inputs.flatten(), targets.detach().flatten()
    errors, order = (1 - x * (2 * t - 1)).sort(descending=True)
    return torch.dot(F.relu(errors), _growth(t[order]))


def lovasz_softmax_loss(inputs, targets):
    p = inputs.softmax(1).movedim(1, 0).flatten(1)
    t = _one_hot(inputs, targets).movedim(1, 0).flatten(1)
    errors, order = (t - p).abs().sort(1, descending=True)
    loss = (errors * _growth(t.gather(1, order))).sum(1)
    present = t.any(1)
    return torch.where(present, loss, 0).sum() / present.sum()


def _growth(foreground):
    n = foreground.sum(-1, keepdim=True)
    jaccard = 1 - (n - foreground.cumsum(-1)) / (n + (1 - foreground).cumsum(-1))
    return torch.diff(jaccard, prepend=torch.zeros_like(n))


def sum_as_conv(input):
    return F.conv2d(input, torch.ones((1, input.shape[1], 1, 1), dtype=input.dtype))


def mean_as_conv(input):
    weight = torch.full((1, input.shape[1], 1, 1), 1 / input.shape[1], dtype=input.dtype)
    return F.conv2d(input, weight)


def add_as_conv(*tensors):
    channels = tensors[0].shape[1]
    eye = torch.eye(channels, dtype=tensors[0].dtype)
    weight = torch.cat([eye] * len(tensors), dim=1)[:, :, None, None]
    return F.conv2d(torch.cat(tensors, dim=1), weight)
