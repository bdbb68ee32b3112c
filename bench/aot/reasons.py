"""Why programs for an H100 break a promise: the cause, read in their texts, and whose they are."""

DIVISION = "the division by the number of elements is a kernel of its own, for one number"
SEVERAL = "several sums, each finished in a kernel of its own, and one more for their quotient"
AGAIN = "the slope needs the finished reduction, so the input is read a second time"
SHARED = "what the value and both gradients share, a logarithm, is stored and not computed twice"

REASONS: dict[str, tuple[str, ...]] = {
    "two passes: the mean, then the squares of the deviations from it": (
        *("var forward", "var gradient", "std forward", "std gradient"),
        *("var_mean forward", "var_mean gradient", "std_mean forward", "std_mean gradient"),
        "nn.functional.batch_norm forward",
        "nn.functional.instance_norm forward",
        "nn.functional.group_norm forward",
    ),
    "two passes: the largest, then the exponentials less it; XLA joins them along a last axis, to "
    "a result of the input's shape": (
        *("logsumexp forward", "logsumexp gradient"),
        *("masked.softmax forward", "nn.functional.softmin forward"),
        *("nn.functional.cross_entropy forward", "nn.functional.cross_entropy gradient"),
    ),
    "a nan is looked for beside the extreme, since XLA's combination of several devices' extremes "
    "drops it; a small kernel joins the two": (
        *("amax forward", "aminmax forward", "min forward", "linalg.matrix_norm forward"),
    ),
    "ties are counted, and the mask of them stored, before the gradient is shared among them": (
        *("amax gradient", "amin gradient", "aminmax gradient", "min gradient"),
    ),
    "the values are read at the indices in a second pass, so that the gradient goes there": (
        *("max forward", "max gradient"),
    ),
    "torch divides the product unless there is a zero: what runs depends on the values": (
        "prod gradient",
    ),
    AGAIN: (
        *("nanmean gradient", "norm gradient", "dist gradient"),
        *("linalg.vector_norm gradient", "linalg.norm gradient", "linalg.matrix_norm gradient"),
        "nn.functional.pairwise_distance gradient",
        "nn.functional.cosine_embedding_loss gradient",
        "nn.functional.triplet_margin_loss gradient",
        "losses.dice_loss gradient",
        "losses.tversky_loss gradient",
        "losses.generalized_dice_loss gradient",
    ),
    "a select of the norm and the bound, which XLA does not join with the reduction before it": (
        "renorm forward",
    ),
    "the divisor is kept apart by a barrier: XLA would multiply by its rounded inverse": (
        "masked.mean forward",
    ),
    "both are divided by their norms before they are multiplied, as in torch": (
        "nn.functional.cosine_similarity gradient",
    ),
    "the sigmoid, of which both halves of the gradient are made, is stored": (
        "nn.functional.glu gradient",
    ),
    DIVISION: (
        "nn.functional.mse_loss forward",
        "nn.functional.l1_loss forward",
        "nn.functional.smooth_l1_loss forward",
        "nn.functional.huber_loss forward",
        "nn.functional.poisson_nll_loss forward",
        "nn.functional.gaussian_nll_loss forward",
        "nn.functional.soft_margin_loss forward",
        "nn.functional.multilabel_soft_margin_loss forward",
        "nn.functional.hinge_embedding_loss forward",
        "nn.functional.margin_ranking_loss forward",
        "nn.functional.triplet_margin_loss forward",
        "nn.functional.nll_loss forward",
        "nn.functional.kl_div forward",
        "nn.functional.binary_cross_entropy forward",
        "nn.functional.binary_cross_entropy_with_logits forward",
        "losses.sigmoid_focal_loss forward",
        "losses.varifocal_loss forward",
    ),
    f"summed over the classes, then over the rest; {DIVISION}": (
        "losses.quality_focal_loss forward",
    ),
    SHARED: (
        "nn.functional.multilabel_soft_margin_loss gradient",
        "nn.functional.binary_cross_entropy gradient",
        "losses.sigmoid_focal_loss gradient",
        "losses.quality_focal_loss gradient",
        "losses.varifocal_loss gradient",
    ),
    f"{AGAIN}; {SHARED}": ("losses.focal_dice_loss gradient",),
    SEVERAL: (
        "nn.functional.cosine_embedding_loss forward",
        "losses.dice_loss forward",
        "losses.tversky_loss forward",
        "losses.generalized_dice_loss forward",
        "losses.focal_dice_loss forward",
    ),
    "the largest, the sum of the exponentials and its logarithm are a pass each over the classes": (
        "losses.softmax_focal_loss forward",
        "losses.softmax_focal_loss gradient",
        "losses.distribution_focal_loss forward",
        "losses.distribution_focal_loss gradient",
    ),
    "the sort and the running sums are kernels of many passes": (
        "losses.lovasz_softmax_loss forward",
        "losses.lovasz_softmax_loss gradient",
    ),
    "a sort of this length is CUB's, of which XLA asks the device how much memory it needs": (
        "losses.lovasz_hinge_loss forward",
        "losses.lovasz_hinge_loss gradient",
    ),
}
