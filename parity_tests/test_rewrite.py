"""Rewritten functions: no sum, mean or add is left, and values and gradients are the same."""

from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.extend.core import jaxprs_in_params

from jaxchan import rewrite

SHAPE = (2, 4, 5, 6)
W1, W2, BIAS = (np.random.default_rng(0).standard_normal(s) for s in ((4, 2), (2, 4), (1, 4, 1, 1)))


def attention(x):
    """A block as CBAM's, with a mean for each of its poolings, and a bias."""
    w1, w2, bias = (w.astype(x.dtype) for w in (W1, W2, BIAS))
    gate = jax.nn.relu(x.mean((2, 3)) @ w1) @ w2
    out = x * jax.nn.sigmoid(gate)[:, :, None, None]
    out = out * jax.nn.sigmoid(out.mean(1, keepdims=True))
    return x + out + bias


@jax.custom_jvp
def squared_sum(x):
    return jnp.sum(x * x, 1)


squared_sum.defjvp(lambda x, t: (squared_sum(*x), jnp.sum(2 * x[0] * t[0], 1)))


@jax.custom_vjp
def tripled(x):
    return x + (x + x)


tripled.defvjp(lambda x: (tripled(x), None), lambda _, g: (3 * g,))

# linear or quadratic: the function of |x| is the sum of the absolute values of its terms
FUNCTIONS = {
    "channel sum": lambda x: jnp.sum(x, 1),
    "channel sum kept": lambda x: jnp.sum(x, 1, keepdims=True),
    "channel mean": lambda x: jnp.mean(x, 1, keepdims=True),
    "scaled mean": lambda x: 0.3 * jnp.mean(x, 1, keepdims=True) / 7,
    "spatial sum": lambda x: jnp.sum(x, (2, 3)),
    "spatial sum, last dim first": lambda x: jnp.sum(x, (3, 2)),
    "spatial mean": lambda x: jnp.mean(x, (2, 3)),
    "spatial mean kept": lambda x: jnp.mean(x, (2, 3), keepdims=True),
    "one spatial dim": lambda x: jnp.mean(x[..., 0], 2),
    "three spatial dims": lambda x: jnp.sum(x[..., None], (2, 3, 4)),
    "add": lambda x: x + x[::-1],
    "add of (N, C, 1, 1)": lambda x: x + x[:, :, :1, :1],
    "add of (N, 1, H, W)": lambda x: x[:, :1] + x,
    "add of (1, C, 1, 1)": lambda x: x + x[:1, :, :1, :1],
    "jit": jax.jit(lambda x: jnp.mean(x, 1)),
    "remat": jax.checkpoint(lambda x: jnp.mean(x, 1)),
    "custom_jvp": squared_sum,
    "custom_vjp": tripled,
}
UNTOUCHED = {
    "product": lambda x: jax.nn.relu(x) @ x.mT,
    "max": lambda x: jnp.max(x, 1),
    "other sums": lambda x: (jnp.sum(x), jnp.sum(x, 0), jnp.sum(x, (1, 2)), jnp.sum(x[0, 0], 1)),
    "add of a number": lambda x: x + 1,
    "add in a matrix": lambda x: x[0, 0] + x[1, 1],
    "integers": lambda x: jnp.sum(x.astype("int32"), 1),
    "nothing": lambda x: x,
}


def primitives(fn, *args):
    """How often each primitive stands in the program, called programs included."""

    def walk(jaxpr):
        for eqn in jaxpr.eqns:
            yield str(eqn.primitive)
            for inner in jaxprs_in_params(eqn.params):
                yield from walk(inner)

    return Counter(walk(jax.make_jaxpr(fn)(*args).jaxpr))


def draw(shape=SHAPE):
    return jnp.asarray(np.random.default_rng(1).standard_normal(shape))


def assert_close(out, expected, terms):
    """Within the rounding of two ways to add the terms, whose absolute values add up to `terms`."""
    eps = np.finfo(out.dtype).eps
    assert out.shape == expected.shape
    assert out.dtype == expected.dtype
    assert np.all(np.abs(out - expected) <= 8 * eps * terms)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_reduction_is_left(name):
    before, after = (primitives(f, draw()) for f in (FUNCTIONS[name], convert(name)))
    left = {"reduce_sum", "add", "add_any", "div"}
    assert left & set(before)
    assert not left & set(after)
    sums = sum(before[p] for p in ("reduce_sum", "add", "add_any"))
    assert after["conv_general_dilated"] == sums


def convert(name):
    return rewrite.to_conv(FUNCTIONS[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name):
    fn, x = FUNCTIONS[name], draw()
    expected, pull = jax.vjp(fn, x)
    cotangent = draw(expected.shape)
    out, pull_converted = jax.vjp(jax.jit(convert(name)), x)
    assert_close(out, expected, fn(abs(x)))
    terms = jax.vjp(fn, abs(x))[1](abs(cotangent))[0]
    assert_close(pull_converted(cotangent)[0], pull(cotangent)[0], terms)


@pytest.mark.parametrize("name", ["spatial mean", "channel mean", "add", "jit", "remat"])
def test_vmap(name):
    fn, xs = FUNCTIONS[name], draw((3, *SHAPE))
    assert_close(jax.vmap(convert(name))(xs), jax.vmap(fn)(xs), jax.vmap(fn)(abs(xs)))


def test_block():
    """Four parts are replaced; the error is at most that of as many sums of as many terms."""
    x = draw()
    after = primitives(rewrite.to_conv(attention), x)
    assert primitives(attention, x)["reduce_sum"] == 2
    assert not {"reduce_sum", "add", "div"} & set(after)
    assert after["conv_general_dilated"] == 4
    expected, pull = jax.vjp(attention, x)
    out, pull_converted = jax.vjp(jax.jit(rewrite.to_conv(attention)), x)
    cotangent = draw(out.shape)
    (gradient,), (gradient_converted,) = pull(cotangent), pull_converted(cotangent)
    assert_close(out, expected, x.size * np.max(abs(expected)))
    assert_close(gradient_converted, gradient, x.size * np.max(abs(gradient)))


@pytest.mark.parametrize("name", UNTOUCHED)
def test_other_programs_stay(name):
    fn, x = UNTOUCHED[name], draw()
    converted = rewrite.to_conv(fn)
    assert str(jax.make_jaxpr(converted)(x)) == str(jax.make_jaxpr(fn)(x))
    jax.tree.map(np.testing.assert_array_equal, converted(x), fn(x))


def test_loops_are_not_entered():
    def fn(x):
        total, _ = lax.scan(lambda carry, row: (carry + row, None), x, x[None])
        return jnp.sum(total, 1)

    before, after = primitives(fn, draw()), primitives(rewrite.to_conv(fn), draw())
    assert after == before - Counter(reduce_sum=1) + Counter(conv_general_dilated=1, squeeze=1)
    assert_close(rewrite.to_conv(fn)(draw()), fn(draw()), fn(abs(draw())))


def test_sum_that_is_used_twice_is_not_scaled():
    def fn(x):
        total = jnp.sum(x, 1)
        return total, total / 4

    total, mean = rewrite.to_conv(fn)(draw())
    assert_close(total, fn(draw())[0], fn(abs(draw()))[0])
    np.testing.assert_array_equal(mean, total / 4)


def test_gradient_program_is_converted_too():
    fn = jax.grad(lambda x: jnp.sum(jnp.mean(x, 1) ** 2))
    assert_close(rewrite.to_conv(fn)(draw()), fn(draw()), fn(abs(draw())))
    gradient = jax.grad(lambda x: jnp.sum(rewrite.to_conv(tripled)(x)))
    np.testing.assert_array_equal(gradient(draw()), np.full(SHAPE, 3.0))


def test_trees_keywords_and_closures():
    def fn(pair, *, scale):
        return {"out": pair[0] + pair[1], "scaled": pair[0] * scale}

    out = rewrite.to_conv(fn)((draw(), draw()), scale=draw())
    expected = fn((draw(), draw()), scale=draw())
    jax.tree.map(np.testing.assert_array_equal, out, expected)
    gradient = jax.grad(lambda w: jnp.sum(rewrite.to_conv(lambda x: x + w)(draw()) ** 2))
    assert_close(gradient(draw()), 4 * draw(), abs(4 * draw()))


def test_not_callable():
    with pytest.raises(TypeError, match="to_conv: fn"):
        rewrite.to_conv(draw())


@pytest.mark.parametrize("fn", [rewrite.sum_as_conv, rewrite.mean_as_conv, rewrite.add_as_conv])
def test_kernels_are_constants(fn):
    """Nothing but the convolution, what glues it, and the squeeze or reshape of its result."""
    args = (draw(), draw()) if fn is rewrite.add_as_conv else (draw(),)
    glue = {"jit", "concatenate"}
    assert set(primitives(fn, *args)) - glue == {"conv_general_dilated"}


def test_kernels_are_not_rounded_to_half_precision():
    """1/253 is 0.4 % away from the next bfloat16, which would make this mean 127.5."""
    x = jnp.full((1, 253, 2), 127, "bfloat16")
    np.testing.assert_array_equal(rewrite.mean_as_conv(x), x[:, :1])


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_add_spreads_what_is_not_finite(bad):
    """The hazard that is documented: zero times inf is nan, in all channels at that position."""
    x = draw((2, 3, 4)).at[0, 1, 2].set(bad)
    expected = np.zeros(x.shape, bool)
    expected[0, :, 2] = True
    for out in (rewrite.add_as_conv(x, x), rewrite.to_conv(lambda x: x + x)(x)):
        assert np.isnan(out[0, [0, 2], 2]).all()
        np.testing.assert_array_equal(~np.isfinite(out), expected)
    np.testing.assert_array_equal(np.isnan(rewrite.sum_as_conv(x))[0, 0, 2], np.isnan(bad))
