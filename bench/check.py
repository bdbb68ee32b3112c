"""Whether two competitors compute the same, before anyone is timed.

Whether an op is right is for `parity_tests` to say; this is to time one function and not two.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxchan.interop import to_numpy
from jaxchan.parity._arrays import widen

ROUNDOFF = {"float32": 2.0**-24, "bfloat16": 2.0**-8}
SMALLEST = 2.0**-126  # normal float32: XLA flushes what is below to zero


def host(results: Sequence[Any]) -> list[np.ndarray]:
    """Results of either library as numpy arrays, floats in float64."""
    return [widen(to_numpy(result)) for result in results]


def unnamed(results: Sequence[np.ndarray], gradients: int) -> list[np.ndarray]:
    """Results, the last of them gradients, but for which of several equals was meant."""
    values, slopes = results[: len(results) - gradients], results[len(results) - gradients :]
    kept = [np.zeros_like(v) if v.dtype.kind in "iu" else v for v in values]
    return kept + [np.sort(slope, axis=None).reshape(slope.shape) for slope in slopes]


def disagreement(
    got: Sequence[np.ndarray],
    single: Sequence[np.ndarray],
    exact: Sequence[np.ndarray],
    size: int,
    dtype: str = "float32",
) -> str:
    """How `got` differs from torch's results by more than rounding; "" if it does not.

    single, exact: torch's results in `dtype` and in float64.
    size: of the largest input; over the size of a result it is the number of terms in an entry.
    """
    if len(got) != len(exact):
        return f"{len(got)} results where torch has {len(exact)}"
    for i, (ours, theirs, true) in enumerate(zip(got, single, exact, strict=True)):
        if ours.shape != true.shape:
            return f"result {i} has shape {ours.shape}, torch's {true.shape}"
        if text := _off(ours, theirs, true, _unit(dtype, size / max(true.size, 1))):
            return f"result {i} {text}"
    return ""


def _unit(dtype: str, terms: float) -> float:
    """The relative error that a sum of so many terms is expected to have.

    bfloat16 is summed in float32, and rounded once.
    """
    return max(ROUNDOFF[dtype], math.sqrt(terms) * ROUNDOFF["float32"])


def _off(ours: np.ndarray, theirs: np.ndarray, true: np.ndarray, unit: float) -> str:
    """Allowed is eight times torch's own error or, where torch was lucky, eight times the error
    that is expected. Subnormals count as zero."""
    rounded = np.isfinite(true) if true.dtype.kind == "f" else np.zeros(true.shape, bool)
    if not np.array_equal(ours[~rounded], true[~rounded], equal_nan=true.dtype.kind == "f"):
        return "has another integer, bool, nan or inf than torch's"
    if not rounded.any():
        return ""
    error = np.abs(ours[rounded] - true[rounded]).max()
    noise = np.abs(theirs[rounded] - true[rounded]).max()
    floor = unit * np.abs(true[rounded]).max()
    if error <= 8 * max(noise, floor, SMALLEST):
        return ""
    return f"is off by {error:.1e}, torch by {noise:.1e}"
