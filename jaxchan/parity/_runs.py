"""Run a call in torch and in JAX: results, pull-backs of random cotangents, and their derivatives.

Gradients are in torch's convention, d/d(real) + i d/d(imag); JAX's is the conjugate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from ._arrays import is_array, is_inexact, named_leaves, to_numpy, to_torch, torch_dtype, widen

Arrays = list[np.ndarray]


@dataclass
class Call:
    """A function's arguments as a list of leaves, so that arrays can be replaced."""

    leaves: list[Any]
    tree: Any

    @classmethod
    def of(cls, args: Sequence[Any], kwargs: dict[str, Any]) -> "Call":
        leaves, tree = jax.tree.flatten((tuple(args), kwargs), is_leaf=lambda v: v is None)
        return cls([to_numpy(v) if is_array(v) else v for v in leaves], tree)

    def map(self, fn: Callable[[Any], Any]) -> "Call":
        return Call([fn(v) for v in self.leaves], self.tree)

    def widened(self) -> "Call":
        return self.map(widen)

    def arrays(self) -> Arrays:
        return [v for v in self.leaves if is_array(v)]

    def with_arrays(self, arrays: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """args and kwargs with `arrays` in place of the arrays."""
        fresh = iter(arrays)
        leaves = [next(fresh) if is_array(v) else v for v in self.leaves]
        return jax.tree.unflatten(self.tree, leaves)

    def for_torch(
        self, tensors: Sequence[Any] | None = None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """args and kwargs for torch: dtypes are its own, and arrays are tensors."""
        call = self.map(lambda v: torch_dtype(v) if isinstance(v, np.dtype) else v)
        return call.with_arrays(
            [to_torch(a) for a in self.arrays()] if tensors is None else tensors
        )


@dataclass
class Run:
    """What a call gave. Derivatives are lists: gradients and seconds by input, jvps by output."""

    values: list[tuple[str, Any]] = field(default_factory=list)
    gradients: Arrays = field(default_factory=list)
    jvps: Arrays = field(default_factory=list)
    seconds: Arrays = field(default_factory=list)
    error: Exception | None = None


@dataclass
class Probe:
    """Random cotangents for the inexact outputs and tangents for the inexact inputs."""

    cotangents: Arrays
    tangents: Arrays

    @classmethod
    def of(cls, call: Call, outputs: list[Any], seed: int) -> "Probe":
        rng = np.random.default_rng(seed)
        cotangents = [_normal(rng, o) for o in outputs if o is not None and is_inexact(o)]
        return cls(cotangents, [_normal(rng, a) for a in call.arrays() if is_inexact(a)])

    def widened(self) -> "Probe":
        return Probe([widen(c) for c in self.cotangents], [widen(t) for t in self.tangents])


def _normal(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    values = rng.standard_normal(like.shape)
    if like.dtype.kind == "c":
        values = (values + 1j * rng.standard_normal(like.shape)).astype(np.complex64)
    return (
        np.asarray(values)
        .astype(np.complex64 if like.dtype.kind == "c" else np.float32)
        .astype(like.dtype)
    )


def run_torch(fn: Callable, call: Call, probe: Probe | None = None, order: int = 0) -> Run:
    """Run `fn` on tensors; with a probe, its derivatives up to `order`."""
    tensors = [to_torch(a) for a in call.arrays()]
    inputs = [a.requires_grad_() for a in tensors if _is_inexact_tensor(a)] if order else []
    args, kwargs = call.for_torch(tensors)
    leaves = named_leaves(fn(*args, **kwargs))
    run = Run([(name, None if v is None else to_numpy(v)) for name, v in leaves])
    if not order or probe is None:
        return run
    outputs = [v for _, v in leaves if v is not None and _is_inexact_tensor(v)]
    cotangents = [to_torch(c) for c in probe.cotangents]
    gradients = _torch_pull(outputs, inputs, cotangents, create_graph=order > 1)
    run.gradients = [to_numpy(g) for g in gradients]
    if order > 1:
        tangents = [to_torch(t) for t in probe.tangents]
        run.seconds = [to_numpy(g) for g in _torch_pull(gradients, inputs, tangents)]
        run.jvps = _torch_push(fn, call, tangents)
    return run


def _torch_push(fn: Callable, call: Call, tangents: list) -> Arrays:
    """torch's forward mode; nothing where it has none."""
    import torch.autograd.forward_ad as forward

    fresh = iter(tangents)
    try:
        with forward.dual_level():
            tensors = [to_torch(a) for a in call.arrays()]
            duals = [
                forward.make_dual(a, next(fresh)) if _is_inexact_tensor(a) else a for a in tensors
            ]
            args, kwargs = call.for_torch(duals)
            outputs = [
                v
                for _, v in named_leaves(fn(*args, **kwargs))
                if v is not None and _is_inexact_tensor(v)
            ]
            pairs = [forward.unpack_dual(o) for o in outputs]
            return [to_numpy(p.primal * 0 if p.tangent is None else p.tangent) for p in pairs]
    except NotImplementedError:
        return []


def _is_inexact_tensor(tensor: Any) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _torch_pull(outputs: list, inputs: list, cotangents: list, create_graph: bool = False) -> list:
    import torch

    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
    if not pairs:
        return [torch.zeros_like(i) for i in inputs]
    outs, cots = zip(*pairs, strict=True)
    options = dict(create_graph=create_graph, allow_unused=True, materialize_grads=True)
    return list(torch.autograd.grad(outs, inputs, cots, **options)) if inputs else []


def run_jax(
    fns: Sequence[Callable],
    calls: Sequence[Call],
    probes: Sequence[Probe | None],
    orders: Sequence[int],
    *,
    jit: bool = True,
) -> list[Run]:
    """Run each function on its call; with `jit`, as one compiled program, since compiling is the cost.

    A function that raises spoils its own run alone.
    """
    runs = [Run() for _ in calls]

    def all_of(inputs: list) -> list:
        results = []
        for i, arrays in enumerate(inputs):
            try:
                results.append(_evaluate(fns[i], calls[i], probes[i], orders[i], runs[i], *arrays))
            except Exception as error:  # any type: the port's own, reported as a failed comparison
                runs[i].error = error
                results.append(None)
        return results

    inputs = [
        (c.arrays(), p.cotangents if p else [], p.tangents if p else [])
        for c, p in zip(calls, probes, strict=True)
    ]
    results = (jax.jit(all_of) if jit else all_of)(inputs)
    for run, result in zip(runs, results, strict=True):
        if run.error is None:
            values, *derivatives = jax.tree.map(np.asarray, result)
            run.values = [(name, v) for (name, _), v in zip(run.values, values, strict=True)]
            run.gradients, run.jvps, run.seconds = derivatives
    return runs


def _evaluate(
    fn, call: Call, probe: Probe | None, order: int, run: Run, arrays, cotangents, tangents
):
    """(values, gradients, jvps, seconds); writes the names of the outputs into `run`."""
    inexact = [is_inexact(a) for a in arrays]

    def primal(inputs: list) -> tuple[list, list]:
        fresh = iter(inputs)
        args, kwargs = call.with_arrays(
            [next(fresh) if f else a for f, a in zip(inexact, arrays, strict=True)]
        )
        run.values = named_leaves(fn(*args, **kwargs))
        leaves = [v if v is None else jax.numpy.asarray(v) for _, v in run.values]
        return [v for v in leaves if v is not None and is_inexact(v)], leaves

    def pull(inputs: list, cotangents: list) -> tuple[list, list]:
        _, transpose, leaves = jax.vjp(primal, inputs, has_aux=True)
        return _conj(transpose(_conj(cotangents))[0]), leaves

    inputs = [a for f, a in zip(inexact, arrays, strict=True) if f]
    if not order or probe is None or not inputs:
        return primal(inputs)[1], [], [], []
    outputs, leaves = primal(inputs)
    if [(o.shape, o.dtype) for o in outputs] != [(c.shape, c.dtype) for c in cotangents]:
        return leaves, [], [], []  # not torch's structure: there is nothing to pull back
    if order == 1:
        gradients, leaves = pull(inputs, cotangents)
        return leaves, gradients, [], []
    gradients, transpose, leaves = jax.vjp(pull, inputs, cotangents, has_aux=True)
    seconds = _conj(transpose(_conj(tangents))[0])
    jvps = jax.jvp(lambda x: primal(x)[0], (inputs,), (tangents,))[1]
    return leaves, gradients, jvps, seconds


def _conj(arrays: list) -> list:
    return [jax.numpy.conj(a) if a.dtype.kind == "c" else a for a in arrays]
