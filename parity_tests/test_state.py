"""State dicts: torch's checkpoints load by name, and what does not fit is told and not loaded."""

import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from flax import nnx

from jaxchan import interop, nn
from torchref.attention_blocks import SEModule
from torchref.conv_blocks import ConvNormAct
from torchref.convnext import CNBlock, ConvNeXtBlock


def theirs() -> torch.nn.Sequential:
    torch.manual_seed(0)
    layers = torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.PReLU()
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(16, 2))


def ours(**options: Any) -> nn.Sequential:
    rngs = nnx.Rngs(0)
    layers = nn.Conv2d(3, 4, 3, rngs=rngs, **options), nn.BatchNorm2d(4, **options), nn.PReLU()
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16, 2, rngs=rngs, **options))


def arrays() -> dict[str, np.ndarray]:
    return {k: v.numpy() for k, v in theirs().state_dict().items()}


def assert_same(module: nnx.Module, wanted: dict[str, np.ndarray]) -> None:
    held = nn.state_dict(module)
    assert held.keys() == wanted.keys()
    for key, array in wanted.items():
        np.testing.assert_array_equal(held[key], array, strict=True)


@pytest.mark.parametrize("kind", [torch.from_numpy, jnp.asarray, np.asarray])
def test_a_mapping_of_any_arrays(kind: Callable) -> None:
    module = ours()
    found = nn.load_state_dict(module, {k: kind(v) for k, v in arrays().items()})
    assert found == ([], [], {})
    assert_same(module, arrays())


def test_there_and_back() -> None:
    module, original = ours(), theirs()
    held = {k: torch.from_numpy(v.copy()) for k, v in nn.state_dict(module).items()}
    assert not any(original.load_state_dict(held))
    assert_same(module, {k: v.numpy() for k, v in original.state_dict().items()})


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt", "model.pth", "model.bin"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_file(name: str, dtype: torch.dtype, tmp_path: Path) -> None:
    state = theirs().to(dtype).state_dict()
    save = safetensors.torch.save_file if name.endswith("tensors") else torch.save
    save(state, tmp_path / name)
    module = ours()
    nn.load_state_dict(module, tmp_path / name)
    assert_same(module, {k: v.float().numpy() if v.ndim else v.numpy() for k, v in state.items()})
    half = ours(param_dtype=jnp.bfloat16)
    nn.load_state_dict(half, str(tmp_path / name))
    assert nn.state_dict(half)["0.weight"].dtype == ml_dtypes.bfloat16


def test_a_file_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = arrays()
    safetensors.numpy.save_file(wanted, tmp_path / "model.safetensors")
    torch.save(theirs().state_dict(), tmp_path / "model.pt")
    monkeypatch.setitem(sys.modules, "torch", None)
    nn.load_state_dict(module := ours(), tmp_path / "model.safetensors")
    assert_same(module, wanted)
    with pytest.raises(ImportError, match="pip install torch"):
        nn.load_state_dict(module, tmp_path / "model.pt")


def test_a_file_without_safetensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    safetensors.numpy.save_file(arrays(), tmp_path / "model.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match="pip install safetensors"):
        nn.load_state_dict(ours(), tmp_path / "model.safetensors")


class Hostile:
    def __reduce__(self) -> tuple:
        return (exec, ("raise SystemExit('code of a checkpoint has run')",))


def _whole(path: Path) -> bytes:
    save = safetensors.torch.save_file if path.suffix == ".safetensors" else torch.save
    save(theirs().state_dict(), path)
    return path.read_bytes()


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[:-100],
    "header alone": lambda data: data[:40],
    "noise": lambda data: np.random.default_rng(0).bytes(1000),
    "hostile": lambda data: pickle.dumps({"0.weight": Hostile()}),
    "a large header": lambda data: struct.pack("<Q", 2**62) + data[8:],
    "a list": lambda data: pickle.dumps([1, 2]),
}


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_file_says_so_and_changes_nothing(
    damage: str, suffix: str, tmp_path: Path
) -> None:
    path, module = tmp_path / f"model{suffix}", ours()
    before = nn.state_dict(module)
    path.write_bytes(BROKEN[damage](_whole(path)))
    with pytest.raises((RuntimeError, TypeError), match="load_state_dict: "):
        nn.load_state_dict(module, path)
    assert_same(module, before)


def test_other_files() -> None:
    with pytest.raises(ValueError, match=r"\.safetensors.*model\.npz"):
        nn.load_state_dict(ours(), "model.npz")
    for name in ("none.pt", "none.safetensors"):
        with pytest.raises(FileNotFoundError):
            nn.load_state_dict(ours(), name)


@pytest.mark.parametrize(
    "state",
    [
        {"0.weight": "text"},
        {"0.weight": None},
        {"0.weight": np.array([object()])},
        {0: np.zeros(3)},
        {"0.weight": torch.eye(3).to_sparse()},
        {"0.weight": torch.zeros(2, device="meta")},
    ],
)
def test_what_is_no_array(state: Any) -> None:
    module = ours()
    before = nn.state_dict(module)
    with pytest.raises(RuntimeError, match="state must map names to arrays"):
        nn.load_state_dict(module, state)
    assert_same(module, before)
    with pytest.raises(TypeError, match="mapping"):
        nn.load_state_dict(module, [1])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float16"])
def test_small_floats_keep_their_bits(name: str) -> None:
    tensor = torch.tensor([1.5, -0.25, 448.0]).to(getattr(torch, name))
    array = interop.to_numpy(tensor)
    assert array.dtype.name == name
    np.testing.assert_array_equal(array.astype(np.float32), tensor.float().numpy())


def test_all_that_does_not_fit_is_told_at_once() -> None:
    state, module = arrays(), ours()
    before = nn.state_dict(module)
    state["0.kernel"] = state.pop("0.weight")
    state["bn.weigth"] = state.pop("1.weight")
    state["4.bias"] = np.zeros(3, np.float32)
    state["1.bias"] = state["1.bias"].astype(np.complex64)
    with pytest.raises(RuntimeError) as caught:
        nn.load_state_dict(module, state)
    assert str(caught.value).splitlines() == [
        "load_state_dict: the state does not fit Sequential",
        "  missing: 0.weight (4, 3, 3, 3)",
        "  missing: 1.weight (4,)",
        "  unexpected: 0.kernel (4, 3, 3, 3), perhaps 0.weight (4, 3, 3, 3)",
        "  unexpected: bn.weigth (4,), perhaps 1.weight (4,)",
        "  mismatched: 1.bias: complex64 in the state, float32 in the module",
        "  mismatched: 4.bias: (3,) in the state, (2,) in the module",
    ]
    assert_same(module, before)


def test_without_strict_names_may_differ_but_not_shapes() -> None:
    state, module = arrays(), ours()
    state["extra"] = state.pop("4.bias")
    found = nn.load_state_dict(module, state, strict=False)
    assert (found.missing_keys, found.unexpected_keys) == (["4.bias"], ["extra"])
    np.testing.assert_array_equal(nn.state_dict(module)["0.weight"], state["0.weight"])
    with pytest.raises(RuntimeError, match="mismatched"):
        nn.load_state_dict(module, {"4.bias": np.zeros(3)}, strict=False)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": {"state_dict": state}, "optimizer": {"lr": 0.1}},
        lambda state: {f"module.{k}": v for k, v in state.items()},
        lambda state: {f"_orig_mod.{k}": v for k, v in state.items()},
        lambda state: {f"module._orig_mod.model.{k}": v for k, v in state.items()},
        lambda state: {k.replace("0.", "0._orig_mod."): v for k, v in state.items()},
        lambda state: {k.replace("1.weight", "1.gamma"): v for k, v in state.items()},
        lambda state: {k.replace("1.bias", "1.beta"): v for k, v in state.items()},
    ],
)
def test_wrappers_and_prefixes(wrap: Callable) -> None:
    module = ours()
    nn.load_state_dict(module, wrap(arrays()))
    assert_same(module, arrays())


def test_two_keys_for_one_name() -> None:
    state = arrays()
    with pytest.raises(RuntimeError, match=r"two keys of the state are 4\.bias"):
        nn.load_state_dict(ours(), {**state, "module.4.bias": state["4.bias"]})


def test_a_prefix_that_is_the_modules_own() -> None:
    module = nn.ModuleDict({"module": nn.PReLU()})
    nn.load_state_dict(module, {"module.weight": np.ones(1)})
    assert nn.state_dict(module)["module.weight"] == 1


@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize("old", [True, False])
def test_weight_norm(old: bool, dim: int | None) -> None:
    utils = torch.nn.utils
    norm: Any = utils.weight_norm if old else utils.parametrizations.weight_norm
    original = norm(torch.nn.Conv2d(3, 4, 3), dim=dim)
    wanted = original.weight.detach().numpy()
    module = nn.Conv2d(3, 4, 3, rngs=nnx.Rngs(0))
    nn.load_state_dict(module, original.state_dict())
    np.testing.assert_allclose(nn.state_dict(module)["weight"], wanted, rtol=1e-6)


DIALECTS = [
    ("torchvision", CNBlock(4, 0.5, 0.0), lambda r: nn.ConvNeXtBlock(4, rngs=r)),
    ("timm", ConvNeXtBlock(4), lambda r: nn.CNBlock(4, 0.5, 0.0, rngs=r)),
    ("timm", ConvNormAct(4, 6, 3), lambda r: nn.Conv2dNormActivation(4, 6, 3, rngs=r)),
]


@pytest.mark.parametrize(("dialect", "original", "make"), DIALECTS)
def test_dialects(dialect: str, original: torch.nn.Module, make: Callable) -> None:
    module, state = make(nnx.Rngs(0)), original.eval().state_dict()
    with pytest.raises(RuntimeError, match=f"all of it fits with dialect='{dialect}'"):
        nn.load_state_dict(module, state)
    found = nn.load_state_dict(module, state, dialect=dialect)
    assert (found.missing_keys, found.unexpected_keys) == ([], [])
    assert found.renamed
    x = np.random.default_rng(0).standard_normal((1, 4, 8, 8)).astype(np.float32)
    module.eval()
    wanted = original(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(module(x), wanted, rtol=1e-4, atol=1e-5)


def test_official_names() -> None:
    state = SEModule(16).state_dict()
    old = {k.replace("fc1", "fc.0").replace("fc2", "fc.2"): v.squeeze() for k, v in state.items()}
    module = nn.SEModule(16, rngs=nnx.Rngs(0))
    nn.load_state_dict(module, old, dialect="official")
    assert_same(module, {k: v.numpy() for k, v in state.items()})
    grn = nn.GlobalResponseNorm(4)
    official = {"gamma": np.ones((1, 1, 1, 4)), "beta": np.zeros((1, 1, 1, 4))}
    with pytest.raises(RuntimeError, match="mismatched"):
        nn.load_state_dict(grn, official)
    nn.load_state_dict(grn, official, dialect="official")
    assert nn.state_dict(grn)["weight"].tolist() == [1] * 4
    with pytest.raises(ValueError, match="dialect must be one of"):
        nn.load_state_dict(grn, official, dialect="keras")


def test_a_module_that_has_shapes_alone() -> None:
    module = nnx.eval_shape(ours)
    nn.load_state_dict(module, arrays())
    assert_same(module, arrays())


def test_random_and_passing_state_is_not_in_it() -> None:
    module = nn.Sequential(nn.Dropout(rngs=nnx.Rngs(0)), nn.BlurPool2d(3))
    assert nn.state_dict(module) == {}
    assert nn.load_state_dict(module, {}) == ([], [], {})


def test_sharding_is_kept() -> None:
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("model",))
    module = nn.Linear(3, 2, rngs=nnx.Rngs(0))
    spec = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("model"))
    module.weight.set_value(jax.device_put(module.weight[...], spec))
    nn.load_state_dict(module, {"weight": np.ones((2, 3)), "bias": np.ones(2)})
    assert module.weight.get_value().sharding == spec


def test_metadata_is_the_variables() -> None:
    names = {"out_sharding": (None, "model")}
    mesh = jax.make_mesh((1,), ("model",), axis_types=(jax.sharding.AxisType.Auto,))
    with jax.set_mesh(mesh):
        layer = nn.Linear(3, 2, weight_metadata=names, rngs=nnx.Rngs(0))
    assert layer.weight.get_metadata()["out_sharding"] == (None, "model")
    assert "out_sharding" not in layer.bias.get_metadata()
