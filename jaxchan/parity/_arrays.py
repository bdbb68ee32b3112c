"""Arrays, dtypes and results between numpy, torch and JAX. The common form is numpy's."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from ..interop import is_tensor

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
WIDE = {"f": np.dtype(np.float64), "c": np.dtype(np.complex128)}


def is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic) or is_tensor(value)


def is_inexact(value: Any) -> bool:
    return jnp.issubdtype(value.dtype, jnp.inexact)


def torch_dtype(dtype: np.dtype) -> Any:
    """The torch dtype of the same name."""
    import torch

    return getattr(torch, np.dtype(dtype).name)


def to_torch(array: Any) -> Any:
    """A tensor that holds a copy of `array`."""
    import torch

    array = np.array(array)
    if array.dtype == BFLOAT16:  # numpy's bfloat16 is unknown to torch; its bits are not
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def widen(value: Any) -> Any:
    """`value`, an array or a dtype, in 64 bits if it is floating point or complex."""
    if isinstance(value, np.dtype):
        kind = "f" if jnp.issubdtype(value, jnp.floating) else value.kind  # bfloat16's is "V"
        return WIDE.get(kind, value)
    return np.asarray(value).astype(widen(np.asarray(value).dtype)) if is_array(value) else value


def named_leaves(result: Any, name: str = "out") -> list[tuple[str, Any]]:
    """Every array of a result with its path; the fields of named tuples keep their names.

    torch's return types are tuples that JAX does not know as pytrees, hence no `jax.tree` here.
    """
    if isinstance(result, dict):
        # sorted, since a dict's order is no part of its meaning
        items = [(f"{name}[{k!r}]", result[k]) for k in sorted(result, key=repr)]
    elif isinstance(result, tuple | list):
        fields = getattr(type(result), "__match_args__", ())
        names = fields if fields else range(len(result))
        items = [
            (f"{name}.{n}" if fields else f"{name}[{n}]", v)
            for n, v in zip(names, result, strict=True)
        ]
    elif result is None or is_array(result) or isinstance(result, bool | int | float | complex):
        return [(name, result)]
    else:  # a pytree of the user's own
        items = [
            (f"{name}{jax.tree_util.keystr(k)}", v)
            for k, v in jax.tree_util.tree_leaves_with_path(result)
        ]
        if len(items) == 1 and items[0][1] is result:
            raise TypeError(f"check: a result must be arrays, got {type(result).__name__}")
    return [leaf for n, v in items for leaf in named_leaves(v, n)]
