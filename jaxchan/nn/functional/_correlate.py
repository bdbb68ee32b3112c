"""Cross-correlation in any number of spatial dims, and what serves XLA's CPU in place of its own.

XLA's CPU runs a convolution with groups, and its gradients above all, element by element. There
the sum is written out: as shifted slices (one input channel to a group) or as products of matrices
(more than one). Of volumes it has no quick convolution: there they are images, one for each depth.
A kernel of one tap, and one on the few channels of an image, is a product of matrices there, in a
half to a ninth of the time; so are all images of many channels in bfloat16, in a half to a third,
and the gradient of the weights where the maps are large, in half. Other platforms get the one
convolution. test_conv.py holds the two to be equal.
"""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._dtypes import accumulator
from ..._lines import even_part, row_major
from ..._totals import quick_on_cpu

Dims = tuple[int, ...]
MAX_TAPS = 64  # the written-out sum has a term for each: compiling 11 x 11 took eleven seconds
FEW_CHANNELS = 8  # of an image, say; from 16 on a convolution is as quick as a product with patches
ROWS = 8  # at a time: each input row that several of them see is read once
MANY_PLACES = 512  # of an output: groups of fewer are as quick one by one
MANY_ROWS = 16  # of the weights of a group, for a product of bfloat16 as it is
FEW_WEIGHTS = 288  # to each number of an output: groups of more are as quick one by one
MOST_PATCHES = 1 << 22  # float32 numbers at once: more come from fresh pages, which takes as long
MOST_OF_IMAGE = 1 << 26  # numbers in the patches of one image, 256 MB in float32
MANY_CHANNELS = 32  # of an input: patches of fewer are put together in small pieces
LARGE_OUTPUT = 1 << 18  # numbers; the gradient of the weights of less is as quick by XLA's own way
MAX_PATCHES = 4  # times as many numbers in the patches as in the output: more take long to copy


class Window(NamedTuple):
    """How a kernel moves over its input.

    stride, dilation: by spatial dim. pads: cells added before and after; below 0 cut off.
    spread: how far apart the cells of the input lie: the stride of a transposed convolution.
    layout: "NCHW" and the like.
    """

    stride: Dims
    pads: tuple[tuple[int, int], ...]
    dilation: Dims
    groups: int
    layout: str
    precision: Any
    spread: Dims

    @property
    def channel(self) -> int:
        return self.layout.index("C")

    @property
    def spatial(self) -> Dims:
        """The axes of the spatial dims."""
        return tuple(i for i, letter in enumerate(self.layout) if letter not in "NC")


def correlate(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """`x` in the window's layout with real `w` (O, C / groups, *kernel)."""
    taps, volume = w.shape[2:], len(window.stride) == 3
    if window.groups == 1 and has_small_patches(w, window):
        return _by_platform(x, w, as_product, window)
    if window.groups > 1 and math.prod(taps) <= MAX_TAPS:
        return _by_platform(x, w, depthwise if w.shape[1] == 1 else grouped, window)
    if _is_dense(x, w, window):
        return _dense(x, w, window)
    if window.groups > 1 or not volume or taps[0] > MAX_TAPS:
        return plain(x, w, window)
    # so that the gradient chooses anew, with the platform as a constant. Else XLA learns it too
    # late to bring the convolutions there into its quick form, and may take a hundred times as long
    choose = partial(_by_platform, quick=by_depth, window=window)
    return jax.checkpoint(choose, prevent_cse=False)(x, w)


def _by_platform(x: jax.Array, w: jax.Array, quick: Callable, window: Window) -> jax.Array:
    cpu, default = (partial(branch, window=window) for branch in (quick, plain))
    return lax.platform_dependent(x, w, cpu=cpu, default=default)


def by_parts(product: Callable, x: jax.Array, w: jax.Array) -> jax.Array:
    """A product of complex numbers as torch has it: from three of real ones, nan and inf included.

    Few platforms have complex convolutions, and XLA's CPU runs them element by element.
    """
    if not jnp.iscomplexobj(x):
        return product(x, w)
    real, imaginary = product(x.real, w.real), product(x.imag, w.imag)
    cross = product(x.real + x.imag, w.real + w.imag) - real - imaginary
    # torch multiplies `cross` by i, of which the real part is 0
    return lax.complex(real - imaginary + 0 * cross, cross)


def plain(x: jax.Array, w: jax.Array, window: Window, order: str = "OI") -> jax.Array:
    """As one convolution. `order` is that of the first two axes of `w`."""
    letters = "".join(window.layout[i] for i in window.spatial)
    before, window, cut = _told_apart(window, w.shape[2:])
    out = lax.conv_general_dilated(
        _padded(x, before),
        w,
        window.stride,
        window.pads,
        lhs_dilation=window.spread,
        rhs_dilation=window.dilation,
        dimension_numbers=(window.layout, order + letters, window.layout),
        feature_group_count=window.groups,
        precision=window.precision,
    )
    for axis in cut:
        out = lax.slice_in_dim(out, 1, out.shape[axis] - 1, axis=axis)
    return out


def _told_apart(window: Window, kernel: Dims) -> tuple[Window, Window, list[int]]:
    """The padding to do first, the window for the rest, and the axes to cut a cell off each end.

    XLA's CPU takes two unpadded taps on cells that lie 2 apart for a group, and exchanges kernel
    and input but for that dim, which aborts the process if they differ in it (SwapConvOperands,
    jax 0.10.2). So does the gradient for two taps at stride 2 on one cell of padding.
    """
    first, then, cut = [(0, 0)] * len(kernel), list(window.pads), []
    for i, (k, d) in enumerate(zip(kernel, window.dilation, strict=True)):
        step = window.stride[i], window.spread[i], window.pads[i]
        if (k, d) == (2, 1) and step == (1, 2, (0, 0)):
            then[i] = (1, 1)
            cut.append(window.spatial[i])
        elif (k, d) == (2, 1) and step == (2, 1, (1, 1)):
            first[i], then[i] = then[i], (0, 0)
    return window._replace(pads=tuple(first)), window._replace(pads=tuple(then)), cut


def depthwise(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """One input channel to a group: shifted slices, each times one weight a channel, added up."""
    wide = accumulator(x.dtype)
    taps, channels, axis = list(_taps(w)), w.shape[0] // window.groups, window.channel
    shape = [1] * (x.ndim + 1)
    shape[axis : axis + 2] = window.groups, channels
    weights = [w[:, 0, *tap].astype(wide).reshape(shape) for tap in taps]
    out = _shift_and_add(_spread(x.astype(wide), window), weights, window, w.shape[2:])
    return out.reshape(*out.shape[:axis], w.shape[0], *out.shape[axis + 2 :]).astype(x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _shift_and_add(x: jax.Array, weights: list[jax.Array], window: Window, kernel: Dims):
    slices = _slices(_padded(x, window), kernel, window)
    axis = window.channel + 1
    return _total(jnp.expand_dims(s, axis) * w for s, w in zip(slices, weights, strict=True))


@_shift_and_add.defjvp
def _shift_and_add_jvp(window: Window, kernel: Dims, primals: tuple, tangents: tuple):
    (x, weights), (dx, dweights) = primals, tangents
    out = _shift_and_add(x, weights, window, kernel)
    by_rows = _by_rows(x, dweights, window, kernel, out.shape)
    return out, _add_shifted(dx, weights, window, kernel) + by_rows


def _by_rows(
    x: jax.Array, weights: list[jax.Array], window: Window, kernel: Dims, shape: Dims
) -> jax.Array:
    """`_shift_and_add`, of this shape, for the gradient of the weights: to each goes a sum over all
    places, taken row after row for all places of a row at once. Nothing but `x` is kept for it."""
    padded, axis, columns = _padded(x, window), window.spatial[0], window.channel + 1
    at = axis + (axis >= columns)
    lanes = [jnp.broadcast_to(w, [*shape[:at], 1, *shape[at + 1 :]]) for w in weights]

    def row(place: jax.Array | int) -> jax.Array:
        cells = (place * window.stride[0] + i * window.dilation[0] for i in range(kernel[0]))
        seen = (lax.dynamic_index_in_dim(padded, cell, axis) for cell in cells)
        slices = (s for some in seen for s in _slices(some, (1, *kernel[1:]), window))
        return _total(jnp.expand_dims(s, columns) * w for s, w in zip(slices, lanes, strict=True))

    # a loop of one turn XLA compiles as none, and writes the products out
    number = even_part(shape[at], ROWS) if shape[at] > ROWS else 1
    turns = shape[at] // number

    def rows(turn: jax.Array) -> list[jax.Array]:
        return [row(turn * number + i) for i in range(number)]

    found = lax.map(jax.checkpoint(rows, prevent_cse=False), np.arange(turns, dtype=np.int32))
    whole = jnp.moveaxis(jnp.stack(found, 1), (0, 1), (at, at + 1))
    whole = whole.reshape(*shape[:at], turns * number, *shape[at + 1 :])
    rest = (row(i) for i in range(turns * number, shape[at]))
    return jnp.concatenate([whole, *rest], axis=at)


def _add_shifted(x: jax.Array, weights: list[jax.Array], window: Window, kernel: Dims):
    """`_shift_and_add` as products that are shifted, so that the transpose shifts first.

    XLA's CPU is quick to add up shifted slices of one array, and slow to add up shifted arrays.
    """
    axis, terms = window.channel + 1, []
    reach = [d * (k - 1) for d, k in zip(window.dilation, kernel, strict=True)]
    dims = [a + (a >= axis) for a in window.spatial]
    zero = jnp.zeros((), x.dtype)
    for tap, w in zip(itertools.product(*map(range, kernel)), weights, strict=True):
        config = [(0, 0, 0)] * (x.ndim + 1)
        for a, i, d, r, (low, high) in zip(
            dims, tap, window.dilation, reach, window.pads, strict=True
        ):
            config[a] = (r - i * d + low, i * d + high, 0)
        terms.append(lax.pad(jnp.expand_dims(x, axis) * w, zero, config))
    total = _total(terms)
    for a, r, s in zip(dims, reach, window.stride, strict=True):
        total = lax.slice_in_dim(total, r, total.shape[a] - r, s, a)
    return total


def grouped(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """For each sample and group, the product of its weights with the matrix of its patches."""
    if window.channel != 1:
        first = window._replace(layout="NC" + window.layout[1:-1])
        return jnp.moveaxis(grouped(jnp.moveaxis(x, -1, 1), w, first), 1, -1)
    kernel, spread = w.shape[2:], _spread(x, window)
    one_by_one, at_once = (
        partial(way, kernel=kernel, window=window) for way in (_group_by_group, _groups_at_once)
    )
    parts = spread.reshape(x.shape[0], window.groups, -1, *spread.shape[2:])
    weights = w.reshape(window.groups, w.shape[0] // window.groups, -1)
    seen = math.prod(out_sizes(spread, kernel, window))
    large = seen >= MANY_PLACES and weights.shape[2] <= FEW_WEIGHTS
    together = large and seen * x.shape[0] * weights[:, 0].size <= MOST_PATCHES
    # CPUs have products of bfloat16, which of fewer rows are no quicker
    narrow = x.dtype == w.dtype == jnp.bfloat16 and weights.shape[1] >= MANY_ROWS
    quick, plain = at_once if narrow else partial(_widened, at_once), partial(_widened, one_by_one)
    out = quick_on_cpu(quick, plain, (parts, weights)) if together else plain(parts, weights)
    return out.reshape(x.shape[0], w.shape[0], *out.shape[3:]).astype(w.dtype)


def _widened(product: Callable, x: jax.Array, w: jax.Array) -> jax.Array:
    wide = accumulator(x.dtype)
    return product(x.astype(wide), w.astype(wide))


def _group_by_group(parts: jax.Array, w: jax.Array, kernel: Dims, window: Window) -> jax.Array:
    def product(pair: tuple[jax.Array, jax.Array]) -> jax.Array:
        part, weight = pair
        patches = _patches(part[None], kernel, window, 2)[0]
        columns = patches.reshape(weight.shape[1], -1)
        out = lax.dot(weight, columns, precision=window.precision)
        return out.reshape(-1, *patches.shape[2:])

    # the patches are made anew for the gradient: to keep them would take `kernel` times the memory
    product = jax.checkpoint(product, prevent_cse=False)
    return lax.map(lambda part: lax.map(product, (part, w)), parts)


def _groups_at_once(parts: jax.Array, w: jax.Array, kernel: Dims, window: Window) -> jax.Array:
    """In half the time where the maps are large. Its gradient takes up to twice as long."""
    seen = _patches(parts.reshape(-1, *parts.shape[2:]), kernel, window, 2)
    columns = seen.reshape(*parts.shape[:2], w.shape[2], -1)
    each = jnp.broadcast_to(w, (len(parts), *w.shape))
    wide = accumulator(w.dtype)
    out = jnp.matmul(each, columns, precision=window.precision, preferred_element_type=wide)
    return out.reshape(*out.shape[:3], *seen.shape[3:])


def out_sizes(x: jax.Array, kernel: Dims, window: Window) -> Dims:
    """The output's spatial sizes, for an input without gaps and a kernel of these sizes."""
    sizes = (x.shape[axis] for axis in window.spatial)
    reach = (d * (k - 1) + 1 for d, k in zip(window.dilation, kernel, strict=True))
    dims = zip(sizes, window.pads, reach, window.stride, strict=True)
    return tuple((n + sum(pads) - r) // s + 1 for n, pads, r, s in dims)


def has_small_patches(w: jax.Array, window: Window) -> bool:
    """Whether the patches are the input itself, or not many times as large as the output."""
    taps, channels = math.prod(w.shape[2:]), w.shape[1]
    few = channels <= FEW_CHANNELS and taps <= MAX_TAPS
    small = taps * channels <= MAX_PATCHES * w.shape[0]
    # channels that come last would be put together in pieces of a few numbers
    return taps == 1 or (few and small and window.channel == 1)


def as_product(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """Without groups: the product of the weights with the matrix of patches."""
    product, taps = partial(_product, window=window), math.prod(w.shape[2:])
    if taps > 1:  # the patches are made anew for the gradient
        product = jax.checkpoint(product, prevent_cse=False)

    def as_they_are(x: jax.Array, w: jax.Array) -> jax.Array:
        return product(_spread(x, window), w)

    # CPUs have products of bfloat16, in a fifth of the time
    narrow, widened = x.dtype == w.dtype == jnp.bfloat16, partial(_widened, as_they_are)
    out = quick_on_cpu(as_they_are, widened, (x, w)) if narrow else widened(x, w)
    return out.astype(x.dtype)


def _product(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    dot = partial(
        lax.dot_general, precision=window.precision, preferred_element_type=accumulator(w.dtype)
    )
    matrix = w.reshape(w.shape[0], -1)
    if window.channel > 1:
        patches, by_tap = _patches(x, w.shape[2:], window, x.ndim - 1), w.reshape(*w.shape[:2], -1)
        return dot(patches, by_tap, (((x.ndim - 1, x.ndim), (2, 1)), ((), ())))
    patches = _patches(x, w.shape[2:], window, 2)
    columns = patches.reshape(x.shape[0], matrix.shape[1], -1)
    if columns.shape[2] < max(matrix.shape):
        out = jnp.moveaxis(dot(matrix, columns, (((1,), (1,)), ((), ()))), 0, 1)
    else:  # where the maps are not small, the library is quicker sample by sample
        matrices = jnp.broadcast_to(matrix, (x.shape[0], *matrix.shape))
        out = dot(matrices, columns, (((2,), (1,)), ((0,), (0,))))
    return out.reshape(*out.shape[:2], *patches.shape[3:])


def _is_dense(x: jax.Array, w: jax.Array, window: Window) -> bool:
    """Whether these are images whose patches can be worth making."""
    taps, channels = w.shape[2:], w.shape[1]
    if len(taps) != 2 or window.groups > 1 or channels < MANY_CHANNELS:
        return False
    return math.prod(taps) <= MAX_TAPS and _patch_numbers(x, w, window) <= MOST_OF_IMAGE


def _patch_numbers(x: jax.Array, w: jax.Array, window: Window) -> int:
    """How many numbers the patches of one image have."""
    return math.prod(out_sizes(x, w.shape[2:], window)) * math.prod(w.shape[1:])


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _dense(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """One convolution, on CPU with a quick gradient of the weights."""
    # CPUs have products of bfloat16, and XLA's has convolutions of float32 alone
    narrow = x.dtype == jnp.bfloat16
    return _by_platform(x, w, by_samples, window) if narrow else plain(x, w, window)


@_dense.defjvp
def _dense_jvp(window: Window, primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x, w), (dx, dw) = primals, tangents

    def quick(x: jax.Array, dw: jax.Array, window: Window) -> jax.Array:
        # the gradients of the samples are added up in what accumulates them
        return by_samples(x, dw.astype(accumulator(dw.dtype)), window)

    in_w = partial(plain, window=window)
    places = math.prod(out_sizes(x, w.shape[2:], window))
    # XLA's CPU is slow to convolve large maps with their cotangent
    if places >= MANY_PLACES and x.shape[0] * w.shape[0] * places >= LARGE_OUTPUT:
        # under a checkpoint for the reason given in `correlate`
        in_w = jax.checkpoint(partial(_by_platform, quick=quick, window=window), prevent_cse=False)
    return _dense(x, w, window), plain(dx, w, window) + in_w(x, dw)


def by_samples(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """Images without groups, as products with the patches of some samples at a time."""
    if window.channel == 1:
        last = window._replace(layout="NHWC")
        return jnp.moveaxis(by_samples(jnp.moveaxis(x, 1, -1), w, last), -1, 1)
    most = MOST_PATCHES * 4 // (_patch_numbers(x, w, window) * w.dtype.itemsize)
    number = even_part(len(x), min(len(x), max(1, most)))

    def one(sample: jax.Array) -> jax.Array:
        return as_product(sample[None], w, window)[0]

    return lax.map(one, x, batch_size=number)


def by_depth(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """A volume without groups: for each depth of the kernel the convolution of images, added up."""
    if window.channel == 1:
        last = window._replace(layout="NDHWC")
        return jnp.moveaxis(by_depth(jnp.moveaxis(x, 1, -1), w, last), -1, 1)
    wide, (low, high) = accumulator(x.dtype), window.pads[0]
    padded = lax.pad(
        x.astype(wide), jnp.zeros((), wide), [(0, 0, 0), (low, high, 0), *[(0, 0, 0)] * 3]
    )
    images, moves = of_images(window), window._replace(stride=(window.stride[0], 1, 1))
    depths = _slices(padded, (w.shape[2], 1, 1), moves)
    taps = (w[:, :, i].astype(wide) for i in range(w.shape[2]))
    out = _total(
        plain(s.reshape(-1, *s.shape[2:]), w, images) for s, w in zip(depths, taps, strict=True)
    )
    return out.reshape(x.shape[0], -1, *out.shape[1:]).astype(x.dtype)


def of_images(window: Window) -> Window:
    """The window of a volume without its depth, channels last."""
    return window._replace(
        stride=window.stride[1:],
        pads=window.pads[1:],
        dilation=window.dilation[1:],
        spread=window.spread[1:],
        layout="NHWC",
    )


def _taps(w: jax.Array) -> Iterator[Dims]:
    return itertools.product(*map(range, w.shape[2:]))


def _total(terms: Any) -> jax.Array:
    return functools.reduce(operator.add, terms)


def _spread(x: jax.Array, window: Window) -> jax.Array:
    if set(window.spread) == {1}:
        return x
    config = [(0, 0, 0)] * x.ndim
    for axis, distance in zip(window.spatial, window.spread, strict=True):
        config[axis] = (0, 0, distance - 1)
    return lax.pad(x, jnp.zeros((), x.dtype), config)


def _padded(x: jax.Array, window: Window) -> jax.Array:
    if not any(map(any, window.pads)):
        return x
    config = [(0, 0, 0)] * x.ndim
    for axis, (low, high) in zip(window.spatial, window.pads, strict=True):
        config[axis] = (low, high, 0)
    return lax.pad(x, jnp.zeros((), x.dtype), config)


def _patches(x: jax.Array, kernel: Dims, window: Window, axis: int) -> jax.Array:
    """What each tap of the kernel sees of the padded input, along a new `axis`.

    XLA's CPU is slow to stack slices: a gather takes half the time, with strides or of bfloat16 a
    quarter, if its layout is fixed. But its own transpose is a scatter.
    """

    def stacked(x: jax.Array) -> jax.Array:
        return jnp.stack(list(_slices(_padded(x, window), kernel, window)), axis)

    def gathered(x: jax.Array) -> jax.Array:
        number = len(kernel)
        taps = np.array(list(itertools.product(*map(range, kernel)))) * window.dilation
        phase, first = taps % window.stride, taps // window.stride
        numbers = lax.GatherDimensionNumbers(
            offset_dims=tuple(d for d in range(x.ndim + 1) if d != axis),
            collapsed_slice_dims=tuple(range(number)),
            start_index_map=(*range(number), *(number + a for a in window.spatial)),
        )
        size = [1] * number + list(x.shape)
        for a, n in zip(window.spatial, out_sizes(x, kernel, window), strict=True):
            size[number + a] = n
        whole, places = row_major(_polyphase(_padded(x, window), window)), np.hstack([phase, first])
        found = lax.gather(whole, np.int32(places), numbers, size, mode="promise_in_bounds")
        return row_major(found)

    overlap = any(k > s for k, s in zip(kernel, window.stride, strict=True))
    return quick_on_cpu(gathered, stacked, (x,)) if overlap else stacked(x)


def _polyphase(x: jax.Array, window: Window) -> jax.Array:
    """`x` by place within a stride, in the first axes: what a tap sees of one of them is close."""
    config, shape, outer, inner = [(0, 0, 0)] * x.ndim, [], [], []
    strides = dict(zip(window.spatial, window.stride, strict=True))
    for axis, n in enumerate(x.shape):
        outer.append(len(shape))
        shape.append(n)
        if axis in strides:
            config[axis] = (0, -n % strides[axis], 0)
            inner.append(len(shape))
            shape[-1:] = -(-n // strides[axis]), strides[axis]
    padded = lax.pad(x, jnp.zeros((), x.dtype), config)
    return padded.reshape(shape).transpose(*inner, *outer)


def _slices(x: jax.Array, kernel: Sequence[int], window: Window) -> Iterator[jax.Array]:
    """What each tap of the kernel sees of the padded input.

    With strides they are cut from one place of each stride: XLA's CPU is five times as quick to add
    up close slices, and to put these places together, as to add up what has gaps.
    """

    @functools.cache
    def at_place(*place: int) -> jax.Array:
        cut = x
        for axis, start, stride in zip(window.spatial, place, window.stride, strict=True):
            cut = lax.slice_in_dim(cut, start, None, stride, axis)
        return cut

    for tap in itertools.product(*map(range, kernel)):
        first = [i * d for i, d in zip(tap, window.dilation, strict=True)]
        cut = at_place(*(i % s for i, s in zip(first, window.stride, strict=True)))
        for a, i, k, s, d in zip(
            window.spatial, first, kernel, window.stride, window.dilation, strict=True
        ):
            number = (x.shape[a] - d * (k - 1) - 1) // s + 1
            cut = lax.slice_in_dim(cut, i // s, i // s + number, axis=a)
        yield cut
