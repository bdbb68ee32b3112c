"""Transposed convolutions without the gaps between the cells of their input, for XLA's CPU.

With a kernel of M strides, the cells of the result that lie a stride apart are a convolution of the
input itself with M taps: all of these at once are one dense convolution, of which the results are
put side by side. `w` is (in, out, *kernel) and turned around everywhere here.
"""

import itertools
import math

import jax
import jax.numpy as jnp
from jax import lax

from ..._dtypes import accumulator
from ._correlate import MAX_TAPS, Dims, Window, plain


def has_phases(w: jax.Array, window: Window) -> bool:
    """Whether the kernel is a multiple of the stride, and few enough of them."""
    taps = zip(w.shape[2:], window.spread, strict=True)
    return (
        set(window.dilation) == {1}
        and 1 < math.prod(window.spread) <= MAX_TAPS
        and all(k % s == 0 for k, s in taps)
    )


def by_phase(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """For the value alone: XLA's CPU takes a hundred times as long for the gradient of this."""
    if window.channel == 1:
        last = window._replace(layout="N" + window.layout[2:] + "C")
        return jnp.moveaxis(by_phase(jnp.moveaxis(x, 1, -1), w, last), -1, 1)
    wide, steps = accumulator(x.dtype), window.spread
    every = [
        w[:, :, *(slice(s - 1 - p, None, s) for p, s in zip(phase, steps, strict=True))]
        for phase in itertools.product(*map(range, steps))
    ]
    kernel = lax.concatenate(every, 1).astype(wide)
    ones = (1,) * len(steps)
    pads = tuple((m - 1, m - 1) for m in kernel.shape[2:])
    dense = Window(ones, pads, ones, 1, window.layout, window.precision, ones)
    out = _side_by_side(plain(x.astype(wide), kernel, dense, "IO"), steps)
    config = [
        (low - k + 1, high - k + 1, 0)
        for (low, high), k in zip(window.pads, w.shape[2:], strict=True)
    ]
    return lax.pad(out, jnp.zeros((), wide), [(0, 0, 0), *config, (0, 0, 0)]).astype(x.dtype)


def _side_by_side(x: jax.Array, steps: Dims) -> jax.Array:
    """From (N, *cells, *phases * O) to (N, *(cells, phases), O)."""
    n, cells = len(steps), x.shape[1:-1]
    x = x.reshape(*x.shape[:-1], *steps, -1)
    for i, s in enumerate(steps):
        parts = [lax.index_in_dim(x, p, 1 + n + i, keepdims=False) for p in range(s)]
        x = jnp.stack(parts, axis=2 + 2 * i)
    sizes = (c * s for c, s in zip(cells, steps, strict=True))
    return x.reshape(x.shape[0], *sizes, x.shape[-1])
