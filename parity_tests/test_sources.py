"""What the sources state about torch in numbers and words, on jaxchan and inside a network.

The published cross-correlations are in test_channels.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan.parity import check

TIE = jnp.array([1.0, 3.0, 3.0])


def test_amax_shares_the_gradient_of_a_tie() -> None:
    np.testing.assert_array_equal(jax.grad(jaxchan.amax)(TIE), [0, 0.5, 0.5])


def test_max_along_a_dim_gives_it_to_one_index() -> None:
    slope = jax.grad(lambda x: jaxchan.max(x, 0).values)(TIE)
    np.testing.assert_array_equal(slope, [0, 1, 0])
    np.testing.assert_array_equal(jaxchan.max(TIE, 0).indices, 1)


@pytest.mark.parametrize("op", [jaxchan.median, jaxchan.nanmedian])
def test_median_is_the_lower_of_two(op) -> None:
    assert op(jnp.array([4.0, 1.0, 3.0, 2.0])) == 2


def test_variance_is_unbiased_by_default() -> None:
    x = jnp.array([1.0, 2.0, 4.0])
    assert float(jaxchan.var(x)) == pytest.approx(7 / 3, rel=1e-15)
    assert jaxchan.std(x, correction=0) == jnp.std(x)


def test_squeeze_leaves_a_wider_dim_alone() -> None:
    assert jaxchan.squeeze(jnp.ones((1, 3, 1)), 1).shape == (1, 3, 1)


class Scores(nnx.Module):
    """A convolution down to one pixel, whose two spatial dims are then dropped."""

    def __init__(self, weight: jax.Array, bias: jax.Array) -> None:
        self.weight, self.bias = nnx.Param(weight), nnx.Param(bias)

    def __call__(self, x: jax.Array) -> jax.Array:
        x = F.conv2d(x, self.weight[...], self.bias[...], stride=2)
        return jaxchan.squeeze(x, dim=(2, 3))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_squeeze_in_a_network(size: int) -> None:
    rng = np.random.default_rng(size)
    shapes = [(2, 3, size, size), (4, 3, 2, 2), (4,)]
    x, weight, bias = (rng.standard_normal(s).astype(np.float32) for s in shapes)

    def network(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        x = torch.nn.functional.conv2d(x, weight, bias, stride=2)
        return torch.squeeze(x, dim=(2, 3))

    def port(x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
        return Scores(weight, bias)(x)

    assert check(port, network, [x, weight, bias], terms="abs")
