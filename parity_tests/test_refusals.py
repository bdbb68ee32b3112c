"""torch refuses to differentiate by some inputs: that must not hide the gradients by the others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from jaxchan.parity import Result, check
from jaxchan.parity._runs import Call, refused_inputs

X = np.random.default_rng(0).standard_normal((4, 3, 5))
MEAN, VAR, WEIGHT = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, 2.0]), np.array([2.0, 0.5, 1.0])
constant = jax.lax.stop_gradient


def torchs(mean, x, var, weight):
    """Refuses to differentiate by the first and the third."""
    return torch.nn.functional.batch_norm(x, mean, var, weight)


def ours(mean, x, var, weight):
    mean, var, weight = (a[None, :, None] for a in (mean, var, weight))
    return (x - constant(mean)) / jnp.sqrt(constant(var) + 1e-5) * weight


def halved(x):
    """The value of `x`, and half of its gradient."""
    return (x + constant(x)) / 2


PORTS = {
    "right": ours,
    "input dropped": lambda mean, x, var, weight: ours(mean, constant(x), var, weight),
    "input halved": lambda mean, x, var, weight: ours(mean, halved(x), var, weight),
    "weight dropped": lambda mean, x, var, weight: ours(mean, x, var, constant(weight)),
    "mean followed": lambda mean, x, var, weight: ours(
        mean, x - (mean - constant(mean))[None, :, None], var, weight
    ),
}


def statuses(result: Result) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for f in result.findings:
        found.setdefault(f.property, set()).add(f.status)
    return found


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_other_gradients_are_compared(port, dtype):
    arrays = [a.astype(dtype) for a in (MEAN, X, VAR, WEIGHT)]
    result = check(PORTS[port], torchs, arrays)
    found = statuses(result)
    assert found["value"] == {"pass"}
    wanted = {"pass"} if port == "right" else {"fail"}
    assert found["gradient"] == found["jvp"] == wanted
    assert bool(result) == (port == "right")


def test_each_input_is_asked_for_alone():
    call = Call.of([np.arange(3), MEAN, X, VAR, WEIGHT], {})
    assert refused_inputs(lambda n, *rest: torchs(*rest), call) == {0, 2}
    assert refused_inputs(lambda n, *rest: rest[0], call) == frozenset()


def test_nothing_is_compared_where_all_is_refused():
    def of_variance(var):
        return torchs(torch.zeros_like(var), torch.ones_like(var)[None], var, None)

    result = check(lambda var: 1 / jnp.sqrt(var + 1e-5)[None], of_variance, [VAR])
    assert statuses(result)["value"] == {"pass"}
    assert statuses(result)["gradient"] == {"vacuous"}
