"""What a result is judged by, all of it from torch: its own result, the float64 truth, the noise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from ._arrays import is_array, is_inexact, widen
from ._rule import U32, unit
from ._runs import Call, Probe, Run, run_torch

JITTERS = 4  # runs on jittered inputs; two of them with derivatives


@dataclass(frozen=True)
class ReferenceArrays:
    """One output's, or one derivative's, references: arrays of its shape in 64 bits.

    floor: per element, what half an ulp of the run's dtype in every input does to the truth
        (of float32 where the run is in float64). step: the most that one step of one float64 number
        does. terms: the same sum over absolute values, where that bounds the error. dtype: the
        coarsest floating point type in the call, whose rounding is to be expected.
    """

    own: np.ndarray
    truth: np.ndarray
    floor: np.ndarray
    step: float
    terms: np.ndarray | None
    dtype: np.dtype

    def at(self, mask: np.ndarray) -> "ReferenceArrays":
        """Only the elements where `mask` holds, flattened."""
        terms = None if self.terms is None else self.terms[mask]
        floor = np.where(np.isfinite(self.floor), self.floor, 0)[mask]
        return replace(self, own=self.own[mask], truth=self.truth[mask], floor=floor, terms=terms)


@dataclass(frozen=True)
class References:
    """torch's runs: in the call's dtype, in float64, on jittered and stepped inputs, on |inputs|."""

    own: Run
    truth: Run
    jitters: list[Run]
    steps: list[Run]
    terms: Run | None
    dtype: np.dtype

    def arrays(self, pick: Callable[[Run], np.ndarray]) -> ReferenceArrays:
        """The references of the array that `pick` takes from a run."""
        truth = widen(pick(self.truth))
        with np.errstate(invalid="ignore"):  # inf - inf; such places are not compared
            moved = [np.abs(pick(j) - truth) for j in self.jitters if _has(pick, j)]
            stepped = [np.abs(pick(s) - truth) for s in self.steps]
        step = max(
            (float(np.nanmax(s, initial=0.0, where=np.isfinite(s))) for s in stepped), default=0.0
        )
        terms = np.abs(widen(pick(self.terms))) if self.terms else None
        return ReferenceArrays(
            widen(pick(self.own)), truth, np.max(moved, axis=0), step, terms, self.dtype
        )


def _has(pick: Callable[[Run], np.ndarray], run: Run) -> bool:
    try:
        pick(run)
    except IndexError:  # a jitter without derivatives
        return False
    return True


def references(
    torch_fn: Callable, call: Call, probe: Probe | None, order: int, own: Run, terms: str | None
) -> References:
    """Run torch as often as the rule needs."""
    wide, wide_probe = call.widened(), probe.widened() if probe else None

    def run(on: Call, probe: Probe | None = wide_probe, order: int = order) -> Run:
        return run_torch(torch_fn, on, probe, order)

    dtype = _coarsest(call, own)
    if not any(is_inexact(a) for a in call.arrays()):
        return References(own, own, [own], [], None, dtype)
    narrow = dtype != np.float64
    rng = np.random.default_rng(0)
    size = unit(dtype) if narrow else U32
    jitters = [
        run(_moved(wide, _jitter(rng, size)), order=order if i < 2 else 0) for i in range(JITTERS)
    ]
    steps = [] if narrow else [run(_moved(wide, _step(rng))) for _ in range(2)]
    truth = run(wide) if narrow else own
    bound = run(_absolute(wide), _absolute_probe(wide_probe)) if terms == "abs" else None
    return References(own, truth, jitters, steps, bound, dtype)


def _coarsest(call: Call, own: Run) -> np.dtype:
    """The coarsest floating point type among arguments, dtype arguments and results."""
    dtypes = [
        v if isinstance(v, np.dtype) else v.dtype
        for v in call.leaves
        if is_array(v) or isinstance(v, np.dtype)
    ]
    dtypes += [v.dtype for _, v in own.values if v is not None]
    real = [
        np.finfo(d).dtype if d.kind == "c" else d for d in dtypes if jnp.issubdtype(d, jnp.inexact)
    ]
    return max(real, key=unit, default=np.dtype(np.float64))


def _jitter(rng: np.random.Generator, size: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda a: a * (1 + size * rng.uniform(-1, 1, a.shape))


def _step(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    return lambda a: np.nextafter(a, rng.choice([-np.inf, np.inf], a.shape))


def _moved(call: Call, move: Callable[[np.ndarray], np.ndarray]) -> Call:
    """`call` with every number moved; numbers of equal size stay so, or ties would be broken."""
    parts = [_parts(v) for v in call.arrays() if is_inexact(v)]
    sizes, places = np.unique(
        np.abs(np.concatenate([p.ravel() for p in parts])), return_inverse=True
    )
    factors = np.ones_like(sizes)
    normal = np.isfinite(sizes) & (sizes > 0)
    factors[normal] = move(sizes[normal]) / sizes[normal]
    ends = np.cumsum([p.size for p in parts])[:-1]
    fresh = iter(zip(parts, np.split(factors[places], ends), strict=True))

    def leaf(value: Any) -> Any:
        if not (isinstance(value, np.ndarray) and is_inexact(value)):
            return value
        part, factor = next(fresh)
        return (
            np.ascontiguousarray(part * factor.reshape(part.shape))
            .view(value.dtype)
            .reshape(value.shape)
        )

    return call.map(leaf)


def _parts(array: np.ndarray) -> np.ndarray:
    """The real and imaginary parts of the numbers of `array`, flat."""
    return np.ascontiguousarray(array).reshape(-1).view(np.float64)


def _absolute(call: Call) -> Call:
    return call.map(
        lambda v: np.abs(v).astype(v.dtype) if isinstance(v, np.ndarray) and is_inexact(v) else v
    )


def _absolute_probe(probe: Probe | None) -> Probe | None:
    if probe is None:
        return None
    return Probe(
        *([np.abs(a).astype(a.dtype) for a in part] for part in (probe.cotangents, probe.tangents))
    )
