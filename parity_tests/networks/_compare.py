"""A network in both frameworks as functions of its weights, judged by the rule of jaxchan.parity."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from flax import nnx

from jaxchan.parity import Comparison
from jaxchan.parity._arrays import is_inexact, widen
from jaxchan.parity._check import _ask, _judge
from jaxchan.parity._finding import Finding
from jaxchan.parity._runs import Run, run_jax
from torchref.networks.faces import trained_weights

from ._state import buffers_of, load, state_dict
from ._twins import TWINS, Twin

Weights = dict[str, np.ndarray]
MODES, SIZES, FORMATS = ("train", "eval"), ("even", "odd"), ("NCHW", "NHWC")


@dataclass(frozen=True)
class Setting:
    mode: str
    size: str
    data_format: str

    def __str__(self) -> str:
        return f"{self.mode},{self.size},{self.data_format}"


@dataclass(frozen=True)
class Compared:
    """The findings, and the largest float64 errors over the rms of torch's array.

    untouched: the parameters whose gradient is zero throughout.
    """

    findings: list[Finding]
    outputs: float
    buffers: float
    gradients: float
    untouched: list[str]


def settings(name: str, full: bool) -> list[Setting]:
    """All settings of a network, or two that differ in everything."""
    twin = TWINS[name]
    every = [Setting(*s) for s in product(MODES, twin.shapes, FORMATS)]
    if full:
        return every
    turned = list(TWINS).index(name) % 2  # so that every pair of choices is met by some network
    formats, sizes = (np.roll(list(c), turned) for c in (FORMATS, twin.shapes))
    pairs = zip(MODES, np.resize(sizes, 2), formats, strict=True)
    return [Setting(mode, str(size), str(layout)) for mode, size, layout in pairs]


def compare(name: str, setting: Setting) -> Compared:
    """A network with drawn or trained weights on drawn inputs, in float32 and in float64."""
    twin = TWINS[name]
    weights, model = weights_of(twin), torch_model(twin)
    shapes = twin.shapes[setting.size]
    rng = np.random.default_rng(1)
    inputs = tuple(rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    parameters = {n: weights[n] for n, _ in model.named_parameters()}
    buffers = {n: weights[n] for n, _ in model.named_buffers()}
    ours = flax_function(flax_model(twin, setting.data_format), setting)
    theirs = torch_function(model, setting)
    args = (parameters, buffers, inputs)
    wide = jax.tree.map(widen, args)
    case = f"{name} {setting}"
    asked = [Comparison(ours, theirs, a, name=case, order=1) for a in (args, wide)]
    questions = [_ask(c) for c in asked]
    functions, calls = [c.jax_fn for c in asked], [q.call for q in questions]
    orders = [q.own.order for q in questions]
    runs = run_jax(functions, calls, [q.probe for q in questions], orders)
    findings = [f for q, run in zip(questions, runs, strict=True) for f in _judge(q, run)]
    return Compared(findings, *_figures(runs[-1], questions[-1].own, args))


def _figures(got: Run, want: Run, args: tuple) -> tuple[float, float, float, list[str]]:
    values = {n: (a, b) for (n, a), (_, b) in zip(got.values, want.values, strict=True)}
    held = [k for k in values if k.startswith("out[1]") and is_inexact(values[k][1])]
    outputs = [_error(*values[k]) for k in values if not k.startswith("out[1]")]
    names = [jax.tree_util.keystr(k) for k, a in _leaves(args) if is_inexact(a)]
    pairs = dict(zip(names, zip(got.gradients, want.gradients, strict=True), strict=True))
    # of buffers it is zero
    asked = {k: pair for k, pair in pairs.items() if not k.startswith("[1]")}
    gradients = [_error(*pair) for pair in asked.values()]
    untouched = [k for k, (_, b) in asked.items() if not b.any()]
    buffers = max((_error(*values[k]) for k in held), default=0.0)
    return max(outputs), buffers, max(gradients), untouched


def _leaves(args: tuple) -> list:
    return jax.tree_util.tree_leaves_with_path(args)


def _error(got: np.ndarray, want: np.ndarray) -> float:
    scale = float(np.sqrt(np.mean(want**2)))
    return float(np.abs(got - want).max()) / scale if scale else float(np.abs(got).max())


def torch_model(twin: Twin, **options: Any) -> torch.nn.Module:
    return twin.torch(**twin.narrow | options)


def flax_model(twin: Twin, data_format: str = "NCHW", **options: Any) -> nnx.Module:
    return twin.flax(**twin.narrow | options, data_format=data_format, rngs=nnx.Rngs(0))


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


def torch_function(model: torch.nn.Module, setting: Setting) -> Callable:
    """(parameters, buffers, inputs) -> (outputs, buffers afterwards)."""
    model.train(setting.mode == "train")

    def function(parameters: dict, buffers: dict, inputs: tuple) -> tuple:
        held = {name: buffer.detach().clone() for name, buffer in buffers.items()}
        return torch.func.functional_call(model, parameters | held, inputs), held

    return function


def flax_function(model: nnx.Module, setting: Setting) -> Callable:
    """The same of a Flax model, with images as torch has them."""
    if setting.mode == "train":
        model.train()
    else:
        model.eval()
    last = setting.data_format == "NHWC"

    def function(parameters: dict, buffers: dict, inputs: tuple) -> tuple:
        copy = load(model, parameters | buffers)
        outputs: Any = copy(*[channels_last(x) if last else x for x in inputs])
        outputs = jax.tree.map(channels_first, outputs) if last else outputs
        return outputs, jax.lax.stop_gradient(buffers_of(copy))

    return function


def channels_last(x: jax.Array) -> jax.Array:
    return jnp.moveaxis(x, 1, -1) if x.ndim == 4 else x


def channels_first(x: jax.Array) -> jax.Array:
    return jnp.moveaxis(x, -1, 1) if x.ndim == 4 else x
