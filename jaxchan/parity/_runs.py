"""Run a call in torch and in JAX: results, pull-backs of random cotangents, and their derivatives.

Gradients are in torch's convention, d/d(real) + i d/d(imag); JAX's is the conjugate.
"""

import contextlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from ..interop import to_numpy
from ._arrays import is_array, is_inexact, named_leaves, to_torch, torch_dtype, widen

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

    def dtypes(self) -> list[np.dtype]:
        """Those of the arrays, and the arguments that are dtypes."""
        typed = [v for v in self.leaves if is_array(v) or isinstance(v, np.dtype)]
        return [v if isinstance(v, np.dtype) else v.dtype for v in typed]

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
    """What a call gave, with derivatives up to `order`.

    Derivatives are lists: gradients and seconds by input, jvps by output.
    """

    values: list[tuple[str, Any]] = field(default_factory=list)
    gradients: Arrays = field(default_factory=list)
    jvps: Arrays = field(default_factory=list)
    seconds: Arrays = field(default_factory=list)
    error: Exception | None = None
    order: int = 0

    def array(self, of: str, i: int) -> np.ndarray:
        """The array in place `i` of the field `of`."""
        return self.values[i][1] if of == "values" else getattr(self, of)[i]


@dataclass
class Probe:
    """Random cotangents for the inexact outputs and tangents for the inexact inputs.

    constant: the places among the tangents of the inputs by which torch refuses to differentiate.
    It is given them without a gradient, which counts as a gradient of zeros.
    """

    cotangents: Arrays
    tangents: Arrays
    constant: frozenset[int] = frozenset()

    @classmethod
    def of(cls, call: Call, outputs: list[Any], seed: int) -> "Probe":
        rng = np.random.default_rng(seed)
        cotangents = [_normal(rng, o) for o in outputs if o is not None and is_inexact(o)]
        return cls(cotangents, [_normal(rng, a) for a in call.arrays() if is_inexact(a)])

    def map(self, fn: Callable[[np.ndarray], np.ndarray]) -> "Probe":
        moved = [fn(c) for c in self.cotangents], [fn(t) for t in self.tangents]
        return Probe(*moved, self.constant)


def _normal(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    parts = [np.asarray(rng.standard_normal(like.shape)) for _ in "ri"]
    return (parts[0] + 1j * parts[1] if like.dtype.kind == "c" else parts[0]).astype(like.dtype)


def torch_values(result: Any) -> list[tuple[str, Any]]:
    """The named arrays of what a torch function returned, in numpy."""
    return [(name, None if v is None else to_numpy(v)) for name, v in named_leaves(result)]


def _tensor_leaves(result: Any) -> list:
    """Every result but None as a tensor; a number is one without gradient."""
    leaves = [v for _, v in named_leaves(result) if v is not None]
    return [v if hasattr(v, "requires_grad") else to_torch(v) for v in leaves]


def call_torch(fn: Callable, args: Sequence[Any], kwargs: dict[str, Any] | None = None) -> Any:
    """What torch returns; what it warns of (deprecations, degrees of freedom) is not compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fn(*args, **(kwargs or {}))


def run_torch(fn: Callable, call: Call, probe: Probe | None = None, order: int = 0) -> Run:
    """Run `fn` on tensors; with a probe, its derivatives up to `order`."""
    tensors = [to_torch(a) for a in call.arrays()]
    inputs = [a for a in tensors if _is_inexact_tensor(a)] if order else []
    for i, tensor in enumerate(inputs):
        tensor.requires_grad_(probe is None or i not in probe.constant)
    args, kwargs = call.for_torch(tensors)
    result = call_torch(fn, args, kwargs)
    run = Run(torch_values(result))
    if not order or probe is None:
        return run
    run.order = order
    outputs = [v for v in _tensor_leaves(result) if _is_inexact_tensor(v)]
    cotangents = [to_torch(c) for c in probe.cotangents]
    gradients = _torch_pull(outputs, inputs, cotangents, create_graph=order > 1)
    run.gradients = [to_numpy(g) for g in gradients]
    if order > 1:
        tangents = [to_torch(t) for t in probe.tangents]
        run.jvps = _torch_push(fn, call, tangents, probe.constant)
        with contextlib.suppress(RuntimeError):  # torch may differentiate this once alone
            run.seconds = [to_numpy(g) for g in _torch_pull(gradients, inputs, tangents)]
    return run


def refused_inputs(fn: Callable, call: Call) -> frozenset[int]:
    """The places of the inexact inputs that torch refuses to follow, each asked for alone."""
    number = sum(is_inexact(a) for a in call.arrays())
    return frozenset(i for i in range(number) if _refuses(fn, call, i))


def _refuses(fn: Callable, call: Call, place: int) -> bool:
    tensors = [to_torch(a) for a in call.arrays()]
    [a for a in tensors if _is_inexact_tensor(a)][place].requires_grad_()
    args, kwargs = call.for_torch(tensors)
    try:
        call_torch(fn, args, kwargs)
    except RuntimeError:
        return True
    return False


def _torch_push(fn: Callable, call: Call, tangents: list, constant: frozenset[int]) -> Arrays:
    """torch's forward mode; nothing where it has none, as for cummax of nothing along no dim."""
    import torch.autograd.forward_ad as forward
    from torch import zeros_like

    try:
        with forward.dual_level():
            tensors = [to_torch(a) for a in call.arrays()]
            inexact = [i for i, a in enumerate(tensors) if _is_inexact_tensor(a)]
            for place, (i, tangent) in enumerate(zip(inexact, tangents, strict=True)):
                if place not in constant:
                    tensors[i] = call_torch(forward.make_dual, (tensors[i], tangent))
            args, kwargs = call.for_torch(tensors)
            outputs = [
                v for v in _tensor_leaves(call_torch(fn, args, kwargs)) if _is_inexact_tensor(v)
            ]
            pairs = [forward.unpack_dual(o) for o in outputs]
            # no tangent is a tangent of zero, whatever the value
            return [to_numpy(zeros_like(p) if t is None else t) for p, t in pairs]
    except (NotImplementedError, IndexError):
        return []


def _is_inexact_tensor(tensor: Any) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _torch_pull(outputs: list, inputs: list, cotangents: list, create_graph: bool = False) -> list:
    import torch

    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
    followed = [i for i in inputs if i.requires_grad]
    if not pairs or not followed:
        return [torch.zeros_like(i) for i in inputs]
    outs, cots = zip(*pairs, strict=True)
    options = dict(create_graph=create_graph, allow_unused=True, materialize_grads=True)
    pulled = iter(torch.autograd.grad(outs, followed, cots, **options))
    return [next(pulled) if i.requires_grad else torch.zeros_like(i) for i in inputs]


def run_jax(
    fns: Sequence[Callable],
    calls: Sequence[Call],
    probes: Sequence[Probe | None],
    orders: Sequence[int],
    *,
    jit: bool = True,
) -> list[Run]:
    """Run each function on its call; with `jit`, in one program, since compiling is the cost.

    A function that raises spoils its own run alone.
    """
    runs = [Run() for _ in calls]

    def all_of(inputs: list) -> list:
        return [
            _evaluate_or_record(fns[i], calls[i], probes[i], orders[i], runs[i], arrays)
            for i, arrays in enumerate(inputs)
        ]

    inputs = [
        (c.arrays(), p.cotangents if p else [], p.tangents if p else [])
        for c, p in zip(calls, probes, strict=True)
    ]
    try:
        if jit:
            results = jax.jit(all_of)(inputs)
        else:
            results = all_of(jax.tree.map(jax.numpy.asarray, inputs))
    except Exception as error:  # XLA's: it does not say which function it cannot compile or run
        if len(calls) == 1:
            return [Run(error=error)]
        rows = zip(fns, calls, probes, orders, strict=True)
        return [run_jax([f], [c], [p], [o], jit=jit)[0] for f, c, p, o in rows]
    for run, result in zip(runs, results, strict=True):
        if run.error is None:
            values, *derivatives = jax.tree.map(np.asarray, result)
            run.values = [(name, v) for (name, _), v in zip(run.values, values, strict=True)]
            run.gradients, run.jvps, run.seconds = derivatives
    return runs


def _evaluate_or_record(fn, call, probe, order, run: Run, arrays):
    try:
        return _evaluate(fn, call, probe, order, run, *arrays)
    except Exception as error:  # any type: the port's own, reported as a failed comparison
        run.error = error
        return None


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

    def pull(inputs: list) -> tuple[list, tuple[list, list]]:
        # linearised once for both directions: tracing and compiling are what a comparison costs
        outputs, push, leaves = jax.linearize(primal, inputs, has_aux=True)
        if [(o.shape, o.dtype) for o in outputs] != [(c.shape, c.dtype) for c in cotangents]:
            return inputs, (leaves, [])  # gate 0 reports it; no cotangent fits
        gradients = _conj(jax.linear_transpose(push, inputs)(_conj(cotangents))[0])
        return gradients, (leaves, push(tangents) if order > 1 else [])

    inputs = [a for f, a in zip(inexact, arrays, strict=True) if f]
    if not order or probe is None or not inputs:
        return primal(inputs)[1], [], [], []
    if order == 1:
        gradients, (leaves, _) = pull(inputs)
        return leaves, gradients, [], []
    gradients, transpose, (leaves, jvps) = jax.vjp(pull, inputs, has_aux=True)
    return leaves, gradients, jvps, _conj(transpose(_conj(tangents))[0])


def _conj(arrays: list) -> list:
    return [jax.numpy.conj(a) if a.dtype.kind == "c" else a for a in arrays]
