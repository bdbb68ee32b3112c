"""Arrays of other libraries and in files, as NumPy's; torch is imported once it is met."""

import pickle
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

# safetensors' names of what NumPy and JAX have
DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "U32": np.uint32,
    "I32": np.int32,
    "U64": np.uint64,
    "I64": np.int64,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "F32": np.float32,
    "F64": np.float64,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
}
PICKLES = (".pt", ".pth", ".bin")


def read(path: str | Path) -> Any:
    """What a checkpoint holds, read whole before anything is done with it.

    Errors: ValueError for a file of another kind than .safetensors, .pt, .pth or .bin; RuntimeError
            for one that is broken or holds more than data; ImportError where the library for it
            is missing.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        return _safetensors(path)
    if path.suffix in PICKLES:
        return _pickle(path)
    wanted = ", ".join((".safetensors", *PICKLES))
    raise ValueError(f"load_state_dict: a file must be one of {wanted}, got {path.name}")


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            f"load_state_dict: {path.name} needs safetensors: pip install safetensors"
        ) from error
    try:
        entries = safetensors.deserialize(path.read_bytes())
    except safetensors.SafetensorError as error:
        raise RuntimeError(f"load_state_dict: {path} is broken: {error}") from error
    arrays = {}
    for name, entry in entries:
        if entry["dtype"] not in DTYPES:
            raise RuntimeError(f"load_state_dict: {path} holds {name} as {entry['dtype']}")
        flat = np.frombuffer(entry["data"], DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def _pickle(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"load_state_dict: {path.name} needs torch: pip install torch, or save as .safetensors"
        ) from error
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except pickle.UnpicklingError as error:  # code in a checkpoint could do anything
        raise RuntimeError(
            f"load_state_dict: {path} is broken or holds more than tensors: {error}"
        ) from error
    except Exception as error:  # of any type: what a broken archive makes zip and pickle raise
        raise RuntimeError(f"load_state_dict: {path} is broken: {error!r}") from error


def is_tensor(value: Any) -> bool:
    """Whether a value is torch's; asked by name, so that JAX arrays alone do not import torch.

    >>> is_tensor(np.ones(3))
    False
    """
    return type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach")


def to_numpy(value: Any) -> np.ndarray:
    """A NumPy array of a tensor, JAX array or number, in the same dtype, bfloat16 included.

    Errors: TypeError or RuntimeError, torch's own, for a tensor that is sparse, quantised or
            without memory.

    >>> to_numpy(2.0)
    array(2.)
    """
    if not is_tensor(value):
        return np.asarray(value)
    import torch

    value = value.detach().resolve_conj().resolve_neg().contiguous()
    name = str(value.dtype).removeprefix("torch.")
    # torch has no NumPy for bfloat16 and float8, but their bits
    if value.is_floating_point() and hasattr(ml_dtypes, name):
        bits = torch.int16 if value.itemsize == 2 else torch.int8
        return value.view(bits).numpy(force=True).view(getattr(ml_dtypes, name))
    return value.numpy(force=True)
