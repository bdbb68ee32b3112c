"""Modules are torch's, and are Flax's: rows are modules, tests are what must hold of each."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint
import pytest
import torch
from flax import nnx
from flax.traverse_util import flatten_dict

import jaxchan.nn.functional as F
from jaxchan import nn
from jaxchan.nn import losses, modules
from jaxchan.nn.state import SAVED
from jaxchan.parity import Result, check_all

from ._modules import Row, arguments_of, call, comparisons, make, truth_of
from .module_rows import LINE, ROWS
from .test_api import LEFT_OUT, resolve

ROOT = Path(__file__).parents[1]
CLASSES: dict[str, Any] = {
    name: kind
    for name, kind in vars(modules).items()
    if inspect.isclass(kind) and name != "Buffer" and kind.__module__ != losses.__name__
}
CONTAINERS = {"Sequential", "ModuleList", "ModuleDict"}
LARGE = {"DeepLabHead"}  # its parts have rows; it has 256 channels throughout
FIRST = list({row.name: row for row in reversed(ROWS)}.values())
BEYOND = {"rngs", "dtype", "param_dtype", "precision", "data_format", "options"}
BEYOND |= {"weight_metadata", "bias_metadata", "axis_name"}
# a weight to start from is given to load_state_dict, and hardtanh's old names are gone
LEFT = LEFT_OUT | {"dtype", "_weight", "_freeze", "min_value", "max_value", "kwargs"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_is_torchs(row: Row) -> None:
    findings = [f for result in check_all(list(comparisons(row))) for f in result.findings]
    result = Result(tuple(findings))
    assert result, str(result)


def test_every_module_has_a_row() -> None:
    assert {row.name for row in ROWS} == set(CLASSES) - CONTAINERS - LARGE


@pytest.mark.parametrize("name", CLASSES)
def test_docstring(name: str) -> None:
    doc = inspect.getdoc(CLASSES[name]) or ""
    assert re.search(r"^Shapes: ", doc, re.MULTILINE)
    torchs = re.search(r"^Torch:\s+(?:none; )?([\w.]+)", doc, re.MULTILINE)
    assert torchs
    assert resolve(torchs[1]) is truth_of(name)


@pytest.mark.parametrize("name", sorted(set(CLASSES) - CONTAINERS - {"Identity"}))
def test_arguments_are_torchs(name: str) -> None:
    wanted, held = defaults(truth_of(name), LEFT), defaults(CLASSES[name], BEYOND)
    assert list(held) == list(wanted)
    for argument, default in wanted.items():
        if inspect.isclass(default) and default is not inspect.Parameter.empty:
            assert held[argument].__name__ == default.__name__
        else:
            assert held[argument] == default


def defaults(kind: Any, left_out: set[str]) -> dict[str, Any]:
    """The named arguments of a constructor, in order, and what they are by default."""
    parameters = inspect.signature(kind.__init__).parameters.items()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {n: p.default for n, p in parameters if p.kind not in kinds and n not in left_out}


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_it_starts_as_torchs(row: Row) -> None:
    theirs = truth_of(row.name)(*row.args, **row.kwargs).state_dict()
    ours = nn.state_dict(make(row, param_dtype=jnp.float32))
    assert {k: (v.shape, str(v.dtype)) for k, v in ours.items()} == {
        k: (tuple(v.shape), str(v.dtype).removeprefix("torch.")) for k, v in theirs.items()
    }
    for key, array in ours.items():
        wanted = theirs[key].numpy()
        if wanted.size and (wanted == wanted.flat[0]).all() and wanted.size > 1:
            np.testing.assert_array_equal(array, wanted)
        elif wanted.size > 3:
            assert np.std(array) > 0


LARGE_ROWS = [
    Row("Conv1d", (40, 50, 9), {}, ()),
    Row("Conv2d", (64, 60, 3), {"groups": 2}, ()),
    Row("Conv3d", (20, 30, 3), {}, ()),
    Row("ConvTranspose2d", (60, 64, 3), {"groups": 4}, ()),
    Row("Linear", (100, 200), {}, ()),
    Row("Embedding", (100, 200), {"padding_idx": 3}, ()),
    Row("FeaturePyramidNetwork", ([60], 64), {}, ()),
    Row("GlobalContext", (2000,), {"rd_channels": 10}, ()),
]


@pytest.mark.parametrize("row", LARGE_ROWS, ids=str)
def test_it_draws_as_torch(row: Row) -> None:
    torch.manual_seed(0)  # both draws are the same in every run, so the bounds are met or not
    theirs = truth_of(row.name)(*row.args, **row.kwargs).state_dict()
    for key, array in nn.state_dict(make(row, param_dtype=jnp.float32)).items():
        n, wanted = array.size, theirs[key].numpy()
        if n < 30:
            continue
        deviation = wanted.std()
        assert abs(array.mean() - wanted.mean()) <= 5 * deviation * np.sqrt(2 / n)
        # of a variance: at most that of normal numbers, 2 / n, of both
        assert abs(array.var() - wanted.var()) <= 5 * deviation**2 * np.sqrt(4 / n)
        bounded = wanted.max() < 1.8 * deviation
        if bounded and n > 200:  # uniform: the largest is near the bound
            assert 0.97 < array.max() / wanted.max() < 1.03
            assert 0.97 < array.min() / wanted.min() < 1.03
    if row.name == "Embedding":
        assert not nn.state_dict(make(row))["weight"][3].any()


def leaves(module: nnx.Module) -> dict[str, Any]:
    return {k: np.asarray(v) for k, v in nn.state_dict(module).items()}


def assert_close(got: Any, want: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), got, want)


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_it_is_flaxs(row: Row, tmp_path: Path) -> None:
    """jit, nnx.jit with its updates, split and merge, a view, nnx.tabulate, orbax."""
    module, inputs = make(row), [jax.tree.map(jnp.asarray, x) for x in row.arrays()]
    still = nnx.clone(module)
    still.eval()
    kwargs = row.call

    def run(module: Any, *inputs: Any) -> Any:
        return module(*inputs, **kwargs)

    assert_close(jax.jit(run)(still, *inputs), run(still, *inputs))
    eager, jitted = nnx.clone(module), nnx.clone(module)
    assert_close(nnx.jit(run)(jitted, *inputs), run(eager, *inputs))
    assert_close(leaves(jitted), leaves(eager))
    graph, state = nnx.split(eager)
    assert_close(leaves(nnx.merge(graph, state)), leaves(eager))
    path = tmp_path / "saved"
    saved = nnx.to_pure_dict(nnx.state(eager, SAVED))
    if jax.tree.leaves(saved):
        with orbax.checkpoint.StandardCheckpointer() as checkpointer:
            checkpointer.save(path, saved)
            checkpointer.wait_until_finished()
            restored = checkpointer.restore(path, saved)
        fresh = make(row, seed=1)
        part = nnx.state(fresh, SAVED)
        nnx.replace_by_pure_dict(part, restored)
        nnx.update(fresh, part)
        assert_close(leaves(fresh), leaves(eager))
    assert row.name in str(nnx.tabulate(module, *inputs, **kwargs))


def total(out: Any) -> jax.Array:
    parts = [jnp.sum(jnp.abs(y)) for y in jax.tree.leaves(out)]
    return sum(parts[1:], parts[0])


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_gradients_of_nnx(row: Row) -> None:
    module, inputs = make(row), [jax.tree.map(jnp.asarray, x) for x in row.arrays()]
    graph, params, rest = nnx.split(module, nnx.Param, ...)

    def loss(params: Any) -> jax.Array:
        return total(nnx.merge(graph, params, rest, copy=True)(*inputs, **row.call))

    wanted = jax.grad(loss)(params)
    got = nnx.grad(lambda module: total(module(*inputs, **row.call)))(nnx.clone(module))
    assert_close(jax.tree.leaves(got), jax.tree.leaves(wanted))


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_linen_takes_it(row: Row) -> None:
    kind, kwargs = CLASSES[row.name], dict(row.kwargs)
    if {"param_dtype", "options"} & arguments_of(kind):
        kwargs["param_dtype"] = jnp.float64
    inputs = [jax.tree.map(jnp.asarray, x) for x in row.arrays()]
    skip = "rngs" not in arguments_of(kind)
    linen = nnx.bridge.to_linen(kind, *row.args, **kwargs, skip_rng=skip)
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    held = linen.init(keys, *inputs, **row.call)
    streams = {"dropout": jax.random.key(2)}
    out, _ = linen.apply(held, *inputs, **row.call, mutable=True, rngs=streams)
    assert all(np.isfinite(y).all() for y in jax.tree.leaves(out))
    paths = [path[1:] for path in flatten_dict(held)]
    assert {".".join(map(str, path)) for path in paths} >= set(leaves(make(row)))


MODAL = [r for r in FIRST if r.name.startswith(("Batch", "Instance")) or r.random]


@pytest.mark.parametrize("row", MODAL, ids=str)
def test_train_eval_and_view(row: Row) -> None:
    module, inputs = make(row), [jnp.asarray(x) for x in row.arrays()]
    module.eval()
    before = leaves(module)
    quiet = call(row, module, inputs, "NCHW")
    assert_close(leaves(module), before)
    views = {"deterministic": True, "use_running_average": True}
    module.train()
    view = nnx.view(module, raise_if_not_found=False, **views)
    assert_close(call(row, view, inputs, "NCHW"), quiet)
    assert_close(leaves(module), before)
    loud = call(row, module, inputs, "NCHW")
    if row.random:
        assert not jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), loud, quiet))
        again = call(row, module, inputs, "NCHW")
        assert not (again == loud).all()  # another key at each call


DROPS = {
    "Dropout": F.dropout,
    "Dropout1d": F.dropout1d,
    "Dropout2d": F.dropout2d,
    "Dropout3d": F.dropout3d,
    "AlphaDropout": F.alpha_dropout,
}


@pytest.mark.parametrize("row", [r for r in ROWS if r.name in DROPS], ids=str)
def test_it_drops_as_the_functional(row: Row) -> None:
    (x,) = (jnp.asarray(x) for x in row.arrays())
    for data_format in ("NCHW", "NHWC")[: 1 + ("data_format" in arguments_of(CLASSES[row.name]))]:
        module: Any = make(row, data_format=data_format)
        key = nnx.clone(module).rngs()
        wanted = DROPS[row.name](x, module.p, True, key=key)
        assert_close(call(row, module, [x], data_format), wanted)


def test_drop_path_drops_samples() -> None:
    x = jnp.ones((4000, 2, 2))
    y = np.asarray(nn.DropPath(0.25, rngs=nnx.Rngs(0))(x))
    assert set(np.unique(y).round(6)) == {0.0, round(4 / 3, 6)}
    assert (y == y[:, :1, :1]).all()
    assert abs((y == 0).mean() - 0.25) < 0.04
    unscaled = nn.DropPath(0.25, scale_by_keep=False, rngs=nnx.Rngs(0))(x)
    np.testing.assert_array_equal(unscaled, y > 0)


@pytest.mark.parametrize("name", ["Dropout", "AlphaDropout", "DropPath", "RReLU"])
def test_drawing_needs_a_stream(name: str) -> None:
    module = CLASSES[name](*([0.5] if name != "RReLU" else []))
    with pytest.raises(TypeError, match="key must be given"):
        module(jnp.ones((2, 3)))
    module.eval()
    assert module(jnp.ones((2, 3))).shape == (2, 3)


def test_tree_mode() -> None:
    """Flax's coming default: no shared references, no graph updates."""
    environment = {**os.environ, "NNX_GRAPH_MODE": "false", "NNX_GRAPH_UPDATES": "false"}
    command = [sys.executable, "-m", "parity_tests.tree_mode"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "tree mode: a step of training" in done.stdout


def test_computing_in_another_dtype() -> None:
    rngs = nnx.Rngs(0)
    half: dict[str, Any] = {"dtype": jnp.bfloat16, "rngs": rngs}
    net = nn.Sequential(nn.Conv2d(3, 4, 3, **half), nn.BatchNorm2d(4, **half), nn.PReLU(4, **half))
    net.append(nn.GroupNorm(2, 4, **half)).append(nn.LayerNorm2d(4, **half))
    out = net(jnp.ones((2, 3, 5, 5), jnp.float32))
    assert out.dtype == jnp.bfloat16
    assert {str(v.dtype) for v in leaves(net).values()} == {"float32", "int64"}
    with pytest.raises(RuntimeError, match="dtype"):  # without dtype, torch's error
        nn.Linear(3, 2, rngs=rngs)(jnp.ones(3, jnp.float64))


ERRORS = [
    (lambda r: nn.Conv2d(3, 4, 3, groups=2, rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 3, 3, groups=2, rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 4, 3, groups=0, rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 4, 3, padding="full", rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 4, 3, padding="same", stride=2, rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 4, 3, padding_mode="mirror", rngs=r), ValueError),
    (lambda r: nn.Conv2d(4, 4, 3, data_format="NCL", rngs=r), ValueError),
    (lambda r: nn.ConvTranspose2d(4, 4, 3, padding_mode="reflect", rngs=r), ValueError),
    (
        lambda r: nn.ConvTranspose1d(4, 4, 3, stride=2, rngs=r)(jnp.ones((1, 4, 5)), (15,)),
        ValueError,
    ),
    (lambda r: nn.GroupNorm(2, 3), ValueError),
    (lambda r: nn.BatchNorm2d(4)(jnp.ones((2, 4))), ValueError),
    (lambda r: nn.BatchNorm1d(4)(jnp.ones((1, 4))), ValueError),
    (lambda r: nn.InstanceNorm2d(4)(jnp.ones((2, 4))), ValueError),
    (lambda r: nn.Dropout(1.5), ValueError),
    (lambda r: nn.DropPath(-1), ValueError),
    (lambda r: nn.Embedding(3, 2, padding_idx=3, rngs=r), AssertionError),
    (lambda r: nn.Softmax2d()(jnp.ones((2, 4))), ValueError),
    (lambda r: nn.ShuffleUnit(4, 6, 1, rngs=r), ValueError),
    (lambda r: nn.EcaModule(kernel_size=4, rngs=r), ValueError),
    (lambda r: nn.FeaturePyramidNetwork([0], 3, rngs=r), ValueError),
    (lambda r: nn.ChannelNormMerge("norm"), ValueError),
    (lambda r: nn.ChannelNormMerge()(jnp.ones((1, 2, 3))), TypeError),
    (lambda r: nn.FastNormalizedMerge(2)(jnp.ones(3)), ValueError),
]


@pytest.mark.parametrize(("make", "kind"), ERRORS)
def test_errors(make: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        make(nnx.Rngs(0))


def test_a_dict_of_maps_keeps_its_order() -> None:
    fpn = nn.FeaturePyramidNetwork([2, 3], 4, rngs=nnx.Rngs(0))
    large, small = jnp.ones((1, 2, 4, 4), jnp.float32), jnp.ones((1, 3, 2, 2), jnp.float32)
    named = fpn({"p9": large, "p10": small})
    assert list(named) == ["p9", "p10"]
    assert_close(list(named.values()), fpn([large, small]))


def test_containers() -> None:
    rngs, wanted = nnx.Rngs(0), torch.nn.Sequential(torch.nn.PReLU(), torch.nn.ReLU())
    inner = nn.Sequential(nn.PReLU(), nn.Linear(2, 2, rngs=rngs))
    net = nn.Sequential({"a": nn.PReLU(), "b": inner})
    assert list(leaves(net)) == ["a.weight", "b.0.weight", "b.1.bias", "b.1.weight"]
    assert len(wanted) == len(net)
    assert type(net[-1][0]) is nn.PReLU
    assert list(leaves(net[1:])) == ["b.0.weight", "b.1.bias", "b.1.weight"]
    many = nn.ModuleList([nn.PReLU() for _ in range(11)])
    many.insert(0, nn.Linear(2, 2, rngs=rngs))
    assert [type(m).__name__ for m in many] == ["Linear"] + ["PReLU"] * 11
    assert "11.weight" in leaves(many)
    many[0] = nn.PReLU()
    assert "0.bias" not in leaves(many)
    assert list(leaves(many[9:])) == ["0.weight", "1.weight", "2.weight"]
    named = nn.ModuleDict({"x": nn.PReLU()})
    named["y"] = jax.nn.relu
    named.update({"z": nn.PReLU()})
    assert list(named) == ["x", "y", "z"]
    assert "y" in named
    del named["y"]
    assert named.keys() == ("x", "z")
    assert [name for name, _ in named.items()] == ["x", "z"]
    with pytest.raises(KeyError):
        named["train"] = nn.PReLU()
    with pytest.raises(KeyError):
        named["y"]
    with pytest.raises(TypeError):
        many.append(3)
    with pytest.raises(IndexError):
        many[12]
    mixed = nn.ModuleList([jax.nn.relu])
    mixed.insert(0, nn.PReLU())
    assert float(nn.Sequential(*mixed)(jnp.float32(-2))) == 0
    assert list(leaves(nnx.merge(*nnx.split(net)))) == list(leaves(net))
    assert LINE.shape == (2, 4, 7)
