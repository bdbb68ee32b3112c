from torch.nn.functional import binary_cross_entropy_with_logits


def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2, reduction="none"):
    p = inputs.sigmoid()
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    modulator = targets * (1 - p) ** gamma + (1 - targets) * p**gamma
    bce = binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    loss = weight * modulator * bce
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]


def dice_loss(inputs, targets, smooth=1.0):
    p = inputs.sigmoid()
    intersection = (p * targets).sum()
    return 1 - (2 * intersection + smooth) / (p.sum() + targets.sum() + smooth)


def focal_dice_loss(inputs, targets, lambda_focal=0.5, alpha=0.25, gamma=2, smooth=1.0):
    focal = sigmoid_focal_loss(inputs, targets, alpha, gamma, reduction="mean")
    return lambda_focal * focal + (1 - lambda_focal) * dice_loss(inputs, targets, smooth)
