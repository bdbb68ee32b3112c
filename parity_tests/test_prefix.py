"""Running sums by products are the sums, and give way where these are not finite."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan
from jaxchan import _prefix
from jaxchan.parity._rule import CLASS_BOUND

SHAPES = [  # one product; blocks of each size; blocks of 32 and a rest; blocks of blocks
    *[((1700, n), 1) for n in (39, 40, 80, 64, 72, 47, 48, 96)],
    ((30, 2203), 1),
    ((11, 6001), 1),
    ((50, 17, 100), 1),
    ((700, 100), 0),
]


def elsewhere(x: jax.Array, axis: int, reverse: bool) -> jax.Array:
    return jnp.full(x.shape, 10 * axis + reverse, x.dtype)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("shape", "axis"), SHAPES, ids=str)
def test_running_sums_by_products_are_the_sums(
    shape: tuple[int, ...], axis: int, reverse: bool
) -> None:
    x = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    assert _prefix.has_products(jnp.asarray(x), axis)
    sums = _prefix.by_products(elsewhere, jnp.asarray(x), axis, reverse)
    turned = np.flip(x, axis) if reverse else x
    exact = np.cumsum(turned, axis, dtype=np.float64)
    exact = np.flip(exact, axis) if reverse else exact
    assert (abs(np.asarray(sums, np.float64) - exact) <= CLASS_BOUND * 2.0**-24 * exact).all()


@pytest.mark.parametrize("what", [np.nan, np.inf, 3e38])
@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_not_finite_is_summed_elsewhere(what: float, reverse: bool) -> None:
    x = np.ones((3, 30, 2203), np.float32)
    x[1, 7, 900:902] = what
    sums = jax.vmap(lambda x: _prefix.by_products(elsewhere, x, 1, reverse))(jnp.asarray(x))
    number = np.arange(1, 2204, dtype=np.float32)
    for image in (0, 2):
        expected = np.broadcast_to(number[::-1] if reverse else number, x.shape[1:])
        np.testing.assert_array_equal(sums[image], expected)
    assert (sums[1] == 10 + reverse).all()


def test_derivatives_of_running_sums_are_running_sums() -> None:
    x, dx = np.ones((2, 140, 500), np.float32)
    dx[3, 70:72] = np.inf, 1
    x, dx = jnp.asarray(x), jnp.asarray(dx)
    number = np.arange(1.0, 501.0)

    def cubes(x: jax.Array) -> jax.Array:
        return jnp.sum(jaxchan.cumsum(x, 1) ** 3)

    slope, pull = jax.linearize(lambda x: jaxchan.cumsum(x, 1), x)[1], jax.grad(cubes)
    assert "dot_general" in str(jax.make_jaxpr(slope)(dx))
    moved = np.asarray(slope(dx))
    np.testing.assert_array_equal(np.delete(moved, 3, 0), np.tile(number, (139, 1)))
    np.testing.assert_array_equal(moved[3], np.where(number <= 70, number, np.inf))
    (back,) = jax.linear_transpose(slope, dx)(dx)
    np.testing.assert_array_equal(back[3], np.where(number <= 71, np.inf, 501 - number))
    back, along = jax.jvp(pull, (x,), (jnp.ones_like(x),))
    squares = np.tile(np.cumsum((3 * number**2)[::-1])[::-1], (140, 1))
    np.testing.assert_allclose(back, squares, rtol=CLASS_BOUND * 2.0**-24, atol=0)
    np.testing.assert_allclose(along, 2 * squares, rtol=2 * CLASS_BOUND * 2.0**-24, atol=0)
