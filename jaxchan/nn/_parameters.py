"""What modules hold: variables, how they start, and the dtype that they are computed in."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

Metadata = Mapping[str, Any]
NONE: Metadata = MappingProxyType({})


class Buffer(nnx.Variable):
    """An array that is no parameter; a checkpoint holds it unless `persistent=False` is given."""


def uniform(
    rngs: nnx.Rngs, shape: tuple[int, ...], fan_in: int, dtype: Any, metadata: Metadata
) -> nnx.Param:
    """Uniform between -1 / sqrt(fan_in) and its opposite, as torch draws weights and biases."""
    bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
    return nnx.Param(jax.random.uniform(rngs.params(), shape, dtype, -bound, bound), **metadata)


def constant(
    number: float, shape: tuple[int, ...], dtype: Any, metadata: Metadata = NONE
) -> nnx.Param:
    return nnx.Param(jnp.full(shape, number, dtype), **metadata)


def absent() -> Any:
    """The value of an attribute that may hold a variable, and does not."""
    return nnx.data(None)


def value(variable: nnx.Variable | None) -> jax.Array | None:
    return None if variable is None else variable[...]


def cast(dtype: Any, array: Any) -> Any:
    """`array` in the dtype that a module computes in; None leaves it, as torch does."""
    return array if dtype is None or array is None else jnp.asarray(array, dtype)


def operands(module: Any, input: Any) -> tuple[jax.Array, jax.Array, jax.Array | None]:
    """Input, weight and bias of a module, all in its `dtype`."""
    weight, bias = cast(module.dtype, module.weight[...]), cast(module.dtype, value(module.bias))
    return cast(module.dtype, input), weight, bias


def stream(rngs: nnx.Rngs | None) -> Any:
    """The module's own stream of keys for what it draws; torch has one for the whole process."""
    return absent() if rngs is None else rngs.dropout.fork()


def draws(module: Any) -> bool:
    """Whether a module that draws is in training."""
    return not module.deterministic


def key_of(module: Any) -> Any:
    """A new key where one is drawn with; None without a stream, which the functional refuses."""
    return module.rngs() if draws(module) and module.rngs is not None else None
