"""The channel operations against published numbers, and what their specs do not say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxchan import channels

X = jnp.stack([jnp.arange(9.0), jnp.arange(1.0, 10.0)]).reshape(2, 3, 3)
K = jnp.array([[[0.0, 1.0], [2.0, 3.0]], [[1.0, 2.0], [3.0, 4.0]]])
KERNELS = jnp.stack([K, K + 1, K + 2])
DTYPES = ["float32", "bfloat16", "float16", "int32", "uint8"]


def assert_equal(out, expected):
    np.testing.assert_array_equal(np.asarray(out, "float64"), np.asarray(expected, "float64"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_published_correlations(dtype):
    """Dive into Deep Learning, 7.2 and 7.4; the published numbers fit each of these dtypes."""
    x, k, kernels = X.astype(dtype), K.astype(dtype), KERNELS.astype(dtype)
    first = [[56, 72], [104, 120]]
    out = channels.corr2d_multi_in_out(x, kernels)
    assert_equal(channels.corr2d(x[0], k[0]), [[19, 25], [37, 43]])
    assert_equal(channels.corr2d_multi_in(x, k), first)
    assert_equal(out, [first, [[76, 100], [148, 172]], [[96, 128], [192, 224]]])
    assert out.dtype == dtype


def test_published_edge_detector():
    image = jnp.ones((6, 8)).at[:, 2:6].set(0)
    edges = np.zeros((6, 7))
    edges[:, 1], edges[:, 5] = 1, -1
    assert_equal(channels.corr2d(image, jnp.array([[1.0, -1.0]])), edges)
    assert_equal(channels.corr2d(image.T, jnp.array([[1.0, -1.0]])), np.zeros((8, 5)))


def test_1x1_equals_convolution():
    rng = np.random.default_rng(0)
    x, kernels = rng.integers(-9, 10, (3, 3, 3)), rng.integers(-9, 10, (2, 3, 1, 1))
    for dtype in ("float32", "int32"):  # small integers: both ways are exact
        pair = x.astype(dtype), kernels.astype(dtype)
        out = channels.corr2d_multi_in_out_1x1(*pair)
        assert_equal(out, channels.corr2d_multi_in_out(*pair))
        assert_equal(out, np.einsum("oc,chw->ohw", kernels[:, :, 0, 0], x))


def test_merge_takes_whole_channels():
    a = jnp.array([[[3.0, 4.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 9.0]]])
    b = jnp.array([[[0.0, 6.0], [0.0, 1.0]], [[0.0, 1.0], [9.0, 0.0]]])
    merged, mask = channels.merge_by_norm(a, b, return_mask=True)
    assert_equal(mask, [[1, 0], [1, 0]])
    assert_equal(merged, [[[0, 6], [1, 1]], [[0, 1], [0, 9]]])
    assert_equal(channels.merge_by_norm(a, b, ord=1)[0, 0], [3, 4])


def test_merge_of_channels_last():
    a, b = np.random.default_rng(0).standard_normal((2, 2, 4, 5, 3)).astype("float32")
    merged, mask = channels.merge_by_norm(a, b, channel_dim=-1, return_mask=True)
    first = channels.merge_by_norm(*(np.moveaxis(x, -1, 1) for x in (a, b)), return_mask=True)
    assert_equal(np.moveaxis(merged, -1, 1), first.merged)
    assert_equal(mask, first.mask)
    assert set(np.unique(mask)) == {0, 1}


def test_merge_in_float16_compares_in_float32():
    """The squares overflow float16, and 300 and 300.25 have one norm there."""
    a = jnp.full((1, 2, 4), 300, "float16").at[0, 1].set(0.1)
    b = jnp.full((1, 2, 4), 300, "float16").at[0, 0, 0].set(300.25).at[0, 1].set(0.1)
    mask = channels.merge_by_norm(a, b, return_mask=True).mask
    assert_equal(mask, [[1, 0]])


def test_merge_of_nan():
    """A comparison with nan is false: nan stays if first, and never comes later."""
    one, nan = jnp.ones((1, 1, 2)), jnp.array([[[jnp.nan, 9.0]]])
    assert_equal(channels.merge_by_norm(one, nan), one)
    assert_equal(channels.merge_by_norm(nan, one), nan)
    assert_equal(channels.merge_by_norm(nan, one, nan, return_mask=True).mask, [[0]])


@pytest.mark.parametrize("ord", [0, 0.5, 1, 2, 3, -1, jnp.inf])
def test_merge_gradient_at_zero_is_the_cotangent(ord):
    """All norms are zero, where most norms have a gradient of nan; the first tensor has it all."""
    zeros = jnp.zeros((2, 3, 4))
    cotangent = jnp.asarray(np.random.default_rng(0).standard_normal(zeros.shape), zeros.dtype)
    _, pull = jax.vjp(lambda a, b: channels.merge_by_norm(a, b, ord=ord), zeros, zeros)
    first, second = pull(cotangent)
    assert_equal(first, cotangent)
    assert_equal(second, zeros)


def test_merge_has_no_derivative_of_the_norm():
    """Forward mode takes no reduction more than the values do."""
    x = jnp.ones((2, 3, 4))

    def reductions(program):
        return str(program).count("reduce_sum")

    values = jax.make_jaxpr(channels.merge_by_norm)(x, x)
    forward = jax.make_jaxpr(lambda *p: jax.jvp(channels.merge_by_norm, p, p))(x, x)
    assert reductions(forward) == reductions(values) == 2
