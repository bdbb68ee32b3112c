"""Judge a loss against a peer's own function: value and gradient to the logits, over a grid.

In float64 they have to agree to 1e-12. In float32 the rule of `jaxchan.parity` decides, with the
peer's float64 result as the truth.
"""

import functools
import inspect
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
RNG = np.random.default_rng(0)
X = 2 * RNG.standard_normal((2, 3, 4, 5))
LABELS = RNG.integers(0, 3, (2, 4, 5))
LABELS[1][LABELS[1] == 2] = 0  # class 2 is absent from the second image
IGNORED = np.where(RNG.uniform(size=LABELS.shape) < 0.2, -100, LABELS)
HOT = np.moveaxis(np.eye(3)[LABELS], -1, 1)
SOFT = RNG.uniform(0, 1, X.shape)
ROWS, ROW_LABELS = X[:, :, 0].transpose(0, 2, 1).reshape(10, 3), RNG.integers(0, 4, 10)
WEIGHT = np.array([0.5, 2.0, 1.0])
REDUCTIONS = ("none", "mean", "sum")


def grid(name: str, draws: int, **options: tuple) -> Iterator[dict[str, Any]]:
    """The defaults, each option alone, and some draws of all options; the first is the default."""
    default = {key: values[0] for key, values in options.items()}
    rows = [default]
    for key, values in options.items():
        rows += [{**default, key: value} for value in values[1:]]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for _ in range(draws):
        rows.append({key: values[rng.integers(len(values))] for key, values in options.items()})
    yield from {str(row): row for row in rows}.values()  # a draw may repeat another


@functools.lru_cache(maxsize=2)
def _with_gradient(fn: Callable) -> Callable:
    """Compiled once for all that it is asked: ours and the peer's function of one check."""

    def both(x: jax.Array, cotangent: jax.Array | None) -> tuple[jax.Array, jax.Array]:
        value, pull = jax.vjp(fn, x)
        back = jnp.ones_like(value) if cotangent is None else cotangent.astype(value.dtype)
        return value, pull(back)[0]

    return jax.jit(both)


def in_jax(fn: Callable, x: np.ndarray, cotangent: np.ndarray | None) -> Pair:
    """Of a JAX function of the logits alone, under jit."""
    return [np.asarray(a) for a in _with_gradient(fn)(x, cotangent)]


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
        got, own = np.asarray(got, np.float64), np.asarray(own, np.float64)
        verdict = _rule.same_quality(got, own, true, floor, np.dtype(np.float32), kinds[i])
        if verdict.status != "pass":
            found.append(f"{('value', 'gradient')[i]} in float32: {verdict.detail}")
    return found


def floats(value: Any, dtype: Any) -> Any:
    """Arrays of floats in the dtype of the logits, as a user has them."""
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(dtype) if is_float else value


def ours(function: Callable, args: tuple, options: dict) -> Callable:
    def call(x: jax.Array) -> jax.Array:
        kept = jax.tree.map(lambda v: floats(v, x.dtype), (args, options))
        return function(x, *kept[0], **kept[1])

    return call


def torchs(function: Callable, args: tuple, options: dict) -> Callable[..., Pair]:
    def tensor(value: Any, dtype: Any) -> Any:
        value = floats(value, dtype)
        return torch.tensor(value) if isinstance(value, np.ndarray) else value

    def run(x: np.ndarray, cotangent: np.ndarray | None) -> Pair:
        kept = jax.tree.map(lambda v: tensor(v, x.dtype), (args, options))
        torch.set_default_dtype(torch.tensor(x).dtype)
        try:
            return in_torch(lambda x: function(x, *kept[0], **kept[1]), x, cotangent)
        finally:
            torch.set_default_dtype(torch.float32)

    return run


def check(mine: Callable, peers: Callable, x: np.ndarray, *args: Any, **options: Any) -> None:
    found = differences(ours(mine, args, options), torchs(peers, args, options), x)
    assert not found, found


def made(cls: Callable, *names: str) -> Callable:
    """A class as a function of its call's arguments and its options."""
    return lambda x, *args, **options: cls(**options)(x, *args)


def ids(options: Any) -> str:
    if isinstance(options, dict):
        return ",".join(f"{k}={np.shape(v) if np.ndim(v) else v}" for k, v in options.items())
    return str(options)


def check_signature(mine: Callable, peers: Callable) -> None:
    """The same arguments in the same order, with the same defaults."""
    own, theirs = (inspect.signature(f).parameters for f in (mine, peers))
    assert list(own) == list(theirs)
    for name, parameter in theirs.items():
        default = getattr(parameter.default, "value", parameter.default)  # MONAI's are enums
        assert own[name].default == default, name
