"""What a result is judged by, all from torch: its own result, the float64 truth, the noise."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ._arrays import is_array, is_inexact, widen
from ._rule import U32, unit
from ._runs import Call, Probe, Run, run_torch

JITTERS = 4  # runs on jittered inputs
DERIVED = 2  # those of them that have derivatives
FLOAT64 = np.dtype(np.float64)
Move = Callable[[np.ndarray], np.ndarray]


@dataclass
class References:
    """torch's runs for one call; all but its own are made when a verdict asks for them.

    Arrays are named as in `Run.array`: what they are of and their place there.
    """

    torch_fn: Callable
    call: Call
    probe: Probe | None
    own: Run
    has_terms: bool
    jitters: dict[np.dtype, list[Run]] = field(default_factory=dict)

    @cached_property
    def truth(self) -> Run:
        """torch in float64, to which integers are promoted too."""
        dtypes = self.call.dtypes() + [v.dtype for _, v in self.own.values if v is not None]
        return self.own if dtypes == [widen(d) for d in dtypes] else self._run(self.call.widened())

    def dtype(self, of: str, i: int) -> np.dtype:
        """The real dtype whose rounding an array shows: a derivative's also that of its outputs."""
        dtypes = [self.own.array(of, i).dtype]
        if of != "values":
            dtypes += [c.dtype for c in self.probe.cotangents] if self.probe else []
        real = [np.finfo(d).dtype if d.kind == "c" else d for d in dtypes]
        return max(real, key=unit)

    def floor(self, of: str, i: int) -> np.ndarray:
        """Runs by elements: what half an ulp of the array's dtype in every input does to the truth.

        For float64 it is half an ulp of float32. Of a derivative only the largest is kept.
        """
        truth, dtype = widen(self.truth.array(of, i)), self.dtype(of, i)
        if dtype not in self.jitters:
            rng, size = np.random.default_rng(0), max(unit(dtype), U32)
            self.jitters[dtype] = self._moved([_jitter(rng, size)] * JITTERS)
        runs = self.jitters[dtype][: JITTERS if of == "values" else DERIVED]
        floor = _distances(runs, truth, of, i)
        return floor if of == "values" else floor.max(axis=0, keepdims=True)

    def step(self, of: str, i: int) -> float:
        """The most that moving every input to a neighbouring float64 number does to the truth.

        Or what rounding on the way does to it, which may be the same for every neighbour, or how
        far torch's forward mode is from its backward.
        """
        steps = self._moved([_step(np.random.default_rng(1))] * DERIVED)
        moved = _distances(steps, widen(self.truth.array(of, i)), of, i).max(initial=0.0)
        apart = 0.0
        if of == "jvps" and self.probe:
            apart = mode_gap(self.own.jvps, self.own.gradients, self.probe)[0]
        return max(float(moved), self.rounding(of, i), apart if np.isfinite(apart) else 0.0)

    def rounding(self, of: str, i: int) -> float:
        """torch's own error in float64: 2^29 times less than what float32 does to this call.

        Or, since a softmax that float32 rounds to 1 has no error, what thrice the cotangents and
        tangents do to a derivative beyond making it that many times as large.
        """
        if self.dtype(of, i) != FLOAT64:
            return 0.0
        errors = [0.0]
        if self._narrow is not None:
            narrow, truth = self._narrow
            apart = _distances([narrow], widen(truth.array(of, i)), of, i)
            errors.append(2.0**-29 * float(apart.max(initial=0.0)))
        if of != "values":
            times = 9.0 if of == "seconds" else 3.0
            apart = np.abs(self._thrice.array(of, i) / times - self.truth.array(of, i))
            errors.append(float(np.where(np.isfinite(apart), apart, 0.0).max(initial=0.0)))
        return max(errors)

    def terms(self, of: str, i: int) -> np.ndarray | None:
        """sum |terms| of every element, where that bounds the error."""
        return np.abs(widen(self._terms.array(of, i))) if self.has_terms else None

    @cached_property
    def _narrow(self) -> tuple[Run, Run] | None:
        """torch in float32, and in float64 on the same numbers."""
        call = self.call.map(_narrowed)
        probe = self.probe.map(_narrowed) if self.probe else None
        try:
            narrow = run_torch(self.torch_fn, call, probe, self.own.order)
            return narrow, self._run(call.widened(), probe)
        except (RuntimeError, ValueError):  # torch refuses, say, one float32 beside a dtype
            return None

    @cached_property
    def _thrice(self) -> Run:
        """The truth with thrice the cotangents and tangents."""
        probe = self.probe.map(lambda a: 3 * a) if self.probe else None
        return self._run(self.call.widened(), probe)

    @cached_property
    def _terms(self) -> Run:
        probe = self.probe.map(_absolute) if self.probe else None
        return self._run(self.call.widened().map(_absolute), probe)

    def _run(self, call: Call, probe: Probe | None = None, order: int | None = None) -> Run:
        probe = probe or self.probe
        wide_probe = probe.map(widen) if probe else None
        with _default_float64():
            return run_torch(
                self.torch_fn, call, wide_probe, self.own.order if order is None else order
            )

    def _moved(self, moves: Sequence[Move]) -> list[Run]:
        wide = self.call.widened()
        if not any(is_inexact(a) for a in wide.arrays()):
            return []
        runs = []
        for i, move in enumerate(moves):
            try:
                order = self.own.order if i < DERIVED else 0
                # the cotangents are inputs of a gradient too
                probe = (
                    self.probe.map(lambda a, move=move: _moved_array(widen(a), move))
                    if self.probe
                    else None
                )
                runs.append(self._run(_moved(wide, move), probe, order))
            except (RuntimeError, ValueError):  # torch refuses, say, a probability just above 1
                runs.append(self.truth)
        return runs


@contextlib.contextmanager
def _default_float64() -> Iterator[None]:
    """float64 as the dtype in which torch takes integers where it needs floating point."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def mode_gap(jvps: Sequence, gradients: Sequence, probe: Probe) -> tuple[float, float]:
    """|<u, Jv> - <J'u, v>|, which is 0 but for rounding, and sum |terms| of the latter."""
    pushed = [np.real(np.conj(u) * j) for u, j in zip(probe.cotangents, jvps, strict=True)]
    pulled = [np.real(np.conj(g) * v) for g, v in zip(gradients, probe.tangents, strict=True)]
    forward, backward = (sum(float(p.sum()) for p in parts) for parts in (pushed, pulled))
    return abs(forward - backward), sum(float(np.abs(p).sum()) for p in pulled)


def _distances(runs: Sequence[Run], truth: np.ndarray, of: str, i: int) -> np.ndarray:
    """Runs by elements: how far the runs' arrays are from `truth`; 0 where that is no number."""
    arrays = [widen(run.array(of, i)) for run in runs]
    # where the inputs decide the shape, a moved input may give another
    arrays = [a for a in arrays if a.shape == truth.shape] or [truth]
    with np.errstate(invalid="ignore", over="ignore"):
        moved = np.abs(np.stack(arrays) - truth)
    return np.where(np.isfinite(moved), moved, 0.0)


def _jitter(rng: np.random.Generator, size: float) -> Move:
    return lambda a: a * (1 + size * rng.uniform(-1, 1, a.shape))


def _step(rng: np.random.Generator) -> Move:
    return lambda a: np.nextafter(a, rng.choice([-np.inf, np.inf], a.shape))


def _moved(call: Call, move: Move) -> Call:
    """`call` with every number moved; numbers of equal size stay so, or ties would be broken."""
    parts = [_parts(v) for v in call.arrays() if is_inexact(v)]
    sizes, places = np.unique(np.abs(np.concatenate(parts)), return_inverse=True)
    factors = np.ones_like(sizes)
    normal = np.isfinite(sizes) & (sizes > 0)
    with np.errstate(over="ignore"):
        factors[normal] = move(sizes[normal]) / sizes[normal]
        moved = np.concatenate(parts) * factors[places]
    ends = np.cumsum([p.size for p in parts])[:-1]
    fresh = iter(np.split(moved, ends))

    def leaf(value: Any) -> Any:
        if not (is_array(value) and is_inexact(value)):
            return value
        return next(fresh).view(value.dtype).reshape(value.shape)

    return call.map(leaf)


def _moved_array(array: np.ndarray, move: Move) -> np.ndarray:
    return move(_parts(array)).view(array.dtype).reshape(array.shape)


def _parts(array: np.ndarray) -> np.ndarray:
    """The real and imaginary parts of the numbers of `array`, flat."""
    return np.ascontiguousarray(array).reshape(-1).view(np.float64)


def _narrowed(value: Any) -> Any:
    narrow = {"float64": np.float32, "complex128": np.complex64}
    if not is_array(value) or value.dtype.name not in narrow:
        return value
    with np.errstate(over="ignore"):
        return value.astype(narrow[value.dtype.name])


def _absolute(value: Any) -> Any:
    if not (is_array(value) and is_inexact(value)):
        return value
    return np.abs(value).astype(value.dtype)
