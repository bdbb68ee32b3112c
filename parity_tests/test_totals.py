"""Sums by lanes and by entries are whole sums, whatever is left after the last turn or entry."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import _totals
from jaxchan.parity import Comparison, check_all

from . import _suite
from ._draw import draw
from ._spec import Case, case, t

SHAPE = (3, 5, 59)  # with 16 lanes: six turns of eight terms in each, and a rest
PAIR = (t(*SHAPE), t(*SHAPE))
LABELS = t(*SHAPE, draw="ties", dtype="int64")
SHARES = t(*SHAPE, draw="unit")
LOSSES: dict[str, Case] = {
    "loss.mse_loss": case(*PAIR),
    "loss.l1_loss": case(*PAIR, reduction="sum"),
    "loss.poisson_nll_loss": case(t(*SHAPE), SHARES, full=True),
    "loss.smooth_l1_loss": case(*PAIR, beta=0.5, reduction="sum"),
    "loss.huber_loss": case(*PAIR, delta=0.5),
    "loss.gaussian_nll_loss": case(*PAIR, t(*SHAPE, draw="positive"), full=True),
    "margin_loss.hinge_embedding_loss": case(t(*SHAPE), LABELS, margin=0.5),
    "margin_loss.margin_ranking_loss": case(*PAIR, LABELS),
    "cross_entropy.kl_div": case(t(*SHAPE), SHARES, reduction="batchmean"),
}


@pytest.fixture(params=[64, 4], ids=["turns", "few_turns"])
def few_lanes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_totals, "LARGE", 0)
    monkeypatch.setattr(_totals, "LANES", 16)
    monkeypatch.setattr(_totals, "TURNS", request.param)
    jax.clear_caches()
    yield
    jax.clear_caches()


@pytest.mark.usefixtures("few_lanes")
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", LOSSES)
def test_lanes_are_torchs(name: str, dtype: str) -> None:
    family, op = f"nn.functional.{name}".rsplit(".", 1)
    ours, theirs = _suite.jax_function(family, op), _suite.torch_function(family, op)
    args, kwargs = draw(LOSSES[name], dtype)
    assert "scan[" in str(jax.make_jaxpr(lambda *a: ours(*a, **kwargs))(*args))
    (result,) = check_all([Comparison(ours, theirs, args, kwargs, name, order=2)])
    assert any(f.status == "pass" for f in result.findings)
    assert [f for f in result.findings if f.status not in ("pass", "vacuous")] == []


@pytest.mark.usefixtures("few_lanes")
def test_totals_by_lanes_are_whole_sums() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 3, 5, 59))

    def by_lanes(x: jax.Array, y: jax.Array) -> tuple[jax.Array, ...]:
        return _totals.sums_over(lambda x, y: (jnp.abs(x - y), x * y), (0, 1, 2), x, y)

    assert "scan[" in str(jax.make_jaxpr(by_lanes)(x, y))
    totals, pull = jax.vjp(by_lanes, x, y)
    assert [total.shape for total in totals] == [(1, 1, 1)] * 2
    roundings = 2 * x.size * 2.0**-53  # of the terms and their sum, in each of two orders
    for total, terms in zip(totals, (np.abs(x - y), x * y), strict=True):
        most = roundings * np.abs(terms).sum()
        np.testing.assert_allclose(total.reshape(()), terms.sum(), rtol=0, atol=most)
    dx, dy = pull(tuple(jnp.ones_like(total) for total in totals))
    np.testing.assert_array_equal(dx, np.sign(x - y) + y)
    np.testing.assert_array_equal(dy, x - np.sign(x - y))


@pytest.mark.usefixtures("few_lanes")
def test_totals_by_lanes_keep_their_dtype() -> None:
    x = np.ones(SHAPE, np.int16)
    (total,) = _totals.sums_over(lambda x: (x,), (0, 1, 2), jnp.asarray(x))
    assert (total.dtype, total.tolist()) == (jnp.int16, [[[x.size]]])


@pytest.mark.usefixtures("few_lanes")
def test_bfloat16_and_broadcasts_have_no_lanes() -> None:
    x, one = jnp.ones(SHAPE), jnp.ones((1, 1, 59))
    for arrays in ((x.astype(jnp.bfloat16),) * 2, (x, one), (x, x.astype(jnp.bfloat16))):
        assert "scan[" not in str(jax.make_jaxpr(lambda *a: _totals.sum_of(_product, *a))(*arrays))


def _product(x: jax.Array, y: jax.Array) -> jax.Array:
    return x.astype(jnp.float32) * y.astype(jnp.float32)


@pytest.mark.parametrize("dims", [(0,), (1,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("kept", [True, False])
def test_sums_by_entries_are_whole_sums(dims: tuple[int, ...], kept: bool) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(19, 12, 130))
    y = rng.normal(size=[1 if kept and d in dims else n for d, n in enumerate(x.shape)])

    def by_entries(x: jax.Array, y: jax.Array) -> jax.Array:
        return _totals.sum_over(lambda x, y: jnp.abs(x - y), dims, x, y)

    assert "dynamic_slice" in str(jax.make_jaxpr(by_entries)(x, y))
    total, pull = jax.vjp(by_entries, x, y)
    np.testing.assert_allclose(total, np.abs(x - y).sum(dims, keepdims=True), rtol=1e-13)
    sign = np.sign(x - y)
    dx, dy = pull(jnp.ones_like(total))
    np.testing.assert_array_equal(dx, sign)
    np.testing.assert_array_equal(dy, -(sign.sum(dims, keepdims=True) if kept else sign))


@pytest.mark.parametrize("shape", [(7, 1), (7, 5), (2, 3, 16)])
@pytest.mark.parametrize("kept", [True, False])
def test_sums_of_neighbours_are_whole_sums(shape: tuple[int, ...], kept: bool) -> None:
    rng, dims = np.random.default_rng(0), (len(shape) - 1,)
    x = rng.normal(size=shape)
    y = rng.normal(size=(*shape[:-1], 1) if kept else shape)

    def by_neighbours(x: jax.Array, y: jax.Array) -> jax.Array:
        return _totals.sum_over(lambda x, y: jnp.abs(x - y), dims, x, y)

    program = jax.jit(by_neighbours).lower(x, y).as_text()
    assert "stablehlo.reduce" not in program
    total, pull = jax.vjp(by_neighbours, x, y)
    roundings = 2 * shape[-1]  # of the differences, and of their sum, in each of two orders
    expected = np.abs(x - y).sum(dims, keepdims=True)
    np.testing.assert_allclose(total, expected, rtol=roundings * 2.0**-53, atol=0)
    sign = np.sign(x - y)
    dx, dy = pull(jnp.ones_like(total))
    np.testing.assert_array_equal(dx, sign)
    np.testing.assert_array_equal(dy, -(sign.sum(dims, keepdims=True) if kept else sign))


def test_few_terms_are_added_one_by_one() -> None:
    x = jnp.full((64, 2, 40, 40), 0.1, jnp.float32)

    def summed(x: jax.Array) -> jax.Array:
        return _totals.sum_over(lambda x: x, (0, 2, 3), x)

    # a compiler would join two sums without a fence, and add up all 1600 one by one
    assert str(jax.make_jaxpr(summed)(x)).count("reduce_precision[") == 2
    total = summed(x)
    exact = np.asarray(x, np.float64).sum((0, 2, 3), keepdims=True)
    roundings = 3 + 8 + 40 + 40  # of eight entries in pairs, of their groups, of columns, of rows
    np.testing.assert_allclose(total, exact, rtol=roundings * 2.0**-24, atol=0)


def test_short_axes_and_the_last_have_no_loop() -> None:
    for shape, dims in (((7, 900), (0,)), ((900, 16), (1,)), ((16, 9), (0,)), ((300, 900), (0,))):
        assert _totals.entry_axis(jnp.zeros(shape), dims) is None
    assert _totals.entry_axis(jnp.zeros((16, 900), jnp.bfloat16), (0,)) is None
    assert _totals.entry_axis(jnp.zeros((16, 900), jnp.float16), (0,)) == 0


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_wide_lines_have_a_loop_of_any_length(dtype: Any) -> None:
    for number in (2, 300):
        assert _totals.entry_axis(jnp.zeros((1, number, 1 << 15), dtype), (1,)) == 1
    assert _totals.entry_axis(jnp.zeros((3, 1 << 14), dtype), (0,)) is None


def test_sums_that_are_broadcast_are_their_own_transpose() -> None:
    x, y = (jax.random.normal(jax.random.key(i), (2, 3, 1 << 15)) for i in range(2))
    total, pull = jax.vjp(lambda x: _totals.sum_broadcast(x, 1), x)
    (back,) = pull(y)
    for got, terms in ((total, x), (back, y)):
        exact, size = (np.asarray(v, np.float64).sum(1, keepdims=True) for v in (terms, abs(terms)))
        assert got.shape == x.shape
        assert (abs(got - exact) <= 2 * 2.0**-24 * size).all()  # two additions
    assert str(jax.make_jaxpr(pull)(y)).count("dot_general") == 2
