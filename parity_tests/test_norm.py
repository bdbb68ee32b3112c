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


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
@pytest.mark.parametrize("n", [7, 100, 768, 3000])
@pytest.mark.parametrize("value", [0.1, -999.0])
def test_equal_elements_have_no_deviation(dtype, n, value):
    x = jnp.full((2, 4, n), value, dtype)
    for norm in (lambda x: ours.layer_norm(x, (n,)), lambda x: ours.group_norm(x, 2)):
        assert not norm(x).any()
        # beside a gradient a mean is corrected by its rounding, of which a rounding may be left
        assert jnp.abs(jax.vjp(norm, x)[0]).max() < float(jnp.finfo(jnp.float32).eps)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
@pytest.mark.parametrize(
    ("name", "rest", "shape", "part"),
    [
        ("layer_norm", ((1600,),), (4, 1600), np.s_[:, :100]),
        ("batch_norm", (None, None, None, None, True), (1600, 4), np.s_[:100]),
    ],
)
def test_a_first_part_far_from_the_rest_costs_no_digits(dtype, name, rest, shape, part):
    x = np.random.default_rng(0).standard_normal(shape)
    x[part] += 1000
    x = jnp.asarray(x, dtype)
    exact = getattr(torch.nn.functional, name)(torch.tensor(np.asarray(x, np.float64)), *rest)
    out = np.asarray(getattr(ours, name)(x, *rest), np.float64)
    np.testing.assert_allclose(out, exact, rtol=float(jnp.finfo(dtype).eps))


def test_equal_elements_have_no_variance():
    x = jnp.full((2, 7), 0.1, jnp.float32)
    zeros = jnp.zeros(7, jnp.float32)
    _, mean, var = ours.batch_norm_stats(x, zeros, zeros, training=True, momentum=1.0)
    assert np.array_equal(np.asarray(mean), x[0])
    assert not np.any(var)


def test_the_parts_of_a_mapped_batch_are_one():
    rng = np.random.default_rng(0)
    x, w, b, cotangent = (rng.standard_normal(s) for s in ((8, 3, 5), 3, 3, (8, 3, 5)))

    def whole(x: Any, w: Any, b: Any, name: str | None = None) -> Any:
        return ours.batch_norm_stats(x, jnp.zeros(3), jnp.ones(3), w, b, True, axis_name=name)

    def mapped(x, w, b):
        parts = x.reshape(4, 2, 3, 5)
        out = jax.vmap(partial(whole, name="batch"), (0, None, None), axis_name="batch")(
            parts, w, b
        )
        return out.output.reshape(x.shape), *(s[0] for s in out[1:])

    for got, want in zip(mapped(x, w, b), whole(x, w, b), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    slopes = (
        jax.vjp(lambda *a, f=f: f(*a)[0], x, w, b)[1](jnp.asarray(cotangent))
        for f in (mapped, whole)
    )
    for got, want in zip(*slopes, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_a_batch_that_is_not_mapped_is_an_error():
    wrong: list[tuple[Any, type]] = [("batch", NameError), (0, TypeError)]
    for name, kind in wrong:
        with pytest.raises(kind):
            ours.batch_norm_stats(jnp.ones((2, 3)), None, None, training=True, axis_name=name)
