# ruff: noqa: A001 - an op has torch's name, sum and all included
"""The ops as one writes them in plain jax.numpy: what jaxchan has to beat. Arguments are torch's.

They return what torch returns (values and indices, the lower of two medians), so that like is timed
with like, but take jax.numpy's way to it and jax.numpy's gradients.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .naive_functional import conv2d
from .naive_functional import log_softmax as log_softmax
from .naive_functional import softmax as softmax
from .naive_functional import softmin as softmin


def sum(input, dim=None, keepdim=False, *, mask=None):
    return jnp.sum(input, axis=dim, keepdims=keepdim, where=mask)


def nansum(input, dim=None, keepdim=False):
    return jnp.nansum(input, axis=dim, keepdims=keepdim)


def mean(input, dim=None, keepdim=False, *, mask=None):
    return jnp.mean(input, axis=dim, keepdims=keepdim, where=mask)


def nanmean(input, dim=None, keepdim=False):
    return jnp.nanmean(input, axis=dim, keepdims=keepdim)


def prod(input, dim=None, keepdim=False):
    return jnp.prod(input, axis=dim, keepdims=keepdim)


def amax(input, dim=(), keepdim=False):
    return jnp.max(input, axis=dim or None, keepdims=keepdim)


def amin(input, dim=(), keepdim=False):
    return jnp.min(input, axis=dim or None, keepdims=keepdim)


def max(input, dim=None, keepdim=False):
    values = jnp.max(input, axis=dim, keepdims=keepdim)
    return values if dim is None else (values, jnp.argmax(input, axis=dim, keepdims=keepdim))


def min(input, dim=None, keepdim=False):
    values = jnp.min(input, axis=dim, keepdims=keepdim)
    return values if dim is None else (values, jnp.argmin(input, axis=dim, keepdims=keepdim))


def aminmax(input, *, dim=None, keepdim=False):
    return amin(input, dim, keepdim), amax(input, dim, keepdim)


def argmax(input, dim=None, keepdim=False):
    return jnp.argmax(input, axis=dim, keepdims=keepdim)


def argmin(input, dim=None, keepdim=False):
    return jnp.argmin(input, axis=dim, keepdims=keepdim)


def all(input, dim=None, keepdim=False):
    return jnp.all(input, axis=dim, keepdims=keepdim)


def any(input, dim=None, keepdim=False):
    return jnp.any(input, axis=dim, keepdims=keepdim)


def count_nonzero(input, dim=None):
    return jnp.count_nonzero(input, axis=dim)


def logsumexp(input, dim, keepdim=False):
    return jax.nn.logsumexp(input, axis=dim, keepdims=keepdim)


def var(input, dim=None, *, correction=1, keepdim=False):
    return jnp.var(input, axis=dim, correction=correction, keepdims=keepdim)


def std(input, dim=None, *, correction=1, keepdim=False):
    return jnp.std(input, axis=dim, correction=correction, keepdims=keepdim)


def var_mean(input, dim=None, *, correction=1, keepdim=False):
    return var(input, dim, correction=correction, keepdim=keepdim), mean(input, dim, keepdim)


def std_mean(input, dim=None, *, correction=1, keepdim=False):
    return std(input, dim, correction=correction, keepdim=keepdim), mean(input, dim, keepdim)


def norm(input, p="fro", dim=None, keepdim=False):
    order = 2 if p in ("fro", None) else p
    return jnp.linalg.vector_norm(input, axis=dim, ord=order, keepdims=keepdim)


def vector_norm(input, ord=2, dim=None, keepdim=False):
    return jnp.linalg.vector_norm(input, axis=dim, ord=ord, keepdims=keepdim)


def matrix_norm(input, ord="fro", keepdim=False):
    return jnp.linalg.matrix_norm(input, ord=ord, keepdims=keepdim)


def dist(input, other, p=2):
    return jnp.linalg.norm((input - other).reshape(-1), ord=p)


def renorm(input, p, dim, maxnorm):
    others = tuple(d for d in range(input.ndim) if d != dim)
    size = jnp.linalg.vector_norm(input, axis=others, ord=p, keepdims=True)
    return input * jnp.where(size > maxnorm, maxnorm / (size + 1e-7), 1)


def median(input, dim=None, keepdim=False):
    if dim is None:
        return jnp.sort(input, axis=None)[(input.size - 1) // 2]
    middle = (input.shape[dim] - 1) // 2
    values = lax.index_in_dim(jnp.sort(input, axis=dim), middle, axis=dim)
    return _with_indices(input, values, dim, keepdim)


def nanmedian(input, dim=None, keepdim=False):
    if dim is None:
        there = jnp.sum(~jnp.isnan(input))
        return jnp.sort(input, axis=None)[jnp.maximum(there - 1, 0) // 2]
    there = jnp.sum(~jnp.isnan(input), axis=dim, keepdims=True)
    middle = jnp.maximum(there - 1, 0) // 2
    values = jnp.take_along_axis(jnp.sort(input, axis=dim), middle, axis=dim)
    return _with_indices(input, values, dim, keepdim)


def kthvalue(input, k, dim=-1, keepdim=False):
    values = lax.index_in_dim(jnp.sort(input, axis=dim), k - 1, axis=dim)
    return _with_indices(input, values, dim, keepdim)


def mode(input, dim=-1, keepdim=False):
    values = jax.scipy.stats.mode(input, axis=dim, keepdims=True).mode
    indices = input.shape[dim] - 1 - jnp.argmax(jnp.flip(input, dim) == values, dim, keepdims=True)
    return (values, indices) if keepdim else (jnp.squeeze(values, dim), jnp.squeeze(indices, dim))


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    return jnp.quantile(input, q, axis=dim, keepdims=keepdim, method=interpolation)


def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    return jnp.nanquantile(input, q, axis=dim, keepdims=keepdim, method=interpolation)


def sort(input, dim=-1, descending=False, *, stable=False):
    indices = jnp.argsort(input, axis=dim, descending=descending)
    return jnp.take_along_axis(input, indices, dim), indices


def argsort(input, dim=-1, descending=False, *, stable=False):
    return jnp.argsort(input, axis=dim, descending=descending)


def msort(input):
    return jnp.sort(input, axis=0)


def topk(input, k, dim=-1, largest=True, sorted=True):
    values, indices = lax.top_k(jnp.moveaxis(input if largest else -input, dim, -1), k)
    values, indices = jnp.moveaxis(values, -1, dim), jnp.moveaxis(indices, -1, dim)
    return (values if largest else -values), indices


def _with_indices(input, values, dim, keepdim):
    # a search for the value is far quicker here than sorting pairs, as argsort does
    indices = jnp.argmax(input == values, axis=dim, keepdims=keepdim)
    return (values if keepdim else jnp.squeeze(values, dim)), indices


def cumsum(input, dim):
    return jnp.cumsum(input, axis=dim)


def cumprod(input, dim):
    return jnp.cumprod(input, axis=dim)


def logcumsumexp(input, dim):
    return lax.cumlogsumexp(input, axis=dim)


def cummax(input, dim):
    return _running_extremum(input, lax.cummax(input, axis=dim), dim)


def cummin(input, dim):
    return _running_extremum(input, lax.cummin(input, axis=dim), dim)


def _running_extremum(input, values, dim):
    places = lax.broadcasted_iota(int, input.shape, dim)
    return values, lax.cummax(jnp.where(input == values, places, 0), axis=dim)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    return jnp.unique(
        input, return_inverse=return_inverse, return_counts=return_counts, axis=dim, sorted=sorted
    )


def unique_consecutive(input, return_inverse=False, return_counts=False):
    flat = jnp.ravel(input)
    first = jnp.concatenate([jnp.ones(1, bool), flat[1:] != flat[:-1]])
    results = [flat[first]]
    if return_inverse:
        results.append((jnp.cumsum(first) - 1).reshape(input.shape))
    if return_counts:
        results.append(jnp.diff(jnp.append(jnp.flatnonzero(first), flat.size)))
    return tuple(results) if results[1:] else results[0]


def squeeze(input, dim=None):
    dims = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    return jnp.squeeze(input, tuple(d for d in dims if input.shape[d] == 1))


def unsqueeze(input, dim):
    return jnp.expand_dims(input, dim)


def flatten(input, start_dim=0, end_dim=-1):
    end = end_dim % input.ndim + 1
    return input.reshape(*input.shape[:start_dim], -1, *input.shape[end:])


def unflatten(input, dim, sizes):
    return input.reshape(*input.shape[:dim], *sizes, *input.shape[dim + 1 :])


def permute(input, dims):
    return jnp.transpose(input, dims)


def movedim(input, source, destination):
    return jnp.moveaxis(input, source, destination)


def flip(input, dims):
    return jnp.flip(input, dims)


def roll(input, shifts, dims=None):
    return jnp.roll(input, shifts, dims)


def expand(input, *size):
    shape = [n if m == -1 else m for n, m in zip(input.shape, size, strict=True)]
    return jnp.broadcast_to(input, shape)


def repeat(input, *repeats):
    return jnp.tile(input, repeats)


def cat(tensors, dim=0):
    return jnp.concatenate(tensors, dim)


def stack(tensors, dim=0):
    return jnp.stack(tensors, dim)


def split(tensor, split_size_or_sections, dim=0):
    return jnp.split(tensor, tensor.shape[dim] // split_size_or_sections, dim)


def chunk(input, chunks, dim=0):
    return jnp.array_split(input, chunks, dim)


def gather(input, dim, index):
    return jnp.take_along_axis(input, index, dim)


def index_select(input, dim, index):
    return jnp.take(input, index, dim)


def repeat_interleave(input, repeats, dim=None):
    return jnp.repeat(input, repeats, dim)


def masked_select(input, mask):
    return input[mask]


def nonzero(input):
    return jnp.argwhere(input)


def where(condition, input, other):
    return jnp.where(condition, input, other)


def clamp(input, min=None, max=None):
    return jnp.clip(input, min, max)


def maximum(input, other):
    return jnp.maximum(input, other)


def minimum(input, other):
    return jnp.minimum(input, other)


def fmax(input, other):
    return jnp.fmax(input, other)


def fmin(input, other):
    return jnp.fmin(input, other)


def lerp(input, end, weight):
    return input + weight * (end - input)


def abs(input):
    return jnp.abs(input)


def logaddexp(input, other):
    return jnp.logaddexp(input, other)


def merge_by_norm(*tensors, ord=2, channel_dim=1):
    dims = tuple(d for d in range(tensors[0].ndim) if d not in (0, channel_dim))
    sizes = [jnp.linalg.vector_norm(x, axis=dims, ord=ord, keepdims=True) for x in tensors]
    merged, largest = tensors[0], sizes[0]
    for tensor, size in zip(tensors[1:], sizes[1:], strict=True):
        merged = jnp.where(size > largest, tensor, merged)
        largest = jnp.maximum(size, largest)
    return merged


def corr2d(input, kernel):
    return conv2d(input[None, None], kernel[None, None])[0, 0]


def corr2d_multi_in(input, kernel):
    return conv2d(input[None], kernel[None])[0, 0]


def corr2d_multi_in_out(input, kernels):
    return conv2d(input[None], kernels)[0]


def corr2d_multi_in_out_1x1(input, kernels):
    return jnp.einsum("oi,ihw->ohw", kernels[:, :, 0, 0], input)


def sum_as_conv(input):
    return jnp.sum(input, axis=1, keepdims=True)


def mean_as_conv(input):
    return jnp.mean(input, axis=1, keepdims=True)


def add_as_conv(*tensors):
    return functools.reduce(jnp.add, tensors)
