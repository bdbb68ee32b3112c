"""Fine-tune a torch network in Flax, and have torch's numbers at every step.

    python examples/finetune_digits.py [--float64]

A small network learns the digits 0 to 4 in torch. Its checkpoint is loaded into the same network
in Flax, and both go on with all ten digits: same batches, same optimiser. What a port takes:

1. `torch.nn` becomes `jaxchan.nn`, `forward` becomes `__call__`, and layers with weights get
   `rngs`. Arguments, defaults and names stay, so the checkpoint loads as it is.
2. Images may have channels last, as JAX has them elsewhere: `data_format="NHWC"`. The checkpoint is
   the same; `Flatten` sees to the weight of the layer behind it.
3. `optax.adamw` is torch's AdamW (the default weight decays differ: 1e-4, and 1e-2 in torch).

In float32 the losses drift apart as rounding does; with --float64 they have to agree to 1e-8.
Needs the extra "dev" (torch, optax, scikit-learn).
"""

import argparse
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from flax import nnx
from sklearn.datasets import load_digits

from jaxchan import nn

STEPS, BATCH, HELD_OUT = 80, 64, 297
RATE, DECAY = 1e-2, 1e-2
AGREEMENT = 1e-8


class TorchDigits(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 8, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(8)
        self.conv2 = torch.nn.Conv2d(8, 16, 3, padding=1)
        self.bn2 = torch.nn.BatchNorm2d(16)
        self.pool = torch.nn.MaxPool2d(2)
        self.flatten = torch.nn.Flatten()
        self.fc = torch.nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.bn1(self.conv1(x)).relu())
        x = self.pool(self.bn2(self.conv2(x)).relu())
        return self.fc(self.flatten(x))


class FlaxDigits(nnx.Module):
    def __init__(self, *, param_dtype: Any = jnp.float32, rngs: nnx.Rngs) -> None:
        like: dict[str, Any] = {"data_format": "NHWC", "param_dtype": param_dtype, "rngs": rngs}
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1, **like)
        self.bn1 = nn.BatchNorm2d(8, **like)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1, **like)
        self.bn2 = nn.BatchNorm2d(16, **like)
        self.pool = nn.MaxPool2d(2, data_format="NHWC")
        self.flatten = nn.Flatten(data_format="NHWC")
        self.fc = nn.Linear(64, 10, param_dtype=param_dtype, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.pool(jax.nn.relu(self.bn1(self.conv1(x))))
        x = self.pool(jax.nn.relu(self.bn2(self.conv2(x))))
        return self.fc(self.flatten(x))


def batches(images: np.ndarray, labels: np.ndarray, steps: int, seed: int) -> Iterator[tuple]:
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.choice(len(labels), BATCH, replace=False)
        yield images[chosen], labels[chosen]


def train_torch(model: torch.nn.Module, data: Iterator[tuple]) -> list[float]:
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=DECAY)
    model.train()
    losses = []
    for images, labels in data:
        logits = model(torch.from_numpy(images))
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_flax(model: FlaxDigits, data: Iterator[tuple]) -> list[float]:
    optimizer = nnx.Optimizer(model, optax.adamw(RATE, weight_decay=DECAY), wrt=nnx.Param)
    model.train()
    losses = []
    for images, labels in data:
        losses.append(
            float(train_step(model, optimizer, jnp.asarray(channels_last(images)), labels))
        )
    return losses


@nnx.jit  # jax.jit would drop what batch norm learns
def train_step(model: Any, optimizer: Any, images: jax.Array, labels: jax.Array) -> jax.Array:
    def loss_of(model: Any) -> jax.Array:
        return optax.softmax_cross_entropy_with_integer_labels(model(images), labels).mean()

    loss, gradients = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradients)
    return loss


def channels_last(images: np.ndarray) -> np.ndarray:
    return np.moveaxis(images, 1, -1)


def torch_answers(model: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(images)).numpy().argmax(axis=1)


def flax_answers(model: FlaxDigits, images: np.ndarray) -> np.ndarray:
    model.eval()
    return np.asarray(model(jnp.asarray(channels_last(images)))).argmax(axis=1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Fine-tune a torch network in Flax.")
    parser.add_argument("--float64", action="store_true", help="losses must agree to 1e-8")
    double = parser.parse_args().float64
    if double:
        jax.config.update("jax_enable_x64", True)
    dtype = np.float64 if double else np.float32

    digits: Any = load_digits()
    pixels, labels = (digits.images / 16).astype(dtype)[:, None], digits.target
    images, answers = pixels[:-HELD_OUT], labels[:-HELD_OUT]
    held_out, truth = pixels[-HELD_OUT:], labels[-HELD_OUT:]

    torch.manual_seed(0)
    theirs = TorchDigits().to(torch.float64 if double else torch.float32)
    few = answers < 5
    train_torch(theirs, batches(images[few], answers[few], STEPS, seed=0))
    before = (torch_answers(theirs, held_out) == truth).mean()

    ours = FlaxDigits(param_dtype=dtype, rngs=nnx.Rngs(0))
    nn.load_state_dict(ours, theirs.state_dict())
    their_losses = train_torch(theirs, batches(images, answers, STEPS, seed=1))
    our_losses = train_flax(ours, batches(images, answers, STEPS, seed=1))

    print("step  torch loss  Flax loss")
    for step in range(0, STEPS, 10):
        print(f"{step:4}  {their_losses[step]:10.6f} {our_losses[step]:10.6f}")
    apart = float(np.abs(np.subtract(their_losses, our_losses)).max())
    print(f"losses at most {apart:.1e} apart")
    found = [(torch_answers(theirs, held_out) == truth).mean()]
    found.append((flax_answers(ours, held_out) == truth).mean())
    print(f"held-out digits read: {before:.1%} before, {found[0]:.1%} torch, {found[1]:.1%} Flax")
    return int(double and apart > AGREEMENT)


if __name__ == "__main__":
    raise SystemExit(main())
