"""The same training in both frameworks: weights, batches, optimiser; the loss of every step."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan.parity._arrays import to_torch, widen

from ._functions import flax_model, torch_model, weights_of
from ._state import holding
from ._twins import Twin

RATE, DECAY = 0.01, 0.01
OPTIMIZERS = {
    "SGD": (
        {"lr": RATE, "momentum": 0.9, "weight_decay": DECAY},
        # torch adds the decay to the gradient, before the momentum
        optax.chain(optax.add_decayed_weights(DECAY), optax.sgd(RATE, momentum=0.9)),
    ),
    "AdamW": (
        {"lr": RATE, "weight_decay": DECAY},
        optax.adamw(RATE, weight_decay=DECAY),
    ),
}


class Batch(NamedTuple):
    images: np.ndarray
    labels: np.ndarray


def batches(number: int, images: int, side: int, classes: int) -> Iterator[Batch]:
    """Noise about one drawn image a class, which can be learnt, in float64.

    Batch norm over few numbers makes training chaotic: torch's ResNet-18 on eight images of 16x16,
    from weights moved by one ulp, has losses that differ by 1e-6 after a hundred steps.
    """
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((classes, 3, side, side))
    for _ in range(number):
        labels = rng.integers(classes, size=images)
        yield Batch(centres[labels] + rng.standard_normal((images, 3, side, side)), labels)


def torch_losses(twin: Twin, name: str, data: Iterator[Batch]) -> list[float]:
    model = torch_model(twin, "train").double()
    model.load_state_dict({k: to_torch(v) for k, v in weights_of(twin).items()})
    optimizer = getattr(torch.optim, name)(model.parameters(), **OPTIMIZERS[name][0])
    losses = []
    for images, labels in data:
        loss = torch.nn.functional.cross_entropy(model(to_torch(images)), to_torch(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def flax_losses(twin: Twin, name: str, data: Iterator[Batch]) -> list[float]:
    model = holding(flax_model(twin, "train"), {k: widen(v) for k, v in weights_of(twin).items()})
    optimizer = nnx.Optimizer(model, OPTIMIZERS[name][1], wrt=nnx.Param)
    losses = []
    for images, labels in data:
        loss, gradients = _loss_and_gradients(model, jnp.asarray(images), jnp.asarray(labels))
        with jax.numpy_dtype_promotion("standard"):  # optax's counts are int32
            _update(optimizer, model, gradients)
        losses.append(float(loss))
    return losses


@nnx.jit
def _loss_and_gradients(model: Any, images: jax.Array, labels: jax.Array) -> tuple:
    return nnx.value_and_grad(_loss)(model, images, labels)


def _loss(model: Any, images: jax.Array, labels: jax.Array) -> jax.Array:
    chances = F.log_softmax(model(images), dim=1)
    return -jaxchan.mean(jaxchan.gather(chances, 1, labels[:, None]))


@nnx.jit
def _update(optimizer: nnx.Optimizer, model: Any, gradients: Any) -> None:
    optimizer.update(model, gradients)
