"""The specs on inputs that are split over two devices: `python -m parity_tests.sharded`. Ops that
have a way of their own on NVIDIA GPUs are tried in that way too.

The devices are two of the CPU's, which XLA has to be told before it starts, so this runs in a
process of its own.
"""

import os
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxchan.parity import Comparison, Finding, check_all
from jaxchan.parity._arrays import is_array

from . import _suite
from ._draw import draw
from ._environment import XLA_FLAGS
from ._platforms import ON_CUDA, choosing, key
from .specs import OPS


def findings(family: str, name: str, mesh: Mesh) -> list[Finding]:
    """A twelfth of the op's cases, each array split along its first axis where that is even."""
    spec, theirs = OPS[family, name], _suite.torch_function(family, name)
    ours = _on(mesh, _suite.jax_function(family, name))
    asked = [
        Comparison(
            ours,
            theirs,
            *draw(case, spec.dtypes[0]),
            str(case),
            order=0,
            terms=spec.terms,
            indices=spec.indices,
        )
        for case in spec.cases[::12]
    ]
    return [f for result in check_all(asked, jit=False) for f in result.findings]


def _on(mesh: Mesh, fn: Callable) -> Callable:
    def place(value: Any) -> Any:
        if not is_array(value):
            return value
        even = value.ndim > 0 and value.shape[0] > 0 and value.shape[0] % mesh.size == 0
        parts = PartitionSpec("devices") if even else PartitionSpec()
        return jax.device_put(value, NamedSharding(mesh, parts))

    def sharded(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = jax.tree.map(place, (args, kwargs), is_leaf=lambda v: v is None)
        return fn(*args, **kwargs)

    return sharded


def main() -> int:
    # not when this is imported: pytest imports it to look for doctests
    os.environ["XLA_FLAGS"] = f"{XLA_FLAGS} --xla_force_host_platform_device_count=2"
    jax.config.update("jax_enable_x64", True)
    mesh = Mesh(np.array(jax.devices()), ("devices",))
    assert mesh.size == 2
    found = {op: findings(*op, mesh) for op in OPS}
    jax.lax.platform_dependent = choosing("cuda")
    jax.clear_caches()
    for family, name in map(key, ON_CUDA):
        found[family, f"{name} as on cuda"] = findings(family, name, mesh)
    return _suite.tell(found)


if __name__ == "__main__":
    raise SystemExit(main())
