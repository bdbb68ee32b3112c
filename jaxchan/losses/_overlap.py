"""The computation behind the overlap losses: probabilities, sums, ratios, and their mean."""

import operator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._checks import check_option, is_number
from .._dtypes import as_scalar
from .._elementwise import fence
from ._arguments import REDUCTIONS, STATIC, Given, dense, out_dtype, per_class, wide_dtype
from ._blocks import Sums, total
from ._logistic import guarded, power, sigmoids
from ._softmax import log_softmax

Array = jax.Array
CHOICES = {
    "activation": ("sigmoid", "softmax", None),
    "per": ("batch", "class", "sample", "sample_class"),
    "overlap": ("product", "minimum"),
    "absent": ("keep", "zero", "skip"),
    "weight_mode": ("scale", "mean", "inside"),
    "reduction": REDUCTIONS,
}


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Options:
    """What overlap losses do beside their formula, as `tversky_loss` describes it, checked."""

    smooth: tuple[Array, Array]
    class_weight: Array | None
    activation: str | None = field(metadata=STATIC)
    per: str = field(metadata=STATIC)
    overlap: str = field(metadata=STATIC)
    denominator_floor: float = field(metadata=STATIC)
    log_floor: float | None = field(metadata=STATIC)
    absent: str = field(metadata=STATIC)
    weight_mode: str = field(metadata=STATIC)
    classes: tuple[int, ...] | None = field(metadata=STATIC)
    reduction: str = field(metadata=STATIC)


class Counts(NamedTuple):
    """Sums over what shares a ratio: (samples, classes), where 1 of either is all of them.

    wrong: alpha FP + beta FN. positives: the targets alone.
    """

    tp: Array
    wrong: Array
    positives: Array


def needs_channel(activation: str | None, per: str, classes: Any) -> bool:
    """Whether the loss has to know which axis the classes are on."""
    return activation == "softmax" or per != "batch" or classes is not None


def options_of(
    op: str,
    at: Given,
    *,
    smooth: Any,
    activation: str | None,
    per: str,
    overlap: str,
    classes: Any,
    reduction: str,
    class_weight: Any = None,
    weight_mode: str = "scale",
    denominator_floor: float = 0.0,
    log_floor: float | None = None,
    absent: str = "keep",
) -> Options:
    """The options, checked."""
    given = {"activation": activation, "per": per, "overlap": overlap, "absent": absent}
    given |= {"weight_mode": weight_mode, "reduction": reduction}
    for name, value in given.items():
        check_option(op, name, value, CHOICES[name])
    if class_weight is not None and (per in ("batch", "sample")) != (weight_mode == "inside"):
        raise ValueError(
            f"{op}: weight_mode must be 'inside' where classes share a ratio, and only there, "
            f"got {weight_mode!r} with per={per!r}"
        )
    if per in ("sample", "sample_class") and at.channel == 0:
        raise IndexError(f"{op}: channel_dim must not be 0, the samples, for per={per!r}")
    return Options(
        _pair(op, smooth, wide_dtype(at)),
        per_class(op, "class_weight", class_weight, at),
        activation,
        per,
        overlap,
        float(denominator_floor),
        None if log_floor is None else float(log_floor),
        absent,
        weight_mode,
        _classes(op, classes, at),
        reduction,
    )


def _pair(op: str, smooth: Any, dtype: np.dtype) -> tuple[Array, Array]:
    both = tuple(smooth) if isinstance(smooth, tuple | list) else (smooth, smooth)
    if len(both) != 2 or not all(is_number(s) or getattr(s, "ndim", 1) == 0 for s in both):
        raise ValueError(f"{op}: smooth must be a number or two, got {smooth}")
    top, bottom = (as_scalar(s, dtype) for s in both)
    return top, bottom


def _classes(op: str, classes: Any, at: Given) -> tuple[int, ...] | None:
    if classes is None:
        return None
    number = at.x.shape[at.channel or 0]
    chosen = tuple(operator.index(c) for c in classes)
    if not chosen or any(not -number <= c < number for c in chosen):
        raise IndexError(f"{op}: classes must be some of {number}, got {chosen}")
    return chosen


@partial(jax.jit, static_argnames=("scale", "squared", "exponent"))
def overlap_loss(
    at: Given,
    options: Options,
    alpha: Array,
    beta: Array,
    scale: float,
    squared: bool,
    exponent: float,
) -> Array:
    """(1 - (scale TP + s) / (scale (TP + wrong) + s'))^exponent, over the classes and samples."""
    counts = counted(at, options, alpha, beta, squared)
    loss = missing(scale * counts.tp, scale * counts.wrong, options)
    if options.log_floor is not None:
        floor = options.log_floor
        above = 1 - loss > floor
        logarithm = -jnp.log1p(-jnp.where(above, loss, jnp.zeros_like(loss)))
        loss = jnp.where(above, logarithm, -jnp.log(jnp.full_like(loss, floor)))
    if exponent != 1:
        loss = power(loss, exponent)
    return _averaged(loss, counts.positives, at, options).astype(out_dtype(at))


@partial(jax.jit, static_argnames="volume_weight")
def generalized_loss(at: Given, options: Options, volume_weight: str) -> Array:
    """The ratio of sums over classes, each weighed by its volume."""
    per_class_too = {"batch": "class", "sample": "sample_class"}[options.per]
    half = jnp.asarray(0.5, wide_dtype(at))
    counts = counted(at, replace(options, per=per_class_too), half, half, False)
    v = _volume_weights(counts.positives, volume_weight)
    tp, wrong = (2 * jnp.sum(v * sums, axis=1) for sums in (counts.tp, counts.wrong))
    loss = missing(tp, wrong, options)
    if options.per == "batch":
        loss = loss[0]
    reduced = {"none": lambda x: x, "mean": jnp.mean, "sum": jnp.sum}[options.reduction](loss)
    return reduced.astype(out_dtype(at))


def _volume_weights(volumes: Array, kind: str) -> Array:
    """A class without targets gets the largest weight of those with; if none has any, 0."""
    if kind == "uniform":
        return jnp.ones_like(volumes)
    present = volumes > 0
    safe = jnp.where(present, volumes, jnp.ones_like(volumes))
    weights = jnp.where(present, 1 / safe, jnp.zeros_like(safe))
    weights = weights * weights if kind == "square" else weights
    return jnp.where(present, weights, jnp.max(weights, axis=1, keepdims=True))


def counted(at: Given, options: Options, alpha: Array, beta: Array, squared: bool) -> Counts:
    """The sums, over space and what else shares a ratio."""
    together = options.activation == "softmax" or options.classes is not None
    sums = Sums(partial(_summed, squared=squared), options.per, together)
    return Counts(*total(sums, at, (options, alpha, beta)))


def _summed(at: Given, others: tuple[Options, Array, Array], squared: bool) -> tuple[Array, ...]:
    """What `Counts` are sums of."""
    options, alpha, beta = others
    x, t, mask = dense(at, together=options.activation == "softmax")
    p, q = probabilities(x, options.activation, at.channel)
    tp, fp, fn = _terms(p, q, t, options.overlap, squared)
    terms = [tp, alpha * fp + beta * fn, t]
    if options.classes is not None:
        chosen = np.asarray(options.classes)
        terms = [jnp.take(term, chosen, axis=at.channel) for term in terms]
    if mask is not None:
        terms = [jnp.where(_chosen(mask, at, options), x, jnp.zeros_like(x)) for x in terms]
    if options.weight_mode == "inside" and options.class_weight is not None:
        terms = [_chosen(options.class_weight, at, options) * term for term in terms]
    return tuple(terms)


def _chosen(array: Array, at: Given, options: Options) -> Array:
    """The classes that count of an array that may have one for all."""
    if options.classes is None or array.ndim == 0 or array.shape[at.channel or 0] == 1:
        return array
    return jnp.take(array, np.asarray(options.classes), axis=at.channel)


def probabilities(x: Array, activation: str | None, channel: int | None) -> tuple[Array, Array]:
    """p, and 1 - p without cancellation."""
    if activation is None:
        return x, 1 - x
    if activation == "softmax":
        u = fence(log_softmax(x, channel or 0))
        return jnp.exp(u), -jnp.expm1(u)
    p, q, *_ = sigmoids(x)
    return fence(p), fence(q)


def _terms(p: Array, q: Array, t: Array, overlap: str, squared: bool) -> tuple[Array, ...]:
    """What true positives, false positives and false negatives are sums of."""
    if not squared and overlap == "product":
        return p * t, p * (1 - t), q * t
    gap = t * q - (1 - t) * p  # t - p, exact for targets of 0 and 1
    if squared:
        return p * t, -p * gap, t * gap
    zero = jnp.zeros_like(p)
    return jnp.minimum(p, t), jnp.maximum(-gap, zero), jnp.maximum(gap, zero)


def missing(tp: Array, wrong: Array, options: Options) -> Array:
    """1 - (tp + s) / max(tp + wrong + s', floor)."""
    s_top, s_bottom = options.smooth
    return _missing(tp, wrong, s_top, s_bottom, options.denominator_floor)


@partial(jax.custom_jvp, nondiff_argnums=(4,))
def _missing(tp: Array, wrong: Array, s_top: Array, s_bottom: Array, floor: float) -> Array:
    return _parts(tp, wrong, s_top, s_bottom, floor)[0]


@_missing.defjvp
def _missing_jvp(floor: float, primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    tp, wrong, s_top, s_bottom = primals
    loss, score, bottom, low = _parts(tp, wrong, s_top, s_bottom, floor)
    d_tp, d_wrong, d_top, d_bottom = tangents
    gain = jnp.where(low, jnp.zeros_like(score), score)
    lost = jnp.where(low, jnp.ones_like(loss), loss)
    # bottom is not squared: its square may underflow
    return loss, guarded(gain * (d_wrong + d_bottom) - lost * d_tp - d_top, bottom, 0.0)


def _parts(tp: Array, wrong: Array, s_top: Array, s_bottom: Array, floor: float):
    """The loss and the score, either without cancellation, and what both are divided by."""
    bottom = tp + wrong + s_bottom
    top, low = wrong + (s_bottom - s_top), bottom < floor
    top = jnp.where(low, floor - tp - s_top, top)
    bottom = jnp.maximum(bottom, jnp.full_like(bottom, floor))
    return guarded(top, bottom, 0.0), guarded(tp + s_top, bottom, 0.0), bottom, low


def _averaged(loss: Array, positives: Array, at: Given, options: Options) -> Array:
    """Losses (samples, classes), weighed and reduced."""
    w = jnp.ones_like(loss)
    present = (positives > 0).astype(loss.dtype)
    if options.class_weight is not None and options.weight_mode != "inside":
        weight = _chosen(options.class_weight, at, options)
        w = w * (weight.reshape(1, -1) if weight.ndim else weight)
    if options.absent == "zero":
        loss = loss * present
    if options.absent == "skip":
        loss, w = jnp.where(present > 0, loss, jnp.zeros_like(loss)), w * present
    if options.reduction == "sum":
        return jnp.sum(w * loss)
    if options.reduction == "none":
        kept = {"batch": (0, 0), "class": (0,), "sample": (slice(None), 0)}.get(options.per, ())
        return (w * loss)[kept]
    if options.weight_mode == "mean" or options.absent == "skip":
        total = jnp.sum(w, axis=1)
        over = guarded(jnp.sum(w * loss, axis=1), total, 1.0)
        return jnp.mean(over)
    return jnp.mean(w * loss)
