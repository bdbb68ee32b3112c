"""Planted faults: wrong implementations of jaxchan's ops that the suite must notice.

Each is a mistake that a port makes or could make.
"""

import functools

import jax.numpy as jnp
from jax import lax

import jaxchan
from jaxchan import channels, losses, rewrite
from jaxchan.nn.functional import conv2d

from . import _wrong
from ._breaking import (
    Fault,
    accepting,
    changed,
    ignoring,
    raising,
    second_doubled,
    second_dropped,
    then,
    through,
    with_jvp,
    with_linear,
    with_tangent,
    with_vmap,
    without_forward_mode,
)
from ._jnp_faults import JNP_FAULTS
from ._masked_faults import MASKED_FAULTS

RED, EXT, STAT, NORM = "reductions", "extrema", "statistics", "norms"
ORDER, UNIQ, CHAN = "order", "unique", "channels"
FOCAL, OVERLAP = "losses.focal", "losses.overlap"
ELEM, CONV = "elementwise", "nn.functional.conv"
HALF, NARROW = "bfloat16", "float32"

# a table, of one to three lines a fault
# fmt: off
VALUES = [
    Fault(EXT, "amax", "value", "nan dropped", lambda x: jnp.nanmax(x), at="4:nan"),
    Fault(EXT, "amin", "value", "by negation, in uint8", _wrong.negated_amax, "uint8", "ties"),
    Fault(
        EXT, "max", "value", "nan of a pair dropped", lambda x, other: jnp.fmax(x, other[None]),
        at="other=4:nan",
    ),
    Fault(EXT, "argmax", "value", "the last tie", _wrong.last_argmax, at="ties"),
    Fault(EXT, "argmin", "value", "nan dropped", _wrong.nan_argmin, at="4:nan,dim=0"),
    Fault(
        RED, "sum", "value", "bfloat16 summed in itself", _wrong.summed_in_its_dtype, HALF, "7x500",
    ),
    Fault(RED, "sum", "value", "uint8 wraps", _wrong.wrapping_sum, "uint8", "7x500"),
    Fault(
        RED, "sum", "value", "off by 1e-9", then(jaxchan.sum, lambda v: v * (1 + 1e-9)), at="dim=1",
    ),
    Fault(RED, "mean", "value", "off by 1e-6", then(jaxchan.mean, lambda v: v + 1e-6), at="dim=0"),
    Fault(RED, "mean", "value", "float16 overflows", _wrong.halved_mean, "float16", "large"),
    Fault(RED, "nansum", "value", "nan propagates", jaxchan.sum, at="2x5:nan"),
    Fault(RED, "nanmean", "value", "nan counted", _wrong.nan_counting_mean, at="2x5:nan"),
    Fault(RED, "prod", "value", "through float32", then(jaxchan.prod, through(NARROW)), at="dim=0"),
    Fault(RED, "all", "value", "nan is false", lambda x: jnp.all((x > 0) | (x < 0)), at="nan"),
    Fault(RED, "any", "value", "nan is false", lambda x: jnp.any((x > 0) | (x < 0)), at="nan"),
    Fault(
        STAT, "var", "value", "correction=0", functools.partial(jaxchan.var, correction=0), at="x4",
    ),
    Fault(
        STAT, "var", "value", "correction ignored", ignoring(jaxchan.var, "correction"),
        at="2x3,dim=1",
    ),
    Fault(
        STAT, "var", "value", "mean square less squared mean", _wrong.one_pass_var, NARROW,
        "offset",
    ),
    Fault(STAT, "std", "value", "no root", jaxchan.var, at="2x3x4"),
    Fault(NORM, "norm", "value", "float16 squares overflow", _wrong.naive_norm, "float16", "large"),
    Fault(NORM, "norm", "value", "p ignored", ignoring(jaxchan.norm, "p"), at="2x3x4,p=3"),
    Fault(ORDER, "median", "value", "mean of the middles", lambda x: jnp.median(x), at="2x3x4"),
    Fault(ORDER, "median", "value", "upper middle", _wrong.upper_median, at="2x3x4"),
    Fault(ORDER, "median", "value", "nan dropped", jaxchan.nanmedian, at="nan"),
    Fault(ORDER, "nanmedian", "value", "nan propagates", jaxchan.median, at="nan"),
    Fault(
        UNIQ, "unique", "value", "not sorted", _wrong.unsorted_unique, "int64",
        "12:ties,sorted=True,return_inverse=False,return_counts=False",
    ),
    Fault(
        UNIQ, "unique", "value", "counts without the last",
        changed(jaxchan.unique, 1, lambda c: jnp.minimum(c, 3)), "int64",
        "ties,sorted=True,return_inverse=False,return_counts=True",
    ),
    Fault(
        UNIQ, "unique", "value", "inverse is the order",
        changed(jaxchan.unique, 1, lambda i: jnp.argsort(i.reshape(-1)).reshape(i.shape)),
        at="ties,sorted=True,return_inverse=True,return_counts=False",
    ),
    Fault(
        "shape", "squeeze", "value", "raises for a size of 3", jnp.squeeze, at="x2,1",
        says="raised ValueError",
    ),
    Fault(
        "shape", "flip", "value", "an ulp off", then(jaxchan.flip, lambda v: v * (1 + 2**-23)),
        NARROW, "2x3x4,(0)",
    ),
    Fault(CONV, "conv2d", "value", "kernel flipped", _wrong.flipping_conv2d, at="6x4x3x2,None"),
    Fault(CONV, "conv2d", "value", "same pads the start", _wrong.same_at_the_start, at="same"),
    Fault(
        CONV, "conv2d", "value", "bias ignored", _wrong.biasless_conv2d, at="6,stride=2,padding=1",
    ),
    Fault(CONV, "conv2d", "value", "groups interleaved", _wrong.shuffled_groups, at="groups"),
    Fault(
        CONV, "conv2d", "value", "bfloat16 operands", _wrong.rounded_conv2d, NARROW, "6x4x3x2,None",
    ),
    Fault(CHAN, "merge_by_norm", "value", "ties to the last", _wrong.merge_to_the_last, at="ties"),
    Fault(
        CHAN, "merge_by_norm", "value", "ord ignored", ignoring(channels.merge_by_norm, "ord"),
        at="ties",
    ),
    Fault(
        CHAN, "merge_by_norm", "value", "nan wins", _wrong.merge_by_argmax,
        at="ord=2,return_mask=True",
    ),
    Fault(
        CHAN, "corr2d", "value", "kernel flipped",
        lambda x, kernel: channels.corr2d(x, kernel[::-1, ::-1]),
    ),
    Fault(
        FOCAL, "sigmoid_focal_loss", "value", "alpha swapped",
        lambda x, t, alpha=0.25, **k: losses.sigmoid_focal_loss(x, t, 1 - alpha, **k),
        at="alpha=0.0,gamma=2",
    ),
    Fault(
        FOCAL, "sigmoid_focal_loss", "value", "gamma off by 1e-9",
        lambda x, t, gamma=2, **k: losses.sigmoid_focal_loss(x, t, gamma=gamma + 1e-9, **k),
        at="alpha=0.7,gamma=2",
    ),
    Fault(
        OVERLAP, "dice_loss", "value", "smooth=1e-5",
        lambda x, t, smooth=1.0: losses.dice_loss(x, t, min(smooth, 1e-5)), at="labels,smooth",
    ),
    Fault(OVERLAP, "dice_loss", "value", "by sample", _wrong.dice_by_sample, at="labels,smooth"),
    Fault(
        "losses.hybrid", "focal_dice_loss", "value", "lambda swapped",
        lambda x, t, lambda_focal: losses.focal_dice_loss(x, t, 1 - lambda_focal), at="0.3",
    ),
    Fault("rewrite", "mean_as_conv", "value", "without 1/C", rewrite.sum_as_conv, at="2x3x4"),
    Fault(
        "rewrite", "add_as_conv", "value", "first two alone",
        lambda *tensors: rewrite.add_as_conv(*tensors[:2]),
    ),
]

DTYPES = [
    Fault(RED, "sum", "dtype", "dtype ignored", ignoring(jaxchan.sum, "dtype"), at="dtype=dtype"),
    Fault(RED, "sum", "dtype", "keepdim ignored", ignoring(jaxchan.sum, "keepdim"), at="=True"),
    Fault(RED, "sum", "dtype", "the next axis", lambda x, dim: jnp.sum(x, dim - 1), at="7x500"),
    Fault(RED, "sum", "dtype", "dim=() reduces nothing", _wrong.literal_sum, at="dim=(),"),
    Fault(RED, "sum", "dtype", "int32 kept", _wrong.narrow_sum, "int32", "7x500"),
    Fault(RED, "all", "dtype", "dim=() reduces all", lambda x, dim, **_: jnp.all(x), at="dim=(),"),
    Fault(
        RED, "any", "dtype", "bool for uint8", then(jaxchan.any, lambda v: v > 0), "uint8", "ties",
    ),
    Fault(RED, "mean", "dtype", "float32 for float16", _wrong.wide_mean, "float16", "700"),
    Fault(EXT, "argmax", "dtype", "int32", then(jaxchan.argmax, _wrong.as_int32), at="nan"),
    Fault(EXT, "max", "dtype", "a tuple without fields", then(jaxchan.max, tuple), at="ties,dim"),
    Fault(
        NORM, "norm", "dtype", "complex kept", _wrong.complex_norm, "complex128", "3x4,p=3,dim=1",
    ),
    Fault(UNIQ, "unique_consecutive", "dtype", "sorts first", jaxchan.unique, "int64", "ties,"),
    Fault(UNIQ, "unique", "dtype", "nans merged", _wrong.merging_unique, at="nan"),
    Fault("shape", "squeeze", "dtype", "all axes for one", lambda x, dim: jnp.squeeze(x), at=",0"),
    Fault(
        ELEM, "where", "dtype", "0-d float64 widens", _wrong.widening_where, NARROW, "0-d:float64",
    ),
    Fault(CONV, "conv2d", "dtype", "stride turned", _wrong.turned_conv2d, at="(1,3)"),
]

DERIVATIVES = [
    Fault(
        RED, "sum", "gradient", "conjugate", with_tangent(jaxchan.sum, jnp.conj), "complex128",
        "2x3x4,dim=0",
    ),
    Fault(EXT, "amax", "gradient", "to the nans alone", lambda x: jaxchan.max(x), at="4:nan"),
    Fault(
        STAT, "var", "gradient", "numpy's for too few", _wrong.plain_var,
        at="2x3,dim=None,correction=7",
    ),
    Fault(RED, "sum", "gradient", "dropped", then(jaxchan.sum, lax.stop_gradient), at="7x500"),
    Fault(
        RED, "mean", "gradient", "doubled", with_tangent(jaxchan.mean, lambda t: 2 * t), at="700",
    ),
    Fault(
        RED, "nansum", "gradient", "1 at nan", with_jvp(jaxchan.nansum, _wrong.lost_nan),
        at="2x5:nan,dim=1",
    ),
    Fault(
        RED, "prod", "gradient", "by division", with_jvp(jaxchan.prod, _wrong.prod_by_division),
        at="one_zero,dim=1",
    ),
    Fault(EXT, "amax", "gradient", "ties to the first", _wrong.one_tie_amax, at="ties,dim=0"),
    Fault(EXT, "max", "gradient", "shared along a dim", _wrong.shared_max, at="ties,dim=0"),
    Fault(
        EXT, "max", "gradient", "pair's tie to the first",
        lambda x, other: jnp.where(x >= other, x, other), at="3x4:ties,other=3x4:ties",
    ),
    Fault(
        STAT, "std", "gradient", "nan at 0", lambda x, dim, correction: jnp.std(x, dim), at="zeros",
    ),
    Fault(
        STAT, "var", "gradient", "over N", with_tangent(jaxchan.var, lambda t: 2 / 3 * t),
        at="2x3,dim=1,correction=1",
    ),
    Fault(NORM, "norm", "gradient", "nan at 0", _wrong.naive_norm, at="zero_row,p='fro'"),
    Fault(NORM, "norm", "gradient", "1 at 0 for p=1", _wrong.naive_norm, at="zero_row,p=1,"),
    Fault(
        ORDER, "median", "gradient", "to the first equal",
        with_jvp(jaxchan.median, _wrong.to_the_first_equal), at="2x3x4:ties",
    ),
    Fault(
        ELEM, "where", "gradient", "nan leaks", with_jvp(jaxchan.where, _wrong.leaking_where),
        at="3x4:bool,3x4,3x4:nan",
    ),
    Fault(
        CONV, "conv2d", "gradient", "not to the bias", _wrong.frozen_bias,
        at="6,stride=2,padding=1",
    ),
    Fault(CHAN, "merge_by_norm", "gradient", "to all", _wrong.merge_to_all, at="2x3x4,ord=2.5"),
    Fault(
        FOCAL, "sigmoid_focal_loss", "gradient", "not through the weight",
        _wrong.focal_of_constant_weight, at="labels,reduction",
    ),
    Fault(
        OVERLAP, "dice_loss", "gradient", "not to the denominator",
        _wrong.detached_dice, at="labels,smooth",
    ),
    Fault(
        "shape", "squeeze", "gradient", "reversed", with_tangent(jaxchan.squeeze, jnp.flip),
        at="1x3x1x2,0",
    ),
    # JAX refuses only when the whole run is compiled, so that it is no finding of one call
    Fault(
        RED, "sum", "value", "no forward mode", without_forward_mode(jaxchan.sum), at="7x500",
        says="forward-mode",
    ),
    Fault(
        RED, "sum", "jvp", "doubled forward alone",
        with_linear(jaxchan.sum, lambda t: 2 * t, lambda t: t), at="7x500",
    ),
    Fault(
        RED, "sum", "gradient", "doubled backward alone",
        with_linear(jaxchan.sum, lambda t: t, lambda t: 2 * t), at="7x500",
    ),
    Fault(
        NORM, "norm", "jvp", "dropped forward alone",
        with_linear(jaxchan.norm, lambda t: 0 * t, lambda t: t), at="3x4,p=3,",
    ),
    Fault(
        RED, "prod", "second", "dropped", with_jvp(jaxchan.prod, second_dropped), at="2x3x4,dim=0",
    ),
    Fault(NORM, "norm", "second", "dropped", with_jvp(jaxchan.norm, second_dropped), at="3x4,p=3,"),
    Fault(
        STAT, "std", "second", "doubled", with_jvp(jaxchan.std, second_doubled), at="2x3x4,dim=-1",
    ),
    Fault(
        FOCAL, "sigmoid_focal_loss", "second", "dropped",
        with_jvp(losses.sigmoid_focal_loss, second_dropped), at="unit,reduction",
    ),
]

TRANSFORMS = [
    Fault(
        RED, "mean", "jit", "branches on a value", _wrong.value_dependent, at="2x3x4,dim=None",
        says="raised ConcretizationTypeError",
    ),
    Fault(
        RED, "sum", "jit", "traced twice", _wrong.retracing, at="2x3x4,dim=None,keepdim=False",
        says="traced 2 times",
    ),
    Fault(
        EXT, "argmax", "vmap", "the first's result", with_vmap(jaxchan.argmax, _wrong.of_the_first),
    ),
    Fault(
        RED, "sum", "vmap", "order lost", with_vmap(jaxchan.sum, _wrong.reversed_batch), at="dim=0",
    ),
    Fault(
        RED, "any", "vmap", "over the batch too", with_vmap(jaxchan.any, _wrong.any_of_all),
        at="ties,",
    ),
]

ERRORS = [
    Fault(
        RED, "sum", "errors", "repeated dims accepted", accepting(jaxchan.sum, _wrong.set_of_dims),
        says="returned",
    ),
    Fault(
        RED, "sum", "errors", "jnp's ValueError",
        raising(jaxchan.sum, lambda e: ValueError(str(e))), says="raised ValueError",
    ),
    Fault(
        RED, "mean", "errors", "integers accepted", accepting(jaxchan.mean, _wrong.float_mean),
        says="returned",
    ),
    Fault(
        EXT, "amax", "errors", "dim out of range wraps",
        accepting(jaxchan.amax, _wrong.wrapped_amax), says="returned",
    ),
    Fault(
        EXT, "max", "errors", "names no op", raising(jaxchan.max, _wrong.without_op),
        says="names no op",
    ),
    Fault(
        STAT, "var", "errors", "names no argument", raising(jaxchan.var, _wrong.without_argument),
        says="names no op or no argument",
    ),
    Fault(
        ELEM, "where", "errors", "any condition", accepting(jaxchan.where, _wrong.any_where),
        says="returned",
    ),
    Fault(
        CONV, "conv2d", "errors", "same with a stride", accepting(conv2d, _wrong.strided_same),
        says="returned",
    ),
    Fault(
        OVERLAP, "dice_loss", "errors", "shapes broadcast",
        accepting(losses.dice_loss, lambda x, t, **k: jnp.float32(0)), says="returned",
    ),
    Fault(
        CHAN, "merge_by_norm", "errors", "a TypeError for all",
        raising(channels.merge_by_norm, lambda e: TypeError(str(e))), says="raised TypeError",
    ),
]
# fmt: on

FAULTS = [*VALUES, *DTYPES, *DERIVATIVES, *TRANSFORMS, *ERRORS, *JNP_FAULTS, *MASKED_FAULTS]
