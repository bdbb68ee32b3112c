"""The benchmark's parts; no test looks at a time."""

import inspect
import itertools
import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from bench import calls, naive, naive_functional, naive_losses, names, peers
from bench import run as bench_run
from bench.__main__ import main
from bench.check import disagreement
from bench.report import PEERS, badness, ratio, verdict
from bench.timing import Cell, equal, geometric_mean, order

from ._spec import case, op, t

VAR = op(bench=case(t(3, 4), dim=1))
TINY = {("reductions", "var"): VAR, ("nn.functional.conv", "conv2d"): op()}


@pytest.fixture
def tiny(monkeypatch):
    """One small op; `torch.compile` is left out, for its cost."""
    monkeypatch.setattr(names, "OPS", TINY)
    monkeypatch.setattr(torch, "compile", lambda function: function)


def ours(monkeypatch, function):
    """Let `function` stand for jaxchan's var."""
    modules = {"jaxchan": SimpleNamespace(var=function), "torch": torch, "naive": naive}
    monkeypatch.setattr(calls, "modules", lambda family: modules)


def timed(tmp_path):
    path = tmp_path / "bench.json"
    status = bench_run.run({("reductions", "var"): VAR}, torch.get_num_threads(), 9, 0.0, path)
    return status, json.loads(path.read_text())


def test_unknown_op_exits_2_with_the_closest(monkeypatch, capsys):
    monkeypatch.setattr(names, "OPS", TINY)
    assert main(["vra"]) == 2
    assert "'vra'" in (text := capsys.readouterr().err)
    assert "var" in text


@pytest.mark.parametrize("name", ["conv2d", "nn.functional.conv2d"])
def test_short_and_public_names(monkeypatch, name):
    conv = op(bench=case(t(1, 1, 3, 3), t(1, 1, 1, 1)))
    monkeypatch.setattr(names, "OPS", {**TINY, ("nn.functional.conv", "conv2d"): conv})
    assert list(names.select([name])) == [("nn.functional.conv", "conv2d")]
    assert list(names.select([])) == list(names.OPS)


def test_ops_without_a_bench_case_are_not_timed(monkeypatch):
    monkeypatch.setattr(names, "OPS", TINY)
    assert list(names.timed()) == [("reductions", "var")]


def test_every_timed_op_has_all_competitors():
    assert calls.missing() == []


def test_a_lacking_competitor_is_named(monkeypatch):
    monkeypatch.setattr(names, "OPS", {("reductions", "vra"): VAR})
    assert calls.missing() == ["jaxchan.vra", "torchref.reductions.vra", "bench.naive.vra"]


def test_no_competitor_without_an_op():
    own = {n for family, n in names.timed() if names.namespace(family) in names.OWN_NAMESPACE}
    files = (naive, naive_functional, naive_losses)
    assert set().union(*map(defined, files)) == {name for _, name in names.timed()}
    assert defined(peers) == own


def defined(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, f in functions if f.__module__ == module.__name__ and name[0] != "_"}


def test_each_place_and_each_neighbour_once():
    everyone = ["a", "b", "c", "d"]
    rounds = [order(everyone, turn) for turn in range(4)]
    assert all(sorted(place) == everyone for place in zip(*rounds, strict=True))
    followed = {pair for one in rounds for pair in itertools.pairwise(one)}
    assert len(followed) == 12


def test_equal_where_the_quartiles_overlap():
    slow, quick, between = Cell([4.0, 5, 6, 7, 8]), Cell([1.0, 2, 3, 4, 5]), Cell([3.0, 4, 5, 6, 7])
    assert slow.quartiles == (5, 7)
    assert not equal(slow, quick)
    assert not equal(quick, slow)
    assert equal(slow, between)
    assert equal(between, slow)


def test_geometric_mean():
    assert geometric_mean([0.5, 8.0]) == pytest.approx(2.0)


def row(ours, **peers):
    cells = {who: Cell([seconds] * 9) for who, seconds in {"jaxchan": ours, **peers}.items()}
    return bench_run.Row("var", "forward", "", cells)


def test_ratio_is_above_one_where_we_are_quicker():
    assert ratio(row(2.0, torch=6.0), Cell([6.0] * 9)) == 3.0
    assert verdict(row(2.0, torch=1.0), Cell([1.0] * 9)) == "0.50"
    assert verdict(row(2.0), Cell([2.0] * 9)) == "equal"
    assert verdict(row(2.0), Cell(error="TypeError: no")) == "TypeError"


def test_failures_then_losses_come_first():
    lost, won, failed = row(2.0, torch=1.0), row(1.0, torch=2.0, naive=3.0), row(1.0, torch=9.0)
    failed.failed = True
    assert sorted([won, lost, failed], key=badness) == [failed, lost, won]


X = np.random.default_rng(0).standard_normal((4, 1000)).astype(np.float32)


def against_torch(result, of=X):
    single = [torch.var(torch.tensor(of), 1).numpy()]
    return disagreement(result, single, [torch.var(torch.tensor(of).double(), 1).numpy()], of.size)


def test_rounding_is_no_disagreement():
    assert against_torch([np.var(X, 1, ddof=1)]) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        [np.var(X, 1)],
        [np.var(X, 1, ddof=1, keepdims=True)],
        [np.var(X, 1, ddof=1) * np.array([1, 1, 1, np.nan])],
        [np.var(X, 1, ddof=1), np.zeros(4)],
    ],
    ids=["correction", "shape", "nan", "number"],
)
def test_a_difference_is_a_disagreement(wrong):
    assert against_torch(wrong)


def test_integers_and_nan_must_agree_exactly():
    indices, nan = np.array([3, 5]), np.array([np.nan, 1.0])
    assert disagreement([indices], [indices], [indices], 9) == ""
    assert disagreement([np.array([3, 6])], [indices], [indices], 9)
    assert disagreement([nan], [nan], [nan], 9) == ""
    assert disagreement([np.array([0.0, 1.0])], [nan], [nan], 9)


def test_json_has_the_metadata_and_all_times(tiny, monkeypatch, tmp_path):
    ours(monkeypatch, naive.var)
    status, data = timed(tmp_path)
    assert status == 0
    about = data["metadata"]
    assert about["threads"] == torch.get_num_threads()
    assert {"jax", "jaxlib", "torch", "numpy", "python"} == set(about["versions"])
    for key in ("commit", "date", "cpu", "cores", "load", "dtype"):
        assert about[key]
    assert {"allocator", "xla_flags", "load_after"} <= set(about)
    assert [one["direction"] for one in data["rows"]] == ["forward", "gradient"]
    for one in data["rows"]:
        assert one["shapes"] == "3x4,dim=1"
        assert set(one["cells"]) == {"jaxchan", *PEERS}
        assert all(len(cell["times"]) == 9 for cell in one["cells"].values())


def test_a_wrong_value_is_not_timed(tiny, monkeypatch, tmp_path):
    ours(monkeypatch, lambda x, dim: jnp.var(x, axis=dim))
    status, data = timed(tmp_path)
    assert status == 1
    assert all(one["cells"]["jaxchan"]["times"] == [] for one in data["rows"])
    assert all("jaxchan differs" in one["notes"][0] for one in data["rows"])


def test_a_wrong_gradient_is_not_timed(tiny, monkeypatch, tmp_path):
    ours(monkeypatch, lambda x, dim: naive.var(jax.lax.stop_gradient(x), dim))
    status, data = timed(tmp_path)
    assert status == 1
    assert data["rows"][0]["cells"]["jaxchan"]["times"]
    assert data["rows"][1]["cells"]["jaxchan"]["error"] == "differs"


def test_an_error_is_in_the_cell(tiny, monkeypatch, tmp_path):
    def refuse(input, dim):
        raise NotImplementedError("not today")

    ours(monkeypatch, refuse)
    status, data = timed(tmp_path)
    assert status == 1
    assert data["rows"][0]["cells"]["jaxchan"]["error"] == "NotImplementedError: not today"
    assert data["rows"][0]["cells"]["torch"]["times"]


def test_one_random_cotangent_for_each_floating_result():
    (cotangent,) = calls.cotangents([torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64)])
    assert cotangent.shape == (3, 4)
    assert np.ptp(cotangent) > 0
