"""The one-pass reductions of `jaxchan._online`, whatever the order in which parts are joined."""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, PartitionSpec

import jaxchan
from jaxchan import _online

INF, NAN = np.inf, np.nan
LINES = (
    *([1.0, 2.0, 2.0], [2.0, 2.0, 1.0], [-0.5, 0.25, -3.0], [3.0, 3.0, 3.0], [7.0]),
    *([INF, 1.0, 2.0], [1.0, INF, 2.0], [1.0, 2.0, -INF], [INF, 1.0, -INF], [INF, INF], [-INF] * 3),
    *([NAN, 1.0, 2.0], [1.0, NAN, NAN], [NAN, INF, 1.0], [1e30, -1e30, 1e30]),
)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("last", [True, False])
def test_moments_of_few(line: list[float], last: bool) -> None:
    x = np.asarray(line)
    with np.errstate(invalid="ignore"):
        want = x - x.mean(), x.mean(), np.square(x - x.mean()).sum()
    dims, across = ((1,), x[None]) if last else ((0,), x[:, None])
    for got, exact in zip(_online.moments(jnp.asarray(across), dims, x.dtype), want, strict=True):
        np.testing.assert_allclose(np.squeeze(got), np.squeeze(exact), rtol=1e-14, atol=0)


@pytest.mark.parametrize("number", [2**16 - 1, 2**16, 2**16 + 1])
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_moments_of_many(number: int, far: float) -> None:
    x = np.random.default_rng(0).standard_normal((1, number)) + far
    _, mean, square = _online.moments(jnp.asarray(x), (1,), x.dtype)
    bound = number * np.finfo(x.dtype).eps  # of so many additions, one after the other
    away = x - far
    want, step = away.mean(keepdims=True), bound + np.spacing(far)
    np.testing.assert_allclose(mean - far, want, rtol=0, atol=step)
    np.testing.assert_allclose(square, np.square(away - want).sum(keepdims=True), rtol=bound)


@pytest.mark.parametrize("line", LINES)
def test_exponentials(line: list[float]) -> None:
    x = np.asarray(line)
    peak, rest = _online.peak_and_rest(jnp.asarray(x), (0,))
    np.testing.assert_array_equal(peak, x.max(keepdims=True))
    others = np.delete(x, x.argmax()).tolist()
    # equal infinities are no further apart than equal numbers
    want = sum(1.0 if other == x.max() else math.exp(other - x.max()) for other in others)
    np.testing.assert_allclose(rest, [want], rtol=1e-15)
    _, total = _online.peak_and_total(jnp.asarray(x), (0,))
    np.testing.assert_array_equal(total, 1 + rest if np.isfinite(x.max()) else [NAN])


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("op", ["max", "min"])
def test_extremes(line: list[float], op: str) -> None:
    x = np.asarray(line)
    place = (np.argmax if op == "max" else np.argmin)(x)
    value, at = _online.first_and_place(jnp.asarray(x), op, 0)
    np.testing.assert_array_equal(value, x[[place]])
    np.testing.assert_array_equal(at, [place])
    value, ties = _online.extreme_and_ties(jnp.asarray(x), op, (0,))
    np.testing.assert_array_equal(value, x[[place]])
    same = np.isnan(x) if np.isnan(x).any() else x == x[place]
    np.testing.assert_array_equal(ties, [same.sum()])


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32"])
@pytest.mark.parametrize("op", ["max", "min"])
def test_extremes_of_integers(dtype: str, op: str) -> None:
    x = np.asarray([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]]).astype(dtype)
    value, at = _online.first_and_place(jnp.asarray(x), op, 1)
    place = (np.argmax if op == "max" else np.argmin)(x, axis=1, keepdims=True)
    np.testing.assert_array_equal(at, place)
    np.testing.assert_array_equal(value, np.take_along_axis(x, place, 1))


def parts(x: jax.Array) -> list[jax.Array]:
    found = _online.moments(x, (1,), x.dtype), _online.peak_and_rest(x, (1,))
    return jax.tree.leaves((found, _online.first_and_place(x, "max", 1)))


def split(f: Callable) -> Callable:
    devices = Mesh(np.array(jax.devices()[:1]), ("devices",))
    spec = PartitionSpec("devices")
    return jax.shard_map(f, mesh=devices, in_specs=spec, out_specs=spec)


def mapped(x: jax.Array) -> list[jax.Array]:
    return [a[:, 0] for a in jax.vmap(parts)(x[:, None])]


@pytest.mark.parametrize("way", [jax.jit(parts), mapped, split(parts)])
def test_under_transformations(way: Callable) -> None:
    x = jnp.asarray(np.random.default_rng(0).standard_normal((4, 5)))
    for one, want in zip(way(x), parts(x), strict=True):
        np.testing.assert_array_equal(one, want)


def test_an_extreme_of_split_lines_has_a_derivative() -> None:
    x = jnp.asarray([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
    values = split(lambda x: jaxchan.max(x, dim=1).values)
    np.testing.assert_array_equal(jax.grad(lambda x: values(x).sum())(x), [[0, 1, 0], [1, 0, 0]])


@pytest.mark.parametrize("dims", [(0,), (1,), (0, 1)])
def test_derivatives(dims: tuple[int, ...]) -> None:
    x, dx = (jnp.asarray(a) for a in np.random.default_rng(0).standard_normal((2, 4, 5)))

    def plain(x: jax.Array) -> tuple[jax.Array, ...]:
        mean = x.mean(dims, keepdims=True)
        peak = x.max(dims, keepdims=True)
        total = jnp.exp(x - peak).sum(dims, keepdims=True)
        return x - mean, mean, jnp.square(x - mean).sum(dims, keepdims=True), peak, total - 1

    def ours(x: jax.Array) -> tuple[jax.Array, ...]:
        return *_online.moments(x, dims, x.dtype), *_online.peak_and_rest(x, dims)

    for order in range(3):
        for one, want in zip(ours(x), plain(x), strict=True):
            np.testing.assert_allclose(one, want, rtol=1e-13, atol=1e-13, err_msg=str(order))
        ours, plain = (partial(along, f, dx) for f in (ours, plain))


def along(f: Callable, dx: jax.Array, x: jax.Array) -> tuple[jax.Array, ...]:
    return jax.jvp(f, (x,), (dx,))[1]
