"""Rows by index, and indices as rows."""

import operator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_concrete, is_number
from ..._dtypes import accumulator, category, index_dtype, real_dtype
from ..._indexing import check_index_dtype, check_range, take
from ..._norms import p_norm


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> jax.Array:
    """The rows of `weight` that `input` names.

    Torch:    torch.nn.functional.embedding
    Shapes:   (*) and weight (N, D) -> (*, D).
    Dtypes:   the weight's; the input is int64 or int32.
    Gradient: added up at the rows that were taken, but for row `padding_idx`; divided by how often
              each was, with `scale_grad_by_freq`. It never is a sparse array, as `sparse` asks.
    Errors:   IndexError for an index out of range (negative ones are); RuntimeError for an input of
              another dtype, a weight without rows or two dims, or max_norm with integers;
              AssertionError for a padding_idx out of range; TypeError for another kind of argument.

    Rows longer than `max_norm` are cut to it in the result; torch cuts them in `weight` too, in
    place. Under jit an index out of range cannot raise: its row is nan (integers: the lowest, or
    the highest of an unsigned type; bool: True).

    >>> embedding(jnp.array([2, 0]), jnp.array([[1.0], [2.0], [3.0]])).tolist()
    [[3.0], [1.0]]
    """
    i, w = as_array("embedding", "input", input), as_array("embedding", "weight", weight)
    if w.ndim != 2:
        raise RuntimeError(f"embedding: weight must have two dims, got shape {w.shape}")
    padding = None if padding_idx is None else _row("padding_idx", padding_idx, len(w))
    for name, flag in (("scale_grad_by_freq", scale_grad_by_freq), ("sparse", sparse)):
        if not isinstance(flag, bool):
            raise TypeError(f"embedding: {name} must be a bool, got {flag!r}")
    check_index_dtype("embedding", "input", i)
    check_range("embedding", "input", i, len(w), IndexError if len(w) else RuntimeError)
    limit = None if max_norm is None else _limit(w, max_norm, norm_type)
    return _embedding(i, w, padding, limit, scale_grad_by_freq)


def one_hot(input: Any, num_classes: int = -1) -> jax.Array:
    """A 1 in the place that each index names, among zeros.

    Torch:    torch.nn.functional.one_hot
    Shapes:   (*) -> (*, num_classes); -1 stands for the largest index and one more.
    Dtypes:   int64, also the input.
    Gradient: none.
    Errors:   RuntimeError for an input of another dtype, an index that is negative or not below
              num_classes, or no elements to count classes by; TypeError for another kind of
              argument, and under jit without num_classes.

    Under jit an index out of range cannot raise: its row is the lowest integer throughout.

    >>> one_hot(jnp.array([1, 0]))
    Array([[0, 1],
           [1, 0]], dtype=...)
    """
    x = as_array("one_hot", "input", input)
    if isinstance(num_classes, bool) or not hasattr(num_classes, "__index__"):
        raise TypeError(f"one_hot: num_classes must be an int, got {num_classes!r}")
    classes = operator.index(num_classes)
    if x.dtype != index_dtype():
        raise RuntimeError(f"one_hot: input must be int64, got {x.dtype}")
    if classes < 1 and (classes != -1 or not x.size):
        raise RuntimeError(f"one_hot: num_classes must be above every index, got {num_classes}")
    if classes == -1:
        check_concrete("one_hot", x, "num_classes")
        classes = max(int(np.asarray(x).max()) + 1, 1)
    check_range("one_hot", "input", x, classes, RuntimeError)
    return _one_hot(x, classes)


def _row(name: str, value: Any, rows: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"embedding: {name} must be an int, got {value!r}")
    if not -rows <= operator.index(value) < max(rows, 1):
        raise AssertionError(f"embedding: {name} must be in [{-rows}, {rows}), got {value}")
    return operator.index(value) % max(rows, 1)


def _limit(weight: jax.Array, max_norm: Any, norm_type: Any) -> tuple[float, float]:
    for name, value in (("max_norm", max_norm), ("norm_type", norm_type)):
        if not is_number(value) or isinstance(value, complex):
            raise TypeError(f"embedding: {name} must be a real number, got {value!r}")
    if category(weight.dtype) < 2:
        raise RuntimeError(f"embedding: weight must be floating for max_norm, got {weight.dtype}")
    return float(max_norm), float(norm_type)


@partial(jax.jit, static_argnames=("padding", "limit", "by_count"))
def _embedding(
    index: jax.Array,
    weight: jax.Array,
    padding: int | None,
    limit: tuple[float, float] | None,
    by_count: bool,
) -> jax.Array:
    flat = index.reshape(-1)
    rows = take(weight.astype(accumulator(weight.dtype)), flat, 0)
    if rows.size and category(weight.dtype) > 1:
        shares = _shares(flat, len(weight), padding, by_count, real_dtype(rows.dtype))
        rows = _passed(rows, shares[:, None], limit)
    return rows.astype(weight.dtype).reshape(*index.shape, weight.shape[1])


def _shares(
    index: jax.Array, rows: int, padding: int | None, by_count: bool, dtype: np.dtype
) -> jax.Array:
    """What part of its cotangent each index passes on to its row."""
    part = jnp.ones(index.shape, dtype)
    if by_count:
        part = 1 / jnp.zeros(rows, dtype).at[index].add(part)[index]
    return part if padding is None else jnp.where(index == padding, jnp.zeros_like(part), part)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _passed(rows: jax.Array, shares: jax.Array, limit: tuple[float, float] | None) -> jax.Array:
    """The rows, cut to a norm; their tangents are not, but the given shares of them."""
    if limit is None:
        return rows
    most, order = limit
    size = p_norm(rows, order, (1,))
    cut = jnp.where(size > most, most / (size + 1e-7), jnp.ones_like(size))
    return rows * cut.astype(rows.dtype)


@_passed.defjvp
def _passed_jvp(
    limit: tuple[float, float] | None, primals: tuple, tangents: tuple
) -> tuple[jax.Array, jax.Array]:
    (rows, shares), (drows, _) = primals, tangents
    part = jnp.where(shares == 0, jnp.zeros_like(drows), shares.astype(rows.dtype) * drows)
    return _passed(rows, shares, limit), part


@partial(jax.jit, static_argnames="classes")
def _one_hot(x: jax.Array, classes: int) -> jax.Array:
    row = jnp.arange(classes, dtype=x.dtype).reshape((1,) * x.ndim + (classes,))
    hot = (x[..., None] == row).astype(x.dtype)
    wrong = ((x < 0) | (x >= classes))[..., None]
    return jnp.where(wrong, jnp.full_like(hot, jnp.iinfo(x.dtype).min), hot)
