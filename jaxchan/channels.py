"""Channel operations beyond torch: hard fusion of feature maps, and cross-correlation by channels.

Feature maps are (N, C, *) with one to three spatial dims; `channel_dim` serves channels-last code.
The `corr2d` family takes single images, (H, W) or (C, H, W), without padding or stride, and neither
it nor torch's convolution flips the kernel. float16 and bfloat16 are computed in float32.
"""

import functools
import itertools
import math
import operator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ._checks import as_array, check_floating, check_same_shape, is_number
from ._dims import canonical_dim
from ._dtypes import accumulator, index_dtype
from ._norms import p_norm

MAX_TERMS = 64  # of the sums that are written out: what takes long to compile


class MergeByNorm(NamedTuple):
    """`merge_by_norm(..., return_mask=True)`: the result, and which tensor each channel is from."""

    merged: jax.Array
    mask: jax.Array


def merge_by_norm(*tensors, ord=2, channel_dim=1, return_mask=False):
    """Keep, for each sample and channel, the channel of the tensor where its norm is largest.

    With n_k[i, c] = ||tensors[k][i, c]||_ord over the spatial positions, out[i, c] is
    tensors[k][i, c] for the first k of largest n_k[i, c]. The hard choice of image fusion networks.

    Torch:    none; torchref.channels.merge_by_norm
    Shapes:   two or more of (N, C, *), 3-D to 5-D -> the same; `mask` is (N, C), the chosen k.
    Dtypes:   floating or complex kept; the norm of 16-bit floats is float32; `mask` is int64.
    Gradient: the cotangent, whole, to the chosen channel; the choice itself has none.
    Errors:   TypeError for fewer than two tensors or an ord that is no number; RuntimeError for
              other ranks, shapes or dtypes, and for a norm of nothing; IndexError for channel_dim.

    Ties go to the first. A nan norm is never larger: it loses as a later tensor, and wins as the
    first. Two overflowed norms, inf and inf, are a tie.

    >>> a, b = jnp.array([[[3.0, 4.0], [0.0, 1.0]]]), jnp.array([[[4.0, 4.0], [0.0, 0.5]]])
    >>> merge_by_norm(a, b, return_mask=True)
    MergeByNorm(merged=Array([[[4., 4.], [0., 1.]]], dtype=float...),
                mask=Array([[1, 0]], dtype=int...))
    """
    arrays = _feature_maps(tensors)
    channel_dim = canonical_dim("merge_by_norm", channel_dim, arrays[0].ndim, "channel_dim")
    if channel_dim == 0:
        raise IndexError("merge_by_norm: channel_dim must not be 0, the batch, got 0")
    axes = tuple(d for d in range(1, arrays[0].ndim) if d != channel_dim)
    _check_ord(ord, [arrays[0].shape[d] for d in axes])
    return _merge_by_norm(arrays, ord=float(ord), axes=axes, with_mask=bool(return_mask))


def _feature_maps(tensors: tuple[Any, ...]) -> tuple[jax.Array, ...]:
    if len(tensors) < 2:
        raise TypeError(f"merge_by_norm: tensors must be two or more, got {len(tensors)}")
    arrays = tuple(as_array("merge_by_norm", f"tensors[{i}]", x) for i, x in enumerate(tensors))
    first = arrays[0]
    check_floating("merge_by_norm", "tensors[0]", first)
    if not 3 <= first.ndim <= 5:
        raise RuntimeError(f"merge_by_norm: tensors[0] must be 3-D to 5-D, got {first.ndim}-D")
    for i, array in enumerate(arrays):
        check_same_shape("merge_by_norm", ("tensors[0]", first), (f"tensors[{i}]", array))
        _check_same_dtype("merge_by_norm", ("tensors[0]", first), (f"tensors[{i}]", array))
    return arrays


def _check_same_dtype(op: str, first: tuple[str, jax.Array], second: tuple[str, jax.Array]) -> None:
    (a, x), (b, y) = first, second
    if x.dtype != y.dtype:
        raise RuntimeError(f"{op}: {b} must have the dtype of {a}, {x.dtype}, got {y.dtype}")


def _check_ord(ord: Any, spatial: list[int]) -> None:
    if not is_number(ord) or isinstance(ord, complex):
        raise TypeError(f"merge_by_norm: ord must be a real number, got {ord!r}")
    if 0 in spatial and (ord < 0 or ord == math.inf):
        raise RuntimeError(f"merge_by_norm: tensors must not be empty for ord={ord}, got {spatial}")


@functools.partial(jax.jit, static_argnames=("ord", "axes", "with_mask"))
def _merge_by_norm(arrays, *, ord, axes, with_mask):
    best, largest = arrays[0], _norm(arrays[0], ord, axes)
    mask = jnp.zeros(largest.shape, index_dtype())
    for i, array in enumerate(arrays[1:], 1):
        norm = _norm(array, ord, axes)
        larger = norm > largest
        largest = jnp.where(larger, norm, largest)
        mask = jnp.where(larger, jnp.asarray(i, mask.dtype), mask)
        best = jnp.where(larger, array, best)
    return MergeByNorm(best, jnp.squeeze(mask, axes)) if with_mask else best


def _norm(x, ord, axes):
    """The norm over the spatial axes, kept as 1. Only the choice depends on it: no derivative."""
    x = lax.stop_gradient(x)
    if x.dtype == jnp.bfloat16:
        # XLA's CPU selects in float32 too: a conversion for both would be written out
        x = _by_platform(lax.optimization_barrier, lambda x: x)(x)
    return p_norm(x.astype(accumulator(x.dtype)), ord, axes)


def corr2d(input, kernel):
    """Two-dimensional cross-correlation of one channel: out[i, j] = sum of a window times `kernel`.

    Torch:    none; torchref.channels.corr2d
    Shapes:   (H, W) and (kh, kw) -> (H - kh + 1, W - kw + 1).
    Dtypes:   kept, integers too (they wrap around); bool raises.
    Gradient: that of torch.nn.functional.conv2d.
    Errors:   RuntimeError for other ranks, two dtypes, or a kernel that is empty or larger.

    Source: Dive into Deep Learning, 7.2.

    >>> corr2d(jnp.arange(9.0).reshape(3, 3), jnp.array([[0.0, 1.0], [2.0, 3.0]]))
    Array([[19., 25.], [37., 43.]], dtype=float...)
    """
    image, kernel = _image_and_kernel("corr2d", "kernel", input, kernel, (2, 2))
    return _correlate(image, kernel)


def corr2d_multi_in(input, kernel):
    """Cross-correlation of each channel with its own kernel, summed over the channels.

    Torch:    none; torchref.channels.corr2d_multi_in
    Shapes:   (C, H, W) and (C, kh, kw) -> (H - kh + 1, W - kw + 1).
    Dtypes:   kept, integers too (they wrap around); bool raises.
    Gradient: that of torch.nn.functional.conv2d.
    Errors:   RuntimeError as corr2d, and for two numbers of channels.

    Source: Dive into Deep Learning, 7.4.1.

    >>> corr2d_multi_in(jnp.ones((2, 3, 3)), jnp.ones((2, 2, 2)))
    Array([[8., 8.], [8., 8.]], dtype=float...)
    """
    image, kernel = _image_and_kernel("corr2d_multi_in", "kernel", input, kernel, (3, 3))
    return _correlate(image, kernel)


def corr2d_multi_in_out(input, kernels):
    """Cross-correlation from C channels to O: one `corr2d_multi_in` for each of the O kernels.

    Torch:    none; torchref.channels.corr2d_multi_in_out
    Shapes:   (C, H, W) and (O, C, kh, kw) -> (O, H - kh + 1, W - kw + 1).
    Dtypes:   kept, integers too (they wrap around); bool raises.
    Gradient: that of torch.nn.functional.conv2d.
    Errors:   RuntimeError as corr2d, and for two numbers of channels.

    Source: Dive into Deep Learning, 7.4.2.

    >>> corr2d_multi_in_out(jnp.ones((2, 3, 3)), jnp.ones((4, 2, 2, 2))).shape
    (4, 2, 2)
    """
    return _correlate(*_image_and_kernel("corr2d_multi_in_out", "kernels", input, kernels, (3, 4)))


def corr2d_multi_in_out_1x1(input, kernels):
    """`corr2d_multi_in_out` for 1x1 kernels, as the product of an (O, C) and a (C, H W) matrix.

    Torch:    none; torchref.channels.corr2d_multi_in_out_1x1
    Shapes:   (C, H, W) and (O, C, 1, 1) -> (O, H, W).
    Dtypes:   kept, integers too (they wrap around); bool raises.
    Gradient: that of torch.nn.functional.conv2d.
    Errors:   RuntimeError as corr2d_multi_in_out, and for kernels that are not 1x1.

    Source: Dive into Deep Learning, 7.4.3.

    >>> corr2d_multi_in_out_1x1(jnp.array([[[1.0]], [[2.0]]]), jnp.ones((3, 2, 1, 1)))[:, 0, 0]
    Array([3., 3., 3.], dtype=float...)
    """
    op = "corr2d_multi_in_out_1x1"
    image, kernels = _image_and_kernel(op, "kernels", input, kernels, (3, 4))
    if kernels.shape[2:] != (1, 1):
        raise RuntimeError(f"{op}: kernels must be (O, C, 1, 1), got {kernels.shape}")
    return _mix_channels(image, kernels)


def _image_and_kernel(op: str, name: str, input: Any, kernel: Any, ndims: tuple[int, int]):
    """Both as arrays, or RuntimeError as torch's conv2d; `name` is what `op` calls the kernel."""
    image, kernel = as_array(op, "input", input), as_array(op, name, kernel)
    for label, array, ndim in (("input", image, ndims[0]), (name, kernel, ndims[1])):
        if array.ndim != ndim:
            raise RuntimeError(f"{op}: {label} must be {ndim}-D, got {array.ndim}-D")
    _check_same_dtype(op, ("input", image), (name, kernel))
    if image.dtype == jnp.bool_:
        raise RuntimeError(f"{op}: input must be a number, got bool")
    if image.ndim == 3 and image.shape[0] != kernel.shape[-3]:
        channels = f"got {kernel.shape[-3]} (expected {image.shape[0]})"
        raise RuntimeError(f"{op}: {name} must have the channels of input, {channels}")
    window, size = kernel.shape[-2:], image.shape[-2:]
    if 0 in window or window[0] > size[0] or window[1] > size[1]:
        raise RuntimeError(f"{op}: {name} must be from 1x1 to the size of input, got {window}")
    return image, kernel


@jax.jit
def _correlate(image, kernels):
    wide = accumulator(image.dtype)
    maps = image.reshape(-1, *image.shape[-2:]).astype(wide)
    filters = kernels.reshape(*(1,) * (4 - kernels.ndim), *kernels.shape).astype(wide)
    few = math.prod(filters.shape[1:]) <= MAX_TERMS
    out = (_of_few_terms if few else _convolution)(maps, filters).astype(image.dtype)
    return out if kernels.ndim == 4 else out[0]


@jax.custom_jvp
def _of_few_terms(image, kernels):
    """For XLA's CPU written out: a convolution of so few channels takes ten times as long there."""
    return _by_platform(_shift_and_add, _convolution)(image, kernels)


@_of_few_terms.defjvp
def _of_few_terms_jvp(primals, tangents):
    (image, kernels), (dimage, dkernels) = primals, tangents

    def tangent(product):
        return lambda x, w, dx, dw: product(dx, w) + product(x, dw)

    choose = _by_platform(tangent(_product_with_patches), tangent(_convolution))
    # the patches are made anew for the gradient: to keep them would take a copy for each term
    again = jax.checkpoint(choose, prevent_cse=False)
    return _of_few_terms(image, kernels), again(image, kernels, dimage, dkernels)


def _by_platform(cpu, default):
    return lambda *args: lax.platform_dependent(*args, cpu=cpu, default=default)


def _convolution(image, kernels):
    out = lax.conv_general_dilated(
        image[None], kernels, (1, 1), padding="VALID", precision=lax.Precision.HIGHEST
    )
    return out[0]


def _shift_and_add(image, kernels):
    terms = [
        seen[None, channel] * kernels[:, channel, *tap][:, None, None]
        for tap, seen in _by_tap(image, kernels)
        for channel in range(image.shape[0])
    ]
    return functools.reduce(operator.add, terms)


def _product_with_patches(image, kernels):
    """The same as a product of matrices, whose gradients are quick too."""
    patches = jnp.stack([seen for _, seen in _by_tap(image, kernels)], axis=1)
    return lax.dot_general(
        kernels.reshape(len(kernels), -1),
        patches.reshape(-1, *patches.shape[2:]),
        (((1,), (0,)), ((), ())),
        precision=lax.Precision.HIGHEST,
    )


def _by_tap(image, kernels):
    """Each place in the kernels, and what it sees of the image."""
    height, width = (n - k + 1 for n, k in zip(image.shape[1:], kernels.shape[2:], strict=True))
    for i, j in itertools.product(*map(range, kernels.shape[2:])):
        yield (i, j), image[:, i : i + height, j : j + width]


@jax.jit
def _mix_channels(image, kernels):
    wide = accumulator(image.dtype)
    out = lax.dot_general(
        kernels[:, :, 0, 0].astype(wide),
        image.astype(wide),
        dimension_numbers=(((1,), (0,)), ((), ())),
        precision=lax.Precision.HIGHEST,
    )
    return out.astype(image.dtype)
