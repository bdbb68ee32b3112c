"""Why a row is below 0.7, and what was tried: a sentence for each `Row.name`.

For instance "median gradient" or "nn.functional.conv2d forward bfloat16"; a cause that belongs to
no row fails a test. They are read from the programs that XLA compiled and the times of their parts,
on two cores with jax 0.10.2. A row that has a cause may be above 0.7 in another run.
"""


def _rows(ops: str, *kinds: str, within: str = "") -> tuple[str, ...]:
    """The rows of each op, in each kind: "forward", "gradient bfloat16" and so on."""
    return tuple(f"{within}{op} {kind}" for op in ops.split() for kind in kinds)


def _convolutions(kind: str, *ways: str) -> tuple[str, ...]:
    """The rows of a kind of conv2d."""
    return tuple(f"nn.functional.conv2d {kind} {way}" for way in ways)


F, G, F16, G16 = "forward", "gradient", "forward bfloat16", "gradient bfloat16"
NN = "nn.functional."
VIEW = (
    "torch returns a view and moves nothing. A JAX array is never a view, so its elements are "
    "written, as quickly as plain JAX writes them; within a larger program XLA leaves that out."
)
GROUPS: dict[str, tuple[str, ...]] = {
    VIEW: (
        *_rows("permute movedim expand unsqueeze flatten unflatten", F, G),
        *_rows("chunk split", F),
    ),
    "torch's gradient is an expanded view of the cotangent; here it is written.": (
        _rows("sum", G, G16)
    ),
    "Beside the mean, its cotangent is written by a loop over rows of 56: 0.5 ms for 12.8 MB.": (
        _rows("mean", G)
    ),
    "Results of some KB: what is left is the call, about 10 us in JAX and less in torch, and what "
    "a second thread takes to wake up, 30 to 60 us for each program.": (
        *_rows("squeeze index_select", F),
        *_rows("stack channels.corr2d", F, G),
        *_rows("channels.corr2d_multi_in", G),
    ),
    "The cotangents are joined or cut by one loop an array, which torch has as views.": (
        _rows("cat split chunk", G)
    ),
    "Two products of 1.1 GFLOP, 8 ms each, and between them 5 ms for a softmax of 33 MB of scores, "
    "which torch takes by tiles that stay in the cache.": (
        _rows("scaled_dot_product_attention", F, G, F16, within=NN)
    ),
    "Twice torch's time for tanh itself, 3.8 ms for 12.8 MB.": _rows("tanhshrink", F, within=NN),
    "Two thirds of it is the sort of each class's errors with their places, as quick as torch's.": (
        _rows("lovasz_softmax_loss", F, within="losses.")
    ),
    "XLA's CPU takes plain arithmetic in tiles of 16 along the last axis, and 56 fill a half of "
    "the last one: abs takes 1.1 ms, and 0.6 as one line of numbers between barriers. But a sum of "
    "what is behind barriers takes 1.2 to 1.7 times as long.": _rows("abs maximum minimum", F),
    "A loop over 25 MB with vectors of 256 bits, where torch's have 512 (by a flag of XLA's it has "
    "them too, and takes 0.75 to 0.9 of the time), or in 16 bits with each number rounded by "
    "integer arithmetic; plain JAX takes as long, or longer.": (
        *_rows("clamp flip", F),
        *_rows("relu6 threshold hardtanh hardswish hardsigmoid rrelu", F, within=NN),
        *_rows("channel_shuffle", F, within=NN),
        *_rows("softshrink hardshrink leaky_relu glu prelu silu gelu relu", F, within=NN),
        *_rows("elu selu celu", F, G, within=NN),
        *_rows("relu silu gelu", F16, G16, within=NN),
    ),
    "Value and gradient are loops of their own over 51 MB, as quick as the memory, for which torch "
    "leaves the input in the cache; prelu's weight has a sum besides, whose terms are written.": (
        *_rows("relu6 channel_shuffle prelu silu glu gelu", G, within=NN),
        *_rows("dist linalg.norm flip", G),
    ),
    "Sums of elementwise terms, along 32,768 lanes at once: 0.9 ms for 25.7 MB where torch.compile "
    "takes 0.7, for XLA's vectors are of 256 bits. By XLA's library, which fuses arithmetic alone "
    "and else writes the terms out, it took 1.0 to 2.7 times as long. The gradient is a loop of "
    "its own.": (
        *_rows("mse_loss l1_loss smooth_l1_loss huber_loss poisson_nll_loss", F, G, within=NN),
        *_rows("margin_ranking_loss", F, G, within=NN),
        *_rows("kl_div", F, G, within=NN),
        *_rows("hinge_embedding_loss", F, within=NN),
    ),
    "A sum of log1p of an exponential by XLA's library; along lanes, where these take more "
    "arithmetic, it took 1.4 times as long.": _rows("soft_margin_loss", F, within=NN),
    "The exponential is taken twice, for the value and for its derivative: torch negates a label "
    "after its conversion in the one and before it in the other, which differ in an unsigned "
    "label. Of labels in float32, which share one exponential, it takes as long as plain JAX.": (
        _rows("soft_margin_loss", G, within=NN)
    ),
    "One call of XLA's library for sums, and nothing else: 38 GB/s over an outer axis and 19 over "
    "the last, where torch.compile has 80 and 31. Written out as 64 terms it took as long, as a "
    "product with ones 0.8 of the time over an outer axis, with the rounding of a running sum.": (
        *_rows("sum mean", F, F16),
        *_rows("mean", G16),
        *_rows("norm linalg.vector_norm linalg.norm linalg.matrix_norm dist", F),
        *_rows("pairwise_distance cosine_embedding_loss triplet_margin_loss", F, G, within=NN),
        *_rows("normalize", F, G, within=NN),
        *_rows("cosine_similarity", F, within=NN),
    ),
    "One loop over the channels, eight at a time: 0.25 to 0.45 ms for 12.8 MB, where torch takes "
    "0.17. Sixteen at a time took as long, all 64 longer, and the library for sums, for which the "
    "terms are written out, three times as long.": (_rows("nansum masked.sum count_nonzero", F)),
    "Two passes, the mean and then the squares of what it leaves, since one over sum and square "
    "would cancel. Each is a loop over samples or channels; the library's sums took 1.4 times as "
    "long, and along an outer axis twice.": (
        *_rows("var var_mean", F),
        *_rows("std", F),
        *_rows("std_mean", F, G),
    ),
    "nan is looked for apart from the largest: XLA's own, the naive way, loses it on CPU, "
    "and where it joins the maxima of several devices. Along an outer axis one loop finds value "
    "and place, a third of the time of two reductions; amax alone takes as long either way.": (
        *_rows("amax", F, F16),
        *_rows("amin min aminmax", F),
        *_rows("max", F, G),
    ),
    "The maximum, the sum of exponentials (over an outer axis a loop, in half the time of the "
    "library's sum) and the quotient are passes of their own, in bfloat16 after a copy in "
    "float32.": (
        *_rows("logsumexp", F, G, F16, G16),
        *_rows("masked.softmax", F),
        *_rows("softmin", F, G, within=NN),
        *_rows("softmax log_softmax", F, G, F16, G16, within=NN),
        *_rows("cross_entropy", G, within=NN),
    ),
    "The largest, 3 ms, the exponentials, 8, and the ties, 3, are loops of their own over the "
    "classes. The three in one pass took 0.9 of the time, blocks that stay in the cache as long; "
    "vectors are of 256 bits, and of 512, by a flag of XLA's, it takes 0.85.": (
        _rows("softmax_focal_loss", F, within="losses.")
    ),
    "On a CPU with vectors of 512 bits, which torch uses, XLA's are of 256: by a flag of its own "
    "for 512 it takes 0.85 of the time.": _rows("dice_loss tversky_loss", F, within="losses."),
    "1000 steps for 128 lines at once, in float64 as torch has it: 32,000 steps of 0.3 us on one "
    "core, between two transposes in tiles. In log2(n) passes it takes 1.4 to 3 times as long, in "
    "blocks of 25, all at once, 1.3 times: to transpose these takes 8 ms and 14.": (
        _rows("cumprod cummax cummin", F, G)
    ),
    "Running sums are products with triangles of ones in blocks of 40, 2 ms, to which the sums of "
    "the blocks before are added, 1.5 ms, and a pass that looks for what is not finite; torch's "
    "one pass is 2.3. Step by step they took 15.": _rows("cumsum", F, G),
    "The sort of key and place alone takes twice torch's time, as sixteen sorts at once; one sort "
    "took 1.5 times as long, and counting the runs by passes four times as long as by steps.": (
        _rows("mode", F, G)
    ),
    "XLA's top_k of the largest of each 32 neighbours, then of those that have them: 1 ms each, "
    "and of all at once 4. Selecting and sorting took longer.": _rows("topk", F, G),
    "XLA reduces windows of 32 and then their products, without vectors.": _rows("prod", F),
    "Four gathers and, for the gradient, four scatters of 16,384 rows, with a copy for each.": (
        _rows("grid_sample", F, G, within=NN)
    ),
    "The output is written, and its cotangent summed over a last axis of 4, without vectors.": (
        _rows("repeat_interleave", F, G)
    ),
    "XLA's libraries reach 80 to 100 GFLOP/s in dense convolutions and products, oneDNN 200. The "
    "gradient of conv2d's weights is a product with patches, 70 GFLOP/s with the copies; by XLA's "
    "convolution it was 35.": (
        *_rows("conv1d", F, G, F16, G16, within=NN),
        *_rows("conv2d", F, G, within=NN),
        *_rows("conv3d conv_transpose3d", F, G, within=NN),
        *_rows("conv_transpose1d", G, within=NN),
        *_rows("conv_transpose2d", F, G, F16, G16, within=NN),
        *_convolutions("1x1", F),
        *_convolutions("stem", F, F16, G16),
        *_rows("channels.corr2d_multi_in_out", F, G),
        *_rows("channels.corr2d_multi_in_out_1x1", F),
    ),
    "XLA's library has products of bfloat16, 850 GFLOP/s here; beside one the forward pass copies "
    "what each tap sees, 1.2 ms, with the channels last, 1 ms. The gradient is one of float32: JAX "
    "transposes a product of bfloat16 into that of a cotangent in float32.": (
        *_rows("conv2d", F16, G16, within=NN),
        *_rows("linear", G16, within=NN),
        *_convolutions("1x1", F16, G16),
    ),
    "A product of 1.2 GFLOP by XLA's library, and nothing else: 6 ms, in torch 4.5 to 5.": (
        _rows("linear", F, within=NN)
    ),
    "Nine shifted slices of a padded copy are added up, one loop; for the gradient of a weight the "
    "products of its rows are, side by side, and for that of the input nine products are.": (
        _convolutions("depthwise", F, G, G16)
    ),
    "A product of matrices for each sample and group: in the gradient one after the other, each "
    "after its patches were copied; forward all at once. The library reaches 45 to 90 GFLOP/s in "
    "products of this size, 80 in those of bfloat16. At once the gradient takes 1.0 to 2.0 "
    "times as long.": (_convolutions("grouped", F, G, F16, G16)),
    "A convolution is the point of the function; XLA's CPU has no short cut for kernels of ones.": (
        _rows("sum_as_conv mean_as_conv add_as_conv", F, G, within="rewrite.")
    ),
    "The sums and the output are passes of their own: three sums, so that a large mean costs no "
    "digits, or of bfloat16 two, of differences that are written out in float32. Block by block of "
    "rows it took twice as long. The gradient of bfloat16 weights converts the cotangent twice, "
    "3 ms each.": (
        *_rows("group_norm batch_norm instance_norm", F, G, F16, G16, within=NN),
        *_rows("layer_norm", G, G16, within=NN),
        *_rows("rms_norm", G16, within=NN),
    ),
    "One call of XLA's library, and nothing else: 25 MB take 3.4 to 4.5 ms.": (
        _rows("layer_norm rms_norm", F, F16, within=NN)
    ),
    "The norms are two calls of the library for sums, and the choice reads both inputs again.": (
        _rows("channels.merge_by_norm", F)
    ),
    "Windows of some neighbours in a line are read with strides. Averages by rows first and then "
    "by columns took as long, or twice as long through the library for sums.": (
        *_rows("adaptive_avg_pool2d", F, F16, within=NN),
        *_rows("adaptive_avg_pool1d adaptive_max_pool2d", F, G, within=NN),
        *_rows("adaptive_max_pool1d max_pool1d avg_pool1d avg_pool3d", F, within=NN),
        *_rows("adaptive_max_pool3d max_pool3d", F, within=NN),
        *_rows("lp_pool2d", G, within=NN),
    ),
    "The gradient of each input is a loop of its own that compares both inputs again, as in plain "
    "JAX; it takes 5 ms for 64 MB, and in some rounds twice that.": _rows("fmin fmax", G),
    "The factor of each row is written out at full size, and the gradient has five such arrays.": (
        _rows("renorm", F, G)
    ),
    "Three copies: the padded image, its rows by tap, then its columns. Plain JAX's way, a "
    "convolution with an identity, takes ten times as long.": _rows("unfold", F, within=NN),
    "A reflection gathers single elements, or where there is a gradient copies pieces, since the "
    "gather would then be written twice; the gradient pads and adds slices at full size.": (
        _rows("pad", F, G, within=NN)
    ),
    "4096 elements in five small programs: two loops, a sum of each, and the quotient of those.": (
        _rows("nll_loss", F, within=NN)
    ),
}
CAUSES: dict[str, str] = {row: cause for cause, rows in GROUPS.items() for row in rows}
