"""From a spec to numpy arrays. The seed is the CRC of the case: it always draws the same."""

import zlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._spec import Case, Tensor

DRAWS = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "ties": lambda rng, shape: rng.integers(-1, 2, shape),
    "zeros": lambda rng, shape: np.zeros(shape),
    "offset": lambda rng, shape: 1e4 + rng.standard_normal(shape),
    "unit": lambda rng, shape: rng.uniform(0, 1, shape),
    "positive": lambda rng, shape: rng.uniform(0.5, 2, shape),
    "grid": lambda rng, shape: np.resize(np.arange(-7.0, 8.0), shape),
    "tails": lambda rng, shape: rng.uniform(-40, 40, shape),
    "labels": lambda rng, shape: rng.integers(0, 2, shape),
    "large": lambda rng, shape: 300 * rng.uniform(0.5, 2, shape),
    "zero_row": lambda rng, shape: _planted(rng, shape, [0.0], slice(0, shape[-1])),
    "one_zero": lambda rng, shape: _planted(rng, shape, [0.0], slice(0, 1)),
    "two_zeros": lambda rng, shape: _planted(rng, shape, [0.0], slice(0, 2)),
    "three_zeros": lambda rng, shape: _planted(rng, shape, [0.0], slice(0, 3)),
    "nan": lambda rng, shape: _planted(rng, shape, [np.nan], slice(1, 3)),
    "all_nan": lambda rng, shape: np.full(shape, np.nan),
    "inf": lambda rng, shape: _planted(rng, shape, [np.inf], slice(1, 2)),
    "neg_inf": lambda rng, shape: _planted(rng, shape, [-np.inf], slice(1, 2)),
    "both_inf": lambda rng, shape: _planted(rng, shape, [np.inf, -np.inf], slice(0, 2)),
}
INTEGER_RANGE = {
    "bool": (0, 2),
    "uint8": (0, 10),
    "ties": (0, 3),
    "labels": (0, 2),
    "zeros": (0, 1),
    "offset": (10**7, 2 * 10**7),  # the sum of a few hundred overflows 32 bits
}


def _planted(rng: np.random.Generator, shape: tuple[int, ...], values: list[float], where: slice):
    """Normal values with `values` in places `where` of the flattened array."""
    array = rng.standard_normal(shape)
    flat = array.reshape(-1)
    flat[where] = np.resize(values, flat[where].shape)
    return array


def draw(case: Case, dtype: str, seed: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `case` with every tensor drawn in `dtype` or in its own."""
    rng = np.random.default_rng([seed, zlib.crc32(str(case).encode())])

    def leaf(value: Any) -> Any:
        return _array(rng, value, value.dtype or dtype) if isinstance(value, Tensor) else value

    return jax.tree.map(leaf, (case.args, case.kwargs), is_leaf=lambda v: isinstance(v, Tensor))


def _array(rng: np.random.Generator, tensor: Tensor, dtype: str) -> np.ndarray:
    kind = jnp.dtype(dtype)
    if kind.kind in "biu":
        low, high = INTEGER_RANGE.get(tensor.draw) or INTEGER_RANGE.get(dtype) or (-9, 10)
        return rng.integers(low, high, tensor.shape).astype(kind)
    parts = [np.asarray(DRAWS[tensor.draw](rng, tensor.shape), np.float64) for _ in "ri"]
    values = parts[0] if kind.kind != "c" else np.stack(parts, axis=-1).view(complex)[..., 0]
    return values.astype(kind)
