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
