"""`check`: one call in torch and in JAX, compared by the acceptance rule of `_rule.py`."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from . import _rule
from ._arrays import is_inexact, widen
from ._finding import STATUSES, Finding
from ._references import References, mode_gap
from ._rule import Verdict
from ._runs import Call, Probe, Run, call_torch, refused_inputs, run_jax, run_torch, torch_values

DERIVATIVES = (("gradient", "gradients"), ("jvp", "jvps"), ("second", "seconds"))


@dataclass(frozen=True)
class Comparison:
    """A question to `check_all`; the fields are the arguments of `check`."""

    jax_fn: Callable
    torch_fn: Callable
    args: Sequence[Any] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    seed: int = 0
    order: int = 2
    terms: str | None = None
    indices: str = "same"


@dataclass(frozen=True)
class Result:
    """The findings of comparisons. True if all of them hold and at least one compared."""

    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """The worst status, by the order of `STATUSES`; "vacuous" if there is no finding."""
        return max((f.status for f in self.findings), key=STATUSES.index, default="vacuous")

    @property
    def ratio(self) -> float | None:
        """The worst error ratio among the values."""
        return max(
            (f.ratio for f in self.findings if f.property == "value" and f.ratio is not None),
            default=None,
        )

    def __bool__(self) -> bool:
        statuses = {f.status for f in self.findings}
        return statuses <= {"pass", "vacuous"} and any(
            f.property != "dtype" and f.status == "pass" for f in self.findings
        )

    def __str__(self) -> str:
        lines = [
            f"{f.property}: {f.status} {f.where} {f.detail} [{f.case} {f.dtype}]"
            for f in self.findings
        ]
        return "\n".join([self.status, *lines])


def check(
    jax_fn: Callable,
    torch_fn: Callable,
    args: Sequence[Any] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    name: str = "",
    seed: int = 0,
    order: int = 2,
    terms: str | None = None,
    indices: str = "same",
) -> Result:
    """Compare a JAX function with its torch original on one call, derivatives included.

    Both get the same arguments: arrays of any kind (numpy, JAX, torch) become JAX arrays for one
    and tensors for the other, numpy dtypes become torch dtypes, all else is passed on. Results may
    be any nesting of tuples, lists and dicts. Where an argument is narrower than float64 (or
    complex128), the same values are also run in float64. That needs JAX's x64.

    name: stands in the findings. seed: of cotangents and tangents.
    order: 0 compares values, 1 also gradients, 2 also forward mode and second derivatives (in
        float64).
    terms: "abs" where results are sums of products of the arguments: their float32 error may then
        also be 8 u times the same sum over absolute values. "exact" where they are elements of the
        arguments: they then have to be torch's to the bit (but for nan's bits and the sign of 0).
    indices: "any" where torch leaves open which of several equal entries `out.indices` names, along
        `dim`, or the second argument, or the last dim.

    >>> from jaxchan.parity import check
    >>> import torch, jax, jax.numpy as jnp, numpy as np
    >>> jax.config.update("jax_enable_x64", True)
    >>> x = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    >>> check(jnp.median, torch.median, [x], order=0).status
    'fail'
    """
    call = Call.of(args, kwargs or {})
    args, kwargs = call.with_arrays(call.arrays())
    given = Comparison(jax_fn, torch_fn, args, kwargs, name, seed, order, terms, indices)
    asked = [given]
    wide = call.widened()
    if any(a.dtype != w.dtype for a, w in zip(call.arrays(), wide.arrays(), strict=True)):
        args, kwargs = wide.with_arrays(wide.arrays())
        asked.append(replace(given, args=args, kwargs=kwargs))
    return Result(tuple(f for result in check_all(asked) for f in result.findings))


def check_all(comparisons: Sequence[Comparison], *, jit: bool = True) -> list[Result]:
    """`check` for many calls at once, each in the dtype that it has; with `jit`, in one program."""
    questions = [_ask(c) for c in comparisons]
    runs = run_jax(
        [c.jax_fn for c in comparisons],
        [q.call for q in questions],
        [q.probe for q in questions],
        [q.own.order for q in questions],
        jit=jit,
    )
    with np.errstate(invalid="ignore", over="ignore"):  # nan and inf are among the things judged
        return [Result(tuple(_judge(*pair))) for pair in zip(questions, runs, strict=True)]


@dataclass(frozen=True)
class _Question:
    """A comparison with torch's run in the call's own dtype and the vectors for its derivatives.

    order: of the derivatives that were asked for; torch may refuse some.
    """

    comparison: Comparison
    call: Call
    own: Run
    probe: Probe | None = None
    order: int = 0


def _ask(comparison: Comparison) -> _Question:
    fn, call = comparison.torch_fn, Call.of(comparison.args, comparison.kwargs)
    _require_x64(call)
    args, kwargs = call.for_torch()
    try:
        result = call_torch(fn, args, kwargs)
    except Exception as error:  # any type: the port has to raise it too
        return _Question(comparison, call, Run(error=error))
    values = torch_values(result)
    order = min(comparison.order, _highest_order(call))
    probe = Probe.of(call, [v for _, v in values], comparison.seed)
    own = _highest_run(fn, call, probe, order)
    if own is None and (constant := refused_inputs(fn, call)):
        probe = replace(probe, constant=constant)
        own = _highest_run(fn, call, probe, order)
    if own is None:
        return _Question(comparison, call, Run(values), None, order)
    return _Question(comparison, call, own, probe, order)


def _highest_run(fn: Callable, call: Call, probe: Probe, order: int) -> Run | None:
    """torch's run with derivatives up to `order`, or up to where it refuses; None if it has none.

    It may have a value and refuse to differentiate it, once or twice.
    """
    if len(probe.constant) == len(probe.tangents):
        return None
    for possible in range(order, 0, -1):
        with contextlib.suppress(RuntimeError):
            return run_torch(fn, call, probe, possible)
    return None


def _require_x64(call: Call) -> None:
    # JAX would narrow the values silently, and float32 would be compared with float64
    narrowed = [d.name for d in call.dtypes() if jax.dtypes.canonicalize_dtype(d) != d]
    if narrowed:
        raise RuntimeError(
            f"check: {narrowed[0]} needs x64, got x64 off "
            "(expected jax.config.update('jax_enable_x64', True))"
        )


def same_error(got: Exception | None, want: Exception | type[Exception]) -> Verdict:
    """torch's type of exception; its NotImplementedError, for a dtype, counts as RuntimeError."""
    kind = want if isinstance(want, type) else type(want)
    kind = RuntimeError if issubclass(kind, NotImplementedError) else kind
    if isinstance(got, kind):
        return Verdict("pass")
    text = "returned" if got is None else f"raised {type(got).__name__}: {got}".splitlines()[0]
    return Verdict("fail", detail=f"{text}; torch raises {kind.__name__}")


def _highest_order(call: Call) -> int:
    """2 in 64 bits, 1 in fewer, 0 without anything to differentiate."""
    widths = [widen(a).dtype == a.dtype for a in call.arrays() if is_inexact(a)]
    return 0 if not widths else 2 if all(widths) else 1


def _judge(question: _Question, run: Run) -> Iterator[Finding]:
    own, comparison = question.own, question.comparison
    dtype = "/".join(dict.fromkeys(a.dtype.name for a in question.call.arrays()))
    for of, v, name in _verdicts(question, run, own):
        where = f"{name} at {v.place}" if v.place else name
        yield Finding(of, v.status, v.ratio, where, v.detail, comparison.name, dtype)


def _verdicts(question: _Question, run: Run, own: Run) -> Iterator[tuple[str, Verdict, str]]:
    """(property, verdict, name of the array) for everything that can be compared."""
    if own.error is not None:
        yield "errors", same_error(run.error, own.error), ""
        return
    if run.error is not None:
        text = f"raised {type(run.error).__name__}: {run.error}".splitlines()[0]
        yield "value", Verdict("fail", detail=text), ""
        return
    structure = _rule.same_structure(run.values, own.values)
    yield "dtype", structure, ""
    if structure.status == "fail":
        return
    asked = question.comparison
    truths = References(asked.torch_fn, question.call, question.probe, own, asked.terms == "abs")
    yield "value", *_judge_values(run, truths, asked)
    for of, attribute in DERIVATIVES[: (0, 1, 3)[question.order]]:
        yield of, *_judge_derivative(attribute, run, truths, asked.indices == "any")


def _judge_values(run: Run, truths: References, asked: Comparison) -> tuple[Verdict, str]:
    verdicts = []
    for i, (name, got) in enumerate(run.values):
        own = truths.own.values[i][1]
        if got is None:
            continue
        if is_inexact(got) and asked.terms == "exact":
            verdict = _judge_exact(got, truths, i)
        elif is_inexact(got):
            verdict = _judge_inexact(got, truths, "values", i)
        elif asked.indices == "any" and _is_index(name, asked.torch_fn):
            verdict = _rule.same_entries(got, own, *_indexed(truths.call, asked.torch_fn))
        else:
            verdict = _rule.exactly(got, own)
        verdicts.append((verdict, name))
    return _worst(verdicts)


def _judge_derivative(
    attribute: str, run: Run, truths: References, open_indices: bool
) -> tuple[Verdict, str]:
    own, probe = truths.own, truths.probe
    refused = {"gradients": False, "jvps": own.order < 2, "seconds": not own.seconds}
    if probe is None or refused[attribute]:
        return Verdict("vacuous", detail="torch does not differentiate this"), ""
    if not any(t.size for t in probe.tangents):
        return Verdict("vacuous", detail="no elements to differentiate by"), ""
    if open_indices and _chose_otherwise(run, own):
        return Verdict("vacuous", detail="torch chose another of several equal entries"), ""
    if attribute == "jvps" and _adds_infinities(own):
        return Verdict("vacuous", detail="torch's forward mode subtracts infinities"), ""
    if attribute == "jvps" and not _modes_agree(own, probe):
        return _judge_modes(run, probe), ""
    scale, verdicts = _scale(truths), []
    for i, got in enumerate(getattr(run, attribute)):
        if got.size and _is_zero(got, truths, attribute, i, scale):
            verdict = Verdict("vacuous", detail="zero everywhere on both sides")
        else:
            verdict = _judge_inexact(got, truths, attribute, i)
        verdicts.append((verdict, f"{attribute}[{i}]"))
    worst, where = _worst(verdicts)
    settled = worst.status in ("pass", "vacuous")
    if attribute == "jvps" and not settled and _nearer_to_backward(run, own, probe):
        return Verdict("pass"), where
    return worst, where


def _judge_modes(run: Run, probe: Probe) -> Verdict:
    """torch's forward mode is in error or missing: the port's is held to its own backward."""
    if _modes_agree(run, probe):
        return Verdict("pass")
    return Verdict("fail", detail="forward mode contradicts backward, and torch's is no judge")


def _is_zero(got: np.ndarray, truths: References, of: str, i: int, scale: float) -> bool:
    """Whether both sides are rounding about a zero, whose scale is that of the terms it is made of.

    Jitter moves such rounding by its own size, and a number that is merely small by 2^-24 of it.
    Rounding that no jitter moves is known by its size, a few float64 ulps of the gradients.
    """
    want = truths.own.array(of, i)
    finite = np.isfinite(want)
    if not finite.any() or _rule.same_pattern(got, want).status == "fail":
        return False
    own = _largest(widen(want[finite]))
    largest = max(own, _largest(widen(got[finite])))
    if largest > min(2.0**-20 * scale, max(2.0**-40 * scale, 4 * truths.rounding(of, i))):
        return False
    moved = _largest_finite(truths.floor(of, i))
    return moved >= 2.0**-10 * own or (not moved and largest <= 2.0**-50 * scale)


def _scale(truths: References) -> float:
    """Of a derivative's terms: the largest gradient's or, if all cancel, outputs over inputs."""
    own = truths.own
    gradients = max((_largest_finite(g) for g in own.gradients), default=0.0)
    inputs = max((_largest_finite(a) for a in truths.call.arrays() if is_inexact(a)), default=0.0)
    outputs = [v for _, v in own.values if v is not None and is_inexact(v)]
    ratio = max(map(_largest_finite, outputs), default=0.0) / inputs if inputs else 0.0
    return max(gradients, ratio)


def _largest_finite(array: np.ndarray) -> float:
    return _largest(widen(array[np.isfinite(array)]))


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0))


def _worst(verdicts: list[tuple[Verdict, str]]) -> tuple[Verdict, str]:
    """The verdict that speaks for all: a failure if there is one, else the largest error."""
    if not verdicts:
        return Verdict("vacuous", detail="nothing to compare"), ""
    bad = [v for v in verdicts if v[0].status in ("fail", "inconclusive")]
    good = [v for v in verdicts if v[0].status == "pass"]
    if bad:
        return max(bad, key=lambda v: STATUSES.index(v[0].status))
    return max(good or verdicts, key=lambda v: v[0].ratio or 0.0)


def _judge_exact(got: np.ndarray, truths: References, i: int) -> Verdict:
    """Inexact numbers that were moved, not computed."""
    own = truths.own.array("values", i)
    verdicts = [_rule.same_pattern(got, own), _rule.exactly(got, own)]
    ratio = None if truths.dtype("values", i) == np.float64 else 0.0
    failed = [v for v in verdicts if v.status == "fail"]
    return failed[0] if failed else replace(verdicts[-1], ratio=ratio)


def _judge_inexact(got: np.ndarray, truths: References, of: str, i: int) -> Verdict:
    """Gates 0, A and B for one array of floating point or complex numbers."""
    own, truth = truths.own.array(of, i), truths.truth.array(of, i)
    if not got.size:
        return Verdict("vacuous", detail="empty")
    pattern = _rule.same_pattern(got, own)
    finite = np.isfinite(got) & np.isfinite(own) & np.isfinite(truth)
    if pattern.status == "fail" or not finite.any():
        return pattern
    dtype, places = truths.dtype(of, i), np.argwhere(finite)
    got, own, truth = (widen(a)[finite] for a in (got, own, truth))
    if (got == own).all() and (got == truth).all():
        return Verdict("pass", None if dtype == np.float64 else 0.0)
    floor, terms = truths.floor(of, i)[:, finite], truths.terms(of, i)
    terms = None if terms is None else terms[finite]
    if dtype == np.float64:
        verdict = _rule.same_function(got, own, floor, lambda: truths.step(of, i), terms)
    else:
        factors = _rule.OUTPUT_FACTORS if of == "values" else _rule.GRADIENT_FACTORS
        verdict = _rule.same_quality(got, own, truth, floor, dtype, factors, terms)
    place = tuple(int(n) for n in places[verdict.place[0]]) if verdict.place else None
    return replace(verdict, place=place)


def _modes_agree(run: Run, probe: Probe) -> bool:
    """Whether forward and backward mode are each other's transpose."""
    if len(run.jvps) != len(probe.cotangents):
        return False  # torch has no forward mode here
    gap, terms = mode_gap(run.jvps, run.gradients, probe)
    parts = [*probe.cotangents, *probe.tangents, *run.jvps, *run.gradients]
    rounding = max([1e-9, *(16 * _rule.unit(p.dtype) for p in parts)])
    return not np.isfinite(terms) or gap <= rounding * terms


def _nearer_to_backward(run: Run, own: Run, probe: Probe) -> bool:
    """Whether the port's forward mode is the transpose of torch's backward, and torch's less so."""
    ours, terms = mode_gap(run.jvps, own.gradients, probe)
    return ours < mode_gap(own.jvps, own.gradients, probe)[0] and ours <= 2.0**-40 * terms


def _adds_infinities(own: Run) -> bool:
    """Whether forward mode is NaN for no reason but infinite gradients: it depends on the order."""
    infinite = any(np.isinf(g).any() for g in own.gradients)
    nan = any(np.isnan(g).any() for g in own.gradients)
    return infinite and not nan and any(np.isnan(j).any() for j in own.jvps)


def _chose_otherwise(run: Run, own: Run) -> bool:
    pairs = zip(run.values, own.values, strict=True)
    return any(name.endswith("indices") and (g != w).any() for (name, g), (_, w) in pairs)


def _is_index(name: str, torch_fn: Callable) -> bool:
    """Whether a result names entries: by its field, or as the one result of argsort."""
    return name.endswith("indices") or getattr(torch_fn, "__name__", "") == "argsort"


def _indexed(call: Call, torch_fn: Callable) -> tuple[np.ndarray, int]:
    """The array that indices name entries of, and the dim: torch's argument after input (and k)."""
    args, kwargs = call.with_arrays(call.arrays())
    place = 2 if getattr(torch_fn, "__name__", "") in ("kthvalue", "topk") else 1
    return args[0], kwargs.get("dim", args[place] if len(args) > place else -1)
