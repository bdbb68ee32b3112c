"""What is asked of a port where torch's own float64 result is noisy, or contradicts itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan
import jaxchan.nn.functional as F

from .test_parity import normal, one, statuses

SHIFT = 1e5  # adding and taking it away rounds by 7e-12 in float64


def _off_by(relative: float):
    """logcumsumexp with derivatives that are wrong by a factor of 1 + `relative`."""

    @jax.custom_jvp
    def wrong(x):
        return jaxchan.logcumsumexp(x, 0)

    @wrong.defjvp
    def _(primals, tangents):
        value, tangent = jax.jvp(lambda x: jaxchan.logcumsumexp(x, 0), primals, tangents)
        return value, tangent * (1 + relative)

    return wrong


@pytest.mark.parametrize(("relative", "status"), [(0.0, "pass"), (1e-9, "fail")])
def test_a_forward_mode_is_held_to_torchs_backward_where_torchs_forward_is_off(relative, status):
    x = np.linspace(-3.0, 3.0, 7)  # torch's forward mode is off by 4e-11 at the first
    result = one(_off_by(relative), lambda x: x.logcumsumexp(0), x)
    assert statuses(result)["jvp"] == status


@pytest.mark.parametrize("size", [1e-3, 1.0, 37.0])
def test_terms_that_cancel_are_a_zero_of_their_own_size(size):
    x = size * normal(20, 1, dtype=np.float64)
    result = one(F.normalize, torch.nn.functional.normalize, x)
    assert statuses(result)["gradient"] == statuses(result)["second"] == "vacuous"
    halved = one(lambda x: F.normalize(x) + 1e-9 * x, lambda x: torch.nn.functional.normalize(x), x)
    assert statuses(halved)["gradient"] == "fail"


@pytest.mark.parametrize(("wrong", "status"), [(0.0, "vacuous"), (1e-9, "fail")])
def test_a_nan_beside_them_leaves_them_a_zero(wrong, status):
    x = normal(20, 1, dtype=np.float64)
    x[3] = np.nan
    result = one(lambda x: F.normalize(x) + wrong * x, torch.nn.functional.normalize, x)
    assert statuses(result)["gradient"] == status


@pytest.mark.parametrize(("wrong", "status"), [(0.0, "pass"), (1e-9, "fail")])
def test_rounding_inside_torch_is_known_by_what_float32_makes_of_it(wrong, status):
    x = normal(50, dtype=np.float64)
    result = one(lambda x: x + jnp.asarray(wrong, x.dtype), lambda x: (x + SHIFT) - SHIFT, x)
    assert statuses(result)["value"] == status


def test_a_refused_second_derivative_leaves_forward_mode_compared():
    x, torchs = normal(4, dtype=np.float64), torch.nn.functional.hardsigmoid

    def port(x):
        return jnp.clip(x / 6 + 0.5, 0, 1)

    right = statuses(one(port, torchs, x))
    assert (right["jvp"], right["second"]) == ("fail", "vacuous")  # by torch's float32 sixth
    assert statuses(one(lambda x: 2 * port(x), torchs, x))["jvp"] == "fail"
