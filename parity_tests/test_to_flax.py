"""From torch's state dicts to Flax's own layers: the same numbers, or a refusal."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from flax import nnx

from jaxchan import nn


@pytest.fixture(autouse=True)
def _flax_promotes() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


DTYPES: dict[str, Any] = {"param_dtype": jnp.float64, "dtype": jnp.float64}


# Flax has batch norm's statistics, and JAX attention's products, in float32 throughout
FLOAT32: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-6}


def moved(module: torch.nn.Module) -> torch.nn.Module:
    """In float64, with numbers away from where they start."""
    generator = torch.Generator().manual_seed(0)
    module = module.double()
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
            tensor.copy_(noise + 0.5)
    return module


def image(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


def last(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def transposed(*args: Any, **kwargs: Any) -> nnx.ConvTranspose:
    return nnx.ConvTranspose(*args, transpose_kernel=True, rngs=nnx.Rngs(0), **kwargs, **DTYPES)


LAYERS: list[tuple[torch.nn.Module, Callable[[], nnx.Module], np.ndarray]] = [
    (
        torch.nn.Linear(3, 5),
        lambda: nnx.Linear(3, 5, rngs=nnx.Rngs(0), **DTYPES),
        image(2, 3),
    ),
    (
        torch.nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, groups=2),
        lambda: nnx.Conv(
            4, 6, (3, 2), 2, padding=1, feature_group_count=2, rngs=nnx.Rngs(0), **DTYPES
        ),
        image(2, 4, 6, 7),
    ),
    (
        torch.nn.Conv1d(4, 6, 3, bias=False),
        lambda: nnx.Conv(4, 6, (3,), padding="VALID", use_bias=False, rngs=nnx.Rngs(0), **DTYPES),
        image(2, 4, 7),
    ),
    (
        torch.nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1),
        lambda: transposed(4, 6, (3, 3), (2, 2), padding=[(1, 2), (1, 2)]),
        image(2, 4, 5, 5),
    ),
    (
        torch.nn.GroupNorm(2, 4),
        lambda: nnx.GroupNorm(4, 2, rngs=nnx.Rngs(0), **DTYPES),
        image(2, 4, 5, 5),
    ),
    (
        torch.nn.LayerNorm(4),
        lambda: nnx.LayerNorm(4, rngs=nnx.Rngs(0), **DTYPES),
        image(2, 4),
    ),
    (
        torch.nn.InstanceNorm2d(4, affine=True),
        lambda: nnx.InstanceNorm(4, rngs=nnx.Rngs(0), **DTYPES),
        image(2, 4, 5, 5),
    ),
    (torch.nn.PReLU(), lambda: nnx.PReLU(param_dtype=jnp.float64), image(2, 4)),
]


@pytest.mark.parametrize(("original", "make", "x"), LAYERS)
def test_a_layer(original: torch.nn.Module, make: Callable, x: np.ndarray) -> None:
    original, target = moved(original), make()
    assert nn.to_flax(original.state_dict(), target) == []
    wanted = original(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(target(last(x)), last(wanted), rtol=1e-10, atol=1e-12)


def test_batch_norm_trains_alike_but_for_the_variance() -> None:
    original, x = moved(torch.nn.BatchNorm2d(4)).float(), image(8, 4, 5, 5).astype(np.float32)
    target = nnx.BatchNorm(4, rngs=nnx.Rngs(0))
    assert nn.to_flax(original.state_dict(), target) == ["num_batches_tracked"]
    assert target.momentum == pytest.approx(0.9)
    wanted = original(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(target(last(x)), last(wanted), **FLOAT32)
    mean = original.get_buffer("running_mean").numpy()
    np.testing.assert_allclose(target.mean[...], mean, **FLOAT32)
    kept = nnx.BatchNorm(4, rngs=nnx.Rngs(0))
    nn.to_flax(original.state_dict(), kept, momentum=None, eps=None)
    assert (kept.momentum, kept.epsilon) == (0.99, 1e-5)


def test_embedding() -> None:
    original = torch.nn.Embedding(5, 3)
    target = nnx.Embed(5, 3, rngs=nnx.Rngs(0))
    nn.to_flax(original.state_dict(), target)
    wanted = original(torch.tensor([1, 4])).detach().numpy()
    np.testing.assert_array_equal(target(jnp.array([1, 4])), wanted)


def test_attention() -> None:
    original = moved(torch.nn.MultiheadAttention(6, 2, batch_first=True)).float()
    x, target = image(2, 4, 6).astype(np.float32), nnx.MultiHeadAttention(2, 6, rngs=nnx.Rngs(0))
    nn.to_flax(original.state_dict(), target)
    tensor = torch.from_numpy(x)
    wanted = original(tensor, tensor, tensor)[0].detach().numpy()
    np.testing.assert_allclose(target(x, decode=False), wanted, **FLOAT32)


def flaxs() -> nnx.Sequential:
    rngs = nnx.Rngs(0)
    conv = nnx.Conv(3, 4, (3, 3), padding="VALID", rngs=rngs, **DTYPES)
    norm = nnx.BatchNorm(4, use_running_average=True, rngs=rngs, **DTYPES)
    flat = lambda x: x.reshape(len(x), -1)  # noqa: E731
    return nnx.Sequential(conv, norm, nnx.relu, flat, nnx.Linear(24, 2, rngs=rngs, **DTYPES))


def torchs() -> torch.nn.Module:
    layers = torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU()
    return moved(torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(24, 2)).eval())


def test_a_network_with_a_flattened_image() -> None:
    original, target, x = torchs(), flaxs(), image(2, 3, 5, 4)
    dropped = nn.to_flax(original.state_dict(), target, flatten_from={"4": (4, 3, 2)})
    assert dropped == ["1.num_batches_tracked"]
    wanted = original(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(target(last(x)), wanted, **FLOAT32)


REFUSED: list[tuple[torch.nn.Module, Callable[[], nnx.Module], str]] = [
    (
        torch.nn.ConvTranspose2d(4, 6, 3, groups=2),
        lambda: transposed(4, 6, (3, 3)),
        "no groups: use jaxchan.nn.ConvTranspose2d",
    ),
    (
        torch.nn.ConvTranspose2d(4, 6, 3),
        lambda: nnx.ConvTranspose(4, 6, (3, 3), rngs=nnx.Rngs(0)),
        "transpose_kernel=True",
    ),
    (
        torch.nn.Conv2d(4, 6, 3, stride=2, padding=1),
        lambda: nnx.Conv(4, 6, (3, 3), 2, rngs=nnx.Rngs(0)),
        "'SAME' with a stride",
    ),
    (torch.nn.PReLU(4), nnx.PReLU, "one slope"),
    (
        torch.nn.Linear(3, 4),
        lambda: nnx.Linear(4, 3, rngs=nnx.Rngs(0)),
        r"kernel would be \(3, 4\), not \(4, 3\)",
    ),
    (
        torch.nn.Linear(3, 4),
        lambda: nnx.Linear(3, 4, use_bias=False, rngs=nnx.Rngs(0)),
        "bias is missing in the target",
    ),
    (
        torch.nn.InstanceNorm2d(4),
        lambda: nnx.InstanceNorm(4, rngs=nnx.Rngs(0)),
        "scale is missing in the state",
    ),
    (
        torch.nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
        lambda: nnx.InstanceNorm(4, rngs=nnx.Rngs(0)),
        "no running_mean, running_var",
    ),
    (
        torch.nn.LayerNorm((4, 3)),
        lambda: nnx.LayerNorm(4, rngs=nnx.Rngs(0)),
        "dims in another order",
    ),
    (torch.nn.Linear(3, 4), lambda: nnx.Dropout(0.5), "weight: no layer for it"),
]


@pytest.mark.parametrize(("original", "make", "text"), REFUSED)
def test_what_flax_has_not_is_refused(original: torch.nn.Module, make: Callable, text: str) -> None:
    target = make()
    before = nnx.clone(nnx.state(target))
    with pytest.raises(RuntimeError, match=text):
        nn.to_flax(original.state_dict(), target)
    pairs = zip(nnx.to_flat_state(before), nnx.to_flat_state(nnx.state(target)), strict=True)
    assert all((a.get_value() == b.get_value()).all() for (_, a), (_, b) in pairs)


def test_all_is_refused_at_once() -> None:
    state = torchs().state_dict()
    del state["0.bias"]
    state["1.extra"] = state["4.bias"]
    options = {"flatten_from": {"4": (4, 3, 3), "9": (1, 1, 1)}}
    with pytest.raises(RuntimeError) as caught:
        nn.to_flax(state, flaxs(), **options)
    assert str(caught.value).splitlines() == [
        "to_flax: the state does not fit the target",
        "  flatten_from: no Linear at 9",
        "  0: bias is missing in the state",
        "  1: Flax's layer has no extra",
        "  4: flatten_from (4, 3, 3) is not 24 features",
    ]
