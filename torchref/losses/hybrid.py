from .focal import sigmoid_focal_loss, softmax_focal_loss
from .overlap import dice_loss


def focal_dice_loss(
    inputs,
    targets,
    lambda_focal=0.5,
    alpha=0.25,
    gamma=2,
    smooth=1.0,
    *,
    lambda_dice=None,
    activation="sigmoid",
    per="batch",
    class_weight=None,
    mask=None,
    ignore_index=None,
    normalizer="elements",
    channel_dim=1,
):
    shared = dict(class_weight=class_weight, mask=mask, ignore_index=ignore_index)
    shared |= dict(channel_dim=channel_dim, reduction="mean")
    focal_loss = {"sigmoid": sigmoid_focal_loss, "softmax": softmax_focal_loss}[activation]
    focal = focal_loss(inputs, targets, alpha, gamma, normalizer=normalizer, **shared)
    mode = "inside" if per in ("batch", "sample") else "scale"
    options = dict(activation=activation, per=per, weight_mode=mode)
    dice = dice_loss(inputs, targets, smooth, **options, **shared)
    lambda_dice = 1 - lambda_focal if lambda_dice is None else lambda_dice
    return lambda_focal * focal + lambda_dice * dice
