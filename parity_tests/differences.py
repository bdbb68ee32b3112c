"""What is not torch's, and why: a fact about JAX each time. Printed with every report.

None of it is one of PyTorch's own samples: those hold without exception.
"""

DIFFERENCES: dict[str, str] = {
    "max, min, median, nanmedian": (
        "Forward mode at nan: torch's contradicts its own backward there. JAX has one derivative "
        "for both modes, and here it is the backward's."
    ),
    "norm": (
        "float16 gradient for p < 0 and p > 2: torch forms |x|^(p-1) in float16, which overflows "
        "to inf or nan; here it is formed in float32."
    ),
    "logsumexp": (
        "Forward mode of complex numbers far from 0: torch's backward forms exp(x - result), whose "
        "phase is rounded, its forward mode does not. JAX has one derivative, and here it is the "
        "backward's. In float64 the two differ by 1e-10 at an imaginary part of 1e6."
    ),
    "var_mean, std_mean": (
        "The mean of infinities is torch.mean's: inf. In torch the mean of these two is nan, "
        "unless the only infinity comes last."
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
    "every op": (
        "XLA flushes subnormal numbers to zero; torch on CPU keeps them. The sign of a zero is not "
        "compared."
    ),
}
