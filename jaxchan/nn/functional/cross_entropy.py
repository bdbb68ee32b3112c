"""Cross-entropies of class indices and of distributions."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ..._checks import as_array, check_floating
from ..._dtypes import index_dtype, result_type
from ..._elementwise import broadcast_shape
from ..._extrema import largest
from ..._norms import real_number
from ..._online import peak_and_total
from ..._reductions import shares, sum_exp
from ..._totals import entry_axis
from ._reduce import (
    REDUCTIONS,
    arguments,
    check_reduction,
    in_range,
    reduced,
    reduced_terms,
    spread,
    sum_of_terms,
    wide,
)

Shape = tuple[int, ...]


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> jax.Array:
    """Negative log-probability, under softmax over the classes, of class indices or of
    distributions.

    Torch:    torch.nn.functional.cross_entropy
    Shapes:   (N, C, *) or (C,), target (N, *) or () of indices -> target's; or target of the
              input's shape -> that without C; () under "mean" and "sum". weight (C,).
    Dtypes:   floating; indices int64, or uint8 for at most two dims. A weight has the input's
              dtype; beside probabilities all are promoted.
    Gradient: softmax minus target, weighted; 0 to what is ignored, and to a weight beside indices.
    Errors:   IndexError for a class out of range; ValueError for an unknown reduction or another
              number of samples; RuntimeError for another shape or dtype, label_smoothing > 1, or
              ignore_index >= 0 beside probabilities; TypeError for an argument of another kind.

    "mean" divides by the weights of the targets: nan if all are ignored. Beside probabilities it
    divides by the number of distributions. Under jit a class out of range gives nan.

    >>> x = jnp.array([[1.0, 1.0], [0.0, 9.0]])
    >>> float(cross_entropy(x, jnp.array([0, -100])))
    0.693...
    """
    op = "cross_entropy"
    x, t, w = arguments(op, input, target, weight, reduction)
    ignore, smoothing = (
        _integer(op, ignore_index),
        real_number(op, "label_smoothing", label_smoothing),
    )
    if smoothing > 1:
        raise RuntimeError(f"{op}: label_smoothing must be in [0, 1], got {label_smoothing}")
    check_floating(op, "input", x, complex_too=False)
    if x.shape == t.shape:
        return _with_probabilities(op, x, t, w, ignore, reduction, smoothing)
    _check_classes(op, x, t, w, ignore)
    if smoothing > 0:
        _check_smoothed(op, x, t, w, reduction)
    return _cross_entropy(x, t, w, ignore, reduction, max(smoothing, 0.0))


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> jax.Array:
    """The negative of the entry that each class index names.

    Torch:    torch.nn.functional.nll_loss
    Shapes:   (N, C, *) or (C,), target (N, *) or () -> target's, or () under "mean" and "sum".
              weight (C,).
    Dtypes:   floating; indices int64, or uint8 for at most two dims. A weight has the input's
              dtype.
    Gradient: minus the weight at the entries that were named, 0 elsewhere and to a weight.
    Errors:   IndexError for a class out of range; ValueError for an unknown reduction, a 0-d input
              or another number of samples; RuntimeError for another shape or dtype; TypeError for
              an argument of another kind.

    "mean" divides by the weights of the targets: nan if all are ignored. Under jit a class out of
    range gives nan.

    >>> float(nll_loss(jnp.array([[-1.0, -2.0], [-4.0, -8.0]]), jnp.array([1, 0])))
    3.0
    """
    op = "nll_loss"
    x, t, w = arguments(op, input, target, weight, reduction)
    ignore = _integer(op, ignore_index)
    if x.ndim == 0:
        raise ValueError(f"{op}: input must have at least one dim, got shape {x.shape}")
    _check_classes(op, x, t, w, ignore)
    check_floating(op, "input", x, complex_too=False)
    return _nll(x, t, w, ignore, reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> jax.Array:
    """target (log(target) - input), where `input` holds log-probabilities; with `log_target` so
    does target.

    Torch:    torch.nn.functional.kl_div
    Shapes:   two that broadcast -> their broadcast, or () under a reduction.
    Dtypes:   floating, promoted as in arithmetic.
    Gradient: -target; to target log(target) + 1 - input, nan at a target of 0.
    Errors:   ValueError for an unknown reduction; RuntimeError for shapes that do not broadcast,
              integers or complex; TypeError for a log_target that is no bool.

    "batchmean" divides the sum by the input's first size, "mean" by the number of elements.

    >>> p = jnp.array([[0.5, 0.5]])
    >>> float(kl_div(jnp.log(jnp.array([[0.25, 0.75]])), p, reduction="batchmean"))
    0.143...
    """
    op = "kl_div"
    x, t = as_array(op, "input", input), as_array(op, "target", target)
    check_reduction(op, reduction, (*REDUCTIONS, "batchmean"))
    if not isinstance(log_target, bool):
        raise TypeError(f"{op}: log_target must be a bool, got {log_target!r}")
    check_floating(op, "input", x, complex_too=False)
    check_floating(op, "target", t, complex_too=False)
    shape = broadcast_shape(op, input=x, target=t)
    return _kl_div(x, t, reduction, log_target, shape, result_type(x, t))


def _integer(op: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{op}: ignore_index must be an int, got {value!r}")
    return value


def _check_classes(op: str, x: jax.Array, t: jax.Array, w: jax.Array | None, ignore: int) -> None:
    """Class indices of the right shape, dtype and range, and a weight for each class."""
    samples = (1,) if x.ndim == 1 else x.shape[:1]
    wanted = samples + x.shape[2:]
    if x.ndim == 1 and t.ndim == 0:
        t = t.reshape(1)
    if (x.ndim > 1 or t.ndim == 1) and t.shape[:1] != samples:
        raise ValueError(f"{op}: target must have {samples[0]} samples, got shape {t.shape}")
    if t.shape != wanted:
        raise RuntimeError(f"{op}: target must have shape {wanted}, got {t.shape}")
    # torch's kernel for images has no uint8
    allowed = (index_dtype(), np.dtype(jnp.uint8))[: 2 if x.ndim < 3 else 1]
    if t.dtype not in allowed:
        raise RuntimeError(f"{op}: target must be {' or '.join(map(str, allowed))}, got {t.dtype}")
    classes = x.shape[min(x.ndim - 1, 1)]
    if w is not None:
        if w.size != classes or (w.ndim != 1 and x.ndim < 3):
            raise RuntimeError(f"{op}: weight must have shape ({classes},), got {w.shape}")
        if w.dtype != x.dtype:
            raise RuntimeError(f"{op}: weight must be {x.dtype} as input is, got {w.dtype}")
    if not isinstance(t, Tracer):
        labels = np.asarray(t)
        wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore)]
        if wrong.size:
            raise IndexError(f"{op}: target must be in [0, {classes}), got {wrong[0]}")


def _check_smoothed(
    op: str, x: jax.Array, t: jax.Array, w: jax.Array | None, reduction: str
) -> None:
    """What torch refuses under label smoothing alone."""
    if x.ndim == 1 and t.ndim == 1:
        raise RuntimeError(f"{op}: target must be 0-d for one sample, got shape {t.shape}")
    if w is not None and reduction == "mean" and t.dtype == jnp.uint8:
        raise RuntimeError(f"{op}: target must be int64 beside a weight, got {t.dtype}")


def _with_probabilities(
    op: str,
    x: jax.Array,
    t: jax.Array,
    w: jax.Array | None,
    ignore: int,
    reduction: str,
    smoothing: float,
) -> jax.Array:
    check_floating(op, "target", t, complex_too=False)
    if x.ndim == 0:
        raise IndexError(f"{op}: input must have a dim of classes, got shape {x.shape}")
    if ignore >= 0:
        raise RuntimeError(f"{op}: ignore_index must be left out for probabilities, got {ignore}")
    axis = min(x.ndim - 1, 1)
    if w is not None and w.shape != (x.shape[axis],):
        raise RuntimeError(f"{op}: weight must have shape ({x.shape[axis]},), got {w.shape}")
    dtype = result_type(x, t) if w is None else result_type(x, t, w)
    return _of_probabilities(x, t, w, axis, reduction, max(smoothing, 0.0), dtype)


@partial(jax.jit, static_argnames=("ignore", "reduction", "smoothing"))
def _cross_entropy(
    x: jax.Array,
    t: jax.Array,
    w: jax.Array | None,
    ignore: int,
    reduction: str,
    smoothing: float,
) -> jax.Array:
    shape, (scores, labels) = t.shape, _batched(x, t)
    w = jax.lax.stop_gradient(w)  # torch has no derivative by it
    top, total = _scale(scores, 1)
    weights = _weights(w, labels, scores.dtype)
    named = _at(scores, labels) - jnp.squeeze(top, 1)
    loss = (jnp.squeeze(total, 1) - named) * weights
    if smoothing:
        logs, share = scores - top - total, smoothing / max(scores.shape[1], 1)
        rest = jnp.sum(logs if w is None else logs * _row(w, logs), axis=1)
        loss = (1 - smoothing) * loss - share * rest
    return _averaged(loss, labels, weights, ignore, reduction, x.dtype, w is not None).reshape(
        () if x.ndim == 1 or reduction != "none" else shape
    )


@partial(jax.jit, static_argnames=("ignore", "reduction"))
def _nll(x: jax.Array, t: jax.Array, w: jax.Array | None, ignore: int, reduction: str) -> jax.Array:
    scores, labels = _batched(x, t)
    weights = _weights(jax.lax.stop_gradient(w), labels, scores.dtype)
    loss = -_at(scores, labels) * weights
    return _averaged(loss, labels, weights, ignore, reduction, x.dtype, w is not None).reshape(
        () if x.ndim == 1 or reduction != "none" else t.shape
    )


def _batched(x: jax.Array, t: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Scores (N, C, *) in the dtype of sums, and labels (N, *); of one sample N is 1."""
    scores, labels = wide(x, x.dtype), t.astype(index_dtype())
    return (scores[None], labels.reshape(1)) if x.ndim == 1 else (scores, labels)


def _scale(x: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """The largest along `axis`, and the logarithm of the sum of exp(x - largest).

    log_softmax is x less both. It need not be formed of all classes for the loss of one.
    """
    if x.size == 0:  # jax 0.10.2 gives the gradient of a vmapped custom_jvp of it a wrong shape
        none = jnp.sum(x, axis=axis, keepdims=True)
        return jnp.full_like(none, -jnp.inf), none
    return _top_and_log_total(x, axis)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _top_and_log_total(x: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """As `_scale`; the largest has no derivative."""

    def twice(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        top = largest(x, (axis,))
        return top, jnp.log(sum_exp(x, top, (axis,)))

    def once(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        top, total = peak_and_total(x, (axis,))
        return top, jnp.log(total)

    return jax.lax.platform_dependent(x, cuda=once, default=twice)


@_top_and_log_total.defjvp
def _top_and_log_total_jvp(axis: int, primals: tuple, tangents: tuple) -> tuple[tuple, tuple]:
    (x,), (dx,) = primals, tangents

    def by_shares(x: jax.Array) -> tuple[jax.Array, ...]:
        top = largest(x, (axis,))
        total, slope = shares(x, top, (axis,))
        return top, jnp.log(total), slope

    # as torch forms it, so that in float64 the same cancels in the second derivative
    def by_value(x: jax.Array) -> tuple[jax.Array, ...]:
        top, y = _top_and_log_total(x, axis)
        return top, y, jnp.exp(x - top - y)

    if x.dtype == jnp.float32 and entry_axis(x, (axis,)) is None:
        top, y, slope = jax.lax.platform_dependent(x, cuda=by_value, default=by_shares)
    else:
        top, y, slope = by_value(x)
    dy = jnp.sum(slope * dx, axis=axis, keepdims=True)
    return (top, y), (jnp.zeros_like(top), dy)


def _weights(w: jax.Array | None, labels: jax.Array, dtype: np.dtype) -> jax.Array:
    """The weight of each label's class."""
    if w is None:
        return jnp.ones(labels.shape, dtype)
    return jnp.take(w.reshape(-1).astype(dtype), labels, mode="fill", fill_value=0)


def _row(w: jax.Array, like: jax.Array) -> jax.Array:
    """A weight for each class, broadcast over axis 1."""
    row = w.reshape(1, -1, *[1] * (like.ndim - 2))
    return jnp.broadcast_to(row.astype(like.dtype), like.shape)


def _at(x: jax.Array, labels: jax.Array) -> jax.Array:
    """The entry of axis 1 that each label names; nan for one out of range."""
    # jax 0.10.2 gives the gradient of a vmapped custom_jvp of an empty array a wrong shape
    return _taken(x, labels) if x.size else jnp.full(labels.shape, jnp.nan, x.dtype)


@jax.custom_jvp
def _taken(x: jax.Array, labels: jax.Array) -> jax.Array:
    lines = labels[:, None]
    return jnp.take_along_axis(
        x, lines, 1, mode="fill", fill_value=jnp.nan, wrap_negative_indices=False
    )[:, 0]


@_taken.defjvp
def _taken_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    # by comparison with every class: the transpose of a gather is a scatter, which is slow
    (x, labels), (dx, _) = primals, tangents
    named = jax.lax.broadcasted_iota(labels.dtype, x.shape, 1) == labels[:, None]
    return _taken(x, labels), jnp.sum(jnp.where(named, dx, jnp.zeros_like(dx)), axis=1)


def _averaged(
    loss: jax.Array,
    labels: jax.Array,
    weights: jax.Array,
    ignore: int,
    reduction: str,
    dtype: np.dtype,
    weighted: bool,
) -> jax.Array:
    """The losses of what is not ignored, 0 elsewhere; or their sum, or that over the weights'."""
    kept, none = labels != ignore, jnp.zeros_like(loss)
    loss = jnp.where(kept, loss, none)
    if reduction != "mean":
        return reduced(loss, reduction, dtype)
    # torch has both sums in `dtype`
    total = in_range(jnp.sum(in_range(loss, dtype)), dtype)
    number = in_range(jnp.sum(jnp.where(kept, weights, none)), dtype)
    # all ignored: nan, of which the derivative is 0. The number tells, if it is one
    some, one = jnp.any(kept) if weighted else number > 0, jnp.ones_like(number)
    mean = total / jnp.where(some, number, one)
    return (mean + jnp.where(some, 0.0, jnp.nan).astype(mean.dtype)).astype(dtype)


@partial(jax.jit, static_argnames=("axis", "reduction", "smoothing", "dtype"))
def _of_probabilities(
    x: jax.Array,
    t: jax.Array,
    w: jax.Array | None,
    axis: int,
    reduction: str,
    smoothing: float,
    dtype: np.dtype,
) -> jax.Array:
    scores = wide(x, x.dtype)
    top, total = _scale(scores, axis)
    logs = wide(scores - top - total, dtype)
    shares = wide(t, dtype)
    if smoothing and x.size:
        shares = shares * (1 - smoothing) + smoothing / x.shape[axis]
    product = -logs * shares
    if w is not None:
        row = w.reshape([-1 if d == axis else 1 for d in range(x.ndim)])
        product *= jnp.broadcast_to(wide(row, dtype), x.shape)
    if reduction == "none":
        return jnp.sum(product, axis=axis).astype(dtype)
    total = jnp.sum(in_range(product, dtype))
    number = x.size / x.shape[axis] if x.size else 0
    return (total / number if reduction == "mean" else total).astype(dtype)


@partial(jax.jit, static_argnames=("reduction", "log_target", "shape", "dtype"))
def _kl_div(
    x: jax.Array, t: jax.Array, reduction: str, log_target: bool, shape: Shape, dtype: np.dtype
) -> jax.Array:
    samples = x.shape[0] if reduction == "batchmean" and x.ndim else 1

    def term(x: jax.Array, t: jax.Array) -> jax.Array:
        x, t = wide(x, dtype), wide(t, dtype)
        if log_target:
            return jnp.exp(t) * (t - x)
        return (_t_log_t(t) if t.size else t) - t * x

    arrays = (spread(x, shape, dtype), spread(t, shape, dtype))
    if reduction != "batchmean":
        return reduced_terms(term, arrays, reduction, dtype)
    whole = in_range(sum_of_terms(term, arrays, dtype), dtype)
    return (whole / samples).astype(dtype)


@jax.custom_jvp
def _t_log_t(t: jax.Array) -> jax.Array:
    return jnp.where(t == 0, jnp.zeros_like(t), t * jnp.log(t))


@_t_log_t.defjvp
def _t_log_t_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    # the derivative of torch's xlogy(t, t): by its first argument 0 at 0, by its second t / t
    (t,), (dt,) = primals, tangents
    slope = jnp.where(t == 0, jnp.zeros_like(t), jnp.log(t)) + t / t
    return _t_log_t(t), slope * dt
