"""From a spec to calls without arguments, one for each competitor, that return their results."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import torch

from jaxchan.parity._arrays import is_inexact, to_torch, widen
from parity_tests._draw import draw
from parity_tests._spec import Case, Tensor

from . import naive, naive_functional, naive_losses, peers
from .names import OWN_NAMESPACE, namespace, timed

Call = Callable[[], list[Any]]
Tree = tuple[tuple[Any, ...], dict[str, Any]]
NAIVE = {"nn.functional": naive_functional, "losses": naive_losses}
IN_JAX = ("optax",)
LIBRARIES = {"nn.functional": ("optax",), "losses": ("optax", "kornia", "monai")}


def modules(family: str) -> dict[str, Any]:
    """Where each competitor keeps the ops of a family."""
    # torchref has literal loops in these families: right as a reference, no match for anyone
    idiomatic = namespace(family) in OWN_NAMESPACE
    return {
        "jaxchan": importlib.import_module(".".join(filter(None, ["jaxchan", namespace(family)]))),
        "torch": peers if idiomatic else importlib.import_module(f"torchref.{family}"),
        "naive": NAIVE.get(namespace(family), naive),
    }


def libraries(family: str, name: str) -> dict[str, Callable[..., Any]]:
    """The libraries that have the op. They take seconds to import, and only do where they may."""
    found = {
        who: getattr(importlib.import_module(f"bench.libraries.{who}"), name, None)
        for who in LIBRARIES.get(namespace(family), ())
    }
    return {who: function for who, function in found.items() if function is not None}


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
    return map_arrays(widen, tree)


class Pull(NamedTuple):
    """What to differentiate by, as places among the leaves, and what to pull back."""

    places: list[int]
    cotangents: list[np.ndarray]


def pull(case: Case, tree: Tree, results: Sequence[Any], dtype: str) -> Pull:
    """Each floating input, but for labels: nobody trains those, and libraries differ there."""
    drawn, values = jax.tree.leaves((case.args, case.kwargs)), jax.tree.leaves(tree)
    places = [
        place
        for place, (tensor, value) in enumerate(zip(drawn, values, strict=True))
        if isinstance(tensor, Tensor) and is_inexact(value) and tensor.draw != "labels"
    ]
    return Pull(places, cotangents(results, dtype))


def cotangents(results: Sequence[Any], dtype: str) -> list[np.ndarray]:
    """A fixed random cotangent for each floating result of torch."""
    rng = np.random.default_rng(0)
    shapes = [result.shape for result in results if result.is_floating_point()]
    return [np.asarray(rng.standard_normal(shape)).astype(jnp.dtype(dtype)) for shape in shapes]


def leaves(results: Any) -> list[Any]:
    """The arrays in what an op returns: one, or a tuple of them."""
    nested = isinstance(results, tuple | list)
    return [leaf for part in results for leaf in leaves(part)] if nested else [results]


def torch_call(op: Callable[..., Any], tree: Tree, pulled: Pull | None) -> Call:
    """`op` in torch; with cotangents, its results and its gradients."""
    values, structure = jax.tree.flatten(tree)
    # a clone is aligned as torch likes it
    values = [to_torch(v).clone() if isinstance(v, np.ndarray) else v for v in values]
    args, kwargs = structure.unflatten(values)
    if pulled is None:
        return lambda: leaves(op(*args, **kwargs))
    inputs = [values[place].requires_grad_() for place in pulled.places]
    back = [to_torch(c).to(inputs[0].dtype, copy=True) for c in pulled.cotangents]

    def both() -> list[Any]:
        results = leaves(op(*args, **kwargs))
        floating = [result for result in results if result.is_floating_point()]
        return results + list(torch.autograd.grad(floating, inputs, back))

    return both


def jax_program(
    op: Callable[..., Any], tree: Tree
) -> tuple[Callable[..., list[jax.Array]], dict[int, np.ndarray]]:
    """`op` as a function of arrays by place, and the arrays."""
    values, structure = jax.tree.flatten(tree)

    def apply(arrays: dict[int, jax.Array]) -> list[jax.Array]:
        args, kwargs = structure.unflatten([arrays.get(i, v) for i, v in enumerate(values)])
        return leaves(op(*args, **kwargs))

    return apply, {i: value for i, value in enumerate(values) if isinstance(value, np.ndarray)}


def pulled_back(apply: Callable[..., list[jax.Array]], places: list[int]) -> Callable[..., Any]:
    """The results of `apply` and its gradients by the arrays in `places`."""

    def both(arrays: dict[int, jax.Array], back: list[jax.Array]) -> list[jax.Array]:
        def of(moving: dict[int, jax.Array]) -> tuple[list[jax.Array], list[jax.Array]]:
            results = apply(arrays | moving)
            return [r for r in results if jnp.issubdtype(r.dtype, jnp.floating)], results

        _, back_to, results = jax.vjp(of, {i: arrays[i] for i in places}, has_aux=True)
        (gradients,) = back_to(back)
        return results + [gradients[i] for i in places]

    return both


def jax_call(op: Callable[..., Any], tree: Tree, pulled: Pull | None, jit: bool) -> Call:
    """`op` in JAX, likewise, under jit where the op allows it; waits for the results."""
    whole, drawn = jax_program(op, tree)
    inputs: tuple[Any, ...] = (jax.tree.map(jnp.asarray, drawn),)
    if pulled is not None:
        inputs += ([jnp.asarray(cotangent) for cotangent in pulled.cotangents],)
        whole = pulled_back(whole, pulled.places)
    run = jax.jit(whole) if jit else whole
    return lambda: jax.block_until_ready(run(*inputs))
