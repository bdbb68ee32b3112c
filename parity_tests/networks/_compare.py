"""Networks held to torch's by the rule of jaxchan.parity.

Gate A, of float64, is asked of each array. Gate B, of float32, is asked of each array of enough
numbers, and of all smaller ones together: the errors of a few numbers may differ by any factor by
chance. For the same reason it is asked of several draws of inputs and cotangents at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import jax
import numpy as np
import torch

from jaxchan.parity import _rule
from jaxchan.parity._arrays import is_inexact, widen
from jaxchan.parity._finding import Finding
from jaxchan.parity._rule import U32, Verdict

from ._functions import Arrays, Step, draw_step, flax_model, flax_run, torch_model, torch_run
from ._twins import TWINS

MODES, FORMATS = ("train", "eval"), ("NCHW", "NHWC")
DRAWS = 4  # of inputs and cotangents
JITTERS = 2
ENOUGH = 64  # numbers, of whose rms two samples of one noise differ by 2 once in 10^7
FACTORS = {"output": _rule.OUTPUT_FACTORS, "buffer": _rule.OUTPUT_FACTORS}
FACTORS["gradient"] = _rule.GRADIENT_FACTORS


@dataclass(frozen=True)
class Setting:
    mode: str
    size: str
    data_format: str

    def __str__(self) -> str:
        return f"{self.mode},{self.size},{self.data_format}"


@dataclass(frozen=True)
class Compared:
    """Findings, and by kind of array the largest float64 error over the rms of torch's array.

    zeros: the gradients that cancel in both, as that of a bias whose norm follows.
    """

    findings: list[Finding]
    errors: dict[str, float]
    zeros: list[str]


def settings(name: str, full: bool) -> list[Setting]:
    """All settings of a network, or two that differ in mode, size and layout."""
    twin = TWINS[name]
    every = [Setting(*s) for s in product(MODES, twin.shapes, FORMATS)]
    if full:
        return every
    place = list(TWINS).index(name)  # so that each pair of choices is met by some network
    sizes = np.roll(list(twin.shapes), place % 2)
    formats = np.roll(FORMATS, place // 2 % 2)
    pairs = zip(MODES, np.resize(sizes, 2), formats, strict=True)
    return [Setting(mode, str(size), str(layout)) for mode, size, layout in pairs]


def compare(name: str, setting: Setting, change: Callable[[Any], None] | None = None) -> Compared:
    """A network in both frameworks; `change` spoils the Flax model, to see that it is noticed."""
    twin = TWINS[name]
    theirs = torch_model(twin, setting.mode)
    model = flax_model(twin, setting.mode, setting.data_format)
    if change is not None:
        change(model)
    ours = flax_run(model, setting.data_format)
    steps = [draw_step(twin, theirs, setting.size, seed) for seed in range(DRAWS)]
    truths = [Truth(theirs, step) for step in steps]
    narrow = [(ours(step), torch_run(theirs, step)) for step in steps]
    wide = ours(jax.tree.map(widen, steps[0]))
    case = f"{name} {setting}"
    if (structure := _structure(wide, truths[0].wide)).status == "fail":
        return Compared([_finding("output", structure, "", case, "float64")], {}, [])
    zeros = [k for k in wide if _is_zero(k, wide, truths[0].wide)]
    judged = [*_gate_a(wide, truths[0], zeros), *_gate_b(narrow, truths, zeros)]
    findings = [_finding(kind, v, where, case, dtype) for kind, v, where, dtype in judged]
    errors: dict[str, float] = {}
    for key in _inexact(wide, zeros):
        kind, want = _kind(key), truths[0].wide[key]
        errors[kind] = max(errors.get(kind, 0.0), _relative(wide[key], want))
    return Compared(findings, errors, zeros)


@dataclass
class Truth:
    """torch in float64 on one step, and what moving all that it is given does."""

    model: torch.nn.Module
    step: Step

    @cached_property
    def wide(self) -> Arrays:
        return torch_run(self.model, jax.tree.map(widen, self.step))

    @cached_property
    def jittered(self) -> list[Arrays]:
        rng = np.random.default_rng(0)
        return self._moved(lambda a: a * (1 + U32 * rng.uniform(-1, 1, a.shape)))

    @cached_property
    def stepped(self) -> list[Arrays]:
        rng = np.random.default_rng(1)
        return self._moved(lambda a: np.nextafter(a, rng.choice([-np.inf, np.inf], a.shape)))

    def _moved(self, move: Callable[[np.ndarray], np.ndarray]) -> list[Arrays]:
        def moved(a: np.ndarray) -> np.ndarray:
            return move(widen(a)) if is_inexact(a) else a

        steps = [jax.tree.map(moved, self.step) for _ in range(JITTERS)]
        return [torch_run(self.model, step) for step in steps]

    def distances(self, runs: list[Arrays], key: str) -> np.ndarray:
        """Runs by elements; of gradients the largest alone, whose branches may flip."""
        apart = np.abs(np.stack([run[key] for run in runs]) - self.wide[key])
        return apart if _kind(key) != "gradient" else apart.max(axis=0, keepdims=True)


def _structure(got: Arrays, want: Arrays) -> Verdict:
    return _rule.same_structure(sorted(got.items()), sorted(want.items()))


def _kind(key: str) -> str:
    return key.split()[0]


def _inexact(arrays: Arrays, zeros: Sequence[str]) -> list[str]:
    return [k for k, a in arrays.items() if is_inexact(a) and k not in zeros]


def _is_zero(key: str, got: Arrays, want: Arrays) -> bool:
    """Whether both sides are what rounding leaves of terms that cancel."""
    if _kind(key) != "gradient":
        return False
    scale = max(float(np.abs(a).max()) for k, a in want.items() if _kind(k) == "gradient")
    return max(float(np.abs(a[key]).max()) for a in (got, want)) <= 2.0**-40 * scale


Judged = tuple[str, Verdict, str, str]


def _gate_a(got: Arrays, truth: Truth, zeros: Sequence[str]) -> Iterator[Judged]:
    inexact = _inexact(got, zeros)
    for key, array in got.items():
        if key in zeros:
            verdict = Verdict("vacuous", detail="terms that cancel on both sides")
        elif key in inexact:
            verdict = _same_function(array, truth, key)
        else:
            verdict = _rule.exactly(array, truth.wide[key])
        yield _kind(key), verdict, key, "float64"


def _same_function(got: np.ndarray, truth: Truth, key: str) -> Verdict:
    pattern = _rule.same_pattern(got, truth.wide[key])
    if pattern.status == "fail" or not np.isfinite(got).all():
        return Verdict("fail", detail=pattern.detail or "not finite")
    if not truth.wide[key].any():
        return Verdict("vacuous", detail="zero")
    floor = truth.distances(truth.jittered, key)

    def step() -> float:
        return float(truth.distances(truth.stepped, key).max())

    return _rule.same_function(got, truth.wide[key], floor, step)


@dataclass
class _Errors:
    """Arrays side by side for gate B, each in units of its own size."""

    got: np.ndarray
    own: np.ndarray
    truth: np.ndarray
    floor: np.ndarray

    @classmethod
    def of(cls, runs: Sequence[tuple[Arrays, Arrays]], truths: Sequence[Truth], key: str) -> Any:
        want = np.concatenate([t.wide[key].ravel() for t in truths])
        size = 2.0 ** np.round(np.log2(_rms(want) or 1.0))  # so that ulps stay ulps
        got, own = (np.concatenate([pair[i][key].ravel() for pair in runs]) for i in (0, 1))
        floors = [t.distances(t.jittered, key) for t in truths]
        floor = np.concatenate([f.reshape(len(f), -1) for f in floors], axis=1)
        return cls(*(np.asarray(a, np.float64) / size for a in (got, own, want, floor)))

    @classmethod
    def together(cls, parts: Sequence["_Errors"]) -> "_Errors":
        fields = [[vars(p)[name] for p in parts] for name in ("got", "own", "truth", "floor")]
        return cls(*(np.concatenate(arrays, axis=-1) for arrays in fields))


def _gate_b(
    runs: Sequence[tuple[Arrays, Arrays]], truths: Sequence[Truth], zeros: Sequence[str]
) -> Iterator[Judged]:
    for kind, factors in FACTORS.items():
        keys = [k for k in _inexact(runs[0][0], zeros) if _kind(k) == kind]
        errors = {k: _Errors.of(runs, truths, k) for k in keys}
        few = {k: e for k, e in errors.items() if e.got.size < ENOUGH}
        asked = {k: e for k, e in errors.items() if k not in few}
        if few:
            asked[f"{kind} of few numbers"] = _Errors.together(list(few.values()))
        for where, e in asked.items():
            dtype = np.dtype(np.float32)
            verdict = _rule.same_quality(e.got, e.own, e.truth, e.floor, dtype, factors)
            yield kind, verdict, where, "float32"


def _finding(kind: str, verdict: Verdict, where: str, case: str, dtype: str) -> Finding:
    of = "gradient" if kind == "gradient" else "value"
    place = f"{where} at {verdict.place}" if verdict.place else where
    return Finding(of, verdict.status, verdict.ratio, place, verdict.detail, case, dtype)


def _relative(got: np.ndarray, want: np.ndarray) -> float:
    return float(np.abs(got - want).max()) / (_rms(want) or 1.0)


def _rms(array: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(array))))
