"""Running sums as products with triangles of ones, for XLA's CPU: a third of the time of steps."""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ._lines import MANY, row_major

LARGE = 1 << 16  # elements; running sums of fewer are as quick otherwise
# elements of a line that one product sums up, each with a rounding; of several, what leaves no
# rest. Of 48, which some CPUs add up one by one, the error came to 8.4 unit roundoffs
BLOCKS = (40, 32, 24)


def has_products(x: jax.Array, axis: int) -> bool:
    """Whether `by_products` is worth it: where the entries of a line are neighbours, or nearly."""
    return x.size >= LARGE and math.prod(x.shape[axis + 1 :]) < MANY


def by_products(one_by_one: Callable, x: jax.Array, axis: int, reverse: bool) -> jax.Array:
    """The sums up to each along `axis`, or from each on; `one_by_one` of the same arguments where
    these are not all finite: in a product 0 times inf is nan."""
    sums = _sums(jnp.moveaxis(x, axis, -1), reverse)
    sums = jnp.moveaxis(sums, -1, axis)

    def again(_: tuple) -> tuple[jax.Array, bool]:
        # else the sums are laid out as these are, and copied
        return row_major(one_by_one(x, axis, reverse)), True

    # a loop, not a condition: vmap makes of that a choice between what is computed in any case
    return jax.lax.while_loop(lambda s: ~s[1], again, (sums, jnp.sum(sums * 0) == 0))[0]


def _sums(x: jax.Array, reverse: bool) -> jax.Array:
    n = x.shape[-1]
    if n <= BLOCKS[0]:
        return _of_block(x, reverse)
    size = next((k for k in BLOCKS if n % k == 0), 32)
    rest = -n % size
    whole = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, rest)])
    within = _of_block(whole.reshape(*x.shape[:-1], -1, size), reverse)
    with jax.enable_x64(True):  # the roundings of one block, not of those before it too
        total = within[..., 0 if reverse else -1].astype(jnp.float64)
        before = (_sums(total, reverse) - total).astype(x.dtype)
    return (within + before[..., None]).reshape(whole.shape)[..., :n]


def _of_block(x: jax.Array, reverse: bool) -> jax.Array:
    triangle = np.tri(x.shape[-1], dtype=x.dtype)
    return jnp.matmul(x, triangle if reverse else triangle.T, precision="highest")


def linear_sums(sums: Callable, x: jax.Array, axis: int) -> jax.Array:
    """`sums(x, axis)`, whose transpose is `sums` with `reverse=True`: neither is differentiated.

    To JAX it is the solution of a linear system, whose matrix takes the differences.
    """

    def differences(y: jax.Array) -> jax.Array:
        first = jax.lax.slice_in_dim(y, 0, 1, axis=axis)
        return jnp.concatenate([first, jnp.diff(y, axis=axis)], axis)

    onward, backward = (partial(sums, axis=axis, reverse=r) for r in (False, True))
    return jax.lax.custom_linear_solve(
        differences, x, lambda _, x: onward(x), lambda _, x: backward(x)
    )
