"""Whole networks on jaxchan.nn are torch's: names, weights, outputs, gradients, buffers, training.

Two settings of each; `make parity OPS=networks FULL=1` tries all. The tools are in networks/.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import torch
from flax import nnx
from matplotlib.image import imread

from jaxchan import nn
from jaxchan.nn.state import variables
from jaxchan.parity._arrays import to_torch
from torchref.networks import faces as torch_faces

from .networks import _faces, _training
from .networks import faces as flax_faces
from .networks._compare import FORMATS, Setting, compare, settings
from .networks._functions import flax_model, torch_model, weights_of
from .networks._run import train
from .networks._twins import TWINS

PUBLISHED = Path(__file__).parent / "networks" / "torchvision_state_dicts.json"
CASES = [(name, setting) for name in TWINS for setting in settings(name, full=False)]
LIMITS = {"output": 1e-10, "buffer": 1e-10, "gradient": 1e-9}  # over the rms of torch's array


@pytest.mark.parametrize("name", [n for n, twin in TWINS.items() if twin.published])
def test_names_and_shapes_are_torchvisions(name: str) -> None:
    twin = TWINS[name]
    want = json.loads(PUBLISHED.read_text())[twin.published]
    with torch.device("meta"):
        theirs = {k: list(v.shape) for k, v in twin.torch().state_dict().items()}
    assert theirs == want
    for data_format in FORMATS:
        model = nnx.eval_shape(lambda f=data_format: twin.flax(data_format=f, rngs=nnx.Rngs(0)))
        assert {k: list(v.shape) for k, (_, v) in variables(model).items()} == want


@pytest.mark.parametrize("name", TWINS)
def test_loading_is_identity(name: str) -> None:
    theirs = torch_model(TWINS[name])
    theirs.load_state_dict({k: to_torch(v) for k, v in weights_of(TWINS[name]).items()})
    state = theirs.state_dict()
    for data_format in FORMATS:
        model = flax_model(TWINS[name], data_format=data_format)
        assert nn.load_state_dict(model, state) == ([], [], {})
        ours = nn.state_dict(model)
        assert ours.keys() == state.keys()
        for key, array in ours.items():
            np.testing.assert_array_equal(array, state[key].numpy(), strict=True)


@pytest.mark.parametrize(("name", "setting"), CASES, ids=lambda value: str(value))
def test_network(name: str, setting: Setting) -> None:
    compared = compare(name, setting)
    assert [f for f in compared.findings if f.status not in ("pass", "vacuous")] == []
    assert compared.errors.keys() >= {"output", "gradient"}
    assert {k: e for k, e in compared.errors.items() if e > LIMITS[k]} == {}
    # of parameters, only the bias of a norm that another norm follows has no gradient
    assert all(key.endswith(".bias") and setting.mode == "train" for key in compared.zeros)


def other_eps(model: Any) -> None:
    model.inc[1].eps = 1.1e-5


def other_momentum(model: Any) -> None:
    model.inc[4].momentum = 0.1 + 1e-9


def no_gradient_past_the_last_level(model: Any) -> None:
    model.downs[-1].append(jax.lax.stop_gradient)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (other_eps, "output"),
        (other_momentum, "buffer"),
        (no_gradient_past_the_last_level, "gradient"),
    ],
)
def test_a_small_change_of_a_network_is_noticed(change: Callable, kind: str) -> None:
    compared = compare("unet", Setting("train", "even", "NCHW"), change)
    failed = {f.where.split()[0] for f in compared.findings if f.status == "fail"}
    assert kind in failed
    assert kind == "output" or "output" not in failed


@pytest.mark.parametrize("optimizer", _training.OPTIMIZERS)
def test_a_hundred_steps_of_training(optimizer: str) -> None:
    assert train(optimizer).status == "pass"


def test_mtcnn_finds_the_astronaut() -> None:
    image = _faces.photograph()
    theirs = torch_faces.detect(torch_faces.trained_networks(), torch.tensor(image), **_faces.QUICK)
    ours = flax_faces.detect(flax_faces.trained_networks(np.float32, "NHWC"), image, **_faces.QUICK)
    assert len(theirs.boxes) == 1
    assert _faces.difference(ours, theirs) <= _faces.PIXELS
    assert imread(io.BytesIO(_faces.drawn(image, ours, theirs))).ndim == 3
