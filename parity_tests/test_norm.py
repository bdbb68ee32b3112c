"""Channels last is the transposed call, and no transpose is traced for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan.nn import functional as ours
from jaxchan.parity import check
from torchref.nn.functional import norm as theirs

from ._draw import draw
from ._spec import case, each, op, t

C, VAR = t(6), t(6, draw="positive")
X = each(t(4, 5, 6), t(2, 3, 4, 6), t(4, 6))
CASES = {
    "batch_norm": op(case(X, C, VAR, C, C, training=each(False, True))),
    "instance_norm": op(
        case(each(t(4, 5, 6), t(2, 3, 4, 6)), C, VAR, C, C), case(X, C, VAR, C, C, False)
    ),
    "group_norm": op(case(X, each(1, 3), C, C), case(t(0, 5, 6), 3, C)),
}
CALLS = [(name, one) for name, spec in CASES.items() for one in spec.cases]


def transposed(fn: Callable, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    return fn(x.movedim(-1, 1), *args, **kwargs).movedim(1, -1)


@pytest.mark.parametrize(("name", "one"), CALLS, ids=str)
def test_channels_last(name, one):
    port = partial(getattr(ours, name), data_format="NHWC")
    args, kwargs = draw(one, "float32")
    result = check(port, partial(transposed, getattr(theirs, name)), args, kwargs)
    assert result.status in ("pass", "vacuous"), str(result)
    assert result or not args[0].size


@pytest.mark.parametrize("name", CASES)
def test_no_transpose_is_traced(name):
    args, kwargs = draw(CASES[name].cases[0], "float32")
    arrays = [jnp.asarray(a) for a in args if isinstance(a, np.ndarray)]
    options = [a for a in args if not isinstance(a, np.ndarray)]  # after the input
    port = partial(getattr(ours, name), data_format="NHWC", **kwargs)

    def gradient(x, *rest):
        return jax.vjp(lambda x: port(x, *options, *rest), x)[1](x)

    text = str(jax.make_jaxpr(gradient)(*arrays))
    assert "mul" in text
    assert "transpose[" not in text


@pytest.mark.parametrize("name", [*CASES, "batch_norm_stats", "instance_norm_stats"])
def test_another_layout_is_an_error(name):
    rest = (3,) if name == "group_norm" else (None, None)
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        getattr(ours, name)(jnp.ones((2, 6, 3)), *rest, data_format="NCW")


def test_an_offset_of_ten_thousand_costs_no_digits():
    x = jnp.asarray(1e4 + np.random.default_rng(0).standard_normal((8, 1000)), jnp.float32)
    out = ours.layer_norm(x, (1000,))
    exact = torch.nn.functional.layer_norm(torch.tensor(np.asarray(x, np.float64)), (1000,))
    assert np.abs(np.asarray(out) - exact.numpy()).max() < 1e-3  # an ulp of the input
    assert jnp.var(out) == pytest.approx(1.0, abs=1e-4)


def test_equal_elements_have_no_variance():
    x = jnp.full((2, 7), 0.1, jnp.float32)
    assert not ours.layer_norm(x, (7,), eps=1e-30).any()
    zeros = jnp.zeros(7, jnp.float32)
    _, mean, var = ours.batch_norm_stats(x, zeros, zeros, training=True, momentum=1.0)
    assert np.array_equal(np.asarray(mean), x[0])
    assert not np.any(var)
