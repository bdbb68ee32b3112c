"""What to compile: each op that has a bench case, on both devices, and a few over eight GPUs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding

from parity_tests._spec import Case, Op, Tensor, case, t

from .. import calls
from ..names import public
from . import devices

DEVICES = ("h100", "v5e", "8xh100")
IMAGES = t(16, 64, 56, 56)
# along axis 0, which is what is split: each device has two of the sixteen
SPLIT = {
    "sum": case(IMAGES, dim=0),
    "mean": case(IMAGES),
    "amax": case(IMAGES, dim=0),
    "nn.functional.batch_norm": case(IMAGES, None, None, t(64), t(64), training=True),
    "nn.functional.mse_loss": case(IMAGES, IMAGES),
    "nn.functional.softmax": case(IMAGES, dim=1),
    "cumsum": case(IMAGES, 0),
}
# without these the shape of the result depends on values, and nothing can be compiled
UNDER_JIT = {
    "unique": {"size": 1000},
    "unique_consecutive": {"size": 1000000},
    "masked_select": {"size": 1000000},
    "nonzero": {"size": 1000000},
}


@dataclass(frozen=True)
class Row:
    """One program: an op in one direction on one device."""

    op: str
    family: str
    direction: str
    device: str
    case: Case

    @property
    def name(self) -> str:
        return f"{self.op} {self.direction} {self.device}"


def rows(chosen: dict[tuple[str, str], Op], wanted: tuple[str, ...] = DEVICES) -> Iterator[Row]:
    """The programs of the chosen ops on the wanted devices."""
    for device in wanted:
        for (family, name), spec in chosen.items():
            op = public(family, name)
            one = SPLIT.get(op) if device == "8xh100" else spec.bench
            if one is not None:
                yield Row(op, family, "forward", device, one)
            if one is not None and spec.grad:
                yield Row(op, family, "gradient", device, one)


def traced(row: Row) -> tuple[Callable[..., Any], list[Any]]:
    """The row's function, and shapes with a sharding for its arguments."""
    function = getattr(calls.modules(row.family)["jaxchan"], row.op.rpartition(".")[2])
    function = partial(function, **UNDER_JIT.get(row.op, {}))
    forward, arrays = calls.jax_program(function, undrawn(row.case))
    place = _placing(row.device)
    inputs = {i: place(array) for i, array in arrays.items()}
    if row.direction == "forward":
        return forward, [inputs]
    results = jax.eval_shape(forward, inputs)
    back = [place(one) for one in results if jnp.issubdtype(one.dtype, jnp.floating)]
    floating = [i for i, array in arrays.items() if array.dtype.kind == "f"]
    return calls.pulled_back(forward, floating), [inputs, back]


def undrawn(one: Case) -> calls.Tree:
    """The call's arguments in float32, as arrays that take no memory: all zeros are one."""

    def leaf(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        kind = jax.dtypes.canonicalize_dtype(value.dtype or "float32")
        return np.broadcast_to(np.zeros((), kind), value.shape)

    return jax.tree.map(leaf, (one.args, one.kwargs), is_leaf=lambda v: isinstance(v, Tensor))


def _placing(device: str) -> Callable[[Any], jax.ShapeDtypeStruct]:
    if device != "8xh100":
        place = SingleDeviceSharding(getattr(devices, device)()[0])
        return lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=place)
    mesh = Mesh(np.array(devices.h100(8)), ("devices",))

    def split(array: Any) -> jax.ShapeDtypeStruct:
        even = array.ndim > 1 and array.shape[0] % mesh.size == 0
        sharding = NamedSharding(mesh, PartitionSpec("devices") if even else PartitionSpec())
        return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding)

    return split
