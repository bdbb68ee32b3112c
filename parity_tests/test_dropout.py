"""What is random in torch: no numbers to compare, but how many, how large and where."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan.nn.functional as F

KEY = jax.random.key(0)
N = 200_000
DROPS = [F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout]
IMAGES = {
    F.dropout1d: [(200, 300, 2), (60_000, 2)],
    F.dropout2d: [(200, 300, 2, 3), (200, 300, 2), (200, 300)],
    F.dropout3d: [(200, 300, 1, 2, 2), (60_000, 2, 1, 2), (60_000, 2), (60_000,)],
}
SHAPES = [(drop, shape) for drop, shapes in IMAGES.items() for shape in shapes]


def near(share: np.ndarray | float, wanted: float, draws: int) -> bool:
    """Within five standard deviations of the share of `draws` coins."""
    return abs(share - wanted) <= 5 * np.sqrt(wanted * (1 - wanted) / draws)


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_a_share_is_dropped_and_the_rest_scaled(p: float, dtype: str) -> None:
    y = F.dropout(jnp.full(N, 3, dtype), p, key=KEY)
    assert y.dtype == dtype
    assert near(float((y == 0).mean()), p, N)
    wide = "float64" if dtype == "float64" else "float32"
    scaled = 3 * (1 / jnp.asarray(1 - p, wide))
    assert set(np.unique(y).tolist()) == {0.0, float(scaled.astype(dtype))}


@pytest.mark.parametrize(("drop", "shape"), SHAPES)
@pytest.mark.filterwarnings("ignore:dropout[23]d. input should have")
def test_channels_are_dropped_whole(drop: Callable, shape: tuple[int, ...]) -> None:
    y = np.asarray(drop(jnp.ones(shape, jnp.float32), 0.3, key=KEY))
    rows = y.reshape(60_000, -1)
    assert (rows == rows[:, :1]).all()
    assert set(np.unique(rows).tolist()) == {0.0, float(np.float32(1 / np.float32(0.7)))}
    assert near(float((rows[:, 0] == 0).mean()), 0.3, 60_000)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(p: float) -> None:
    x = jax.random.normal(jax.random.key(1), (N,), jnp.float64)
    y = F.alpha_dropout(x, p, True, key=KEY)
    scale = 1 / np.sqrt((1 - p) * (1 + 1.7580993408473766**2 * p))
    floor = -1.7580993408473766 * scale * (1 - p)
    dropped = jnp.abs(y - floor) < 1e-12
    assert near(float(dropped.mean()), p, N)
    assert abs(y.mean()) < 5 / np.sqrt(N)
    assert abs(y.var() - 1) < 20 / np.sqrt(N)
    kept = 1.7580993408473766 * scale * p + scale * x
    np.testing.assert_allclose(y, jnp.where(dropped, floor, kept), rtol=1e-12)


@pytest.mark.parametrize("drop", [F.dropout, F.dropout2d, F.alpha_dropout])
def test_gradient_is_where_the_values_are(drop: Callable) -> None:
    x = jax.random.normal(jax.random.key(1), (20, 30, 2, 2), jnp.float64)
    y, pull = jax.vjp(lambda x: drop(x, 0.4, True, key=KEY), x)
    slope = pull(jnp.ones_like(y))[0]
    shift = drop(jnp.zeros_like(x), 0.4, True, key=KEY)
    np.testing.assert_allclose(slope * x + shift, y, rtol=1e-12)
    assert len(np.unique(slope)) == 2


@pytest.mark.parametrize("drop", DROPS)
def test_keys_decide_also_under_jit_and_vmap(drop: Callable) -> None:
    x = jnp.ones((20, 30, 4) if drop is F.dropout1d else (20, 30, 4, 2), jnp.float32)
    if drop is F.dropout3d:
        x = x[..., None]
    first = drop(x, 0.5, True, key=KEY)
    np.testing.assert_array_equal(drop(x, 0.5, True, key=KEY), first)
    assert (drop(x, 0.5, True, key=jax.random.key(1)) != first).any()
    np.testing.assert_array_equal(jax.jit(lambda k: drop(x, 0.5, True, key=k))(KEY), first)
    keys = jax.random.split(KEY, 3)
    rows = jax.vmap(lambda k: drop(x, 0.5, True, key=k))(keys)
    np.testing.assert_array_equal(rows[1], drop(x, 0.5, True, key=keys[1]))


@pytest.mark.parametrize("drop", [F.dropout, F.alpha_dropout])
def test_dropped_nan_is_nan(drop: Callable) -> None:
    x = jnp.full(1000, jnp.nan, jnp.float32)
    assert jnp.isnan(drop(x, 0.5, True, key=KEY)).all()


@pytest.mark.parametrize("draw", [*DROPS, F.rrelu])
def test_drawing_needs_a_key(draw: Callable) -> None:
    x = jnp.ones((2, 3, 4) if draw is F.dropout1d else (2, 3, 4, 5))
    with pytest.raises(TypeError, match=rf"^{draw.__name__}: key must be given"):
        draw(x, 0.1, training=True)


def test_fewer_numbers_of_dims_warn() -> None:
    with pytest.warns(UserWarning, match="dropout2d: input should have 4 dims"):
        F.dropout2d(jnp.ones((2, 3, 4)), 0.0)
    with pytest.warns(UserWarning, match="dropout3d: input should have 4 or 5 dims"):
        F.dropout3d(jnp.ones((2, 3, 4)), 0.0)


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_rrelu_draws_a_slope_for_each_negative(dtype: str) -> None:
    x = jnp.concatenate([jnp.full(N, -1, dtype), jnp.full(10, 2, dtype), jnp.zeros(10, dtype)])
    y, pull = jax.vjp(lambda x: F.rrelu(x, 0.25, 0.75, True, key=KEY), x)
    slope = np.asarray(pull(jnp.ones_like(y))[0], np.float64)
    parts = -np.asarray(y, np.float64)[:N]
    assert y.dtype == dtype
    assert ((parts >= 0.25) & (parts <= 0.75)).all()
    assert abs(parts.mean() - 0.5) < 5 * 0.5 / np.sqrt(12 * N)
    assert abs(parts.var() - 0.25 / 12) < 0.001
    np.testing.assert_array_equal(slope[:N], parts)
    assert (slope[N : N + 10] == 1).all()
    assert ((slope[N + 10 :] >= 0.25) & (slope[N + 10 :] <= 0.75)).all()  # 0 is not above 0


def test_rrelu_passes_nan_and_bounds() -> None:
    x = jnp.array([jnp.nan, jnp.inf, -2.0], jnp.float32)
    value, slope = jax.vjp(lambda x: F.rrelu(x, 0.5, 0.5, True, key=KEY), x)
    np.testing.assert_array_equal(value, [np.nan, np.inf, -1.0])
    np.testing.assert_array_equal(slope(jnp.ones(3, jnp.float32))[0], [1.0, 1.0, 0.5])
