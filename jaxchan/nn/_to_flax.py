"""From torch's state dicts to Flax's own layers, by the type of each layer of the target.

Kernels are transposed to channels last, scales and means get Flax's names, and what Flax's layer
cannot be is refused: nothing is guessed from the number of dims.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import jax.numpy as jnp
import numpy as np
from flax import nnx

from .state import read_arrays

Arrays = Mapping[str, np.ndarray]
Found = dict[str, np.ndarray]
OP = "to_flax"


def to_flax(
    state: Mapping[str, Any] | str | Path,
    target: nnx.Module,
    *,
    momentum: float | None = 0.1,
    eps: float | None = 1e-5,
    flatten_from: Mapping[str, tuple[int, int, int]] | None = None,
) -> list[str]:
    """Fill a module made of Flax's own layers from a torch state dict; returns the names dropped.

    Torch: torch.nn.Module.state_dict

    `state` is as in `load_state_dict`; a layer's names start with its path in `target`, where an
    `nnx.Sequential` has no `layers` and a list has its numbers. Linear, Conv, ConvTranspose (with
    transpose_kernel=True), Embed, BatchNorm, LayerNorm, RMSNorm, GroupNorm, InstanceNorm, PReLU and
    MultiHeadAttention are converted, in the dtypes that `target` has.

    momentum: torch's, for the batch norms, whose momentum becomes 1 - momentum; eps: of the norms;
        None leaves Flax's. Their variance is then also taken in two passes, as torch's.
    flatten_from: for a Linear behind a flattened image, by its path: torch's (C, H, W).

    num_batches_tracked is dropped, for Flax has none. RuntimeError, before anything is written, for
    names that one side has alone, shapes that differ, and what Flax's layers cannot express.

    >>> from jaxchan import nn
    >>> layer = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
    >>> to_flax({"weight": np.ones((2, 3)), "bias": np.zeros(2)}, layer)
    []
    >>> layer.kernel.shape
    (3, 2)
    """
    arrays = dict(read_arrays(state))
    layers = _layers(target)
    flatten = dict(flatten_from or {})
    found: list[tuple[nnx.Module, Found]] = []
    faults = [f"flatten_from: no Linear at {path}" for path in flatten if path not in layers]
    for path, layer in layers.items():
        own = _own(arrays, path)
        try:
            found.append((layer, _converted(layer, own, flatten.get(path))))
        except ValueError as error:
            faults.append(f"{path or type(layer).__name__}: {error}")
        for name in own:
            del arrays[f"{path}.{name}" if path else name]
    dropped = [name for name in arrays if name.endswith("num_batches_tracked")]
    faults += [f"{name}: no layer for it" for name in arrays if name not in dropped]
    if faults:
        raise RuntimeError("\n  ".join([f"{OP}: the state does not fit the target", *faults]))
    for layer, values in found:
        _write(layer, values, momentum, eps)
    return dropped


def _layers(target: nnx.Module) -> dict[str, nnx.Module]:
    """The layers that hold arrays, by torch's paths; not those inside of an attention."""
    result: dict[str, nnx.Module] = {}
    whole: list[tuple] = []
    modules = sorted(nnx.iter_modules(target), key=lambda pair: len(pair[0]))
    for path, module in modules:
        inside = any(path[: len(p)] == p for p in whole)
        if inside or not isinstance(module, tuple(CONVERSIONS)):
            continue
        whole.append(path)
        result[".".join(str(part) for part in _torch_path(target, path))] = module
    return result


def _torch_path(target: Any, path: tuple) -> list[Any]:
    parts: list[Any] = []
    node: Any = target
    for part in path:
        if not (isinstance(node, nnx.Sequential) and part == "layers"):
            parts.append(part)
        node = cast(Any, node)[part] if isinstance(part, int) else getattr(node, part)
    return parts


def _own(arrays: Arrays, path: str) -> Found:
    start = f"{path}." if path else ""
    return {
        key.removeprefix(start): array
        for key, array in arrays.items()
        if key.startswith(start) and not key.endswith("num_batches_tracked")
    }


def _converted(layer: Any, own: Found, flatten: tuple[int, int, int] | None) -> Found:
    """Flax's names and arrays; ValueError for what does not fit."""
    if flatten is not None and not isinstance(layer, nnx.Linear):
        raise ValueError("flatten_from is for a Linear")
    convert = next(f for kind, f in CONVERSIONS.items() if isinstance(layer, kind))
    values = _linear(layer, own, flatten) if convert is _linear else convert(layer, own)
    held = {".".join(map(str, p)): v for p, v in nnx.to_flat_state(nnx.state(layer, HELD))}
    both = [name for name in values if name in held and values[name].shape != held[name].shape]
    wrong = [f"{name} would be {values[name].shape}, not {held[name].shape}" for name in both]
    wrong += [f"{name} is missing in the state" for name in held if name not in values]
    wrong += [f"{name} is missing in the target" for name in values if name not in held]
    if wrong:
        raise ValueError(", ".join(wrong))
    return values


HELD = nnx.Any(nnx.Param, nnx.BatchStat)


def _taken(own: Found, names: Mapping[str, str]) -> Found:
    extra = [name for name in own if name not in names]
    if extra:
        raise ValueError(f"Flax's layer has no {', '.join(extra)}")
    return {names[name]: array for name, array in own.items()}


def _linear(layer: Any, own: Found, flatten: tuple[int, int, int] | None = None) -> Found:
    values = _taken(own, {"weight": "kernel", "bias": "bias"})
    if "kernel" in values:
        weight = values["kernel"]
        if weight.ndim != 2:
            raise ValueError(f"weight must have two dims, got {weight.shape}")
        if flatten is not None:
            if math.prod(flatten) != weight.shape[1]:
                raise ValueError(f"flatten_from {flatten} is not {weight.shape[1]} features")
            images = weight.reshape(-1, *flatten)  # torch flattens C, H, W, and Flax H, W, C
            weight = images.transpose(0, 2, 3, 1).reshape(weight.shape)
        values["kernel"] = weight.T
    return values


def _conv(layer: nnx.Conv, own: Found) -> Found:
    strides = layer.strides if isinstance(layer.strides, tuple) else (layer.strides,)
    if layer.padding == "SAME" and any(s not in (None, 1) for s in strides):
        raise ValueError("padding 'SAME' with a stride is not torch's: give the amounts")
    values = _taken(own, {"weight": "kernel", "bias": "bias"})
    if "kernel" in values:
        kernel = values["kernel"]
        values["kernel"] = kernel.transpose(*range(2, kernel.ndim), 1, 0)
    return values


def _conv_transpose(layer: nnx.ConvTranspose, own: Found) -> Found:
    if not layer.transpose_kernel:
        raise ValueError("only transpose_kernel=True is torch's transposed convolution")
    values = _taken(own, {"weight": "kernel", "bias": "bias"})
    if "kernel" in values:
        kernel = values["kernel"]
        if kernel.shape[1] != layer.out_features:
            raise ValueError("Flax's has no groups: use jaxchan.nn.ConvTranspose2d")
        values["kernel"] = kernel.transpose(*range(2, kernel.ndim), 1, 0)
    return values


def _embedding(layer: Any, own: Found) -> Found:
    return _taken(own, {"weight": "embedding"})


def _batch_norm(layer: Any, own: Found) -> Found:
    names = {"weight": "scale", "bias": "bias", "running_mean": "mean", "running_var": "var"}
    return _taken(own, names)


def _norm(layer: Any, own: Found) -> Found:
    values = _taken(own, {"weight": "scale", "bias": "bias"})
    if any(array.ndim != 1 for array in values.values()):
        raise ValueError("a norm over more than the channels has its dims in another order")
    return values


def _prelu(layer: Any, own: Found) -> Found:
    values = _taken(own, {"weight": "negative_slope"})
    if any(array.size != 1 for array in values.values()):
        raise ValueError("Flax's has one slope, not one a channel: use jaxchan.nn.PReLU")
    return {name: array.reshape(()) for name, array in values.items()}


def _attention(layer: Any, own: Found) -> Found:
    heads, names = layer.num_heads, ("query", "key", "value")
    _taken(own, {name: name for name in ATTENTION})
    if "in_proj_weight" not in own or "out_proj.weight" not in own:
        raise ValueError("in_proj_weight and out_proj.weight must be in the state")
    weight, out = own["in_proj_weight"], own["out_proj.weight"]
    width = weight.shape[1]
    if weight.shape[0] != 3 * width or width % heads:
        raise ValueError(f"in_proj_weight must be (3 E, E) for {heads} heads, got {weight.shape}")
    values: Found = {"out.kernel": out.T.reshape(heads, width // heads, -1)}
    for name, part in zip(names, np.split(weight, 3), strict=True):
        values[f"{name}.kernel"] = part.T.reshape(width, heads, width // heads)
    if "in_proj_bias" in own:
        for name, part in zip(names, np.split(own["in_proj_bias"], 3), strict=True):
            values[f"{name}.bias"] = part.reshape(heads, width // heads)
    if "out_proj.bias" in own:
        values["out.bias"] = own["out_proj.bias"]
    return values


ATTENTION = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
NORMS = (nnx.BatchNorm, nnx.LayerNorm, nnx.RMSNorm, nnx.GroupNorm, nnx.InstanceNorm)
CONVERSIONS: dict[type, Callable[..., Found]] = {
    nnx.MultiHeadAttention: _attention,
    nnx.Linear: _linear,
    nnx.Conv: _conv,
    nnx.ConvTranspose: _conv_transpose,
    nnx.Embed: _embedding,
    nnx.BatchNorm: _batch_norm,
    nnx.LayerNorm: _norm,
    nnx.RMSNorm: _norm,
    nnx.GroupNorm: _norm,
    nnx.InstanceNorm: _norm,
    nnx.PReLU: _prelu,
}


def _write(layer: Any, values: Found, momentum: float | None, eps: float | None) -> None:
    held = {".".join(map(str, p)): (p, v) for p, v in nnx.to_flat_state(nnx.state(layer, HELD))}
    new = []
    for name, array in values.items():
        path, variable = held[name]
        new.append((path, variable.replace(jnp.asarray(array.astype(variable.dtype)))))
    nnx.update(layer, nnx.from_flat_state(new))
    if isinstance(layer, NORMS) and eps is not None:
        layer.epsilon, layer.use_fast_variance = eps, False
    if isinstance(layer, nnx.BatchNorm) and momentum is not None:
        layer.momentum = 1 - momentum
