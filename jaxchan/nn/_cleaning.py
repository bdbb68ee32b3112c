"""What wrappers and old versions of torch leave in the keys of a checkpoint, taken away."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

WRAPPERS = ("state_dict", "model_state_dict", "model", "module")
PREFIXES = ("module.", "model.")  # torch's DataParallel, and trainers
COMPILED = "_orig_mod."  # torch.compile's
LEGACY = {"gamma": "weight", "beta": "bias"}
NORMS = (
    ("weight_g", "weight_v", "weight"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1", "weight"),
)

State = dict[str, Any]


def unwrapped(state: Mapping) -> Mapping:
    """The mapping of arrays inside of one that holds also an epoch, an optimizer, ..."""
    for _ in WRAPPERS:
        inner = [state[name] for name in WRAPPERS if isinstance(state.get(name), Mapping)]
        if not inner:
            break
        state = inner[0]
    return state


def cleaned(state: Mapping[str, np.ndarray], wanted: Collection[str]) -> State:
    """`state` under a module's keys; what the module has under a name is left under it."""
    result = dict(state)
    if not any(COMPILED in name for name in wanted):
        result = _renamed(result, lambda key: key.replace(COMPILED, ""))
    for prefix in PREFIXES:
        if not any(name.startswith(prefix) for name in wanted):
            result = _renamed(result, lambda key, prefix=prefix: key.removeprefix(prefix))
    result = _weight_norm(result, wanted)
    return _renamed(result, lambda key: _modern(key, wanted))


def _renamed(state: State, rename: Any) -> State:
    result: State = {}
    for key, array in state.items():
        name = rename(key)
        if name in result:
            raise RuntimeError(f"load_state_dict: two keys of the state are {name}, one is {key}")
        result[name] = array
    return result


def _modern(key: str, wanted: Collection[str]) -> str:
    stem, dot, last = key.rpartition(".")
    name = stem + dot + LEGACY.get(last, last)
    return name if key not in wanted and name in wanted else key


def _weight_norm(state: State, wanted: Collection[str]) -> State:
    """With each length and direction as the weight that they make, g v / |v|."""
    result = dict(state)
    for length, direction, name in NORMS:
        for key in [k for k in state if k.endswith(length)]:
            stem = key.removesuffix(length)
            if key in wanted or stem + direction not in state or (stem and stem[-1] != "."):
                continue
            g, v = result.pop(key), result.pop(stem + direction)
            result[stem + name] = _product(g, v)
    return result


def _product(g: np.ndarray, v: np.ndarray) -> np.ndarray:
    wide = np.promote_types(v.dtype, np.float32) if v.dtype.kind == "f" else np.dtype(np.float32)
    g_wide, v_wide = g.astype(wide), v.astype(wide)
    # g has a size for the dims that it keeps, and none at all where it is one number
    axes = tuple(d for d in range(v.ndim) if g.ndim == 0 or g.shape[d] == 1)
    norm = np.sqrt(np.sum(v_wide * v_wide, axis=axes, keepdims=True))
    return (g_wide * (v_wide / norm)).astype(v.dtype)
