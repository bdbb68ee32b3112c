"""A Flax model's variables under torch's names: the path of each, joined by dots."""

from collections.abc import Mapping
from typing import Any

import jax
from flax import nnx

# all else in a model's state is streams of random keys
KINDS = (nnx.Param, nnx.BatchStat)


def state_dict(model: nnx.Module) -> dict[str, Any]:
    """Parameters and buffers."""
    return _named(nnx.state(model, nnx.Any(*KINDS)))


def buffers_of(model: nnx.Module) -> dict[str, Any]:
    return _named(nnx.state(model, nnx.BatchStat))


def load(model: nnx.Module, arrays: Mapping[str, Any]) -> Any:
    """A copy of `model` that holds `arrays`, which may be traced; their names must be its own."""
    graph, state, rest = nnx.split(model, nnx.Any(*KINDS), ...)
    flat = nnx.to_flat_state(state)
    if missing := {_name(path) for path, _ in flat} ^ set(arrays):
        raise KeyError(f"load: arrays must have the model's names, not so {sorted(missing)}")
    filled = [(path, var.replace(jax.numpy.asarray(arrays[_name(path)]))) for path, var in flat]
    return nnx.merge(graph, nnx.from_flat_state(filled), rest)


def _named(state: nnx.State) -> dict[str, Any]:
    return {_name(path): variable[...] for path, variable in nnx.to_flat_state(state)}


def _name(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))
