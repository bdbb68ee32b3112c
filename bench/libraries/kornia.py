"""kornia's losses, under the ops' names."""

import kornia.losses


def sigmoid_focal_loss(inputs, targets, reduction):
    return kornia.losses.binary_focal_loss_with_logits(inputs, targets, 0.25, 2.0, reduction)


def softmax_focal_loss(inputs, targets, reduction):
    return kornia.losses.focal_loss(inputs, targets.long(), None, 2.0, reduction)


def lovasz_hinge_loss(inputs, targets):
    whole = inputs.flatten(0, 1)  # ours is over all images at once
    return kornia.losses.lovasz_hinge_loss(whole[None, None], targets.flatten(0, 1)[None])
