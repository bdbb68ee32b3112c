"""The acceptance rule: when two implementations in floating point count as the same.

Same function: in float64, rounding shrinks by 2^29 against float32, and a different meaning does
not (gate A). Same quality: in float32 and below, the error against the float64 truth is at most a
few times torch's own, where torch's own is at least what jittering the inputs by half an ulp does
to the truth (gate B). Integers, booleans and all of structure are equal or not (gates 0 and 1).
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

U32 = 2.0**-24
OUTPUT_FACTORS = (2.0, 3.0, 4.0)  # on the rms, the 99.9 % quantile and the maximum of the error
GRADIENT_FACTORS = (8.0, 12.0, 16.0)
CLASS_BOUND = 8.0  # units of u * sum |terms| for contractions, of ulps for float32 values


@dataclass(frozen=True)
class Verdict:
    """status as in `Finding`; place is the index of the largest error."""

    status: str
    ratio: float | None = None
    place: tuple[int, ...] | None = None
    detail: str = ""


def unit(dtype: np.dtype) -> float:
    """Half the distance from 1 to the next number of `dtype`."""
    return float(jnp.finfo(dtype).eps) / 2


def same_structure(
    got: list[tuple[str, np.ndarray]], want: list[tuple[str, np.ndarray]]
) -> Verdict:
    """Gate 0, visible part: the same leaves under the same names, of the same shape and dtype."""
    if [n for n, _ in got] != [n for n, _ in want]:
        return Verdict(
            "fail", detail=f"structure {[n for n, _ in got]}, torch {[n for n, _ in want]}"
        )
    for (name, g), (_, w) in zip(got, want, strict=True):
        if (g is None) != (w is None):
            return Verdict("fail", detail=f"{name} is {g}, torch {w}")
        if g is not None and (g.shape != w.shape or g.dtype != w.dtype):
            return Verdict(
                "fail", detail=f"{name} is {g.dtype}{list(g.shape)}, torch {w.dtype}{list(w.shape)}"
            )
    return Verdict("pass")


def exactly(got: np.ndarray, want: np.ndarray) -> Verdict:
    """Gate 1: equal, where NaN equals itself."""
    if not want.size:
        return Verdict("vacuous", detail="empty")
    differs = (got != want) & ~((got != got) & (want != want))
    if differs.any():
        place = _place(differs)
        return Verdict("fail", None, place, f"{got[place]}, torch {want[place]}")
    return Verdict("pass")


def same_entries(got: np.ndarray, want: np.ndarray, entries: np.ndarray, dim: int) -> Verdict:
    """Indices along `dim` that name equal entries, and name none twice where torch's do not."""
    if not want.size:
        return Verdict("vacuous", detail="empty")
    if want.ndim < entries.ndim:
        got, want = np.expand_dims(got, dim), np.expand_dims(want, dim)
    entries, got, want = (np.atleast_1d(a) for a in (entries, got, want))
    outside = (got < 0) | (got >= entries.shape[dim])
    if outside.any():
        place = _place(outside)
        return Verdict("fail", None, place, f"index {got[place]} of {entries.shape[dim]}")
    if _repeats(got, dim) and not _repeats(want, dim):
        return Verdict("fail", detail="names an entry twice")
    named = (np.take_along_axis(entries, indices, dim) for indices in (got, want))
    return exactly(*named)


def _repeats(indices: np.ndarray, dim: int) -> bool:
    return bool((np.diff(np.sort(indices, dim), axis=dim) == 0).any())


def same_pattern(got: np.ndarray, want: np.ndarray) -> Verdict:
    """Gate 0, values: NaN, +inf and -inf stand in the same places."""
    for part in (np.real, np.imag) if np.iscomplexobj(want) else (np.asarray,):
        g, w = part(got), part(want)
        other_inf = (np.isinf(w) | np.isinf(g)) & (g != w) & ~np.isnan(w)
        differs = (np.isnan(g) != np.isnan(w)) | other_inf
        if differs.any():
            place = _place(differs)
            return Verdict("fail", None, place, f"{got[place]}, torch {want[place]}")
    return Verdict("pass")


def same_function(
    got: np.ndarray,
    want: np.ndarray,
    floor: np.ndarray,
    step: Callable[[], float],
    terms: np.ndarray | None = None,
) -> Verdict:
    """Gate A for finite float64 values.

    floor: the error that float32 is entitled to here. step: what moving every input to a
    neighbouring float64 number does to the result; asked only where the question itself is
    ill-conditioned.
    """
    with np.errstate(over="ignore"):  # an overflow is an error of infinity
        error = np.abs(got - want)
    worst, scale = float(error.max()), _rms(np.abs(want))
    tiny = float(np.finfo(np.float64).tiny)
    rho = worst / max(float(floor.max()), U32 * scale, tiny)
    small_rho, small_error = rho <= 2.0**-20, worst <= 1e-10 * scale
    place = _place(error == worst)
    within_terms = terms is not None and bool((error <= 2 * CLASS_BOUND * 2.0**-53 * terms).all())
    if (small_rho and small_error) or within_terms or worst <= tiny:  # XLA flushes subnormals
        return Verdict("pass", None, place)
    numbers = f"{got[place]}, torch {want[place]}; error {worst:.3g}, scale {scale:.3g}"
    detail = f"{numbers}, rho 2^{np.log2(rho):.1f}"
    if not small_rho and not small_error:
        return Verdict("fail", None, place, f"{_cause(got, want, floor)}: {detail}")
    if worst <= 4 * step():
        return Verdict("pass", None, place)
    return Verdict("inconclusive", None, place, "ill-conditioned: " + detail)


def _cause(got: np.ndarray, want: np.ndarray, floor: np.ndarray) -> str:
    as_float32 = same_quality(got, want, want, floor, np.dtype(np.float32), OUTPUT_FACTORS)
    return "float32 inside" if as_float32.status == "pass" else "another function"


def same_quality(
    got: np.ndarray,
    own: np.ndarray,
    truth: np.ndarray,
    floor: np.ndarray,
    dtype: np.dtype,
    factors: tuple[float, ...],
    terms: np.ndarray | None = None,
) -> Verdict:
    """Gate B for finite values of `dtype`, all arrays widened to 64 bits.

    own: torch's result in `dtype`. truth: torch's in float64. floor: the jitter's differences.
    terms: sum |terms| per element where the class bound for contractions applies.
    """
    with np.errstate(over="ignore"):
        error, own_error = np.abs(got - truth), np.abs(own - truth)
    # XLA flushes float32's and bfloat16's subnormals, on purpose; float16 has none of that size
    tiny = float(np.finfo(np.float32).tiny)
    allowed = [max(a, b, tiny) for a, b in zip(_norms(own_error), _norms(floor), strict=True)]
    ratios = [e / a for e, a in zip(_norms(error), allowed, strict=True)]
    place = _place(error == error.max())
    good = all(r <= k for r, k in zip(ratios, factors, strict=True))
    half = unit(dtype) > U32
    ulp = _ulp(truth, dtype)
    if not good and terms is not None:  # half precision sums in float32 and rounds once
        bound = CLASS_BOUND * U32 * terms + tiny + (ulp if half else 0)
        good = bool((error <= bound).all())
    if not good and factors is OUTPUT_FACTORS:
        good = bool((error <= (1 if half else CLASS_BOUND) * ulp).all())
    numbers = f"{got[place]}, truth {truth[place]}, torch's own {own[place]}"
    detail = "" if good else f"worse: {numbers}; error ratio {max(ratios):.3g}"
    return Verdict("pass" if good else "fail", max(ratios), place, detail)


def _norms(error: np.ndarray) -> tuple[float, float, float]:
    return _rms(error), float(np.quantile(error, 0.999)), float(error.max())


def _rms(magnitudes: np.ndarray) -> float:
    largest = float(magnitudes.max())  # scaled first: a square may overflow or vanish
    return largest * float(np.sqrt(np.mean((magnitudes / largest) ** 2))) if largest else 0.0


def _ulp(truth: np.ndarray, dtype: np.dtype) -> np.ndarray:
    magnitude = np.maximum(np.abs(truth), float(jnp.finfo(dtype).tiny))
    return 2 * unit(dtype) * 2.0 ** np.floor(np.log2(magnitude))


def _place(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))
