"""Everything that must hold of one op: `run` compares it with torch and returns the findings.

Specs say what to try; PyTorch's own OpInfo database adds its samples (`_opinfo.py`). Where torch
raises, the op has to raise too: the property "errors".
"""

import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import torch

from jaxchan.parity import Comparison, Finding, check_all, same_error
from jaxchan.parity._arrays import named_leaves
from jaxchan.parity._rule import Verdict
from jaxchan.parity._runs import Call

from . import _opinfo
from ._draw import draw
from ._spec import Case, Op
from .specs import OPS

CHUNK = 64  # comparisons in one compiled program
SHARE = 12  # of its calls an op is tried with one in so many, unless all are asked for


def public_path(family: str) -> str:
    """Where the functions of a family are public: `jaxchan` for those of its underscore files."""
    if importlib.util.find_spec(f"jaxchan._{family}") if "." not in family else None:
        return "jaxchan"
    parent, _, last = family.rpartition(".")
    return f"jaxchan.{parent}" if parent else f"jaxchan.{last}"


def jax_function(family: str, name: str) -> Callable:
    return getattr(importlib.import_module(public_path(family)), name)


def torch_function(family: str, name: str) -> Callable:
    return getattr(importlib.import_module(f"torchref.{family}"), name)


def run(family: str, name: str, share: int = 1) -> list[Finding]:
    """All findings of one op, or those of one in `share` of its calls.

    Every dtype and every error is among them. Of the spec's cases each is tried in one of its first
    two dtypes; for the others, and for PyTorch's samples, the part moves on from dtype to dtype.
    """
    spec, theirs, ours = OPS[family, name], torch_function(family, name), jax_function(family, name)
    findings = values(spec, ours, theirs, share)
    findings += transforms(spec, ours, theirs, share)
    findings += errors(name, spec, ours, theirs)
    return findings + database(family, name, spec, ours, share)


def tell(found: dict[tuple[str, str], list[Finding]]) -> int:
    """Print passes and failures by op; 1 if there is a failure or an op without a pass."""
    bad = False
    for (family, name), findings in found.items():
        passes = sum(f.status == "pass" for f in findings)
        failures = [f for f in findings if f.status not in ("pass", "vacuous")]
        print(f"{family}.{name}: {passes} pass", *failures, sep="\n    ")
        bad |= bool(failures) or not passes
    return int(bad)


def values(spec: Op, ours: Callable, theirs: Callable, share: int = 1) -> list[Finding]:
    """Value, dtype and derivatives of every case in every dtype."""
    steps = [min(share, 2)] * 2 + [share] * len(spec.dtypes[2:])
    asked = [
        _ask(spec, ours, theirs, case, dtype)
        for i, (dtype, step) in enumerate(zip(spec.dtypes, steps, strict=False))
        for case in spec.cases[i % step :: step]
    ]
    return [_told_apart(f, spec) for f in _findings(asked, spec)]


def transforms(spec: Op, ours: Callable, theirs: Callable, share: int = 1) -> list[Finding]:
    """Under jit, torch's values and one trace for two calls; under vmap, a loop's in torch."""
    if not spec.jit:
        return []
    traced = [f for case in spec.cases[::share] for f in _jit_findings(case, spec, ours, theirs)]
    # twice as many: these share their programs, and a call under jit is a program of its own
    sample = spec.cases[:: max(1, share // 2)]
    batched = [_batched(case, spec, ours, theirs) for case in sample]
    return traced + [replace(f, property="vmap") for f in _findings(batched, spec)]


def errors(name: str, spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    """torch's type of exception, in words that name the op and an argument."""
    return [_error_finding(name, case, kind, ours, theirs) for case, kind in spec.errors]


def database(family: str, name: str, spec: Op, ours: Callable, share: int = 1) -> list[Finding]:
    """PyTorch's own samples and error inputs for the op, if it knows the op."""
    path = f"{public_path(family)}.{name}".removeprefix("jaxchan.")
    findings = []
    for info in _opinfo.entries(path):
        port = _opinfo.adapted(path, ours)
        asked = [
            _comparison(spec, port, info.op, args, kwargs, label)
            for label, args, kwargs in _opinfo.samples(info, share)
        ]
        findings += _findings(asked, spec)
        for label, call, kind in _opinfo.error_inputs(info):
            findings.append(_finding("errors", same_error(_raised(port, *call), kind), label))
    return findings


def _ask(spec: Op, ours: Callable, theirs: Callable, case: Case, dtype: str) -> Comparison:
    return _comparison(spec, ours, theirs, *draw(case, dtype), str(case))


def _comparison(
    spec: Op, ours: Callable, theirs: Callable, args: Sequence, kwargs: dict, name: str
) -> Comparison:
    order = 2 if spec.grad else 0
    indices = "same" if kwargs.get("stable") else spec.indices
    return Comparison(
        ours, theirs, args, kwargs, name, order=order, terms=spec.terms, indices=indices
    )


def _told_apart(finding: Finding, spec: Op) -> Finding:
    """A case that torch refuses in the first dtype is a mistake in the spec, not an agreement."""
    if finding.property == "errors" and finding.dtype.startswith(spec.dtypes[0]):
        return replace(finding, status="fail", detail=f"torch raises too: {finding.detail}")
    return finding


def _findings(comparisons: Sequence[Comparison], spec: Op) -> Iterator[Finding]:
    for start in range(0, len(comparisons), CHUNK):
        for result in check_all(comparisons[start : start + CHUNK], jit=spec.jit):
            yield from (f for f in result.findings if not _needless(f, spec))


def _needless(finding: Finding, spec: Op) -> bool:
    """A second derivative that is zero on both sides, as the spec says that it is."""
    return finding.property == "second" and finding.status == "vacuous" and spec.grad < 2


def _jit_findings(case: Case, spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    dtype = spec.dtypes[0]
    first, second = (draw(case, dtype, seed) for seed in (0, 1))
    call, traces = Call.of(*first), []

    def counted(*arrays: Any) -> Any:
        traces.append(len(arrays))
        return _call(ours, call.with_arrays(arrays))

    compiled = jax.jit(counted)

    def port(*args: Any, **kwargs: Any) -> Any:
        return compiled(*Call.of(args, kwargs).arrays())

    asked = [_comparison(spec, port, theirs, *a, str(case)) for a in (first, second)]
    results = check_all([replace(c, order=0) for c in asked], jit=False)
    results += check_all([replace(asked[0], jax_fn=ours, order=0)], jit=False)  # eagerly
    findings = [replace(f, property="jit") for r in results for f in r.findings]
    status = "pass" if len(traces) == 1 else "fail"
    detail = f"traced {len(traces)} times for two calls"
    return [*findings, Finding("jit", status, detail=detail, case=str(case), dtype=dtype)]


def _batched(case: Case, spec: Op, ours: Callable, theirs: Callable) -> Comparison:
    """The case over a new leading axis of two draws, against a loop in torch."""
    call, other = (Call.of(*draw(case, spec.dtypes[0], seed)) for seed in (0, 1))
    stacked = [np.stack(pair) for pair in zip(call.arrays(), other.arrays(), strict=True)]

    def mapped(*arrays: Any) -> list[Any]:
        return jax.vmap(lambda *a: settled(spec, _call(ours, call.with_arrays(a))))(*arrays)

    def looped(*tensors: Any) -> list[Any]:
        rows = [settled(spec, _call(theirs, call.for_torch(r))) for r in zip(*tensors, strict=True)]
        return [torch.stack(column) for column in zip(*rows, strict=True)]

    # where torch leaves an index open, it leaves the gradient open too
    order = min(spec.grad, 1) if spec.indices == "same" else 0
    return Comparison(mapped, looped, stacked, {}, name=str(case), order=order, terms=spec.terms)


def settled(spec: Op, result: Any) -> list[Any]:
    """The arrays of a result, less the indices that torch leaves open."""
    named = [(name, v) for name, v in named_leaves(result) if v is not None]
    return [v for name, v in named if spec.indices == "same" or not name.endswith("indices")]


def _call(fn: Callable, arguments: tuple[tuple, dict]) -> Any:
    args, kwargs = arguments
    return fn(*args, **kwargs)


def _raised(fn: Callable, args: tuple, kwargs: dict) -> Exception | None:
    try:
        fn(*args, **kwargs)
    except Exception as error:  # which type is the question asked
        return error
    return None


def _error_finding(
    name: str, case: Case, kind: type[Exception], ours: Callable, theirs: Callable
) -> Finding:
    arguments = draw(case, "float32")
    torchs, got = _raised(theirs, *Call.of(*arguments).for_torch()), _raised(ours, *arguments)
    beyond_torch = "Torch:    none" in (ours.__doc__ or "")
    if not beyond_torch and same_error(torchs, kind).status == "fail":
        verdict = Verdict("fail", detail=f"the spec says {kind.__name__}, torch {torchs!r}")
    else:
        verdict = same_error(got, kind)
    if verdict.status == "pass" and not _names_its_cause(str(got), name, ours):
        verdict = Verdict("fail", detail=f"names no op or no argument: {got}")
    return _finding("errors", verdict, str(case))


def _names_its_cause(message: str, name: str, ours: Callable) -> bool:
    parameters = inspect.signature(ours).parameters
    return f"{name}:" in message and any(re.search(rf"\b{p}\b", message) for p in parameters)


def _finding(of: str, verdict: Verdict, case: str) -> Finding:
    return Finding(of, verdict.status, detail=verdict.detail, case=case)
