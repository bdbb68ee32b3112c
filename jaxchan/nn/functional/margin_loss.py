"""Losses with a margin. A target is 1 or -1: which of two sides its sample belongs to.

The derivative at a hinge is that of the side where the loss grows. 16-bit floats are computed and
summed in float32.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..._checks import as_array, check_floating
from ..._dtypes import accumulator, category, promoted, real_dtype, result_type, sum_dtype
from ..._elementwise import broadcast_shape, larger
from ..._norms import check_order, real_number
from ._reduce import (
    EPSILON,
    check_mean,
    check_reduction,
    combined,
    floating,
    in_range,
    log_sigmoid,
    ramp,
    reduced,
    reduced_terms,
    spread,
    wide,
)
from .distance import pairwise_distance

Shape = tuple[int, ...]


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> jax.Array:
    """log(1 + exp(-target input)), which overflows: inf, with the gradient nan.

    Torch:    torch.nn.functional.soft_margin_loss
    Shapes:   two, of which target broadcasts to input -> that, or () under "mean" and "sum".
    Dtypes:   the input's, which is floating; any real target.
    Gradient: -target exp(-target input) / (1 + exp(-target input)). 0 to target.
    Errors:   ValueError for an unknown reduction; RuntimeError for an integer input, complex, or
              a target that does not broadcast.

    >>> float(soft_margin_loss(jnp.array([0.0, 50.0]), jnp.array([1, 1]), reduction="sum"))
    0.693...
    """
    op = "soft_margin_loss"
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    check_reduction(op, reduction)
    check_floating(op, "input", x, complex_too=False)
    if category(t.dtype) == 3:
        raise RuntimeError(f"{op}: target must be real, got {t.dtype}")
    if broadcast_shape(op, input=x, target=t) != x.shape:
        raise RuntimeError(f"{op}: target must broadcast to shape {x.shape}, got {t.shape}")
    return _soft_margin(x, t, reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> jax.Array:
    """Binary cross-entropy of logits, averaged over the classes, the input's last axis.

    Torch:    torch.nn.functional.multilabel_soft_margin_loss
    Shapes:   two that broadcast, and a weight with them -> that less the axis of classes, or ()
              under "mean" and "sum".
    Dtypes:   the input's, which is floating, promoted with target and weight.
    Gradient: (sigmoid(input) - target) / the number of classes; to target -input over it.
    Errors:   ValueError for an unknown reduction; IndexError for a 0-d input; RuntimeError for an
              integer input, a bool target, or shapes that do not broadcast.

    >>> x, t = jnp.array([[0.0, 50.0]]), jnp.array([[1, 1]])
    >>> float(multilabel_soft_margin_loss(x, t))
    0.346...
    """
    op = "multilabel_soft_margin_loss"
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    w = None if weight is None else as_array(op, "weight", weight)
    check_floating(op, "input", x, complex_too=False)
    if t.dtype == jnp.bool_:
        raise RuntimeError(f"{op}: target must not be bool, got {t.dtype}")
    if x.ndim == 0:
        raise IndexError(f"{op}: input must have a dim of classes, got shape {x.shape}")
    arrays = [x, t] if w is None else [x, t, w]
    shape = broadcast_shape(op, **dict(zip(("input", "target", "weight"), arrays, strict=False)))
    check_reduction(op, reduction)
    return _multilabel(x, t, w, reduction, shape, result_type(*arrays))


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> jax.Array:
    """`input` where target is 1, max(margin - input, 0) where it is -1, both added elsewhere.

    Torch:    torch.nn.functional.hinge_embedding_loss
    Shapes:   two that broadcast -> their broadcast, or () under "mean" and "sum".
    Dtypes:   the input's: not bool or complex, and integers have no mean; any target.
    Gradient: 1 where target is not -1, less 1 where it is not 1 and input <= margin.
    Errors:   ValueError for an unknown reduction; RuntimeError for a bool or complex input, shapes
              that do not broadcast, or the mean of integers; TypeError for a margin that is no
              number.

    >>> x = jnp.array([0.2, 0.2, 3.0])
    >>> hinge_embedding_loss(x, jnp.array([1, -1, -1]), reduction="none").round(1)
    Array([0.2, 0.8, 0. ], dtype=float...)
    """
    op = "hinge_embedding_loss"
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    check_reduction(op, reduction)
    border = real_number(op, "margin", margin)
    if x.dtype == jnp.bool_ or category(x.dtype) == 3:
        raise RuntimeError(f"{op}: input must be real and not bool, got {x.dtype}")
    check_mean(op, reduction, x.dtype)
    return _hinge(x, t, border, reduction, broadcast_shape(op, input=x, target=t))


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0, reduction: str = "mean"
) -> jax.Array:
    """1 - cos where target is 1, max(cos - margin, 0) where it is -1, and 0 elsewhere.

    cos = sum(a b) / sqrt((sum(a a) + 1e-12) (sum(b b) + 1e-12)): not cosine_similarity's, which
    is bounded below elsewhere.

    Torch:    torch.nn.functional.cosine_embedding_loss
    Shapes:   (N, D) that broadcast, target (N,) -> (N,); or (D,), target () -> (); () under "mean"
              and "sum".
    Dtypes:   promoted, integers to float32; any target. In float16 the two sums, and their
              product, overflow or vanish as in torch.
    Gradient: of the formula, 0 where the hinge is.
    Errors:   ValueError for an unknown reduction; RuntimeError for another number of dims, shapes
              that do not broadcast, or complex; TypeError for a margin that is no number.

    >>> a, b = jnp.array([[1.0, 0.0], [1.0, 0.0]]), jnp.array([[1.0, 0.0], [0.0, 1.0]])
    >>> cosine_embedding_loss(a, b, jnp.array([1, 1]), reduction="none").round(3) + 0
    Array([0., 1.], dtype=float...)
    """
    op = "cosine_embedding_loss"
    x, y = as_array(op, "input1", input1), as_array(op, "input2", input2)
    t, border = as_array(op, "target", target), real_number(op, "margin", margin)
    check_reduction(op, reduction)
    if t.ndim > 1 or x.ndim != t.ndim + 1 or y.ndim != t.ndim + 1:
        raise RuntimeError(
            f"{op}: input1 and input2 must have two dims for a target of one, one for a 0-d, "
            f"got {x.shape}, {y.shape} and {t.shape}"
        )
    if 3 in (category(x.dtype), category(y.dtype)):
        raise RuntimeError(f"{op}: input1 and input2 must be real, got {x.dtype} and {y.dtype}")
    pair = broadcast_shape(op, input1=x, input2=y)
    try:
        shape = np.broadcast_shapes(pair[:-1], t.shape)
    except ValueError:
        raise RuntimeError(
            f"{op}: target must broadcast with the samples {pair[:-1]}, got {t.shape}"
        ) from None
    return _cosine(x, y, t, border, reduction, pair, shape)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0, reduction: str = "mean"
) -> jax.Array:
    """max(margin - target (input1 - input2), 0): target is 1 where input1 should be the larger.

    Torch:    torch.nn.functional.margin_ranking_loss
    Shapes:   three of as many dims that broadcast -> their broadcast, or () under "mean" and "sum".
    Dtypes:   promoted, integers to float32.
    Gradient: -target and target, and -(input1 - input2), where the loss is not below 0 before it
              is cut.
    Errors:   ValueError for an unknown reduction; RuntimeError for unequal numbers of dims, shapes
              that do not broadcast, bool or complex; TypeError for a margin that is no number.

    >>> a, b = jnp.array([1.0, 2.0]), jnp.array([3.0, 0.0])
    >>> margin_ranking_loss(a, b, jnp.ones(2), reduction="none").tolist()
    [2.0, 0.0]
    """
    op = "margin_ranking_loss"
    arrays = {"input1": input1, "input2": input2, "target": target}
    x, y, t = (as_array(op, name, value) for name, value in arrays.items())
    check_reduction(op, reduction)
    border = real_number(op, "margin", margin)
    shape = _common_shape(op, input1=x, input2=y, target=t)
    if not {0, 3}.isdisjoint(category(v.dtype) for v in (x, y, t)):
        raise RuntimeError(
            f"{op}: input1, input2 and target must be real and not bool, "
            f"got {x.dtype}, {y.dtype} and {t.dtype}"
        )
    return _ranking(x, y, t, border, reduction, shape)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> jax.Array:
    """max(margin + |anchor - positive| - |anchor - negative|, 0) of p-norms over the last axis.

    With `swap` the nearer of anchor and positive is compared with negative.

    Torch:    torch.nn.functional.triplet_margin_loss
    Shapes:   three of as many dims that broadcast, (*, D) -> (*), or () under "mean" and "sum".
    Dtypes:   promoted, integers to float32; complex gives its real type.
    Gradient: that of `pairwise_distance` where the hinge is not passed; a tie of `swap` shares it.
    Errors:   ValueError for an unknown reduction or margin <= 0; RuntimeError for unequal numbers
              of dims, shapes that do not broadcast, bool, or empty vectors under p<0 or inf;
              TypeError for an option of another kind.

    >>> a, b = jnp.array([[0.0, 0.0]]), jnp.array([[3.0, 4.0]])
    >>> float(triplet_margin_loss(a, b, a, eps=0.0))
    6.0
    """
    op = "triplet_margin_loss"
    arrays = {"anchor": anchor, "positive": positive, "negative": negative}
    a, b, c = (as_array(op, name, value) for name, value in arrays.items())
    check_reduction(op, reduction)
    border, order, shift = (
        real_number(op, n, v) for n, v in (("margin", margin), ("p", p), ("eps", eps))
    )
    if border <= 0:
        raise ValueError(f"{op}: margin must be positive, got {margin}")
    shape = _common_shape(op, anchor=a, positive=b, negative=c)
    if jnp.bool_ in (a.dtype, b.dtype, c.dtype):
        raise RuntimeError(
            f"{op}: anchor, positive and negative must not be bool, "
            f"got {a.dtype}, {b.dtype} and {c.dtype}"
        )
    if shape:
        check_order(op, shape, order, (len(shape) - 1,), "anchor - positive")
    pairs = ((a, b), (a, c), (b, c)) if swap else ((a, b), (a, c))
    distances = [
        pairwise_distance(wide(x, x.dtype), wide(y, y.dtype), order, shift) for x, y in pairs
    ]
    dtype = real_dtype(floating(promoted(a.dtype, b.dtype, c.dtype)))
    return _triplet(distances, border, reduction, dtype)


def _common_shape(op: str, **arrays: jax.Array) -> Shape:
    if len({v.ndim for v in arrays.values()}) > 1:
        shapes = ", ".join(f"{name} {v.shape}" for name, v in arrays.items())
        raise RuntimeError(f"{op}: all must have as many dims, got {shapes}")
    return broadcast_shape(op, **arrays)


@partial(jax.jit, static_argnames="reduction")
def _soft_margin(x: jax.Array, t: jax.Array, reduction: str) -> jax.Array:
    wide_x, t = wide(x, x.dtype), jax.lax.stop_gradient(jnp.broadcast_to(t, x.shape))
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    loss = _log1p_exp(wide_x, t, x.dtype) if x.size else wide_x
    return reduced(loss, reduction, x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _log1p_exp(x: jax.Array, t: jax.Array, dtype: np.dtype) -> jax.Array:
    return jnp.log1p(in_range(jnp.exp(-t.astype(x.dtype) * x), dtype))


@_log1p_exp.defjvp
def _log1p_exp_jvp(dtype: np.dtype, primals: tuple, tangents: tuple) -> tuple:
    (x, t), (dx, _) = primals, tangents
    return _log1p_exp(x, t, dtype), _log1p_exp_slope(x, t, dtype) * dx


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _log1p_exp_slope(x: jax.Array, t: jax.Array, dtype: np.dtype) -> jax.Array:
    power = _power(x, t, dtype)
    return in_range(-t.astype(x.dtype) * power, dtype) / (1 + power)


@_log1p_exp_slope.defjvp
def _log1p_exp_slope_jvp(dtype: np.dtype, primals: tuple, tangents: tuple) -> tuple:
    (x, t), (dx, _) = primals, tangents
    power = _power(x, t, dtype)
    curvature = (t * t).astype(x.dtype) * power / (1 + power) ** 2
    return _log1p_exp_slope(x, t, dtype), curvature * dx


def _power(x: jax.Array, t: jax.Array, dtype: np.dtype) -> jax.Array:
    """exp(-t x), where torch's derivatives negate the target in its own dtype: uint8 wraps."""
    minus_t = -t.astype(jnp.int8) if t.dtype == jnp.bool_ else -t
    return in_range(jnp.exp(minus_t.astype(x.dtype) * x), dtype)


@partial(jax.jit, static_argnames=("reduction", "shape", "dtype"))
def _multilabel(
    x: jax.Array, t: jax.Array, w: jax.Array | None, reduction: str, shape: Shape, dtype: np.dtype
) -> jax.Array:
    axis, classes, both = x.ndim - 1, x.shape[-1], result_type(x, t)
    rest = 1 - t if category(t.dtype) < 2 else 1 - wide(t, both)  # integers wrap
    x, t, rest = (jnp.broadcast_to(wide(v, both), shape) for v in (x, t, rest))
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    loss = wide(_of_logits(x, t, rest) if x.size else x, dtype)
    if w is not None:
        loss *= jnp.broadcast_to(wide(w, dtype), shape)
    total = jnp.sum(loss, axis=axis)
    # without classes the derivative is 0, not 0 / 0
    return reduced(total / classes if classes else total + jnp.nan, reduction, dtype)


@jax.custom_jvp
def _of_logits(x: jax.Array, t: jax.Array, rest: jax.Array) -> jax.Array:
    """Binary cross-entropy of logits; `rest` is 1 - t, as which it has its derivative."""
    return -(t * log_sigmoid(x) + rest * log_sigmoid(-x))


@partial(_of_logits.defjvp, symbolic_zeros=True)
def _of_logits_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, Any]:
    (x, t, rest), (dx, dt, _) = primals, tangents
    slopes = (
        (dx, lambda: rest * jax.nn.sigmoid(x) - t * jax.nn.sigmoid(-x)),
        (dt, lambda: log_sigmoid(-x) - log_sigmoid(x)),
    )
    return _of_logits(x, t, rest), combined(slopes)


@partial(jax.jit, static_argnames=("margin", "reduction", "shape"))
def _hinge(x: jax.Array, t: jax.Array, margin: float, reduction: str, shape: Shape) -> jax.Array:
    dtype, integer = x.dtype, category(x.dtype) < 2

    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        x = wide(x, dtype)
        below = jnp.asarray(int(margin) if integer else margin, x.dtype) - x
        below = jnp.maximum(below, 0) if integer else ramp(below)
        none = jnp.zeros_like(x)
        positive, negative = (_equals(t, side) for side in (1, -1))
        return jnp.where(positive, none, below) + jnp.where(negative, none, x)

    x = spread(x, shape, dtype)
    return reduced_terms(term, (x, jnp.broadcast_to(t, shape)), reduction, dtype)


def _equals(t: jax.Array, side: int) -> jax.Array:
    t = t.astype(jnp.int32) if t.dtype == jnp.bool_ else t
    return t == jnp.asarray(np.asarray(side).astype(t.dtype))


@partial(jax.jit, static_argnames=("margin", "reduction", "pair", "shape"))
def _cosine(
    x: jax.Array,
    y: jax.Array,
    t: jax.Array,
    margin: float,
    reduction: str,
    pair: Shape,
    shape: Shape,
) -> jax.Array:
    (size1, dtype1), (size2, dtype2) = _size(x), _size(y)
    product, total = _dot(jnp.broadcast_to(x, pair), jnp.broadcast_to(y, pair))
    sizes = promoted(dtype1, dtype2)
    dtype = promoted(total, sizes)
    size1, size2 = (jnp.broadcast_to(wide(v, sizes), pair[:-1]) for v in (size1, size2))
    square = in_range(size1 * size2, sizes)
    root = jax.lax.optimization_barrier(jnp.sqrt(square))  # or XLA multiplies by rsqrt
    cos = wide(product, dtype) / wide(root, dtype)
    near, far = (jnp.broadcast_to(v, shape) for v in (1 - cos, ramp(cos - margin)))
    positive, negative = (jnp.broadcast_to(_equals(t, side), shape) for side in (1, -1))
    none = jnp.zeros_like(near)
    loss = jnp.where(positive, near, none) + jnp.where(negative, far, none)
    return reduced(loss, reduction, dtype)


def _dot(x: jax.Array, y: jax.Array) -> tuple[jax.Array, np.dtype]:
    """sum(x y) over the last axis, and the dtype that it has in torch, where integers wrap."""
    dtype = promoted(x.dtype, y.dtype)
    product = wide(x, dtype) * wide(y, dtype)
    total = sum_dtype(dtype)
    return in_range(jnp.sum(product, axis=-1, dtype=accumulator(total)), total), total


def _size(x: jax.Array) -> tuple[jax.Array, np.dtype]:
    square, total = _dot(x, x)
    dtype = floating(total)
    return in_range(wide(square, dtype) + EPSILON, dtype), dtype


@partial(jax.jit, static_argnames=("margin", "reduction", "shape"))
def _ranking(
    x: jax.Array, y: jax.Array, t: jax.Array, margin: float, reduction: str, shape: Shape
) -> jax.Array:
    between = promoted(x.dtype, y.dtype)
    scaled = promoted(between, t.dtype)
    dtype = floating(scaled)
    sign = t.dtype

    def term(x: jax.Array, y: jax.Array, t: jax.Array) -> jax.Array:
        # each step in its own dtype, since integers wrap
        minus_t = wide(-wide(t, sign), scaled)
        ahead = wide(wide(x, between) - wide(y, between), scaled)
        return ramp(wide(minus_t * ahead, dtype) + margin)

    arrays = (spread(x, shape, between), spread(y, shape, between), spread(t, shape, sign))
    return reduced_terms(term, arrays, reduction, dtype)


@partial(jax.jit, static_argnames=("margin", "reduction", "dtype"))
def _triplet(
    distances: list[jax.Array], margin: float, reduction: str, dtype: np.dtype
) -> jax.Array:
    shape = np.broadcast_shapes(*(d.shape for d in distances))
    near, far, *other = (jnp.broadcast_to(wide(d, dtype), shape) for d in distances)
    if other and far.size:
        # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
        far = -larger(-far, -other[0])
    return reduced(ramp(margin + near - far), reduction, dtype)
