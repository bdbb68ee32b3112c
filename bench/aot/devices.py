"""Devices that XLA compiles for without having them."""

import functools
import importlib.util
import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# plugins look for their hardware unless told not to
SETTING = {
    "JAX_PLATFORMS": "cpu",
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v5litepod-4",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
PLUGINS = ("jax_plugins.xla_cuda13", "libtpu")


class MissingExtra(ImportError):
    """A compiler for a device is not installed."""


def prepare() -> None:
    """To be called before JAX is imported."""
    os.environ.update(SETTING)


def check() -> None:
    """MissingExtra where a compiler is not installed."""
    lacking = [name for name in PLUGINS if not _installed(name)]
    if not lacking and ptxas() is None:
        lacking = ["nvidia-cuda-nvcc"]
    if lacking:
        found = "bench aot compiles for absent devices, but cannot find " + ", ".join(lacking)
        raise MissingExtra(f"{found}: pip install 'jaxchan[aot]'")


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def ptxas() -> Path | None:
    """NVIDIA's assembler, as its package brings it."""
    try:
        listed = files("nvidia-cuda-nvcc") or []
    except PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in listed if file.name == "ptxas"]
    return found[0] if found else None


@functools.cache
def h100(count: int = 1) -> list[Any]:
    """H100s of one host. A field of the description that this jaxlib does not know is an error."""
    from jax.experimental import topologies

    described = (HERE / "h100_sxm.txtpb").read_text()
    return topologies.get_topology_desc(
        "", "cuda", target_config=described, topology=f"1x1x{count}"
    ).devices


@functools.cache
def v5e() -> list[Any]:
    """The TPU v5e chips of one host."""
    from jax.experimental import topologies

    return topologies.get_topology_desc("v5e:2x2", "tpu").devices
