"""From a spec to calls without arguments, one for each competitor, that return their results."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from parity_tests._draw import draw
from parity_tests._spec import Case

from . import naive, naive_functional, naive_losses, peers
from .names import OWN_NAMESPACE, namespace, timed

Call = Callable[[], list[Any]]
Tree = tuple[tuple[Any, ...], dict[str, Any]]
NAIVE = {"nn.functional": naive_functional, "losses": naive_losses}


def modules(family: str) -> dict[str, Any]:
    """Where each competitor keeps the ops of a family."""
    # torchref has literal loops in these families: right as a reference, no match for anyone
    idiomatic = namespace(family) in OWN_NAMESPACE
    return {
        "jaxchan": importlib.import_module(".".join(filter(None, ["jaxchan", namespace(family)]))),
        "torch": peers if idiomatic else importlib.import_module(f"torchref.{family}"),
        "naive": NAIVE.get(namespace(family), naive),
    }


def missing() -> list[str]:
    """The names that a spec with a bench case has and a competitor lacks."""
    return [
        f"{module.__name__}.{name}"
        for family, name in timed()
        for module in modules(family).values()
        if not callable(getattr(module, name, None))
    ]


def map_arrays(change: Callable[[np.ndarray], Any], tree: Tree) -> Tree:
    """`change` on each array; options are left as they are."""
    return jax.tree.map(lambda x: change(x) if isinstance(x, np.ndarray) else x, tree)


def arrays(tree: Tree) -> list[np.ndarray]:
    """The arrays among the arguments."""
    return [leaf for leaf in jax.tree.leaves(tree) if isinstance(leaf, np.ndarray)]


def arguments(case: Case, dtype: str) -> Tree:
    """The arguments of `case`, with 64-bit integers narrowed for torch too, as JAX narrows them."""
    return map_arrays(lambda x: x.astype(jax.dtypes.canonicalize_dtype(x.dtype)), draw(case, dtype))


def doubled(tree: Tree) -> Tree:
    """The same values with floats in float64."""
    return map_arrays(lambda x: x.astype(np.float64) if x.dtype.kind == "f" else x, tree)


def cotangents(results: Sequence[Any]) -> list[np.ndarray]:
    """A fixed random cotangent for each floating result of torch."""
    rng = np.random.default_rng(0)
    shapes = [result.shape for result in results if result.is_floating_point()]
    return [np.asarray(rng.standard_normal(shape), np.float32) for shape in shapes]


def leaves(results: Any) -> list[Any]:
    """The arrays in what an op returns: one, or a tuple of them."""
    nested = isinstance(results, tuple | list)
    return [leaf for part in results for leaf in leaves(part)] if nested else [results]


def torch_call(op: Callable[..., Any], tree: Tree, pulled: Sequence[np.ndarray] | None) -> Call:
    """`op` in torch; with cotangents, its results and its gradients for all floating inputs."""

    def convert(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, requires_grad=pulled is not None and array.dtype.kind == "f")

    args, kwargs = map_arrays(convert, tree)
    if pulled is None:
        return lambda: leaves(op(*args, **kwargs))
    inputs = [a for a in jax.tree.leaves((args, kwargs)) if getattr(a, "requires_grad", False)]
    back = [torch.tensor(cotangent, dtype=inputs[0].dtype) for cotangent in pulled]

    def both() -> list[Any]:
        results = leaves(op(*args, **kwargs))
        floating = [result for result in results if result.is_floating_point()]
        return results + list(torch.autograd.grad(floating, inputs, back))

    return both


def jax_programs(
    op: Callable[..., Any], tree: Tree
) -> tuple[Callable[..., Any], Callable[..., Any], dict[int, np.ndarray]]:
    """`op` as a function of arrays, the same with its gradients from cotangents, and the arrays."""
    values, structure = jax.tree.flatten(tree)
    inputs = {i: value for i, value in enumerate(values) if isinstance(value, np.ndarray)}
    floating = [i for i, value in inputs.items() if value.dtype.kind == "f"]

    def apply(arrays: dict[int, jax.Array]) -> list[jax.Array]:
        args, kwargs = structure.unflatten([arrays.get(i, v) for i, v in enumerate(values)])
        return leaves(op(*args, **kwargs))

    def both(arrays: dict[int, jax.Array], back: list[jax.Array]) -> list[jax.Array]:
        def of(moving: dict[int, jax.Array]) -> tuple[list[jax.Array], list[jax.Array]]:
            results = apply(arrays | moving)
            return [r for r in results if jnp.issubdtype(r.dtype, jnp.floating)], results

        _, pull, results = jax.vjp(of, {i: arrays[i] for i in floating}, has_aux=True)
        (gradients,) = pull(back)
        return results + [gradients[i] for i in floating]

    return apply, both, inputs


def jax_call(
    op: Callable[..., Any], tree: Tree, pulled: Sequence[np.ndarray] | None, jit: bool
) -> Call:
    """`op` in JAX, likewise, under jit where the op allows it; waits for the results."""
    apply, both, drawn = jax_programs(op, tree)
    inputs: tuple[Any, ...] = (jax.tree.map(jnp.asarray, drawn),)
    if pulled is not None:
        inputs += ([jnp.asarray(cotangent) for cotangent in pulled],)
    whole = apply if pulled is None else both
    run = jax.jit(whole) if jit else whole
    return lambda: jax.block_until_ready(run(*inputs))
