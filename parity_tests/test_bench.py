"""The benchmark's parts; no test looks at a time."""

import importlib
import inspect
import io
import itertools
import json
import pkgutil
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from rich.console import Console

from bench import calls, libraries, naive, naive_functional, naive_losses, names, peers
from bench import run as bench_run
from bench.__main__ import main
from bench.check import disagreement, unnamed
from bench.row import COMMON, Row, badness, quickest, ratio, verdict
from bench.timing import Cell, equal, geometric_mean, order

from ._spec import Case, Tensor, case, op, t

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


def test_more_calls_are_rows_of_their_own(monkeypatch):
    monkeypatch.setattr(names, "OPS", TINY)
    monkeypatch.setattr(names, "MORE", {"var": {"of a line": case(t(7))}})

    def untimed(key, spec, direction, dtype, rounds, seconds):
        return Row("", direction, dtype, str(spec.bench))

    monkeypatch.setattr(bench_run, "time_row", untimed)
    rows = bench_run.time_rows(names.timed(), 1, 0.0, Console(file=io.StringIO()))
    assert [(row.name, row.shapes) for row in rows] == [
        ("var forward", str(VAR.bench)),
        ("var gradient", str(VAR.bench)),
        ("var of a line forward", "7"),
        ("var of a line gradient", "7"),
    ]


def test_a_lacking_competitor_is_named(monkeypatch):
    monkeypatch.setattr(names, "OPS", {("reductions", "vra"): VAR})
    assert calls.missing() == ["jaxchan.vra", "torchref.reductions.vra", "bench.naive.vra"]


def test_every_competitor_takes_the_arguments():
    for (family, name), spec in names.timed().items():
        functions = [getattr(calls.modules(family)[who], name) for who in ("jaxchan", "naive")]
        if names.namespace(family) in names.OWN_NAMESPACE:
            functions.append(getattr(peers, name))
        for one in names.kinds(family, name, spec).values():
            assert one.bench is not None
            for function in [*functions, *calls.libraries(family, name).values()]:
                inspect.signature(function).bind(*one.bench.args, **one.bench.kwargs)


def test_no_library_without_an_op():
    timed = {(names.namespace(family), name) for family, name in names.timed()}
    for module in pkgutil.iter_modules(libraries.__path__):
        places = [place for place, whos in calls.LIBRARIES.items() if module.name in whos]
        found = defined(importlib.import_module(f"bench.libraries.{module.name}"))
        assert found
        assert found <= {name for place, name in timed if place in places}


def test_what_names_an_op_names_a_timed_one():
    public = {names.public(*key): spec for key, spec in names.timed().items()}
    assert names.HALF | set(names.MORE) <= set(public)
    assert all("bfloat16" in public[name].dtypes for name in names.HALF)


def test_no_competitor_without_an_op():
    own = {n for family, n in names.timed() if names.namespace(family) in names.OWN_NAMESPACE}
    files = (naive, naive_functional, naive_losses)
    assert set().union(*map(defined, files)) == {name for _, name in names.timed()}
    assert defined(peers) == own


def defined(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, f in functions if f.__module__ == module.__name__ and name[0] != "_"}


@pytest.mark.parametrize("n", range(1, 10))
def test_each_place_and_each_neighbour_equally_often(n):
    everyone, times = list("abcdefghi"[:n]), 1 + n % 2
    rounds = [order(everyone, turn) for turn in range(n * times)]
    assert all(sorted(place) == sorted(everyone * times) for place in zip(*rounds, strict=True))
    followed = Counter(pair for one in rounds for pair in itertools.pairwise(one))
    assert followed == dict.fromkeys(itertools.permutations(everyone, 2), times)


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
    return Row("var", "forward", "float32", "", cells)


def test_ratio_is_above_one_where_we_are_quicker():
    assert ratio(row(2.0, torch=6.0), "torch") == 3.0
    assert verdict(row(2.0, torch=1.0), "torch") == "0.50"
    assert verdict(row(2.0, kornia=2.0), "kornia") == "equal"
    assert verdict(row(2.0), "kornia") == verdict(row(2.0), None) == "-"
    failed = row(2.0)
    failed.cells["torch"] = Cell(error="TypeError: no")
    assert verdict(failed, "torch") == "TypeError"


def test_the_best_peer_is_the_quickest_of_all():
    assert quickest(row(2.0, torch=3.0, naive=1.5, kornia=1.0)) == "kornia"
    assert quickest(row(2.0)) is None


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


def test_bfloat16_may_be_off_by_its_own_rounding_and_no_more():
    exact = np.linspace(1.0, 2.0, 100)
    rounded = exact.astype(jnp.bfloat16).astype(np.float64)
    assert disagreement([rounded], [exact], [exact], 10**6, "bfloat16") == ""
    assert disagreement([rounded], [exact], [exact], 100, "float32")
    assert disagreement([exact + 0.1], [rounded], [exact], 10**6, "bfloat16")


def test_which_of_several_equals_may_be_left_open():
    index, value, slope = np.array([1, 2]), np.array([5.0, 7.0]), np.array([[0.0, 3.0]])
    other = unnamed([index[::-1], value, slope[:, ::-1]], 1)
    assert (
        disagreement(other, unnamed([index, value, slope], 1), [0 * index, value, slope], 9) == ""
    )
    for wrong in (
        [index, value[::-1], slope],
        [index, value, slope + 1],
        [index[:1], value, slope],
    ):
        true = unnamed([index, value, slope], 1)
        assert disagreement(unnamed(wrong, 1), true, true, 9)


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
    assert {"jax", "torch", "numpy", "python", "kornia", "monai", "optax"} <= set(about["versions"])
    for key in ("commit", "date", "cpu", "cores", "load", "rounds"):
        assert about[key]
    assert {"allocator", "xla_flags", "load_after"} <= set(about)
    assert [one["direction"] for one in data["rows"]] == ["forward", "gradient"]
    for one in data["rows"]:
        assert one["shapes"] == "3x4,dim=1"
        assert one["dtype"] == "float32"
        assert set(one["cells"]) == {"jaxchan", *COMMON}
        assert one["best_peer"] == min(one["ratios"].values())
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
    results = [torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64)]
    (cotangent,) = calls.cotangents(results, "bfloat16")
    assert cotangent.shape == (3, 4)
    assert cotangent.dtype == jnp.bfloat16
    assert np.ptp(cotangent) > 0


def test_labels_and_integers_are_not_differentiated():
    call = case(None, t(2, 3), t(2, 3, draw="labels"), [t(2, dtype="int64"), t(2)], 0.5)
    tree = calls.arguments(call, "bfloat16")
    places = calls.pull(call, tree, [], "bfloat16").places
    values = jax.tree.leaves(tree)
    assert [values[place].shape for place in places] == [(2, 3), (2,)]


@pytest.fixture
def plain_jax():
    """JAX as a benchmark has it."""
    with (
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
        jax.enable_x64(False),
    ):
        yield


def test_bfloat16_is_timed_and_checked(tiny, monkeypatch, plain_jax):
    def time_row():
        return bench_run.time_row(("reductions", "var"), VAR, "gradient", "bfloat16", 1, 0.0)

    ours(monkeypatch, naive.var)
    good = time_row()
    assert not good.failed
    assert good.name == "var gradient bfloat16"
    assert all(cell.times for cell in good.cells.values())
    ours(monkeypatch, lambda x, dim: jnp.var(x, axis=dim))
    assert time_row().cells["jaxchan"].error == "differs"


def small(value):
    """A bench case's argument with no dim above 5."""
    shape = [min(n, 5) for n in getattr(value, "shape", ())]
    return t(*shape, draw=value.draw, dtype=value.dtype) if isinstance(value, Tensor) else value


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
def test_libraries_compute_the_same(monkeypatch, plain_jax):
    monkeypatch.setattr(torch, "compile", lambda function: function)
    counts = Counter()
    for key, spec in names.timed().items():
        if found := calls.libraries(*key):
            assert spec.bench is not None
            args = [small(value) for value in spec.bench.args]
            few = replace(spec, bench=Case(tuple(args), spec.bench.kwargs))
            row = bench_run.time_row(key, few, "gradient", "float32", 1, 0.0)
            assert not row.notes, row.name
            assert set(row.libraries) >= set(found)
            counts.update(found.keys())
    assert counts == {"optax": 10, "kornia": 3, "monai": 6}
