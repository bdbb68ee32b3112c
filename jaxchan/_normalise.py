"""What the normalisations of `nn.functional` compute, once their arguments are checked."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ._dtypes import accumulator, result_type
from ._elementwise import fence
from ._reductions import cast, count

Dims = tuple[int, ...]


class NormStats(NamedTuple):
    """The normalised array, and the running statistics after it (None where none were given)."""

    output: jax.Array
    running_mean: jax.Array | None
    running_var: jax.Array | None


def positions(x: jax.Array, axis: int) -> int:
    """The number of positions that each channel of a sample has."""
    return count(x.shape, tuple(d for d in range(1, x.ndim) if d != axis))


@partial(jax.jit, static_argnums=(5, 6, 7, 8, 9, 10))
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
    axis_name: str | None,
) -> NormStats:
    """Batch or instance norm, by the own statistics of `x` or by the running ones.

    axis_name: a mapped axis, over which all parts are one batch.
    """
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
    out = normalise(wide, w, b, dims, eps, True, axis_name).astype(x.dtype)
    if running_mean is None or running_var is None or count(x.shape, dims) == 0:
        return NormStats(out, running_mean, running_var)
    number = count(x.shape, dims) * parts_of(axis_name)
    _, mean, square = _moments(lax.stop_gradient(wide), dims, axis_name)
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
    axis_name: str | None = None,
) -> jax.Array:
    """`x` less its mean over `dims` (or as it is), over the root of the mean square of that, plus
    `eps`; then `affine`, with a weight and a bias that broadcast to `x`."""
    if not x.size:  # jax 0.10.2 gives the gradient of a vmapped custom_jvp here a wrong shape
        return affine(x, weight, bias)
    return _normalise(x, weight, bias, dims, eps, less_mean, axis_name)


def parts_of(axis_name: str | None) -> int:
    """How many parts a mapped axis has; 1 without one."""
    return 1 if axis_name is None else lax.axis_size(axis_name)


def _mean(x: jax.Array, dims: Dims, axis_name: str | None) -> jax.Array:
    mean = jnp.mean(x, axis=dims, keepdims=True)
    return mean if axis_name is None else lax.pmean(mean, axis_name)


def affine(x: jax.Array, weight: jax.Array | None, bias: jax.Array | None) -> jax.Array:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


@partial(jax.custom_jvp, nondiff_argnums=(3, 4, 5, 6))
def _normalise(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    less_mean: bool,
    axis_name: str | None,
) -> jax.Array:
    return affine(_standardise(x, dims, eps, less_mean, axis_name)[0], weight, bias)


def _standardise(
    x: jax.Array, dims: Dims, eps: float, less_mean: bool, axis_name: str | None
) -> tuple[jax.Array, jax.Array]:
    """The quotient and what it was multiplied by."""
    if less_mean:
        deviation, _, square = _moments(x, dims, axis_name)
    else:
        deviation, square = x, _mean(x * x, dims, axis_name)
    factor = _inverse_root(square + eps)
    return deviation * factor, factor


def _apart(
    x: jax.Array, dims: Dims, eps: float, less_mean: bool, axis_name: str | None
) -> tuple[jax.Array, jax.Array]:
    """`_standardise`, where loops of the input's size follow, on CPU: fenced off from the sums,
    which a library takes, they share no array with them that would have to be written out. See
    `_moments` for the rest."""
    if less_mean:
        rough = fence(_divided_sum(x, dims, axis_name))
        left = fence(_mean(x - rough, dims, axis_name))
        square = _mean(jnp.square(x - rough), dims, axis_name) - left * left
        square = jnp.maximum(square, jnp.zeros_like(square))
        deviation = fence(x) - rough - left
    else:
        deviation, square = fence(x), _mean(x * x, dims, axis_name)
    factor = fence(_inverse_root(square + eps))
    return deviation * factor, factor


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


def _moments(
    x: jax.Array, dims: Dims, axis_name: str | None
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`x` less its mean, the mean, and the mean square of the former.

    The rounding of a mean is in all deviations alike, so it is taken off in turn. Its square is
    taken off the mean square too, which costs no digits: it is smaller by the square of an ulp.
    """
    rough = _divided_sum(x, dims, axis_name)
    rest = x - rough
    left = _mean(rest, dims, axis_name)
    square = _mean(rest * rest, dims, axis_name) - left * left
    mean = rough + jnp.where(jnp.isfinite(rough), left, jnp.zeros_like(left))
    return rest - left, mean, jnp.maximum(square, jnp.zeros_like(square))


def _divided_sum(x: jax.Array, dims: Dims, axis_name: str | None) -> jax.Array:
    """The mean, divided first: compilers contract x - sum * (1 / N) here and not there, into other
    numbers."""
    number = count(x.shape, dims) * parts_of(axis_name)
    total = jnp.sum(x / number, axis=dims, keepdims=True)
    return total if axis_name is None else lax.psum(total, axis_name)


@_normalise.defjvp
def _normalise_jvp(
    dims: Dims,
    eps: float,
    less_mean: bool,
    axis_name: str | None,
    primals: tuple,
    tangents: tuple,
) -> tuple[jax.Array, jax.Array]:
    (x, weight, bias), (dx, dweight, dbias) = primals, tangents
    options: dict[str, Any] = dict(dims=dims, eps=eps, less_mean=less_mean, axis_name=axis_name)
    together, apart = partial(_standardise, **options), partial(_apart, **options)
    y, factor = lax.platform_dependent(x, cpu=apart, default=together)
    if count(x.shape, dims) * parts_of(axis_name) == 1:
        # no difference of rounded numbers leaves what is this small
        slope = lax.stop_gradient(y - y) if less_mean else eps * factor**3 + (y - y)
        slope = slope if less_mean or weight is None else weight * slope
        return affine(y, weight, bias), affine(y, dweight, dbias) + slope * dx
    tilt = -factor * _mean(y * dx, dims, axis_name)
    shift = -factor * _mean(dx, dims, axis_name) if less_mean else None
    # what multiplies y, and what is added, are summed up before they are broadcast: the transpose
    # then sums the cotangent over the large array once for each, and not for each of their terms
    if weight is not None:
        factor, tilt = weight * factor, _weighted(weight, tilt, dims) + dweight
        shift = shift if shift is None else _weighted(weight, shift, dims)
    if bias is not None:
        shift = dbias if shift is None else shift + dbias
    return affine(y, weight, bias), affine(y, tilt, shift) + factor * dx
