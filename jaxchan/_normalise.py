"""What the normalisations of `nn.functional` compute, once their arguments are checked."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ._dtypes import accumulator, result_type
from ._reductions import cast, count
from ._statistics import fence

Dims = tuple[int, ...]


class NormStats(NamedTuple):
    """The normalised array, and the running statistics after it (None where none were given)."""

    output: jax.Array
    running_mean: jax.Array | None
    running_var: jax.Array | None


def positions(x: jax.Array, axis: int) -> int:
    """The number of positions that each channel of a sample has."""
    return count(x.shape, tuple(d for d in range(1, x.ndim) if d != axis))


@partial(jax.jit, static_argnums=(5, 6, 7, 8, 9))
def channel_norm(
    x: jax.Array,
    running_mean: jax.Array | None,
    running_var: jax.Array | None,
    weight: jax.Array | None,
    bias: jax.Array | None,
    axis: int,
    batch: bool,
    own_statistics: bool,
    momentum: float,
    eps: float,
) -> NormStats:
    """Batch or instance norm, by the own statistics of `x` or by the running ones."""
    running_mean, running_var = lax.stop_gradient((running_mean, running_var))
    if x.size == 0 and batch:
        return NormStats(x, running_mean, running_var)
    wide = x.astype(accumulator(x.dtype))
    shape = tuple(n if d == axis else 1 for d, n in enumerate(x.shape))
    w, b = (_shaped(p, shape, wide.dtype) for p in (weight, bias))
    if not own_statistics:
        mean, var = (_shaped(s, shape, wide.dtype) for s in (running_mean, running_var))
        out = _by_running(wide, mean, var, w, b, eps)
        return NormStats(out.astype(x.dtype), running_mean, running_var)
    dims = tuple(d for d in range(x.ndim) if d != axis and (batch or d))
    out = normalise(wide, w, b, dims, eps).astype(x.dtype)
    if running_mean is None or running_var is None or count(x.shape, dims) == 0:
        return NormStats(out, running_mean, running_var)
    number = count(x.shape, dims)
    _, mean, square = _moments(lax.stop_gradient(wide), dims)
    var = square * (number / (number - 1))
    new_mean = _updated(running_mean, mean, momentum)
    return NormStats(out, new_mean, _updated(running_var, var, momentum))


def _shaped(parameter: Any, shape: Dims, dtype: np.dtype) -> Any:
    return None if parameter is None else parameter.astype(dtype).reshape(shape)


def _by_running(x: jax.Array, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> jax.Array:
    factor = _inverse_root(var + eps)
    slope = factor if weight is None else factor * weight
    out = affine(x - mean, slope, bias)
    # torch forms a x + (bias - a mean): less exact, and nan where an infinite a makes this inf
    offset = -slope * mean if bias is None else bias - slope * mean
    theirs = jnp.where(jnp.isinf(factor), slope * x + offset, jnp.zeros_like(x))
    return out + lax.stop_gradient(theirs)


def _inverse_root(x: jax.Array) -> jax.Array:
    # XLA's rsqrt on CPU is off by 1.6 ulps, which a whole channel would share; pow's by half of one
    return lax.rsqrt(x) if jnp.iscomplexobj(x) else x**-0.5


def _updated(running: jax.Array, value: jax.Array, momentum: float) -> jax.Array:
    new = jnp.mean(value.reshape(value.shape[0], running.size), axis=0)  # over the samples
    old = running.astype(new.dtype)
    return ((1 - momentum) * old + momentum * new).astype(running.dtype)


@partial(jax.jit, static_argnums=(3, 4, 5))
def split_norm(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    num_groups: int,
    axis: int,
    eps: float,
) -> jax.Array:
    """Group norm."""
    groups, places = (num_groups, x.shape[axis] // num_groups), positions(x, axis)
    last = axis > 1  # of 2 dims, both layouts are one
    grouped = (places, *groups) if last else (*groups, places)
    wide = x.astype(accumulator(x.dtype)).reshape(x.shape[0], *grouped)
    shape = (1, 1, *groups) if last else (1, *groups, 1)
    w, b = (_shaped(p, shape, wide.dtype) for p in (weight, bias))
    out = normalise(wide, w, b, (1, 3) if last else (2, 3), eps)
    return out.reshape(x.shape).astype(x.dtype)


@partial(jax.jit, static_argnums=(3, 4, 5))
def last_norm(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    less_mean: bool = True,
) -> jax.Array:
    """Layer norm, or rms norm."""
    wide = x.astype(accumulator(x.dtype))
    if weight is not None:  # rms_norm's may be wider, or complex
        wide = wide.astype(result_type(wide, weight))
    shape = tuple(n if d in dims else 1 for d, n in enumerate(x.shape))
    w, b = (_shaped(p, shape, wide.dtype) for p in (weight, bias))
    return cast(normalise(wide, w, b, dims, eps, less_mean), x.dtype)


def normalise(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    less_mean: bool = True,
) -> jax.Array:
    """`x` less its mean over `dims` (or as it is), over the root of the mean square of that, plus
    `eps`; then `affine`, with a weight and a bias that broadcast to `x`."""
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _normalise(x, weight, bias, dims, eps, less_mean) if x.size else affine(x, weight, bias)


def affine(x: jax.Array, weight: jax.Array | None, bias: jax.Array | None) -> jax.Array:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


@partial(jax.custom_jvp, nondiff_argnums=(3, 4, 5))
def _normalise(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    less_mean: bool,
) -> jax.Array:
    return affine(_standardise(x, dims, eps, less_mean)[0], weight, bias)


def _standardise(
    x: jax.Array, dims: Dims, eps: float, less_mean: bool
) -> tuple[jax.Array, jax.Array]:
    """The quotient and what it was multiplied by."""
    if less_mean:
        deviation, _, square = _moments(x, dims)
    else:
        deviation, square = x, jnp.mean(x * x, axis=dims, keepdims=True)
    factor = _inverse_root(square + eps)
    return deviation * factor, factor


def _apart(x: jax.Array, dims: Dims, eps: float, less_mean: bool) -> tuple[jax.Array, jax.Array]:
    """`_standardise`, where loops of the input's size follow, on CPU: fenced off from the sums,
    which a library takes, they share no array with them that would have to be written out. See
    `_moments` for the rest."""
    if less_mean:
        rough = fence(jnp.sum(x / count(x.shape, dims), axis=dims, keepdims=True))
        left = fence(jnp.mean(x - rough, axis=dims, keepdims=True))
        square = jnp.mean(jnp.square(x - rough), axis=dims, keepdims=True) - left * left
        square = jnp.maximum(square, jnp.zeros_like(square))
        deviation = fence(x) - rough - left
    else:
        deviation, square = fence(x), jnp.mean(x * x, axis=dims, keepdims=True)
    factor = fence(_inverse_root(square + eps))
    return deviation * factor, factor


WAYS = (_standardise, _apart)


def _weighted(weight: jax.Array, x: jax.Array, dims: Dims) -> jax.Array:
    """weight * x, where `x` has size 1 along `dims`.

    If the weight has no other, this is an outer product, whose transpose on CPU is then a product
    of a matrix with a vector, and not a sum of what is written out.
    """
    if any(n > 1 for d, n in enumerate(weight.shape) if d not in dims):
        return weight * x

    def outer(weight: jax.Array, x: jax.Array) -> jax.Array:
        product = jnp.matmul(x.reshape(-1, 1), weight.reshape(1, -1), precision="highest")
        return product.reshape(jnp.broadcast_shapes(weight.shape, x.shape))

    return lax.platform_dependent(weight, x, cpu=outer, default=jnp.multiply)


def _moments(x: jax.Array, dims: Dims) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`x` less its mean, the mean, and the mean square of the former.

    The rounding of a mean is in all deviations alike, so it is taken off in turn. Its square is
    taken off the mean square too, which costs no digits: it is smaller by the square of an ulp.
    """
    # divided first: compilers contract x - sum * (1 / N) here and not there, into other numbers
    rough = jnp.sum(x / count(x.shape, dims), axis=dims, keepdims=True)
    rest = x - rough
    left = jnp.mean(rest, axis=dims, keepdims=True)
    square = jnp.mean(rest * rest, axis=dims, keepdims=True) - left * left
    mean = rough + jnp.where(jnp.isfinite(rough), left, jnp.zeros_like(left))
    return rest - left, mean, jnp.maximum(square, jnp.zeros_like(square))


@_normalise.defjvp
def _normalise_jvp(
    dims: Dims, eps: float, less_mean: bool, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (x, weight, bias), (dx, dweight, dbias) = primals, tangents
    together, apart = (partial(f, dims=dims, eps=eps, less_mean=less_mean) for f in WAYS)
    y, factor = lax.platform_dependent(x, cpu=apart, default=together)
    if count(x.shape, dims) == 1:  # no difference of rounded numbers leaves what is this small
        slope = lax.stop_gradient(y - y) if less_mean else eps * factor**3 + (y - y)
        slope = slope if less_mean or weight is None else weight * slope
        return affine(y, weight, bias), affine(y, dweight, dbias) + slope * dx
    tilt = -factor * jnp.mean(y * dx, axis=dims, keepdims=True)
    shift = -factor * jnp.mean(dx, axis=dims, keepdims=True) if less_mean else None
    # what multiplies y, and what is added, are summed up before they are broadcast: the transpose
    # then sums the cotangent over the large array once for each, and not for each of their terms
    if weight is not None:
        factor, tilt = weight * factor, _weighted(weight, tilt, dims) + dweight
        shift = shift if shift is None else _weighted(weight, shift, dims)
    if bias is not None:
        shift = dbias if shift is None else shift + dbias
    return affine(y, weight, bias), affine(y, tilt, shift) + factor * dx
