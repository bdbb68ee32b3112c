"""State dicts. A module's names, shapes and layouts are torch's, so that loading copies by name."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from .. import interop
from .._dtypes import category
from . import _dialects
from ._cleaning import cleaned, unwrapped
from ._parameters import Buffer

KNOWN = {np.dtype(dtype) for dtype in interop.DTYPES.values()}
SAVED = nnx.Any(nnx.Param, nnx.BatchStat, Buffer)
SUGGESTIONS = 20


class Loaded(NamedTuple):
    """What `load_state_dict` found: the names that it left alone, and those that it changed."""

    missing_keys: list[str]
    unexpected_keys: list[str]
    renamed: dict[str, str]


def state_dict(module: nnx.Module) -> dict[str, np.ndarray]:
    """Parameters and buffers as NumPy arrays, under torch's names.

    Torch: torch.nn.Module.state_dict

    Running statistics are among them, random state is not, nor are buffers with persistent=False.

    >>> from jaxchan import nn
    >>> {k: v.shape for k, v in state_dict(nn.Linear(3, 2, rngs=nnx.Rngs(0))).items()}
    {'bias': (2,), 'weight': (2, 3)}
    """
    return {key: np.asarray(variable[...]) for key, (_, variable) in variables(module).items()}


def load_state_dict(
    module: nnx.Module,
    state: Mapping[str, Any] | str | Path,
    strict: bool = True,
    *,
    dialect: str | None = None,
) -> Loaded:
    """Copy `state` into a module's parameters and buffers, in the dtypes that these have.

    Torch: torch.nn.Module.load_state_dict

    `state` maps names to NumPy, JAX or torch arrays, or is a file: ".safetensors" (needs the
    package of that name) or torch's ".pt", ".pth" and ".bin" (need torch; read as data alone).
    Wrappers ("state_dict", "model"), prefixes ("module.", "_orig_mod."), weight norm and the names
    gamma and beta are understood. `dialect`, one of "official", "timm" and "torchvision", says
    whose names the state has, if the module has another's.

    RuntimeError with all that does not fit, and nothing is loaded: with `strict` a name that one
    side has alone, else just what differs in shape. RuntimeError also for a file that is broken.

    >>> from jaxchan import nn
    >>> layer = nn.Linear(3, 2, rngs=nnx.Rngs(0))
    >>> load_state_dict(layer, {"module.weight": np.ones((2, 3))}, strict=False)
    Loaded(missing_keys=['bias'], unexpected_keys=[], renamed={})
    """
    targets = {key: variable for key, (_, variable) in variables(module).items()}
    arrays = _arrays(state, targets)
    renamed: dict[str, str] = {}
    if dialect is not None:
        shapes = {key: variable.shape for key, variable in targets.items()}
        arrays, renamed = _dialects.translated(arrays, shapes, dialect)
    missing = [key for key in targets if key not in arrays]
    unexpected = [key for key in arrays if key not in targets]
    mismatched = [
        m for k, v in targets.items() if k in arrays and (m := _mismatch(k, arrays[k], v))
    ]
    if mismatched or (strict and (missing or unexpected)):
        raise RuntimeError(
            _complaint(module, missing, unexpected, mismatched, arrays, targets, dialect)
        )
    _assign(module, {key: arrays[key] for key in targets if key in arrays})
    return Loaded(missing, unexpected, renamed)


def variables(module: nnx.Module) -> dict[str, tuple[tuple, nnx.Variable]]:
    """Paths and variables of all that a state dict holds, under its keys."""
    flat = nnx.to_flat_state(nnx.state(module, SAVED))
    return {
        ".".join(map(str, path)): (path, variable)
        for path, variable in flat
        if variable.get_metadata().get("persistent", True)
    }


def read_arrays(state: Mapping[str, Any] | str | Path) -> dict[str, np.ndarray]:
    """The arrays of a mapping or a file, as NumPy's."""
    if isinstance(state, str | Path):
        state = interop.read(state)
    if not isinstance(state, Mapping):
        raise TypeError(f"load_state_dict: state must be a mapping, got {type(state).__name__}")
    state = unwrapped(state)
    arrays = {key: _as_numpy(value) for key, value in state.items()}
    bad = [f"{k} ({type(state[k]).__name__})" for k, a in arrays.items() if a is None]
    bad += [repr(key) for key in arrays if not isinstance(key, str)]
    if bad:
        raise RuntimeError(f"load_state_dict: state must map names to arrays, got {', '.join(bad)}")
    return {key: array for key, array in arrays.items() if array is not None}


def _as_numpy(value: Any) -> np.ndarray | None:
    """The array as NumPy's; None for what is none, or of a dtype that no checkpoint has."""
    is_jax = isinstance(value, jax.Array) or hasattr(value, "__jax_array__")
    if not (is_jax or isinstance(value, np.ndarray | np.generic) or interop.is_tensor(value)):
        return None
    try:
        array = interop.to_numpy(value)
    except (TypeError, RuntimeError):
        return None
    return array if array.dtype in KNOWN or array.dtype.kind == "c" else None


def _arrays(state: Any, targets: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return cleaned(read_arrays(state), targets)


def _mismatch(key: str, array: np.ndarray, variable: nnx.Variable) -> str:
    if array.shape != variable.shape:
        return f"{key}: {array.shape} in the state, {variable.shape} in the module"
    if category(array.dtype) > category(variable.dtype):
        return f"{key}: {array.dtype} in the state, {variable.dtype} in the module"
    return ""


def _assign(module: nnx.Module, arrays: dict[str, np.ndarray]) -> None:
    held = variables(module)
    new = []
    for key, array in arrays.items():
        path, variable = held[key]
        sharding = getattr(variable.get_value(), "sharding", None)
        value = jnp.asarray(array.astype(variable.dtype))
        value = value if sharding is None else jax.device_put(value, sharding)
        new.append((path, variable.replace(value)))
    nnx.update(module, nnx.from_flat_state(new))


def _complaint(
    module: nnx.Module,
    missing: list[str],
    unexpected: list[str],
    mismatched: list[str],
    arrays: Mapping[str, np.ndarray],
    targets: Mapping[str, nnx.Variable],
    dialect: str | None,
) -> str:
    lines = [f"load_state_dict: the state does not fit {type(module).__name__}"]
    near = _near(unexpected[:SUGGESTIONS], missing, arrays, targets)
    lines += [f"  missing: {key} {targets[key].shape}" for key in missing]
    lines += [f"  unexpected: {key} {arrays[key].shape}{near.get(key, '')}" for key in unexpected]
    lines += [f"  mismatched: {text}" for text in mismatched]
    shapes = {key: variable.shape for key, variable in targets.items()}
    helpful = [] if dialect else _dialects.helpful(arrays, shapes)
    lines += [f"  all of it fits with dialect={name!r}" for name in helpful]
    return "\n".join(lines)


def _near(
    unexpected: list[str],
    missing: list[str],
    arrays: Mapping[str, np.ndarray],
    targets: Mapping[str, nnx.Variable],
) -> dict[str, str]:
    """For the first unexpected keys, what they may have been meant for: a missing one like it."""
    result = {}
    for key in unexpected:
        fits = [m for m in missing if targets[m].shape == arrays[key].shape]
        siblings = [m for m in fits if m.rpartition(".")[0] == key.rpartition(".")[0]]
        close = (difflib.get_close_matches(key, names, 1) for names in (fits, missing))
        found = next((names[0] for names in (siblings, *close) if names), None)
        if found is not None:
            result[key] = f", perhaps {found} {targets[found].shape}"
    return result
