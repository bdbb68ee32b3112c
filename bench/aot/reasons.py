"""Why programs for an H100 break a promise: the cause, read in their texts, and whose they are."""

DIVISION = "the division by the number of elements is a kernel of its own, for one number"
SEVERAL = "several sums, each finished in a kernel of its own, and one more for their quotient"
AGAIN = "the slope needs the finished reduction, so the input is read a second time"
SHARED = "what the value and both gradients share, a logarithm, is stored and not computed twice"

REASONS: dict[str, tuple[str, ...]] = {
    "one pass, but what it carries is settled by a small kernel of its own, and written for it; "
    "another finds the first element, less of which all is taken": (
        *("var forward", "std forward", "var_mean forward", "std_mean forward"),
    ),
    "the mean and the squares of the deviations from it are a pass each, as exact as torch's in "
    "float32; in 16 bits it is one": ("nn.functional.batch_norm forward",),
    "the weights of a group's channels are laid out for all its places, written and read: a part "
    "in 16 here, of 16 samples": ("nn.functional.group_norm forward",),
    "one pass, but the logarithm of its sums is a small kernel of its own": ("logsumexp forward",),
    "the output needs the finished reduction, so the input is read a second time; XLA keeps it on "
    "the chip only for rows along the last axis": (
        *("masked.softmax forward", "nn.functional.softmin forward"),
    ),
    "a nan is looked for beside the extreme, since XLA's combination of several devices' extremes "
    "drops it; a small kernel joins the two": (
        *("amax forward", "aminmax forward", "min forward", "linalg.matrix_norm forward"),
    ),
    "torch divides the product unless there is a zero: what runs depends on the values": (
        "prod gradient",
    ),
    AGAIN: (
        *("nanmean gradient", "norm gradient", "dist gradient", "logsumexp gradient"),
        *("var gradient", "std gradient", "var_mean gradient", "std_mean gradient"),
        *("amax gradient", "amin gradient", "aminmax gradient", "min gradient"),
        *("linalg.vector_norm gradient", "linalg.norm gradient", "linalg.matrix_norm gradient"),
        "nn.functional.pairwise_distance gradient",
        "nn.functional.cosine_embedding_loss gradient",
        "nn.functional.triplet_margin_loss gradient",
        "losses.dice_loss gradient",
        "losses.tversky_loss gradient",
        "losses.generalized_dice_loss gradient",
        "losses.softmax_focal_loss gradient",
        "nn.functional.cross_entropy gradient",
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
    f"the scores at the labels are gathered by kernels of their own; {DIVISION}": (
        "losses.softmax_focal_loss forward",
        "losses.distribution_focal_loss forward",
        "nn.functional.cross_entropy forward",
    ),
    f"the scores at both labels are gathered by kernels of their own, and stored; {AGAIN}": (
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
