"""Everything that must hold of one op: `run` compares it with torch and returns the findings.

Specs say what to try, PyTorch's own OpInfo database adds its samples (`_opinfo.py`). An op that raises
where torch does has the property "errors".
"""

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import torch

from jaxchan.parity import Comparison, Finding, check_all, same_error
from jaxchan.parity._arrays import named_leaves
from jaxchan.parity._runs import Call

from . import _opinfo
from ._draw import draw
from ._spec import Case, Op
from .specs import OPS

CHUNK = 64  # comparisons in one compiled program


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


def run(
    family: str, name: str, *, impl: Callable | None = None, opinfo: bool = True
) -> list[Finding]:
    """All findings of one op; `impl` stands in for jaxchan's function."""
    spec, ours, theirs = (
        OPS[family, name],
        impl or jax_function(family, name),
        torch_function(family, name),
    )
    findings = values(spec, ours, theirs)
    findings += transforms(spec, ours, theirs)
    findings += errors(name, spec, ours, theirs)
    if opinfo:
        findings += database(family, name, spec, ours)
    return findings


def values(spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    """Value, dtype and derivatives of every case in every dtype."""
    comparisons = [
        Comparison(
            ours,
            theirs,
            *draw(case, dtype),
            name=str(case),
            order=spec.grad,
            terms=spec.terms,
            indices=spec.indices,
        )
        for dtype in spec.dtypes
        for case in spec.cases
    ]
    return list(_findings(comparisons, spec.jit))


def transforms(spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    """Under jit: traced once for two calls. Under vmap: as a loop over the new axis. Both as torch."""
    if not spec.jit:
        return []
    traced = [f for case in spec.cases[::4] for f in _jit_findings(case, spec, ours, theirs)]
    batched = [c for case in spec.cases if (c := _batched(case, spec, ours, theirs)) is not None]
    mapped = [f for f in _findings(batched, jit=True) if f.property != "errors"]
    return traced + [replace(f, property="vmap") for f in mapped]


def errors(name: str, spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    """torch's type of exception, in words that name the op and an argument."""
    return [_error_finding(name, case, kind, ours, theirs) for case, kind in spec.errors]


def database(family: str, name: str, spec: Op, ours: Callable) -> list[Finding]:
    """PyTorch's own samples and error inputs for the op, if it knows the op."""
    path = f"{public_path(family)}.{name}".removeprefix("jaxchan.")
    findings = []
    for info in _opinfo.entries(path):
        port = _opinfo.adapted(path, ours)
        order = spec.grad if info.supports_autograd else 0
        samples = [
            Comparison(
                port,
                info.op,
                args,
                kwargs,
                name=label,
                order=order,
                terms=spec.terms,
                indices=spec.indices,
            )
            for label, args, kwargs in _opinfo.samples(info)
        ]
        findings += _findings(samples, spec.jit)
        for label, call, kind in _opinfo.error_inputs(info):
            got = _raised(port, *call)
            findings.append(_finding("errors", same_error(got, kind), label))
    return findings


def _findings(comparisons: Sequence[Comparison], jit: bool) -> Iterator[Finding]:
    for start in range(0, len(comparisons), CHUNK):
        for result in check_all(comparisons[start : start + CHUNK], jit=jit):
            yield from result.findings


def _jit_findings(case: Case, spec: Op, ours: Callable, theirs: Callable) -> list[Finding]:
    dtype = spec.dtypes[0]
    traces = 0

    def counted(*arrays: Any) -> Any:
        nonlocal traces
        traces += 1
        return _call(ours, call.with_arrays(arrays))

    first, second = (draw(case, dtype, seed) for seed in (0, 1))
    call = Call.of(*first)
    if _raised(theirs, *call.for_torch()):
        return []
    compiled = jax.jit(counted)

    def port(*args: Any, **kwargs: Any) -> Any:
        return compiled(*Call.of(args, kwargs).arrays())

    asked = [
        Comparison(
            port, theirs, *a, name=str(case), order=0, terms=spec.terms, indices=spec.indices
        )
        for a in (first, second)
    ]
    findings = [replace(f, property="jit") for r in check_all(asked, jit=False) for f in r.findings]
    once = Finding(
        "jit",
        "pass" if traces == 1 else "fail",
        detail="" if traces == 1 else f"traced {traces} times",
        case=str(case),
        dtype=dtype,
    )
    return [*findings, once]


def _batched(case: Case, spec: Op, ours: Callable, theirs: Callable) -> Comparison | None:
    """The case over a new leading axis of two draws; None if torch refuses it or it has no array."""
    dtype = spec.dtypes[0]
    call, other = (Call.of(*draw(case, dtype, seed)) for seed in (0, 1))
    if not call.arrays() or _raised(theirs, *call.for_torch()):
        return None
    stacked = [np.stack(pair) for pair in zip(call.arrays(), other.arrays(), strict=True)]

    def leaves(fn: Callable, arrays: Sequence[Any]) -> list[Any]:
        arguments = call.for_torch(arrays) if fn is theirs else call.with_arrays(arrays)
        named = named_leaves(_call(fn, arguments))
        return [v for name, v in named if spec.indices == "same" or not name.endswith("indices")]

    def mapped(*arrays: Any) -> list[Any]:
        return jax.vmap(lambda *a: leaves(ours, a))(*arrays)

    def looped(*tensors: Any) -> list[Any]:
        rows = [leaves(theirs, row) for row in zip(*tensors, strict=True)]
        return [torch.stack(column) for column in zip(*rows, strict=True)]

    order = min(spec.grad, 1) if spec.indices == "same" else 0
    return Comparison(mapped, looped, stacked, {}, name=str(case), order=order, terms=spec.terms)


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
    torchs = _raised(theirs, *Call.of(*arguments).for_torch())
    beyond_torch = "Torch:    none" in (ours.__doc__ or "")
    if not beyond_torch and same_error(torchs, kind).status == "fail":
        return Finding(
            "errors",
            "fail",
            detail=f"the spec says {kind.__name__}, torch {torchs!r}",
            case=str(case),
        )
    got = _raised(ours, *arguments)
    verdict = same_error(got, kind)
    if verdict.status == "pass":
        parameters = inspect.signature(ours).parameters
        if f"{name}:" not in str(got) or not any(p in str(got) for p in parameters):
            return Finding(
                "errors", "fail", detail=f"names no op or no argument: {got}", case=str(case)
            )
    return _finding("errors", verdict, str(case))


def _finding(of: str, verdict: Any, case: str) -> Finding:
    return Finding(of, verdict.status, detail=verdict.detail, case=case)
