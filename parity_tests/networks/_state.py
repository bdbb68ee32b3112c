"""A Flax model as a function of its variables, under torch's names."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from jaxchan.nn.state import variables


def holding(model: nnx.Module, arrays: Mapping[str, Any]) -> Any:
    """A copy of `model` that holds `arrays`, traced ones too, in their own dtypes."""
    copy = nnx.clone(model)
    held = variables(copy)
    if different := held.keys() ^ set(arrays):
        raise KeyError(f"holding: arrays must have the model's names, not so {sorted(different)}")
    new = [(path, var.replace(jnp.asarray(arrays[k]))) for k, (path, var) in held.items()]
    nnx.update(copy, nnx.from_flat_state(new))
    return copy


def buffers_of(model: nnx.Module) -> dict[str, jax.Array]:
    """All that a state dict holds but the parameters."""
    held = variables(model).items()
    return {k: var[...] for k, (_, var) in held if not isinstance(var, nnx.Param)}
