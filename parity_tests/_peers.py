"""Judge a loss against a peer's own function: value and gradient to the logits, over a grid.

In float64 they have to agree to 1e-12. In float32 the rule of `jaxchan.parity` decides, with the
peer's float64 result as the truth.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from jaxchan.parity import _rule

AGREEMENT = 1e-12
Pair = list[np.ndarray]  # a value, and a gradient


def grid(name: str, draws: int, **options: tuple) -> Iterator[dict[str, Any]]:
    """The defaults, each option alone, and some draws of all options; the first is the default."""
    default = {key: values[0] for key, values in options.items()}
    yield default
    for key, values in options.items():
        yield from ({**default, key: value} for value in values[1:])
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for _ in range(draws):
        yield {key: values[rng.integers(len(values))] for key, values in options.items()}


def in_jax(fn: Callable, x: np.ndarray, cotangent: np.ndarray | None) -> Pair:
    """Of a JAX function of the logits alone, under jit."""

    def both(x: jax.Array, cotangent: jax.Array | None) -> tuple[jax.Array, jax.Array]:
        value, pull = jax.vjp(fn, x)
        back = jnp.ones_like(value) if cotangent is None else cotangent.astype(value.dtype)
        return value, pull(back)[0]

    return [np.asarray(a) for a in jax.jit(both)(x, cotangent)]


def in_torch(fn: Callable, x: np.ndarray, cotangent: np.ndarray | None) -> Pair:
    """Of a torch function of the logits alone."""
    inputs = torch.tensor(x, requires_grad=True)
    value = fn(inputs)
    back = torch.ones_like(value) if cotangent is None else torch.tensor(cotangent).to(value.dtype)
    (gradient,) = torch.autograd.grad(value, inputs, back)
    return [value.detach().numpy(), gradient.numpy()]


def differences(ours: Callable[[Any], Any], run: Callable[..., Pair], x: np.ndarray) -> list[str]:
    """What is not the same; `run(x, cotangent)` gives the peer's."""
    single = x.astype(np.float32)
    value = run(single.astype(np.float64), None)[0]
    back = np.random.default_rng(1).standard_normal(value.shape)
    truth, got = run(single.astype(np.float64), back), in_jax(ours, single.astype(np.float64), back)
    found = [
        f"{of} in float64: error {np.abs(g - t).max():.2g} of {np.abs(t).max():.2g}"
        for of, g, t in zip(("value", "gradient"), got, truth, strict=True)
        if g.shape != t.shape or not np.abs(g - t).max() <= AGREEMENT * max(np.abs(t).max(), 1e-300)
    ]
    if found:
        return found
    single_back = back.astype(np.float32)
    truth = run(single.astype(np.float64), single_back.astype(np.float64))
    jitter = np.random.default_rng(2).uniform(-1, 1, (4, *x.shape)) * 2.0**-24
    moved = [run(single * (1 + j), single_back.astype(np.float64)) for j in jitter]
    kinds = (_rule.OUTPUT_FACTORS, _rule.GRADIENT_FACTORS)
    runs = zip(in_jax(ours, single, single_back), run(single, single_back), truth, strict=True)
    for i, (got, own, true) in enumerate(runs):
        floor = np.stack([np.abs(m[i] - true) for m in moved])
        wide = [np.asarray(a, np.float64) for a in (got, own, true)]
        verdict = _rule.same_quality(*wide, floor, np.dtype(np.float32), kinds[i])
        if verdict.status != "pass":
            found.append(f"{('value', 'gradient')[i]} in float32: {verdict.detail}")
    return found
