"""One step of a network in either framework: outputs, buffers afterwards and gradients, by name.

Weights are torch's state dict, as arrays; images have channels first on both sides.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import torch
from flax import nnx

from jaxchan.interop import to_numpy
from jaxchan.parity._arrays import to_torch
from torchref.networks.faces import trained_weights

from ._state import buffers_of, holding
from ._twins import Twin

Weights = dict[str, np.ndarray]
Arrays = dict[str, np.ndarray]


class Step(NamedTuple):
    """What a network is given; all arrays."""

    parameters: Weights
    buffers: Weights
    inputs: tuple[np.ndarray, ...]
    cotangents: tuple[np.ndarray, ...] = ()


def torch_model(twin: Twin, mode: str = "eval") -> torch.nn.Module:
    return twin.torch(**twin.narrow).train(mode == "train")


def flax_model(twin: Twin, mode: str = "eval", data_format: str = "NCHW") -> Any:
    model = twin.flax(**twin.narrow, data_format=data_format, rngs=nnx.Rngs(0))
    if mode == "train":
        model.train()
    else:
        model.eval()
    return model


def weights_of(twin: Twin) -> Weights:
    """The trained weights, or drawn ones of which none is what a module starts with."""
    if twin.trained is not None:
        return {k: v.numpy() for k, v in trained_weights()[twin.trained].items()}
    shapes = {k: tuple(v.shape) for k, v in torch_model(twin).state_dict().items()}
    rng = np.random.default_rng(0)
    return {name: _drawn(rng, name, shape) for name, shape in shapes.items()}


def _drawn(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    last = name.rpartition(".")[2]
    if last == "num_batches_tracked":
        return np.array(rng.integers(1, 9))
    normal = rng.standard_normal(shape)
    if last == "running_var":
        drawn = np.exp(normal / 2)
    elif len(shape) > 1 and last == "weight":
        drawn = normal * np.sqrt(2 / np.prod(shape[1:]))
    else:  # scales of norms and layers about 1, all else about 0
        drawn = 0.2 * normal + (last in ("weight", "layer_scale"))
    return drawn.astype(np.float32)


def draw_step(twin: Twin, model: torch.nn.Module, size: str, seed: int) -> Step:
    """The twin's weights with drawn inputs and cotangents, in float32."""
    rng = np.random.default_rng(seed)
    weights = weights_of(twin)
    parameters = {n: weights[n] for n, _ in model.named_parameters()}
    buffers = {n: weights[n] for n, _ in model.named_buffers()}
    step = Step(parameters, buffers, tuple(_normal(rng, s) for s in twin.shapes[size]))
    outputs, _ = _forward(model, to_tensors(step))
    return step._replace(cotangents=tuple(_normal(rng, tuple(o.shape)) for o in outputs))


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def to_tensors(step: Step) -> Any:
    return jax.tree.map(to_torch, step)


def _forward(model: torch.nn.Module, step: Any) -> tuple[tuple[torch.Tensor, ...], dict]:
    held = {name: buffer.clone() for name, buffer in step.buffers.items()}  # written in place
    outputs = torch.func.functional_call(model, step.parameters | held, step.inputs)
    return outputs if isinstance(outputs, tuple) else (outputs,), held


def torch_run(model: torch.nn.Module, step: Step) -> Arrays:
    """The step in torch; a parameter that is not used raises."""
    tensors = to_tensors(step)
    leaves = [*tensors.parameters.values(), *tensors.inputs]
    for leaf in leaves:
        leaf.requires_grad_()
    outputs, held = _forward(model, tensors)
    gradients = iter(torch.autograd.grad(outputs, leaves, tensors.cotangents))
    by_name = {name: next(gradients) for name in tensors.parameters}
    return dict(_named(outputs, held, by_name, tuple(gradients), array=to_numpy))


def flax_run(model: nnx.Module, data_format: str) -> Callable[[Step], Arrays]:
    """The same step in Flax, one program for each dtype."""
    last = data_format == "NHWC"

    @jax.jit
    def program(step: Step) -> tuple:
        def outputs_of(parameters: Mapping, inputs: tuple) -> tuple:
            copy = holding(model, {**parameters, **step.buffers})
            outputs = copy(*[_channels_last(x) if last else x for x in inputs])
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            return tuple(_channels_first(o) if last else o for o in outputs), buffers_of(copy)

        outputs, pull, held = jax.vjp(outputs_of, step.parameters, step.inputs, has_aux=True)
        return outputs, held, *pull(step.cotangents)

    def run(step: Step) -> Arrays:
        outputs, held, by_name, by_input = program(step)
        return dict(_named(outputs, held, by_name, by_input, array=np.asarray))

    return run


def _channels_last(x: jax.Array) -> jax.Array:
    return jnp.moveaxis(x, 1, -1) if x.ndim == 4 else x


def _channels_first(x: jax.Array) -> jax.Array:
    return jnp.moveaxis(x, -1, 1) if x.ndim == 4 else x


def _named(
    outputs: tuple, buffers: Mapping, gradients: Mapping, by_input: tuple, *, array: Callable
) -> Iterator[tuple[str, np.ndarray]]:
    for kind, arrays in (
        ("output", dict(enumerate(outputs))),
        ("buffer", buffers),
        ("gradient", gradients),
        ("gradient of input", dict(enumerate(by_input))),
    ):
        yield from ((f"{kind} {name}", array(a)) for name, a in arrays.items())
