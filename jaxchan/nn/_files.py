"""Arrays in files, read whole before anything is done with them."""

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
    """What a checkpoint holds; RuntimeError for a file that is broken or holds more than data."""
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


def as_numpy(value: Any) -> np.ndarray | None:
    """A NumPy, JAX or torch array as NumPy's; None for anything else, and for dtypes JAX lacks."""
    if type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        return _tensor(value)
    if isinstance(value, np.ndarray | np.generic) or hasattr(value, "__jax_array__"):
        array = np.asarray(value)
    elif type(value).__module__.startswith("jax"):
        array = np.asarray(value)
    else:
        return None
    return array if array.dtype in KNOWN or array.dtype.kind == "c" else None


KNOWN = {np.dtype(d) for d in DTYPES.values()}


def _tensor(value: Any) -> np.ndarray | None:
    import torch

    if value.layout != torch.strided or value.is_quantized or value.device.type == "meta":
        return None
    value = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    name = str(value.dtype).removeprefix("torch.")
    if name.startswith(("bfloat16", "float8")):  # torch has no NumPy for them, but their bits
        if not hasattr(ml_dtypes, name):
            return None
        bits = torch.int16 if value.itemsize == 2 else torch.int8
        return value.view(bits).numpy().view(getattr(ml_dtypes, name))
    return as_numpy(value.numpy())
