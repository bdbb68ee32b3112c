"""Modules of losses are the functions, and are Flax's: options, training, jit, errors."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from jaxchan import losses, nn
from jaxchan.nn import losses as modules

from ._peers import HOT, LABELS, SOFT, WEIGHT
from .test_api import resolve

CLASSES: dict[str, Any] = {
    name: kind
    for name, kind in vars(modules).items()
    if inspect.isclass(kind) and issubclass(kind, nnx.Module) and name[0] != "_"
}
IMAGE = jnp.asarray(np.random.default_rng(3).standard_normal((2, 4, 4, 5)), jnp.float32)
# one value for each option, not the default's, so that one that is lost is seen
BY_CLASS: dict[str, Any] = {
    "smooth": (0.1, 0.2),
    "per": "sample_class",
    "activation": "softmax",
    "overlap": "minimum",
    "denominator_floor": 40.0,
    "log_floor": 0.5,
    "absent": "zero",
    "class_weight": [0.5, 2.0, 1.0],
    "weight_mode": "mean",
    "classes": [0, 2],
    "ignore_index": 1,
    "reduction": "sum",
    "channel_dim": -1,
}
FOCAL: dict[str, Any] = {
    "gamma": 1.5,
    "reduction": "mean",
    "class_weight": jnp.asarray(WEIGHT, jnp.float32),
    "ignore_index": 1,
    "normalizer": "valid",
    "channel_dim": -1,
}
SIGMOID = {**FOCAL, "alpha": [0.2, 0.3, 0.4], "alpha_negative": 0.9, "modulator": "linear"}
OPTIONS: dict[str, dict[str, Any]] = {
    "SigmoidFocalLoss": {**SIGMOID, "reduced_threshold": 0.5},
    "SoftmaxFocalLoss": {**FOCAL, "alpha": 0.3},
    "DiceLoss": {**BY_CLASS, "squared": True},
    "TverskyLoss": {**BY_CLASS, "squared": True, "alpha": 0.3, "beta": 0.6, "exponent": 0.5},
    "GeneralizedDiceLoss": {
        **{k: BY_CLASS[k] for k in ("smooth", "activation", "overlap", "classes")},
        **{k: BY_CLASS[k] for k in ("ignore_index", "reduction", "channel_dim")},
        "volume_weight": "simple",
        "per": "batch",
    },
    "QualityFocalLoss": {
        **{k: FOCAL[k] for k in ("reduction", "ignore_index", "normalizer", "channel_dim")},
        "beta": 1.5,
    },
    "DistributionFocalLoss": {"reduction": "mean", "normalizer": 7.0, "channel_dim": -1},
    "VarifocalLoss": {
        **{k: v for k, v in FOCAL.items() if k != "class_weight"},
        "alpha": 0.6,
        "iou_weighted": False,
    },
    "FocalDiceLoss": {
        **{k: v for k, v in FOCAL.items() if k != "reduction"},
        **{k: BY_CLASS[k] for k in ("smooth", "activation", "per")},
        "lambda_focal": 0.3,
        "lambda_dice": 0.6,
        "alpha": 0.3,
    },
    "LovaszHingeLoss": {"per": "sample", "ignore_index": 1},
    "LovaszSoftmaxLoss": {
        "classes": "all",
        "per": "sample",
        "class_weight": WEIGHT,
        "ignore_index": 1,
        "channel_dim": -1,
    },
}


def case(name: str, channel: int) -> tuple[jax.Array, jax.Array]:
    """Inputs with the channel where it is wanted, and targets."""
    x = jnp.moveaxis(IMAGE[:, :3], 1, channel)
    if name == "DistributionFocalLoss":
        return x, jnp.asarray(2 * SOFT[:, 0], jnp.float32)
    if name == "LovaszHingeLoss":
        return x, jnp.moveaxis(jnp.asarray(HOT, jnp.float32), 1, channel)
    return x, jnp.asarray(LABELS)


def function_of(name: str) -> Callable[..., jax.Array]:
    return getattr(losses, CLASSES[name].op)


def test_every_loss_has_its_module_and_options() -> None:
    assert CLASSES.keys() == {*OPTIONS, "FocalLoss"}
    assert nn.FocalLoss is nn.SigmoidFocalLoss
    assert all(getattr(nn, name) is kind for name, kind in CLASSES.items())


@pytest.mark.parametrize("name", OPTIONS)
def test_arguments_are_the_functions(name: str) -> None:
    taken = dict(inspect.signature(CLASSES[name].__init__).parameters)
    taken.pop("self")
    wanted = dict(inspect.signature(function_of(name)).parameters)
    for argument in ("inputs", "targets", "mask"):
        wanted.pop(argument)
    assert [*taken] == [*wanted] == [k for k in wanted if k in OPTIONS[name]]
    for argument, parameter in wanted.items():
        assert (taken[argument].default, taken[argument].kind) == (
            parameter.default,
            parameter.kind,
        )


@pytest.mark.parametrize("name", OPTIONS)
def test_docstring(name: str) -> None:
    doc = inspect.getdoc(CLASSES[name]) or ""
    function = function_of(name)
    assert doc.startswith(f"`jaxchan.losses.{function.__name__}`")
    assert re.search(r"^Shapes: ", doc, re.MULTILINE)
    torchs = re.search(r"^Torch:\s+none; ([\w.]+)", doc, re.MULTILINE)
    assert torchs
    assert resolve(torchs[1]).__name__ == function.__name__  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OPTIONS)
def test_it_is_the_function(name: str) -> None:
    for options in ({}, OPTIONS[name]):
        x, t = case(name, options.get("channel_dim", 1))
        module, function = CLASSES[name](**options), function_of(name)
        mask = jnp.asarray(SOFT[:, 0] < 0.8)
        if name == "LovaszHingeLoss":
            mask = mask[:, None]
        np.testing.assert_array_equal(module(x, t), function(x, t, **options))
        np.testing.assert_array_equal(module(x, t, mask=mask), function(x, t, mask=mask, **options))


class Net(nnx.Module):
    """A model that has its loss with it."""

    def __init__(self, loss: nnx.Module) -> None:
        self.conv, self.loss = nn.Conv2d(4, 3, 1, rngs=nnx.Rngs(0)), loss


@pytest.mark.parametrize("name", OPTIONS)
def test_steps_of_training_lower_it(name: str) -> None:
    """By optax and nnx.Optimizer under nnx.jit and nnx.value_and_grad, as a part of the model."""
    # floors hold losses where they are
    left_out = ("channel_dim", "denominator_floor", "log_floor")
    options = {k: v for k, v in OPTIONS[name].items() if k not in left_out}
    net = Net(CLASSES[name](**options))
    optimizer = nnx.Optimizer(net, optax.adam(0.05), wrt=nnx.Param)
    targets = case(name, 1)[1]

    def loss_of(net: Any) -> jax.Array:
        return net.loss(net.conv(IMAGE), targets).mean()

    @nnx.jit
    def step(net: Any, optimizer: nnx.Optimizer) -> jax.Array:
        loss, slope = nnx.value_and_grad(loss_of, argnums=nnx.DiffState(0, nnx.Param))(net)
        with jax.numpy_dtype_promotion("standard"):  # which optax relies on
            optimizer.update(net, slope)
        return loss

    values = [float(step(net, optimizer)) for _ in range(4)]
    assert np.isfinite(values).all()
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


@pytest.mark.parametrize("name", OPTIONS)
def test_flax_shows_it(name: str) -> None:
    module = CLASSES[name](**OPTIONS[name])
    for option in OPTIONS[name]:
        assert f"{option}=" in repr(module)
    assert name in str(nnx.tabulate(module, *case(name, OPTIONS[name].get("channel_dim", 1))))
    graph, state = nnx.split(module)
    assert not jax.tree.leaves(state)
    merged = nnx.merge(graph, state)
    assert [getattr(merged, o) for o in OPTIONS[name]] == [
        getattr(module, o) for o in OPTIONS[name]
    ]


def test_equal_options_share_a_trace() -> None:
    traces = []

    @nnx.jit
    def run(module: Any, x: jax.Array, t: jax.Array) -> jax.Array:
        traces.append(1)
        return module(x, t)

    weights: list[Any] = [WEIGHT, jnp.asarray(WEIGHT), WEIGHT.tolist(), (*WEIGHT,), 2 * WEIGHT]
    for weight in weights:
        loss = nn.SoftmaxFocalLoss(class_weight=weight, gamma=2, reduction="sum")
        run(loss, *case("SoftmaxFocalLoss", 1))
    assert len(traces) == 2


def test_options_may_be_traced() -> None:
    x, t = case("SoftmaxFocalLoss", 1)

    def loss(weight: jax.Array) -> jax.Array:
        return nn.SoftmaxFocalLoss(class_weight=weight, reduction="sum")(x, t)

    each = losses.softmax_focal_loss(x, t).sum((0, 2, 3))
    np.testing.assert_allclose(jax.jit(jax.grad(loss))(jnp.ones(3)), each, rtol=1e-5)


ERRORS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    (
        "FocalLoss",
        {"gamma": -1},
        ValueError,
        "SigmoidFocalLoss: gamma must not be .*-1",
    ),
    ("SigmoidFocalLoss", {"modulator": "cubic"}, ValueError, "SigmoidFocalLoss: modulator"),
    ("SigmoidFocalLoss", {"reduced_threshold": 0.5}, ValueError, "Loss: reduced_threshold must be"),
    ("SigmoidFocalLoss", {"alpha": np.ones((2, 2))}, RuntimeError, "SigmoidFocalLoss: alpha must"),
    ("SoftmaxFocalLoss", {"reduction": "average"}, ValueError, "SoftmaxFocalLoss: reduction must"),
    ("SoftmaxFocalLoss", {"normalizer": "rows"}, ValueError, "SoftmaxFocalLoss: normalizer must"),
    ("SoftmaxFocalLoss", {"alpha": [1, 2], "class_weight": [1]}, RuntimeError, "class_weight must"),
    ("DiceLoss", {"per": "image"}, ValueError, "^DiceLoss: per must be one of .*got 'image'"),
    ("DiceLoss", {"activation": "tanh"}, ValueError, "^DiceLoss: activation must be one of"),
    ("DiceLoss", {"smooth": (1, 2, 3)}, ValueError, "^DiceLoss: smooth must be a number or two"),
    ("DiceLoss", {"classes": []}, IndexError, "^DiceLoss: classes must be some"),
    ("DiceLoss", {"class_weight": [1.0, 2.0]}, ValueError, "^DiceLoss: weight_mode must be"),
    ("DiceLoss", {"per": "sample", "channel_dim": 0}, IndexError, "^DiceLoss: channel_dim"),
    ("TverskyLoss", {"exponent": -0.5}, ValueError, "^TverskyLoss: exponent must not be"),
    ("GeneralizedDiceLoss", {"volume_weight": "cube"}, ValueError, "DiceLoss: volume_weight must"),
    ("QualityFocalLoss", {"beta": -1}, ValueError, "^QualityFocalLoss: beta must not be"),
    ("DistributionFocalLoss", {"reduction": "x"}, ValueError, "^DistributionFocalLoss: reduction"),
    ("VarifocalLoss", {"gamma": -1}, ValueError, "^VarifocalLoss: gamma must not be"),
    ("FocalDiceLoss", {"activation": None}, ValueError, "^FocalDiceLoss: activation must be"),
    ("LovaszHingeLoss", {"per": "class"}, ValueError, "^LovaszHingeLoss: per must be"),
    ("LovaszSoftmaxLoss", {"classes": "some"}, ValueError, "^LovaszSoftmaxLoss: classes must"),
]


@pytest.mark.parametrize(("name", "options", "kind", "words"), ERRORS)
def test_bad_options_raise_when_made(
    name: str, options: dict, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        getattr(nn, name)(**options)
