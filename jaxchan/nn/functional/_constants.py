"""Python numbers among the arguments, within what torch can convert to an array's dtype."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._dtypes import category
from ..._norms import real_number


def constant(op: str, name: str, value: Any, dtype: np.dtype) -> float:
    """`value` as a number for `dtype`, cut off for an integer one, or torch's error."""
    number = real_number(op, name, value)
    if category(dtype) == 1:
        info = jnp.iinfo(dtype)
        wraps = not isinstance(value, float) and info.min == 0  # negative integers do in torch
        if not (-info.max if wraps else info.min) <= number <= info.max:
            raise RuntimeError(f"{op}: {name} must fit in {dtype}, got {value}")
        return int(number) % (info.max + 1) if wraps else int(number)
    if math.isfinite(number) and math.fabs(number) > float(jnp.finfo(dtype).max):
        raise RuntimeError(f"{op}: {name} must fit in {dtype}, got {value}")
    return number
