"""What specs do not say of the pools: both branches, channels last, and what jit cannot reject."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import lax

import jaxchan.nn.functional as F
from jaxchan.nn.functional import _windows
from jaxchan.nn.functional._windows import Ragged, Sliding, Windows
from jaxchan.parity import Comparison, check_all

# (size, stride, dilation, low, out) on 7 and on 6 cells
LINES = [
    (Sliding(2, 2, 1, 0, 3), Sliding(3, 3, 1, 0, 2)),
    (Sliding(3, 2, 1, 1, 4), Sliding(2, 1, 2, 1, 6)),
    (Sliding(4, 3, 1, 2, 3), Sliding(3, 2, 2, 1, 2)),
]
SUM, MAX = (lax.add, np.zeros(())), (lax.max, np.asarray(-np.inf))


def drawn(*shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).standard_normal(shape))


def broken(*shape: int) -> jax.Array:
    """With ties, nan and infinities."""
    x = np.random.default_rng(0).integers(-1, 2, shape).astype("float64")
    x.reshape(-1)[::17], x.reshape(-1)[::11], x.reshape(-1)[1:30] = np.nan, np.inf, -np.inf
    return jnp.asarray(x)


def assert_torchs(*comparisons: Comparison) -> None:
    results = check_all(comparisons)
    assert [f for r in results for f in r.findings if f.status not in ("pass", "vacuous")] == []
    assert all(results)


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("axes", [(2, 3), (1, 2)])
def test_both_branches_are_equal(lines: tuple[Sliding, Sliding], axes: tuple[int, int]) -> None:
    shape = [2, 3, 3, 3]
    shape[axes[0]], shape[axes[1]] = 7, 6
    windows = Windows(axes, lines)
    for x in (drawn(*shape), broken(*shape)):
        sums = [
            lambda x: _windows.add_slices(x, windows),
            lambda x: _windows.reduce_window(x, windows, *SUM),
        ]
        np.testing.assert_allclose(*(f(x) for f in sums), rtol=1e-12)
        ones = [jax.vjp(f, x)[1](jnp.ones(windows.shape(x)))[0] for f in sums]
        np.testing.assert_allclose(*ones, rtol=1e-12)
        largest = _windows.compare_slices(x, windows)
        np.testing.assert_array_equal(largest, _windows.reduce_window(x, windows, *MAX))


@pytest.mark.parametrize("lines", LINES)
def test_both_derivatives_of_a_maximum_are_equal(lines, monkeypatch) -> None:
    windows = Windows((2, 3), lines)
    x, seen = broken(2, 3, 7, 6), []
    for few in (0, 9):
        monkeypatch.setattr(_windows, "FEW", few)
        function = partial(_windows.largest, windows=windows)
        out, pull = jax.vjp(function, x)
        forward = jax.jvp(function, (x,), (drawn(*x.shape),))
        seen.append([*forward, *pull(drawn(*out.shape))])
    for by_place, by_slices in zip(*seen, strict=True):
        np.testing.assert_allclose(by_place, by_slices, rtol=1e-12)


@pytest.mark.parametrize("line", [Sliding(3, 3, 1, 0, 4), Ragged((0, 2), (3, 6), 2)])
def test_windows_cut_out_whole_and_by_slices_are_equal(line, monkeypatch) -> None:
    windows, x, seen = Windows((2,), (line,)), broken(2, 3, 12), []
    for few, pieces in ((0, 0), (0, 9), (9, 0), (9, 9)):
        for name, value in dict(ADDED=few, COMPARED=few, PIECES=pieces).items():
            monkeypatch.setattr(_windows, name, value)
        total = partial(_windows.totals, windows=windows)
        largest = _windows.largest(x, windows)
        place = _windows.places(x, windows)
        seen.append([largest, place, total(x), *jax.vjp(total, x)[1](drawn(2, 3, 4))])
    for one in seen[1:]:
        for got, want in zip(one, seen[0], strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("kernel_size", [2, 4, 40])
def test_derivative_of_the_derivative(kernel_size: int) -> None:
    """It has the value itself in it, which the derivative has to treat as the first time."""
    x = np.random.default_rng(0).integers(-2, 3, (1, 2, 80)).astype("float64")
    ours, theirs = (lambda x, f=f: f(x, kernel_size) ** 3 for f in (F.max_pool1d, torch.max_pool1d))
    assert_torchs(Comparison(ours, theirs, [x]))


@pytest.mark.parametrize("name", ["avg_pool2d", "max_pool2d"])
def test_other_platforms_get_one_reduction(name: str) -> None:
    traced = jax.jit(partial(getattr(F, name), kernel_size=3, stride=2)).trace(drawn(1, 2, 7, 7))
    programs = {p: traced.lower(lowering_platforms=(p,)).as_text() for p in ("cpu", "tpu", "cuda")}
    has = {p: "stablehlo.reduce_window" in text for p, text in programs.items()}
    assert has == {"cpu": False, "tpu": True, "cuda": True}


def test_a_window_without_a_cell() -> None:
    """torch names a place outside of the input, and its backward writes there."""
    x = jnp.ones((1, 1, 2))
    options: dict[str, Any] = dict(stride=1, padding=1, dilation=3, return_indices=True)
    wanted = torch.nn.functional.max_pool1d(torch.ones(1, 1, 2).double(), 2, **options)
    got = F.max_pool1d(x, 2, **options)
    assert [a.tolist() for a in got] == [a.tolist() for a in wanted] == [[[[-np.inf]]], [[[2]]]]
    slope = jax.grad(lambda x: F.max_pool1d(x, 2, 1, 1, 3)[0, 0, 0])(x)
    assert slope.tolist() == [[[0, 0]]]


LAYOUTS = {1: "NLC", 2: "NHWC", 3: "NDHWC"}
WINDOW = dict(kernel_size=3, stride=2, padding=1, ceil_mode=True)
LAST = [(f"avg_pool{n}d", WINDOW | dict(count_include_pad=False)) for n in (1, 2, 3)]
LAST += [(f"max_pool{n}d", WINDOW | dict(return_indices=True)) for n in (1, 2, 3)]
LAST += [("max_pool2d", dict(kernel_size=2)), ("avg_pool2d", dict(kernel_size=(4, 3)))]
LAST += [(f"lp_pool{n}d", dict(norm_type=2.0, kernel_size=2)) for n in (1, 2)]
LAST += [(f"adaptive_avg_pool{n}d", dict(output_size=3)) for n in (1, 2, 3)]
LAST += [(f"adaptive_max_pool{n}d", dict(output_size=3, return_indices=True)) for n in (1, 2, 3)]
LAST += [(f"adaptive_{kind}_pool2d", dict(output_size=(None, 1))) for kind in ("avg", "max")]


def moved(result: Any, source: int, target: int) -> Any:
    if isinstance(result, tuple):
        return tuple(moved(part, source, target) for part in result)
    return result.movedim(source, target)


@pytest.mark.parametrize(("name", "options"), LAST)
def test_channels_last(name: str, options: dict[str, Any]) -> None:
    n = int(name[-2])
    ours = partial(getattr(F, name), data_format=LAYOUTS[n], **options)

    def theirs(x: torch.Tensor) -> Any:
        out = getattr(torch.nn.functional, name)(x.movedim(-1, -n - 1), **options)
        return moved(out, -n - 1, -1)

    x = drawn(2, *(7, 6, 5)[:n], 4)
    assert_torchs(*(Comparison(ours, theirs, [a], order=1) for a in (x, x[0])))
    assert transposes(ours, x) == 0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_unpool_channels_last(n: int) -> None:
    x, name = drawn(2, *(7, 6, 5)[:n], 4), f"max_unpool{n}d"
    out, at = getattr(F, f"max_pool{n}d")(x, 2, data_format=LAYOUTS[n], return_indices=True)
    size = x.shape[1:-1]
    ours = partial(getattr(F, name), kernel_size=2, output_size=size, data_format=LAYOUTS[n])

    def theirs(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        first = (a.movedim(-1, 1) for a in (x, at))
        return getattr(torch.nn.functional, name)(*first, 2, output_size=size).movedim(1, -1)

    assert_torchs(Comparison(ours, theirs, [out, at], order=1))
    assert transposes(ours, out, at) == 0


def transposes(function: Callable, *arrays: Any) -> int:
    """As many as `lax.reduce_window` on channels last has: none, in the gradient too."""
    outputs = jax.eval_shape(function, *arrays)
    single = (lambda *a: function(*a)[0]) if isinstance(outputs, tuple) else function

    def both(x: jax.Array) -> Any:
        out, pull = jax.vjp(lambda x: single(x, *arrays[1:]), x)
        return out, pull(out)

    programs = [jax.make_jaxpr(function)(*arrays), jax.make_jaxpr(both)(arrays[0])]
    return sum(str(p).count("transpose[") for p in programs)


@pytest.mark.parametrize("name", ["avg_pool1d", "max_pool2d", "adaptive_avg_pool3d"])
def test_another_data_format_raises(name: str) -> None:
    x = jnp.ones((1,) * (int(name[-2]) + 2))
    with pytest.raises(ValueError, match=f"{name}: data_format"):
        getattr(F, name)(x, 1, data_format="CHWN")


def test_unpool_undoes_pool_and_jit_gives_nan_out_of_range() -> None:
    x = drawn(1, 2, 4, 4)
    out, at = F.max_pool2d(x, 2, return_indices=True)
    again, same = F.max_pool2d(F.max_unpool2d(out, at, 2) - 9, 2, return_indices=True)
    np.testing.assert_allclose(again + 9, np.maximum(out, 0), rtol=1e-12)
    assert same.shape == at.shape
    bad = at.at[0, 1, 0, 0].set(16)
    with pytest.raises(RuntimeError, match="max_unpool2d: indices"):
        F.max_unpool2d(out, bad, 2)
    result = jax.jit(partial(F.max_unpool2d, kernel_size=2))(out, bad)
    assert np.isnan(result[0, 1]).all()
    np.testing.assert_array_equal(result[0, 0], F.max_unpool2d(out, at, 2)[0, 0])
