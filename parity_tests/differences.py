"""What is not torch's, and why: a fact about JAX each time. A report has those of its ops.

None of it is one of PyTorch's own samples: those hold without exception.
"""

EVERY = "every op"
DIFFERENCES: dict[str, str] = {
    "max, min, median, nanmedian": (
        "Forward mode at nan: torch's contradicts its own backward there. JAX has one derivative "
        "for both modes, and here it is the backward's."
    ),
    "logsumexp": (
        "Forward mode of complex numbers far from 0: torch's backward forms exp(x - result), whose "
        "phase is rounded, its forward mode does not. JAX has one derivative, and here it is the "
        "backward's. In float64 the two differ by 1e-10 at an imaginary part of 1e6."
    ),
    "logcumsumexp": (
        "Forward mode: torch's scales exponentials by the largest of the line and adds 1e-13 to "
        "their sums; so it contradicts its own backward at small first elements, and at those "
        "beside an infinity or nan. JAX has one derivative, and here it is the backward's."
    ),
    "masked.mean, logsumexp, logaddexp, softmax, log_softmax, softmin": (
        "Forward mode where the mask keeps nothing: torch's is nan and contradicts its own "
        "backward, which is 0. JAX has one derivative for both modes, here the backward's."
    ),
    "var_mean, std_mean": (
        "The mean of infinities is torch.mean's: inf. In torch the mean of these two is nan, "
        "unless the only infinity comes last."
    ),
    "where": (
        "A float16 array beside a complex number of 0 dims gives complex64: torch's is complex32, "
        "which JAX does not have."
    ),
    "linalg.matrix_norm, linalg.norm": (
        "Orders 2, -2 and 'nuc': torch's SVD raises at a nan; JAX's, which cannot look at values "
        "under jit, gives nan. Orders -1 and -inf of complex numbers: in forward mode an infinity "
        "off the smallest line gives nan, as it does in torch's backward, which torch's forward "
        "mode contradicts."
    ),
    "batch_norm": (
        "Outside training with a running variance and eps of 0: torch's second derivative by the "
        "weight sums infinities of both signs, to nan; here it is the sum, times infinity."
    ),
    "group_norm": (
        "Without positions, (N, C, 0), the gradient of the weight is 0, JAX's sum of nothing; "
        "torch's is nan, 0 times the mean of nothing."
    ),
    "masked_select, nonzero, unique, unique_consecutive, repeat_interleave, where(condition)": (
        "Under jit a shape cannot depend on values: the first four take size=, repeat_interleave "
        "takes torch's output_size=, where(condition) raises."
    ),
    "gather, index_select, take_along_dim, repeat_interleave": (
        "Under jit an index out of range, or a wrong output_size, cannot raise: it gives nan "
        "(integers: the lowest, or the highest of an unsigned type; bool: True)."
    ),
    "relu6, hardtanh, hardswish, hardshrink, softshrink, elu, selu, celu": (
        "Gradient at nan: torch's vectorised loop and the plain one for the last few elements of "
        "an array differ. Here it is the vectorised one's throughout."
    ),
    "gelu": (
        "inf at inf. So it is in torch too, but for contiguous float32 and bfloat16 on CPUs with "
        "AVX-512, where oneDNN gives nan. The tails of approximate='tanh' do not cancel: XLA's "
        "float32 tanh is too rough for torch's formula."
    ),
    "prelu, embedding": (
        "Forward mode at 0, and of row padding_idx: torch's contradicts its own backward there. "
        "JAX has one derivative for both modes, and here it is the backward's."
    ),
    "interpolate": (
        "Forward mode with a scale_factor that leaves an axis as long as it was: torch's "
        "contradicts its own backward there (antialias, bicubic, nearest). JAX has one derivative "
        "for both modes, and here it is the backward's. A uint8 image of 3 channels down to one "
        "pixel: torch stops at an assertion of its own."
    ),
    "grid_sample": (
        "Places that are nan or infinite: torch's second derivatives are nan throughout; around "
        "images with border and reflection its gradient reads memory that it should not; in 16 "
        "bits it takes nan, and places beyond 32767 cells, for others."
    ),
    "dropout, dropout1d, dropout2d, dropout3d, alpha_dropout, rrelu": (
        "The random numbers are JAX's, from key=, which JAX needs in place of a global generator."
    ),
    "scaled_dot_product_attention": (
        "Dropout draws from dropout_key=. For four dims torch's CPU kernel takes is_causal beside "
        "a mask, and a value of another length than the key's; it refuses a mask of fewer than two "
        "dims, and a dropout_p of nan. Here these are as for other numbers of dims, and as torch "
        "documents them."
    ),
    "pad": (
        "mode='circular' raises where negative amounts leave fewer cells than wrap around: torch "
        "gives what memory held."
    ),
    "embedding": (
        "max_norm cuts the rows in the result alone, for JAX arrays are not written into; the "
        "gradient of sparse=True is dense. Under jit an index out of range gives nan."
    ),
    "max_unpool1d, max_unpool2d, max_unpool3d": (
        "Forward mode where an index repeats: torch's contradicts its own backward there. JAX has "
        "one derivative for both modes, and here it is the backward's. Under jit an index out of "
        "range cannot raise: it gives nan in all of its channel."
    ),
    "lp_pool1d, lp_pool2d": (
        "Forward mode where the sum of powers is 0: torch's contradicts its own backward there. "
        "JAX has one derivative for both modes, and here it is the backward's."
    ),
    "gaussian_nll_loss": (
        "float16 gradient to var where 1 / var, or the squared difference over var, exceeds 65504: "
        "in torch it is infinite or nan; here it is formed in float32."
    ),
    "cross_entropy, nll_loss, binary_cross_entropy, gaussian_nll_loss": (
        "Under jit a class or a probability out of range, or a negative var, cannot raise: the "
        "first two give nan, and eps stands for the third."
    ),
    "one_hot": (
        "Under jit num_classes has to be given, as a shape cannot depend on values, and an index "
        "out of range gives a row of the lowest integer."
    ),
    EVERY: (
        "XLA flushes subnormal numbers to zero; torch on CPU keeps them. The sign of a zero is not "
        "compared."
    ),
}


def named(ops: str) -> set[str]:
    """The ops that a key of `DIFFERENCES` is about, by their last names."""
    return {op.rpartition(".")[2].partition("(")[0] for op in ops.split(", ")}


def about(names: set[str]) -> dict[str, str]:
    """The known differences of the ops of these last names."""
    return {ops: why for ops, why in DIFFERENCES.items() if ops == EVERY or named(ops) & names}
