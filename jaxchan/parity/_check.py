"""`check`: one call in torch and in JAX, compared by the acceptance rule of `_rule.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from . import _rule
from ._arrays import is_inexact, widen
from ._finding import STATUSES, Finding
from ._references import ReferenceArrays, References, references
from ._rule import Verdict
from ._runs import Call, Probe, Run, run_jax, run_torch

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
    """The findings of one or more comparisons. True if all of them hold and at least one compared."""

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

    Both get the same arguments: arrays of any kind (numpy, JAX, torch) become JAX arrays for one and
    tensors for the other, numpy dtypes become torch dtypes, all else is passed on. Results may be any
    nesting of tuples, lists and dicts. Where the widest argument is float32 (or complex64), the same
    values are also run in float64, which needs x64 to be on.

    name: stands in the findings. seed: of cotangents and tangents.
    order: 0 compares values, 1 also gradients, 2 also forward mode and second derivatives (in
        float64).
    terms: "abs" where results are sums of products of the arguments: their float32 error may then
        also be 8 u times the same sum over absolute values.
    indices: "any" where torch leaves open which of several equal entries `out.indices` names.

    >>> from jaxchan.parity import check
    >>> import torch, jax.numpy as jnp, numpy as np
    >>> x = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    >>> check(jnp.median, torch.median, [x], order=0).status
    'fail'
    """
    call = Call.of(args, kwargs or {})
    args, kwargs = call.with_arrays(call.arrays())
    given = Comparison(jax_fn, torch_fn, args, kwargs, name, seed, order, terms, indices)
    asked = [given]
    if any(a.dtype in (np.float32, np.complex64) for a in call.arrays()):
        wide = call.widened()
        args, kwargs = wide.with_arrays(wide.arrays())
        asked.append(replace(given, args=args, kwargs=kwargs))
    return Result(tuple(f for result in check_all(asked) for f in result.findings))


def check_all(comparisons: Sequence[Comparison], *, jit: bool = True) -> list[Result]:
    """`check` for many calls at once, each in the dtype that it has; with `jit`, in one program."""
    calls = [Call.of(c.args, c.kwargs) for c in comparisons]
    owns, probes, orders = [], [], []
    for comparison, call in zip(comparisons, calls, strict=True):
        own, probe, order = _own_run(comparison, call)
        owns.append(own)
        probes.append(probe)
        orders.append(order)
    runs = run_jax([c.jax_fn for c in comparisons], calls, probes, orders, jit=jit)
    return [
        _judge(*row) for row in zip(comparisons, calls, probes, orders, owns, runs, strict=True)
    ]


def _own_run(comparison: Comparison, call: Call) -> tuple[Run, Probe | None, int]:
    """torch's run in the call's own dtype, the random vectors for its derivatives and their order."""
    order = min(comparison.order, _highest_order(call))
    try:
        values = run_torch(comparison.torch_fn, call).values
    except Exception as error:  # any type: the port has to raise it too
        return Run(error=error), None, 0
    if not order:
        return Run(values), None, 0
    probe = Probe.of(call, [v for _, v in values], comparison.seed)
    try:
        return run_torch(comparison.torch_fn, call, probe, order), probe, order
    except (
        RuntimeError
    ):  # torch has the value but refuses to differentiate, as into an integer dtype
        return Run(values), None, 0


def same_error(got: Exception | None, want: Exception | type[Exception]) -> Verdict:
    """torch's type of exception. Its NotImplementedError for a missing dtype counts as RuntimeError."""
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


def _judge(
    comparison: Comparison, call: Call, probe: Probe | None, order: int, own: Run, run: Run
) -> Result:
    dtype = "/".join(dict.fromkeys(a.dtype.name for a in call.arrays()))

    def finding(of: str, v: Verdict, name: str = "") -> Finding:
        where = f"{name} at {v.place}" if v.place else name
        return Finding(of, v.status, v.ratio, where, v.detail, comparison.name, dtype)

    if own.error is not None:
        return Result((finding("errors", same_error(run.error, own.error)),))
    if run.error is not None:
        text = f"raised {type(run.error).__name__}: {run.error}".splitlines()[0]
        return Result((finding("value", Verdict("fail", detail=text)),))
    structure = _rule.same_structure(run.values, own.values)
    if structure.status == "fail":
        return Result((finding("dtype", structure),))
    truths = references(comparison.torch_fn, call, probe, order, own, comparison.terms)
    open_indices = comparison.indices == "any"
    findings = [
        finding("dtype", structure),
        finding("value", *_judge_values(run, truths, call, open_indices)),
    ]
    for of, attribute in DERIVATIVES[: (0, 1, 3)[order]]:
        if probe is None or not any(t.size for t in probe.tangents):
            verdict, name = Verdict("vacuous", detail="no elements to differentiate by"), ""
        elif open_indices and _chose_otherwise(run, own):
            verdict, name = (
                Verdict("vacuous", detail="torch chose another of several equal entries"),
                "",
            )
        elif of == "jvp" and not _modes_agree(own, probe):
            verdict, name = (
                Verdict("vacuous", detail="torch's forward mode contradicts its backward"),
                "",
            )
        else:
            verdict, name = _judge_derivative(attribute, run, truths)
        findings.append(finding(of, verdict, name))
    return Result(tuple(findings))


def _judge_values(
    run: Run, truths: References, call: Call, open_indices: bool
) -> tuple[Verdict, str]:
    verdicts = []
    for i, (name, got) in enumerate(run.values):
        own = truths.own.values[i][1]
        if got is None:
            continue
        if not is_inexact(got):
            if open_indices and name.endswith("indices"):
                got, own = _named_entries(call, got), _named_entries(call, own)
            verdict = _rule.exactly(got, own)
        else:
            verdict = _judge_inexact(
                got, truths.arrays(lambda r, i=i: r.values[i][1]), _rule.OUTPUT_FACTORS
            )
        verdicts.append((verdict, name))
    return _worst(verdicts)


def _judge_derivative(attribute: str, run: Run, truths: References) -> tuple[Verdict, str]:
    verdicts = []
    # rounding about a structural zero has no scale of its own; it gets the gradients'
    scale = max((float(np.nanmax(np.abs(g), initial=0)) for g in truths.own.gradients), default=0.0)
    for i, (got, own) in enumerate(
        zip(getattr(run, attribute), getattr(truths.own, attribute), strict=False)
    ):
        if got.size and max(np.abs(got).max(), np.abs(own).max()) <= 2.0**-40 * scale:
            verdict = Verdict("vacuous", detail="zero everywhere on both sides")
        else:
            arrays = truths.arrays(lambda r, i=i: getattr(r, attribute)[i])
            verdict = _judge_inexact(got, arrays, _rule.GRADIENT_FACTORS)
        verdicts.append((verdict, f"{attribute}[{i}]"))
    return _worst(verdicts)


def _worst(verdicts: list[tuple[Verdict, str]]) -> tuple[Verdict, str]:
    """The verdict that speaks for all: a failure if there is one, else the largest error on a pass."""
    if not verdicts:
        return Verdict("vacuous", detail="nothing to compare"), ""
    bad = [v for v in verdicts if v[0].status in ("fail", "inconclusive")]
    good = [v for v in verdicts if v[0].status == "pass"]
    if bad:
        return max(bad, key=lambda v: STATUSES.index(v[0].status))
    return max(good or verdicts, key=lambda v: v[0].ratio or 0.0)


def _judge_inexact(got: np.ndarray, arrays: ReferenceArrays, factors: tuple[float, ...]) -> Verdict:
    """Gates 0, A and B for one array of floating point or complex numbers."""
    if not got.size:
        return Verdict("vacuous", detail="empty")
    pattern = _rule.same_pattern(got, arrays.own)
    if pattern.status == "fail":
        return pattern
    finite = np.isfinite(got) & np.isfinite(arrays.own) & np.isfinite(arrays.truth)
    if not finite.any():
        return pattern
    places = np.argwhere(finite)
    arrays, value = arrays.at(finite), widen(got)[finite]
    if arrays.dtype == np.float64:
        verdict = _rule.same_function(
            value, arrays.own, arrays.floor.max(), arrays.step, arrays.terms
        )
    else:
        verdict = _rule.same_quality(
            value, arrays.own, arrays.truth, arrays.floor, arrays.dtype, factors, arrays.terms
        )
    return replace(
        verdict, place=tuple(int(i) for i in places[verdict.place[0]]) if verdict.place else None
    )


def _modes_agree(own: Run, probe: Probe) -> bool:
    """Whether torch's own modes are each other's transpose: <u, Jv> = <J'u, v>. JAX's always are."""
    forward = sum(
        float(np.sum(np.real(np.conj(u) * j)))
        for u, j in zip(probe.cotangents, own.jvps, strict=False)
    )
    backward = sum(
        float(np.sum(np.real(np.conj(g) * v)))
        for g, v in zip(own.gradients, probe.tangents, strict=True)
    )
    terms = sum(
        float(np.sum(np.abs(g * v))) for g, v in zip(own.gradients, probe.tangents, strict=True)
    )
    return bool(
        np.isclose(forward, backward, rtol=0, atol=1e-9 * terms, equal_nan=True)
    ) or not np.isfinite(terms)


def _chose_otherwise(run: Run, own: Run) -> bool:
    pairs = zip(run.values, own.values, strict=True)
    return any(name.endswith("indices") and (g != w).any() for (name, g), (_, w) in pairs)


def _named_entries(call: Call, indices: np.ndarray) -> np.ndarray:
    """The entries of the first argument that `indices` name along `dim`, as bits, so that NaN is equal."""
    args, kwargs = call.with_arrays(call.arrays())
    entries, dim = np.atleast_1d(args[0]), kwargs["dim"] if "dim" in kwargs else args[1]
    if indices.ndim < args[0].ndim:
        indices = np.expand_dims(indices, dim)
    return np.take_along_axis(entries, np.atleast_1d(indices), dim).astype(object).astype(str)
