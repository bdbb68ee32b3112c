"""The usual ways to write a masked op in `jnp`, planted as ports of torch.masked's."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxchan import masked

from ._breaking import Fault, ignoring, with_jvp

FAMILY = "masked"


def filled(fn: Callable, value: float) -> Callable:
    """`fn`, with a value of its own for what is masked."""
    return lambda x, dim, mask: fn(jnp.where(mask, x, value), dim)


def times_mask(input: Any, dim: Any, mask: Any) -> jax.Array:
    return jnp.sum(input * mask, dim)


def mean_of_all(input: Any, dim: Any, mask: Any) -> jax.Array:
    return jnp.mean(jnp.where(mask, input, 0), dim)


def var_about_0(input: Any, dim: Any, mask: Any) -> jax.Array:
    return jnp.var(jnp.where(mask, input, 0), dim, ddof=1)


def sum_to_all(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    return plain(*primals), jnp.sum(tangents[0], 1)


def place_among_kept(input: Any, dim: int, mask: Any) -> jax.Array:
    place = masked.argmax(input, dim, keepdim=True, mask=mask).astype(int)
    rank = jnp.cumsum(mask != 0, dim, dtype=input.dtype) - 1
    return jnp.take_along_axis(rank, place, dim).squeeze(dim)


def masked_afterwards(fn: Callable) -> Callable:
    """`fn` of all, and 0 where the mask hides it."""
    return lambda x, dim, mask: jnp.where(mask, fn(x, dim), 0)


def normalized_by_all(input: Any, p: float, dim: int, mask: Any) -> jax.Array:
    return masked.normalize(input, p, dim) * mask


def either_masked(input: Any, other: Any, input_mask: Any, other_mask: Any) -> jax.Array:
    return jnp.where(input_mask & other_mask, jnp.logaddexp(input, other), -jnp.inf)


# fmt: off
MASKED_FAULTS = [
    Fault(FAMILY, "sum", "value", "nan times 0", times_mask, at="nan,1,mask=3x4:"),
    Fault(FAMILY, "sum", "gradient", "to all", with_jvp(masked.sum, sum_to_all),
          at="inf,1,mask=3x4:"),
    Fault(FAMILY, "prod", "value", "0 for masked", filled(jnp.prod, 0), at="ties,1,mask=3x4:"),
    Fault(FAMILY, "mean", "value", "masked ones count", mean_of_all, at="ties,1,mask=3x4:"),
    Fault(FAMILY, "amax", "value", "0 for masked", filled(jnp.max, 0), at=",1,mask=3x4:"),
    Fault(FAMILY, "amin", "value", "0 for masked", filled(jnp.min, 0), at=",1,mask=3x4:"),
    Fault(FAMILY, "argmax", "value", "place among the kept", place_among_kept, at=",1,mask=3x4:"),
    Fault(FAMILY, "argmin", "dtype", "integers", filled(jnp.argmin, jnp.inf), at=",1,mask=3x4:"),
    Fault(FAMILY, "median", "value", "mean of the kept middles",
          lambda x, dim, mask: jnp.nanmedian(jnp.where(mask, x, jnp.nan), dim),
          at="inf,1,mask=3x4:"),
    Fault(FAMILY, "var", "value", "masked are 0", var_about_0, at="(1),mask=3x4"),
    Fault(FAMILY, "std", "value", "masked are 0",
          lambda x, dim, mask: jnp.sqrt(var_about_0(x, dim, mask)), at="(1),mask=3x4"),
    Fault(FAMILY, "norm", "value", "mask ignored", ignoring(masked.norm, "mask"),
          at="3,1,mask=3x4"),
    Fault(FAMILY, "softmax", "value", "masked afterwards", masked_afterwards(jax.nn.softmax),
          at="ties,1,mask=3x4:"),
    Fault(FAMILY, "log_softmax", "value", "0 for masked",
          masked_afterwards(lambda x, dim: masked.log_softmax(x, dim)), at="ties,1,mask=3x4:"),
    Fault(FAMILY, "softmin", "value", "softmax of the kept", masked.softmax, at="ties,1,mask=3x4:"),
    Fault(FAMILY, "logsumexp", "value", "0 for masked", filled(jax.nn.logsumexp, 0),
          at="ties,1,mask=3x4:"),
    Fault(FAMILY, "cumsum", "value", "0 where masked",
          masked_afterwards(jnp.cumsum), at="ties,1,mask=3x4:"),
    Fault(FAMILY, "cumprod", "value", "0 for masked", filled(jnp.cumprod, 0), at=",1,mask=3x4:"),
    Fault(FAMILY, "normalize", "value", "norm of all", normalized_by_all, at="2,1,mask=3x4"),
    Fault(FAMILY, "logaddexp", "value", "either masked", either_masked, at="ties,3x4"),
]
# fmt: on
