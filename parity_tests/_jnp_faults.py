"""JAX's own functions planted as ports of torch's: what a port that trusts the name gets."""

import builtins
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

import jaxchan
from jaxchan._extrema import Extremum

from ._breaking import Fault

CUM, SORT, ELEM, ORDER = "cumulative", "sort", "elementwise", "order"
SHAPE, INDEX, SOFT = "shape", "indexing", "nn.functional.softmax"


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Extremum:
    order = jnp.argsort(input, axis=dim, descending=descending)
    return Extremum(jnp.take_along_axis(input, order, dim), order)


def descending_sort(input: Any, dim: int = -1, **_: Any) -> Any:
    """An ascending sort turned round: nan first is right, the order of equals is not."""
    ranked = jaxchan.sort(input, dim=dim, stable=True)
    return Extremum(*(jnp.flip(v, dim) for v in ranked))


def smallest(input: Any, k: int, dim: int = -1, largest: bool = True) -> Any:
    return jaxchan.topk(input, k, dim, not largest)


def top_k(input: Any, k: int, dim: int = -1, largest: bool = True) -> Extremum:
    values, indices = lax.top_k(jnp.moveaxis(input, dim, -1), k)
    return Extremum(*(jnp.moveaxis(v, -1, dim) for v in (values, indices.astype(jnp.int64))))


def kthvalue_from_0(input: Any, k: int, *args: Any, **kwargs: Any) -> Extremum:
    return jaxchan.kthvalue(input, builtins.min(k + 1, input.shape[-1]), *args, **kwargs)


def quantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False, **how: Any) -> jax.Array:
    method = how.get("interpolation", "linear")
    return jnp.quantile(input, q, axis=dim, keepdims=keepdim, method=method)


def cummax(input: Any, dim: int) -> Extremum:
    right = jaxchan.cummax(input, dim)
    return Extremum(lax.cummax(input, axis=dim % input.ndim), right.indices)


def cummax_of_the_first(input: Any, dim: int) -> Extremum:
    """Equal elements keep the index of the first, where torch names the last."""
    values, _ = jaxchan.cummax(input, dim)
    places = lax.broadcasted_iota(jnp.int64, input.shape, dim % input.ndim)
    fresh = values != jnp.roll(values, 1, dim) if input.shape[dim] else places > 0
    return Extremum(values, lax.cummax(jnp.where(fresh, places, 0), axis=dim % input.ndim))


def naive_softmax(input: Any, dim: int) -> jax.Array:
    power = jnp.exp(input)
    return power / jnp.sum(power, axis=dim, keepdims=True)


def naive_logsumexp(input: Any, dim: Any, keepdim: bool = False) -> jax.Array:
    return jnp.log(jnp.sum(jnp.exp(input), axis=dim, keepdims=keepdim))


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[jax.Array, ...]:
    return tuple(jnp.split(tensor, split_size_or_sections, axis=dim))


# fmt: off
JNP_FAULTS = [
    Fault(
        CUM, "cumsum", "dtype", "jnp keeps uint8", lambda x, dim: jnp.cumsum(x, dim), "uint8",
        "2x3x4",
    ),
    Fault(
        CUM, "cumprod", "dtype", "jnp keeps int32", lambda x, dim: jnp.cumprod(x, dim), "int32",
        "2x3x4",
    ),
    Fault(CUM, "cummax", "gradient", "lax splits ties", cummax, at="2x3x4:ties"),
    Fault(CUM, "cummax", "value", "the first tie", cummax_of_the_first, at="2x3x4:ties"),
    Fault(CUM, "cummin", "value", "running maximum", jaxchan.cummax, at="2x3x4,"),
    Fault(
        SORT, "sort", "value", "descending by turning", descending_sort,
        at="300:ties,stable=True,descending=True",
    ),
    Fault(
        SORT, "sort", "value", "descending ignored", lambda x, descending: sort(x),
        at="inf,descending=True",
    ),
    Fault(
        SORT, "sort", "value", "through float32",
        lambda x: sort(x.astype(jnp.float32).astype(x.dtype)), at="2x3x4",
    ),
    Fault(SORT, "topk", "value", "the smallest", smallest, at="2x3x4,"),
    Fault(SORT, "topk", "value", "largest ignored", top_k, at="largest=False"),
    Fault(ORDER, "kthvalue", "value", "counted from 0", kthvalue_from_0, at="2x3x4,k=1,dim=-1"),
    Fault(
        ORDER, "quantile", "value", "jnp rounds half down", quantile,
        at="4,q=0.5,interpolation='nearest'",
    ),
    Fault(ORDER, "nanquantile", "value", "nan propagates", jaxchan.quantile, at="nan"),
    Fault(ORDER, "mode", "value", "the median", lambda x: jaxchan.median(x, dim=-1), at="16:ties"),
    Fault(
        ELEM, "clamp", "gradient", "jnp halves it at a bound",
        lambda x, lo, hi: jnp.clip(x, lo, hi), at="3x4:ties,0,1",
    ),
    Fault(
        ELEM, "maximum", "value", "nan dropped", lambda x, y: jnp.fmax(x, y),
        at="3x4:nan,3x4:all_nan",
    ),
    Fault(
        ELEM, "fmax", "gradient", "ties split", lambda x, y: jnp.fmax(x, y),
        at="3x4:ties,3x4:ties",
    ),
    Fault(ELEM, "abs", "gradient", "jnp's 1 at 0", lambda x: jnp.abs(x), at="ties"),
    Fault(
        ELEM, "lerp", "value", "weight from the end", lambda x, y, w: jaxchan.lerp(y, x, w),
        at="3x4,3x4,0.3",
    ),
    Fault(
        SHAPE, "repeat", "dtype", "jnp repeats elements", lambda x, *n: jnp.repeat(x, n[-1], 1),
        at="2x3,2,1",
    ),
    Fault(SHAPE, "split", "dtype", "jnp counts sections", split, at="5x3:nan,5,0"),
    Fault(SHAPE, "roll", "value", "the other way", lambda x, n: jnp.roll(x, -n), at="2x3x4,1"),
    Fault(
        SHAPE, "flip", "value", "one axis alone", lambda x, dims: jnp.flip(x, dims[:1]),
        at="2x3x4,(0,-1)",
    ),
    Fault(
        SHAPE, "stack", "dtype", "concatenated", lambda xs, dim: jnp.concatenate(xs, dim), at=",0",
    ),
    Fault(
        INDEX, "gather", "errors", "an index out of range clamps",
        lambda x, dim, index: jnp.take_along_axis(x, index, dim, mode="clip"), says="returned",
    ),
    Fault("reductions", "logsumexp", "value", "overflows", naive_logsumexp, "float32", "large"),
    Fault(
        SOFT, "log_softmax", "value", "overflows", lambda x, dim: jnp.log(naive_softmax(x, dim)),
        "float32", "large",
    ),
    Fault(SOFT, "softmin", "value", "softmax", jaxchan.nn.functional.softmax, at="2x3x4,dim=0"),
]
# fmt: on
