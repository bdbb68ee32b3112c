"""What the normalisations of `nn.functional` compute, once their arguments are checked."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ._dims import count, kept_dims
from ._dtypes import accumulator, result_type
from ._elementwise import fence
from ._online import as_rows, finite, first_finite, has_moments, is_rows, leading, moments
from ._reductions import cast
from ._totals import entry_axis, sums_over

Dims = tuple[int, ...]
Moments = tuple[jax.Array, jax.Array]
Quotient = tuple[jax.Array, jax.Array, Moments]  # what it was multiplied by comes second


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
    wide = accumulator(x.dtype)
    shape = tuple(n if d == axis else 1 for d, n in enumerate(x.shape))
    w, b = (_shaped(p, shape, wide) for p in (weight, bias))
    if not own_statistics:
        mean, var = (_shaped(s, shape, wide) for s in (running_mean, running_var))
        out = _by_running(x.astype(wide), mean, var, w, b, eps)
        return NormStats(out.astype(x.dtype), running_mean, running_var)
    dims = tuple(d for d in range(x.ndim) if d != axis and (batch or d))
    out, (mean, square) = normalise(x, w, b, dims, eps, wide, axis_name=axis_name)
    out = out.astype(x.dtype)
    if running_mean is None or running_var is None or count(x.shape, dims) == 0:
        return NormStats(out, running_mean, running_var)
    number = _number(x, dims, axis_name)
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
    wide = accumulator(x.dtype)
    groups = (num_groups, x.shape[axis] // num_groups)
    lines = x.reshape(*x.shape[:axis], *groups, *x.shape[axis + 1 :])
    shape = (1,) * axis + groups + (1,) * (x.ndim - axis - 1)
    w, b = (_shaped(p, shape, wide) for p in (weight, bias))
    dims = tuple(d for d in range(1, lines.ndim) if d != axis)
    out, _ = normalise(lines, w, b, dims, eps, wide)
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
    wide = accumulator(x.dtype)
    if weight is not None:  # rms_norm's may be wider, or complex
        wide = result_type(x.astype(wide), weight)
    shape = tuple(n if d in dims else 1 for d, n in enumerate(x.shape))
    w, b = (_shaped(p, shape, wide) for p in (weight, bias))
    return cast(normalise(x, w, b, dims, eps, wide, less_mean)[0], x.dtype)


def normalise(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    dtype: np.dtype,
    less_mean: bool = True,
    axis_name: str | None = None,
) -> tuple[jax.Array, Moments]:
    """`x` less its mean over `dims` (or as it is), over the root of the mean square of that, plus
    `eps`; then `affine`, with a weight and a bias that broadcast to `x`. All in `dtype`.

    And the mean (or 0) and the mean square, which have no derivative.
    """
    if not x.size:  # jax 0.10.2 gives the gradient of a vmapped custom_jvp here a wrong shape
        wide = x.astype(dtype)
        return affine(wide, weight, bias), _moments(lax.stop_gradient(wide), dims, axis_name)[1]
    return _normalise(x, weight, bias, dims, eps, dtype, less_mean, axis_name)


def parts_of(axis_name: str | None) -> int:
    """How many parts a mapped axis has; 1 without one."""
    return 1 if axis_name is None else lax.axis_size(axis_name)


def _mean(x: jax.Array, dims: Dims, axis_name: str | None) -> jax.Array:
    mean = jnp.mean(x, axis=dims, keepdims=True)
    return mean if axis_name is None else lax.pmean(mean, axis_name)


def affine(x: jax.Array, weight: jax.Array | None, bias: jax.Array | None) -> jax.Array:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


class _How(NamedTuple):
    """What `normalise` does beside its weights."""

    dims: Dims
    eps: float
    dtype: np.dtype
    less_mean: bool
    axis_name: str | None


@partial(jax.custom_jvp, nondiff_argnums=(3, 4, 5, 6, 7))
def _normalise(
    x: jax.Array,
    weight: jax.Array | None,
    bias: jax.Array | None,
    dims: Dims,
    eps: float,
    dtype: np.dtype,
    less_mean: bool,
    axis_name: str | None,
) -> tuple[jax.Array, Moments]:
    how = _How(dims, eps, dtype, less_mean, axis_name)
    in_rows = _together if entry_axis(x, dims) is None else _apart
    on_cpu = _from_part if _is_narrow(how, x) else in_rows
    cpu, default = (partial(_with_weights, way, how) for way in (on_cpu, _from_first))
    cuda = partial(_on_cuda(x, (weight, bias), dims), how)
    return lax.platform_dependent(x, weight, bias, cpu=cpu, cuda=cuda, default=default)


def _on_cuda(x: jax.Array, weights: tuple, dims: Dims) -> Callable:
    if not is_rows(x, dims):
        return partial(_with_weights, _once)
    # laid out as rows, weights are written and read: for few samples that is more than it saves
    varied = [w for w in weights if w is not None and not _is_even(w, dims)]
    samples = x.size // math.prod(_laid_out(x, varied, dims))
    few = any(samples * x.dtype.itemsize < 8 * w.dtype.itemsize for w in varied)
    return partial(_with_weights, _once) if few else _in_rows


def _is_even(weight: jax.Array, dims: Dims) -> bool:
    """Whether it fits rows that were `dims` as it is. XLA joins no other with their kernel."""
    return len(dims) == 1 or count(weight.shape, dims) == 1


def _laid_out(x: jax.Array, weights: list, dims: Dims) -> Dims:
    """The shape of weights that have all of `dims`."""
    varied = {d for d in range(x.ndim) for w in weights if w.shape[d] > 1}
    return tuple(n if d in varied.union(dims) else 1 for d, n in enumerate(x.shape))


def _with_weights(
    way: Callable, how: _How, x: jax.Array, weight: jax.Array | None, bias: jax.Array | None
) -> tuple[jax.Array, Moments]:
    y, _, stats = way(how, x)
    return affine(y, weight, bias), stats


def _by_platform(x: jax.Array, how: _How, cpu: Callable, cuda: Callable) -> Quotient:
    quick, once, default = (partial(way, how) for way in (cpu, cuda, _from_first))
    return lax.platform_dependent(x, cpu=quick, cuda=once, default=default)


def _together(how: _How, x: jax.Array) -> Quotient:
    x = x.astype(how.dtype)
    if how.less_mean:
        (rough, left), stats = _moments(x, how.dims, how.axis_name)
        return _quotient(how, x - rough - left, *stats)
    square = _mean(x * x, how.dims, how.axis_name)
    return _quotient(how, x, jnp.zeros_like(square), square)


def _from_first(how: _How, x: jax.Array) -> Quotient:
    """One pass less: differences to the first element are exact, and beside 16 bits the rounding of
    their mean does not matter."""
    if not _is_narrow(how, x):
        return _together(how, x)
    first = first_finite(x, how.dims).astype(how.dtype)
    shifted = x.astype(how.dtype) - first
    rest = _mean(shifted, how.dims, None)
    deviation = shifted - rest
    return _quotient(how, deviation, first + rest, _mean(deviation * deviation, how.dims, None))


def _from_part(how: _How, x: jax.Array) -> Quotient:
    """For CPU, where both sums are of the same differences: those to the mean of a part. The square
    of its error is at most 15 variances: of float32's bits four are lost, and 16 bits bear that."""
    rough = finite(_mean(_part(x, how.dims).astype(how.dtype), how.dims, None))
    rest = x.astype(how.dtype) - rough
    left = _mean(rest, how.dims, None)
    return _quotient(how, rest - left, *_settled(rough, left, _mean(rest * rest, how.dims, None)))


def _part(x: jax.Array, dims: Dims) -> jax.Array:
    """At least a sixteenth of the elements over `dims`. No derivative."""
    size, most = list(x.shape), 16
    for d in sorted(dims, key=lambda d: d == 0):  # samples, which may be sharded, last
        size[d] = -(-x.shape[d] // most)
        most = max(1, most * size[d] // x.shape[d])
    return leading(x, tuple(size))


def _apart(how: _How, x: jax.Array) -> Quotient:
    """For CPU, where loops of the input's size follow, or take the sums: fenced off, they share no
    array that would have to be written out."""
    number = _number(x, how.dims, how.axis_name)

    def totals(terms: Callable, *arrays: jax.Array) -> tuple[jax.Array, ...]:
        def of_wide(x: jax.Array, *arrays: jax.Array) -> tuple[jax.Array, ...]:
            return terms(x.astype(how.dtype), *arrays)

        found = sums_over(of_wide, how.dims, x, *arrays)
        return tuple(_joined(total, how.axis_name) for total in found)

    if how.less_mean:
        (rough,) = map(fence, totals(lambda x: (x / number,)))
        left, square = totals(lambda x, y: (x - y, jnp.square(x - y)), rough)
        left = fence(left / number)
        mean, square = _settled(rough, left, square / number)
        deviation = fence(x.astype(how.dtype)) - rough - left
    else:
        (square,) = totals(lambda x: (jnp.square(x),))
        deviation, square = fence(x.astype(how.dtype)), square / number
        mean = jnp.zeros_like(square)
    factor = fence(_inverse_root(square + how.eps))
    return deviation * factor, factor, (mean, square)


def _once(how: _How, x: jax.Array) -> Quotient:
    """For GPUs. Of 16 bits, since in float32 the output would miss torch's by an ulp or two."""
    if not _has_moments(how, x):
        return _together(how, x)
    deviation, mean, square = moments(x, how.dims, how.dtype)
    return _quotient(how, deviation, mean, square / count(x.shape, how.dims))


def _again(how: _How, x: jax.Array) -> Quotient:
    """For GPUs beside a derivative: XLA computes the quotient again where it is used, and does not
    write it out in one kernel with the moments."""
    if not how.less_mean or _has_moments(how, x):
        return _once(how, x)
    x = x.astype(how.dtype)
    (rough, left), (mean, square) = _moments(x, how.dims, how.axis_name)
    factor = _inverse_root(square + how.eps)
    rough, left, factor = lax.optimization_barrier((rough, left, factor))
    return (x - rough - left) * factor, factor, (mean, square)


def _in_rows(
    how: _How, x: jax.Array, weight: jax.Array | None, bias: jax.Array | None
) -> tuple[jax.Array, Moments]:
    """For GPUs, of the last dims as one: one kernel. Weights that vary along several of them are
    laid out as the rows are."""
    rows, kept = as_rows(x, how.dims), kept_dims(x.shape, how.dims)
    y, _, (mean, square) = _together(how._replace(dims=(rows.ndim - 1,)), rows)
    given, outer = [w for w in (weight, bias) if w is not None], how.dims[0]
    if all(_is_even(w, how.dims) for w in given):
        parts = iter([w.reshape(*w.shape[:outer], -1) for w in given])
    else:
        shape = _laid_out(x, given, how.dims)
        whole = jnp.stack([jnp.broadcast_to(w, shape) for w in given])
        parts = iter(lax.optimization_barrier(whole.reshape(-1, *shape[:outer], rows.shape[-1])))
    weight, bias = (w if w is None else next(parts) for w in (weight, bias))
    return affine(y, weight, bias).reshape(x.shape), (mean.reshape(kept), square.reshape(kept))


def _is_narrow(how: _How, x: jax.Array) -> bool:
    return how.less_mean and how.axis_name is None and accumulator(x.dtype) != x.dtype


def _has_moments(how: _How, x: jax.Array) -> bool:
    return _is_narrow(how, x) and has_moments(x, how.dims)


def _quotient(how: _How, deviation: jax.Array, mean: jax.Array, square: jax.Array) -> Quotient:
    factor = _inverse_root(square + how.eps)
    return deviation * factor, factor, (mean, square)


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
) -> tuple[tuple[jax.Array, jax.Array], Moments]:
    """A rough mean and what its rounding left; the mean, and the mean square of the deviations."""
    number = _number(x, dims, axis_name)
    # divided first: compilers contract x - sum * (1 / N) here and not there, into other numbers
    rough = _joined(jnp.sum(x / number, axis=dims, keepdims=True), axis_name)
    rest = x - rough
    left = _mean(rest, dims, axis_name)
    return (rough, left), _settled(rough, left, _mean(rest * rest, dims, axis_name))


def _settled(rough: jax.Array, left: jax.Array, square: jax.Array) -> Moments:
    """The mean and the mean square of what it leaves, from those that a `rough` mean leaves.

    The rounding of a mean is in all deviations alike, so it is taken off in turn. Its square is
    taken off the mean square too, which costs no digits: it is smaller by the square of an ulp.
    """
    mean = rough + jnp.where(jnp.isfinite(rough), left, jnp.zeros_like(left))
    square = square - left * left
    return mean, jnp.maximum(square, jnp.zeros_like(square))


def _number(x: jax.Array, dims: Dims, axis_name: str | None) -> int:
    """How many elements a mean is of."""
    return count(x.shape, dims) * parts_of(axis_name)


def _joined(total: jax.Array, axis_name: str | None) -> jax.Array:
    """The total of all parts of a mapped axis."""
    return total if axis_name is None else lax.psum(total, axis_name)


@_normalise.defjvp
def _normalise_jvp(
    dims: Dims,
    eps: float,
    dtype: np.dtype,
    less_mean: bool,
    axis_name: str | None,
    primals: tuple,
    tangents: tuple,
) -> tuple[tuple[jax.Array, Moments], tuple[jax.Array, Moments]]:
    (x, weight, bias), (dx, dweight, dbias) = primals, tangents
    dx = dx.astype(dtype)
    how = _How(dims, eps, dtype, less_mean, axis_name)
    on_cpu = _from_part if _is_narrow(how, x) else _apart
    y, factor, stats = _by_platform(x, how, cpu=on_cpu, cuda=_again)
    still = jax.tree.map(jnp.zeros_like, stats)
    if _number(x, dims, axis_name) == 1:
        # no difference of rounded numbers leaves what is this small
        slope = lax.stop_gradient(y - y) if less_mean else eps * factor**3 + (y - y)
        slope = slope if less_mean or weight is None else weight * slope
        tangent = affine(y, dweight, dbias) + slope * dx
        return (affine(y, weight, bias), stats), (tangent, still)
    tilt = -factor * _mean(y * dx, dims, axis_name)
    shift = -factor * _mean(dx, dims, axis_name) if less_mean else None
    # what multiplies y, and what is added, are summed up before they are broadcast: the transpose
    # then sums the cotangent over the large array once for each, and not for each of their terms
    if weight is not None:
        factor, tilt = weight * factor, _weighted(weight, tilt, dims) + dweight
        shift = shift if shift is None else _weighted(weight, shift, dims)
    if bias is not None:
        shift = dbias if shift is None else shift + dbias
    tangent = affine(y, tilt, shift) + factor * dx
    return (affine(y, weight, bias), stats), (tangent, still)
