"""Normalisations: less the mean, over the standard deviation, times a weight, plus a bias.

The variance divides by N; that of the running statistics by N - 1. It is taken in two passes, so
that an offset of the input costs no digits, and in float32 for 16-bit floats. `momentum` weighs the
new value. `data_format="NHWC"` means that the channels are the last dim, whatever the rank; "NCHW",
that they are dim 1.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._checks import as_array, check_floating, check_option, is_number
from ..._dtypes import accumulator, index_dtype
from ..._normalise import NormStats, channel_norm, last_norm, parts_of, positions, split_norm
from ..._reductions import FLOAT

Dims = tuple[int, ...]
Parameters = dict[str, jax.Array | None]


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """Normalise each channel over all else: by its own statistics in training, else by the running
    ones, which stay as they are: `batch_norm_stats` returns the new ones too.

    Torch:    torch.nn.functional.batch_norm
    Shapes:   (N, C, *) or, for "NHWC", (N, *, C); all else (C,) -> the input's.
    Dtypes:   floating, kept; all else in one dtype: the input's or, for 16-bit floats, float32.
    Gradient: through the statistics in training; 0 for the running ones.
    Errors:   RuntimeError for other shapes and dtypes, or no running statistics outside training;
              ValueError for one of them alone, one value per channel or eps <= 0 in training, or a
              negative eps; IndexError without a dim of channels; TypeError for a momentum that is
              no number.

    >>> batch_norm(jnp.array([[1.0], [3.0]]), None, None, training=True, eps=1e-12)
    Array([[-1.], [ 1.]], dtype=float...)
    """
    arrays = (input, running_mean, running_var, weight, bias)
    return _by_channel("batch_norm", arrays, training, momentum, eps, data_format).output


def batch_norm_stats(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *,
    data_format: str = "NCHW",
    axis_name: str | None = None,
) -> NormStats:
    """`batch_norm`, and the running statistics, which torch writes into its arguments in training:
    (1 - momentum) old + momentum new, with the unbiased variance.

    Torch:    none; torchref.nn.functional.norm.batch_norm_stats
    Shapes:   as `batch_norm`; the statistics (C,).
    Dtypes:   as `batch_norm`; the statistics keep theirs.
    Gradient: that of `batch_norm`; the new statistics have none.
    Errors:   RuntimeError, ValueError, IndexError and TypeError as `batch_norm`.

    `axis_name`: an axis of `jax.vmap` or `jax.shard_map` over which all parts are one batch, as of
    torch.nn.SyncBatchNorm; JAX raises NameError for one that is not mapped.

    >>> x = jnp.array([[1.0], [3.0]])
    >>> batch_norm_stats(x, jnp.zeros(1), jnp.ones(1), training=True).running_var
    Array([1.1], dtype=float...)
    """
    arrays = (input, running_mean, running_var, weight, bias)
    return _by_channel("batch_norm_stats", arrays, training, momentum, eps, data_format, axis_name)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """Normalise each channel of each sample over its positions; without `use_input_stats`, by the
    running statistics, as `batch_norm`.

    Torch:    torch.nn.functional.instance_norm
    Shapes:   (N, C, *) or, for "NHWC", (N, *, C); all else (C,) -> the input's.
    Dtypes:   floating, kept; weight and bias in one dtype: the input's or, for 16-bit floats,
              float32 (a bias without weight beside running statistics: the input's); running
              statistics in any.
    Gradient: through the statistics, unless they are the running ones; 0 for those.
    Errors:   RuntimeError for other shapes and dtypes, or no running statistics without
              `use_input_stats`; ValueError for one of them alone, or one position to a channel;
              IndexError without a dim of channels; TypeError for a momentum that is no number.

    >>> instance_norm(jnp.array([[[1.0, 3.0]]]), eps=0.0)
    Array([[[-1.,  1.]]], dtype=float...)
    """
    arrays = (input, running_mean, running_var, weight, bias)
    return _by_channel("instance_norm", arrays, use_input_stats, momentum, eps, data_format).output


def instance_norm_stats(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *,
    data_format: str = "NCHW",
) -> NormStats:
    """`instance_norm`, and the running statistics, which torch writes into its arguments:
    (1 - momentum) old + momentum new, where new is the mean over the samples of each one's mean
    and unbiased variance.

    Torch:    none; torchref.nn.functional.norm.instance_norm_stats
    Shapes:   as `instance_norm`; the statistics (C,).
    Dtypes:   as `instance_norm`; the statistics keep theirs.
    Gradient: that of `instance_norm`; the new statistics have none.
    Errors:   RuntimeError, ValueError, IndexError and TypeError as `instance_norm`.

    >>> x = jnp.array([[[1.0, 3.0]]])
    >>> instance_norm_stats(x, jnp.zeros(1), jnp.ones(1)).running_mean
    Array([0.2], dtype=float...)
    """
    arrays = (input, running_mean, running_var, weight, bias)
    return _by_channel("instance_norm_stats", arrays, use_input_stats, momentum, eps, data_format)


def group_norm(
    input: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *,
    data_format: str = "NCHW",
) -> jax.Array:
    """Normalise each group of neighbouring channels of each sample.

    Torch:    torch.nn.functional.group_norm
    Shapes:   (N, C, *) or, for "NHWC", (N, *, C); weight and bias (C,) -> the input's.
    Dtypes:   floating, kept; weight and bias in one dtype: the input's or, for 16-bit floats,
              float32.
    Gradient: through the mean and the variance.
    Errors:   RuntimeError for other shapes and dtypes, or channels that do not divide into the
              groups; ValueError for one value in all; ZeroDivisionError for 0 groups; TypeError for
              a number of another kind.

    >>> group_norm(jnp.array([[1.0, 3.0, 5.0, 9.0]]), 2, eps=0.0)
    Array([[-1.,  1., -1.,  1.]], dtype=float...)
    """
    x, eps = as_array("group_norm", "input", input), _number("group_norm", "eps", eps)
    parameters = _optional("group_norm", weight=weight, bias=bias)
    axis = _channel_axis("group_norm", x, data_format)
    _check_groups(x, num_groups, axis)
    _check_shapes("group_norm", (x.shape[axis],), parameters)
    _check_dtypes("group_norm", x, parameters)
    return split_norm(x, *parameters.values(), num_groups, axis, eps)


def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> jax.Array:
    """Normalise over the last dims, which are `normalized_shape`.

    Torch:    torch.nn.functional.layer_norm
    Shapes:   (*, *normalized_shape), weight and bias `normalized_shape` -> the input's.
    Dtypes:   floating, kept; weight and bias in one dtype: the input's or, for 16-bit floats,
              float32.
    Gradient: through the mean and the variance.
    Errors:   RuntimeError for other shapes and dtypes; TypeError for a normalized_shape that is no
              sequence of ints, or an eps that is no number.

    >>> layer_norm(jnp.array([[1.0, 3.0], [2.0, 2.0]]), (2,), eps=0.001).round(3)
    Array([[-1.,  1.], [ 0.,  0.]], dtype=float...)
    """
    x, eps = as_array("layer_norm", "input", input), _number("layer_norm", "eps", eps)
    parameters = _optional("layer_norm", weight=weight, bias=bias)
    dims = _normalized_dims("layer_norm", normalized_shape, x, parameters)
    _check_dtypes("layer_norm", x, parameters)
    return last_norm(x, *parameters.values(), dims, eps)


def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> jax.Array:
    """Divide by the root of the mean square over the last dims, which are `normalized_shape`.

    Torch:    torch.nn.functional.rms_norm
    Shapes:   (*, *normalized_shape), weight `normalized_shape` -> the input's.
    Dtypes:   floating or complex, kept, whatever the weight's.
    Gradient: through the mean square.
    Errors:   RuntimeError for other shapes or an integer input; ValueError for a
              normalized_shape of more dims than the input; TypeError for one that is no sequence of
              ints, or an eps that is no number.

    `eps` is by default that of the dtype, float32's for 16-bit floats. Complex numbers are squared,
    not their magnitudes.

    >>> rms_norm(jnp.array([1.0, 7.0]), (2,), eps=0.0)
    Array([0.2, 1.4], dtype=float...)
    """
    x = as_array("rms_norm", "input", input)
    parameters = _optional("rms_norm", weight=weight)
    dims = _normalized_dims("rms_norm", normalized_shape, x, parameters)
    check_floating("rms_norm", "input", x)
    if eps is None:
        eps = float(jnp.finfo(accumulator(x.dtype)).eps)
    eps = _number("rms_norm", "eps", eps)
    return last_norm(x, parameters["weight"], None, dims, eps, False)


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> jax.Array:
    """Divide by (k + alpha m)^beta, where m is the mean square over `size` neighbouring channels
    (with zeros beyond the first and the last).

    Torch:    torch.nn.functional.local_response_norm
    Shapes:   (N, C, *), at least 3 dims -> the same.
    Dtypes:   floating, kept (of 16 bits with 3 dims alone, as torch's on CPU); int64 gives float32,
              and its m is rounded down.
    Gradient: through m.
    Errors:   ValueError for fewer than 3 dims; RuntimeError for another dtype or a size below 1;
              TypeError for an argument that is no number.

    An empty input is returned as it is. An even window has the odd channel before the centre.

    >>> local_response_norm(jnp.array([[[3.0], [4.0]]]), 2, alpha=2.0, beta=0.5, k=0.0)
    Array([[[1. ], [0.8]]], dtype=float...)
    """
    op, x = "local_response_norm", as_array("local_response_norm", "input", input)
    if x.ndim < 3:
        raise ValueError(f"{op}: input must have at least 3 dims, got shape {x.shape}")
    if x.size == 0:
        return x
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"{op}: size must be an int, got {size!r}")
    if size < 1:
        raise RuntimeError(f"{op}: size must be at least 1, got {size}")
    if x.dtype != index_dtype():
        check_floating(op, "input", x, complex_too=False)
    if x.ndim > 3 and accumulator(x.dtype) != x.dtype:
        raise RuntimeError(f"{op}: input of 4 dims or more must not have 16 bits, got {x.dtype}")
    factors = [_number(op, n, v) for n, v in (("alpha", alpha), ("beta", beta), ("k", k))]
    return _local_response_norm(x, size, *factors)


def _by_channel(
    op: str,
    arrays: tuple[Any, ...],
    own_statistics: bool,
    momentum: float,
    eps: float,
    data_format: str,
    axis_name: str | None = None,
) -> NormStats:
    """Batch or instance norm, by the name of `op`, which says also if new statistics are due."""
    names = ("running_mean", "running_var", "weight", "bias")
    x = as_array(op, "input", arrays[0])
    given = _optional(op, **dict(zip(names, arrays[1:], strict=True)))
    momentum, eps = _number(op, "momentum", momentum), _number(op, "eps", eps)
    axis, batch = _channel_axis(op, x, data_format), op.startswith("batch")
    if not isinstance(own_statistics, bool):
        name = "training" if batch else "use_input_stats"
        raise TypeError(f"{op}: {name} must be a bool, got {own_statistics!r}")
    if axis_name is not None and not isinstance(axis_name, str):
        raise TypeError(f"{op}: axis_name must be a string, got {axis_name!r}")
    if batch:
        _check_batch(op, x, axis, given, own_statistics, eps, parts_of(axis_name))
    else:
        _check_instance(op, x, axis, given, own_statistics, eps)
    if own_statistics and not op.endswith("stats"):
        given |= {"running_mean": None, "running_var": None}
    options = (axis, batch, own_statistics, momentum, eps, axis_name)
    return channel_norm(x, *given.values(), *options)


def _optional(op: str, **arrays: Any) -> Parameters:
    return {n: None if v is None else as_array(op, n, v) for n, v in arrays.items()}


def _number(op: str, name: str, value: Any) -> float:
    if not is_number(value) or isinstance(value, complex):
        raise TypeError(f"{op}: {name} must be a real number, got {value!r}")
    return float(value)


def _channel_axis(op: str, x: jax.Array, data_format: str) -> int:
    check_option(op, "data_format", data_format, ("NCHW", "NHWC"))
    return x.ndim - 1 if data_format == "NHWC" else 1


def _check_batch(
    op: str,
    x: jax.Array,
    axis: int,
    given: Parameters,
    training: bool,
    eps: float,
    parts: int,
) -> None:
    if x.ndim == 0:
        raise IndexError(f"{op}: input must have at least 2 dims, got shape {x.shape}")
    if training and x.shape[0] * positions(x, axis) * parts == 1:
        raise ValueError(
            f"{op}: input must have more than 1 value per channel in training, got {x.shape}"
        )
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"{op}: eps must be positive (0 outside training), got {eps}")
    if x.size == 0:  # torch returns it unseen
        return
    if x.ndim == 1:
        kind = IndexError if given["running_mean"] is None else RuntimeError
        raise kind(f"{op}: input must have at least 2 dims, got shape {x.shape}")
    missing = [n for n in ("running_mean", "running_var") if given[n] is None]
    if missing and not training:
        raise RuntimeError(f"{op}: {missing[0]} must be given outside training, got None")
    _check_both(op, missing)
    _check_shapes(op, (x.shape[axis],), given)
    _check_dtypes(op, x, given)


def _check_instance(
    op: str, x: jax.Array, axis: int, given: Parameters, own_statistics: bool, eps: float
) -> None:
    if own_statistics and positions(x, axis) == 1:
        raise ValueError(
            f"{op}: input must have more than 1 position for its statistics, got {x.shape}"
        )
    missing = [n for n in ("running_mean", "running_var") if given[n] is None]
    if missing and not own_statistics:
        raise RuntimeError(f"{op}: {missing[0]} must be given without use_input_stats, got None")
    if x.ndim < 2:
        raise IndexError(f"{op}: input must have at least 2 dims, got shape {x.shape}")
    _check_both(op, missing)
    _check_shapes(op, (x.shape[axis],), given)
    if x.shape[0] * x.shape[axis] == 0 and (
        given["weight"] is not None or given["bias"] is not None
    ):
        raise IndexError(f"{op}: input must not be empty beside weight or bias, got {x.shape}")
    # torch casts the statistics to the weight's dtype, or to the input's
    weight = given["weight"] if given["weight"] is not None or missing else x
    _check_dtypes(op, x, {"weight": weight, "bias": given["bias"]})


def _check_both(op: str, missing: list[str]) -> None:
    if len(missing) == 1:
        raise ValueError(
            f"{op}: running_mean and running_var must both be given or neither, got no {missing[0]}"
        )


def _check_groups(x: jax.Array, num_groups: Any, axis: int) -> None:
    if isinstance(num_groups, bool) or not isinstance(num_groups, int):
        raise TypeError(f"group_norm: num_groups must be an int, got {num_groups!r}")
    if x.ndim < 2:
        raise RuntimeError(f"group_norm: input must have at least 2 dims, got shape {x.shape}")
    if num_groups == 0:
        raise ZeroDivisionError("group_norm: num_groups must be at least 1, got 0")
    channels = x.shape[axis]
    if x.shape[0] * channels // num_groups * positions(x, axis) == 1:
        raise ValueError(f"group_norm: input must have more than 1 value in all, got {x.shape}")
    if num_groups < 0 or channels % num_groups:
        raise RuntimeError(
            f"group_norm: num_groups must be positive and divide the channels, got {num_groups} "
            f"for {channels}"
        )


def _check_shapes(op: str, shape: Dims, parameters: Parameters) -> None:
    for name, array in parameters.items():
        if array is not None and array.shape != shape:
            raise RuntimeError(f"{op}: {name} must have shape {shape}, got {array.shape}")


def _check_dtypes(op: str, x: jax.Array, parameters: Parameters) -> None:
    """RuntimeError unless the parameters have one dtype, which is the input's or what it is
    accumulated in."""
    check_floating(op, "input", x, complex_too=False)
    dtypes = {name: a.dtype for name, a in parameters.items() if a is not None}
    kinds = set(dtypes.values())
    if len(kinds) > 1 or not kinds <= {x.dtype, accumulator(x.dtype)}:
        told = ", ".join(f"{name} {dtype}" for name, dtype in dtypes.items())
        raise RuntimeError(f"{op}: parameters must have one dtype for input {x.dtype}, got {told}")


def _normalized_dims(op: str, shape: Any, x: jax.Array, parameters: Parameters) -> Dims:
    if not isinstance(shape, tuple | list) or not all(type(n) is int for n in shape):
        raise TypeError(f"{op}: normalized_shape must be a sequence of ints, got {shape!r}")
    shape, rest = tuple(shape), x.ndim - len(shape)
    if not shape or x.shape[-len(shape) :] != shape:
        kind = ValueError if op == "rms_norm" and rest < 0 else RuntimeError
        raise kind(
            f"{op}: normalized_shape must be the last dims of input, got {shape} for {x.shape}"
        )
    _check_shapes(op, shape, parameters)
    return tuple(range(rest, x.ndim))


@partial(jax.jit, static_argnums=(1, 2, 3, 4))
def _local_response_norm(x: jax.Array, size: int, alpha: float, beta: float, k: float) -> jax.Array:
    whole = jnp.issubdtype(x.dtype, jnp.integer)
    wide = x if whole else x.astype(accumulator(x.dtype))
    total = _window_sum(wide * wide, size)
    mean = (total // size).astype(FLOAT) if whole else total / size
    scale = k + alpha * mean
    # for torch's default, roots: XLA's CPU takes ten times as long for a power
    divisor = _three_quarters(scale) if beta == 0.75 else scale**beta
    out = wide.astype(mean.dtype) / divisor
    return out if whole else out.astype(x.dtype)


@jax.custom_jvp
def _three_quarters(x: jax.Array) -> jax.Array:
    """x to the power of 3/4."""
    root = jnp.sqrt(x)
    return root * jnp.sqrt(root)


@_three_quarters.defjvp
def _three_quarters_jvp(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    return _three_quarters(x), 0.75 / jnp.sqrt(jnp.sqrt(x)) * dx


def _window_sum(x: jax.Array, size: int) -> jax.Array:
    """The sum of `size` neighbours along dim 1, the odd one before the centre."""
    pads = [(0, 0)] * x.ndim
    pads[1] = (size // 2, (size - 1) // 2)
    window = (1, size) + (1,) * (x.ndim - 2)
    # a sum that JAX can differentiate only if its start is no traced array
    return lax.reduce_window(x, np.zeros((), x.dtype), lax.add, window, (1,) * x.ndim, pads)
