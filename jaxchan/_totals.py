"""Sums over all of large arrays of what is computed element by element, on CPU block by block.

There a library takes the sums, and what it cannot compute itself is written out in full. A loop
over blocks that adds to an array as large as a block is one pass over the inputs, without
temporaries.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

Array = jax.Array
LARGE = 1 << 19  # elements; smaller arrays stay in the cache as they are
BLOCK = 1 << 16  # elements, so that the accumulators stay in the cache


def sum_of(term: Callable[..., Array], *arrays: Array) -> Array:
    """The sum of `term(*arrays)`, which is elementwise. `term` closes over no arrays."""

    def plain(*arrays: Array) -> Array:
        return jnp.sum(term(*arrays))

    first = arrays[0]
    if first.size < LARGE or any(array.shape != first.shape for array in arrays):
        return plain(*arrays)
    return quick_on_cpu(partial(_by_blocks, term), plain, arrays)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def quick_on_cpu(quick: Callable, plain: Callable, operands: tuple) -> Any:
    """`plain(*operands)`, on CPU by `quick`. The derivative is that of `plain`."""
    return jax.lax.platform_dependent(*operands, cpu=quick, default=plain)


def _quick_on_cpu_jvp(quick: Callable, plain: Callable, primals: tuple, tangents: tuple) -> tuple:
    leaves, tree = jax.tree.flatten(primals)
    slopes = jax.tree.leaves(tangents, is_leaf=lambda d: type(d) is SymbolicZero)
    moving = [i for i, d in enumerate(slopes) if type(d) is not SymbolicZero]

    def of(*values: Array) -> Any:
        moved = dict(zip(moving, values, strict=True))
        (operands,) = tree.unflatten([moved.get(i, v) for i, v in enumerate(leaves)])
        return plain(*operands)

    value = quick_on_cpu(quick, plain, *primals)
    if not moving:
        return value, jax.tree.map(jnp.zeros_like, value)
    at, along = ([array[i] for i in moving] for array in (leaves, slopes))
    return value, jax.jvp(of, at, along)[1]


quick_on_cpu.defjvp(_quick_on_cpu_jvp, symbolic_zeros=True)


def _by_blocks(term: Callable[..., Array], *arrays: Array) -> Array:
    flat = [array.reshape(-1) for array in arrays]
    blocks = flat[0].size // BLOCK

    def block(turn: Array | int) -> list[Array]:
        return [term(*(jax.lax.dynamic_slice_in_dim(a, turn * BLOCK, BLOCK) for a in flat))]

    (whole,) = sum_of_turns(block, blocks)
    return jnp.sum(whole) + jnp.sum(term(*(a[blocks * BLOCK :] for a in flat)))


def sum_of_turns(terms: Callable[[Array | int], list[Array]], turns: int) -> list[Array]:
    """The sums of `terms(turn)`, by groups: few are added one by one, so that few roundings add."""
    group = math.isqrt(turns)
    zeros = [jnp.zeros(a.shape, a.dtype) for a in jax.eval_shape(terms, 0)]

    def add(turn: Array, so_far: list[Array]) -> list[Array]:
        return [s + v for s, v in zip(so_far, terms(turn), strict=True)]

    def add_group(first: Array, so_far: list[Array]) -> list[Array]:
        last = jnp.minimum(first * group + group, turns)
        some = jax.lax.fori_loop(first * group, last, add, zeros)
        return [s + v for s, v in zip(so_far, some, strict=True)]

    return jax.lax.fori_loop(0, -(-turns // group), add_group, zeros)
