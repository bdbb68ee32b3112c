"""A module against torch's own, with the same parameters and buffers: `Row` says which and on what.

A row's module is compared in float64 by the rule of `jaxchan.parity`: outputs, the gradients of
inputs and parameters, and the buffers afterwards; in training and not, in both layouts.
"""

import inspect
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from flax import nnx
from torch.func import functional_call

import torchref.attention_blocks
import torchref.conv_blocks
import torchref.convnext
import torchref.dense_blocks
import torchref.fusion
import torchref.modules
import torchref.split_blocks
from jaxchan import nn
from jaxchan.nn.state import variables
from jaxchan.parity import Comparison

from ._draw import draw
from ._spec import Case, case

Arrays = dict[str, np.ndarray]
TRUTHS = (
    torch.nn,
    torchref.modules,
    torchref.conv_blocks,
    torchref.convnext,
    torchref.attention_blocks,
    torchref.split_blocks,
    torchref.dense_blocks,
    torchref.fusion,
)


@dataclass(frozen=True)
class Row:
    """A module by the name of its class, its constructor's arguments, and the inputs of a call.

    channel: the dim of the inputs' channels in torch. flat: the result has no layout.
    modes: whether to train. random: it draws in training, so that torch cannot judge it.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: tuple[Any, ...]
    call: dict[str, Any] = field(default_factory=dict)
    channel: int = 1
    flat: bool = False
    random: bool = False

    def __str__(self) -> str:
        return f"{self.name}[{Case(self.args, self.kwargs)}; {Case(self.inputs)}]"

    def arrays(self) -> tuple[np.ndarray, ...]:
        return draw(case(*self.inputs), "float64", zlib.crc32(str(self).encode()))[0]


def truth_of(name: str) -> type[torch.nn.Module]:
    """torch's class, or the reference's."""
    return next(vars(module)[name] for module in TRUTHS if name in vars(module))


def arguments_of(kind: Any) -> set[str]:
    return set(inspect.signature(kind.__init__).parameters)


def make(row: Row, seed: int = 0, **options: Any) -> nnx.Module:
    """jaxchan's module, with random numbers and a dtype if it takes them."""
    kind = getattr(nn, row.name)
    taken = arguments_of(kind)
    if "rngs" in taken:
        options["rngs"] = nnx.Rngs(seed)
    options = {"param_dtype": jnp.float64, **options}
    if "options" not in taken:
        options = {k: v for k, v in options.items() if k in taken}
    return kind(*row.args, **row.kwargs, **options)


def original(row: Row, seed: int = 0) -> torch.nn.Module:
    """torch's module in float64, with parameters and buffers away from where they start."""
    module = truth_of(row.name)(*row.args, **row.kwargs).double()
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
            positive = "var" in name or (tensor.ndim == 1 and "weight" in name)
            tensor.copy_(0.5 + noise if positive else noise - 0.5)
        else:
            tensor.fill_(3)
    return module


def layouts(row: Row) -> tuple[str, ...]:
    has_both = arguments_of(getattr(nn, row.name)) & {"data_format", "options"}
    return ("NCHW", "NHWC") if has_both else ("NCHW",)


def comparisons(row: Row) -> Iterator[Comparison]:
    """The questions to `check_all`: in training and not, in both layouts."""
    theirs = original(row)
    held = {k: v.numpy(force=True) for k, v in theirs.state_dict().items()}
    names = {name for name, _ in theirs.named_parameters()}
    params = {k: v for k, v in held.items() if k in names}
    buffers = {k: v for k, v in held.items() if k not in names}
    inputs = row.arrays()
    for data_format in layouts(row):
        ours = make(row, data_format=data_format)
        nn.load_state_dict(ours, held)
        for train in (False,) if row.random else (False, True):
            yield Comparison(
                _port(row, ours, buffers, data_format, train),
                _truth(row, theirs, buffers, train),
                (inputs, params),
                name=f"{row} {data_format} {'train' if train else 'eval'}",
                order=1,
            )


def _port(row: Row, module: nnx.Module, buffers: Arrays, data_format: str, train: bool) -> Any:
    def run(inputs: tuple, params: dict) -> tuple[Any, dict]:
        copy = nnx.clone(module)
        (copy.train if train else copy.eval)()
        set_arrays(copy, params)
        out = call(row, copy, inputs, data_format)
        return out, {k: v[...] for k, (_, v) in variables(copy).items() if k in buffers}

    return run


def _truth(row: Row, module: torch.nn.Module, buffers: Arrays, train: bool) -> Any:
    def run(inputs: tuple, params: dict) -> tuple[Any, dict]:
        module.train(train)
        held = {k: torch.from_numpy(v.copy()) for k, v in buffers.items()}
        out = functional_call(module, {**params, **held}, tuple(inputs), row.call)
        return out, held

    return run


def call(row: Row, module: Any, inputs: Any, data_format: str) -> Any:
    """The module's results on inputs in torch's layout, in torch's layout."""
    if data_format == "NCHW":
        return module(*inputs, **row.call)
    last = jax.tree.map(lambda x: jnp.moveaxis(x, row.channel, -1), list(inputs))
    out = module(*last, **row.call)
    return out if row.flat else jax.tree.map(lambda y: jnp.moveaxis(y, -1, row.channel), out)


def set_arrays(module: nnx.Module, arrays: dict[str, Any]) -> None:
    held = variables(module)
    new = [(held[key][0], held[key][1].replace(array)) for key, array in arrays.items()]
    nnx.update(module, nnx.from_flat_state(new))
