"""The rule notices what it must, passes what it must, and says when it compared nothing."""

import subprocess
import sys
from collections import namedtuple
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch

import jaxchan
from jaxchan.interop import to_numpy
from jaxchan.parity import Comparison, Finding, Result, check, check_all, same_error
from jaxchan.parity._arrays import named_leaves, to_torch
from jaxchan.parity._references import References
from jaxchan.parity._runs import Call, Probe, run_torch

HALVES = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
Pair = namedtuple("Pair", "values indices")
Swapped = namedtuple("Swapped", "indices values")


def normal(*shape, seed=0, dtype: Any = np.float32):
    values = np.random.default_rng(seed).standard_normal(shape)
    return np.asarray(values, np.float32).astype(dtype)


def double(x):
    return x * 2


def statuses(result: Result) -> dict[str, str]:
    """The worst status of each property."""
    order = ("pass", "vacuous", "inconclusive", "fail")
    worst: dict[str, str] = {}
    for f in result.findings:
        worst[f.property] = max(worst.get(f.property, "pass"), f.status, key=order.index)
    return worst


def one(jax_fn, torch_fn, *args, jit=True, **options) -> Result:
    """One comparison in the arguments' own dtype."""
    return check_all([Comparison(jax_fn, torch_fn, args, **options)], jit=jit)[0]


SMOOTH: Any = {
    "sum": (lambda x: x.sum(1), lambda x: x.sum(1)),
    "var": (lambda x: x.var(1, ddof=1), lambda x: x.var(1)),
    "norm": (lambda x: jnp.sqrt((x * x).sum(1)), lambda x: x.norm(dim=1)),
    "softmax": (lambda x: jax.nn.softmax(x, 1), lambda x: x.softmax(1)),
    "tanh": (jnp.tanh, torch.tanh),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_correct_port_passes(name):
    port, original = SMOOTH[name]
    result = check(port, original, [normal(4, 25)])
    assert result
    assert set(statuses(result)) == {"value", "dtype", "gradient", "jvp", "second"}
    assert statuses(result)["gradient"] == statuses(result)["jvp"] == "pass"


@pytest.mark.parametrize("dtype", [np.float64, np.float16, ml_dtypes.bfloat16, np.complex64])
@pytest.mark.parametrize("order", [0, 1])
def test_dtypes_pass(dtype, order):
    assert check(jnp.square, torch.square, [normal(30, dtype=dtype)], order=order)


@pytest.mark.parametrize("name", ["sum", "var", "norm"])
def test_an_offset_of_1e_minus_9_in_float64_is_noticed(name):
    ours, theirs = SMOOTH[name]
    result = one(lambda x: ours(x) * (1 + 1e-9), theirs, normal(4, 25, dtype=np.float64))
    assert statuses(result)["value"] == statuses(result)["gradient"] == "fail"


def test_one_logit_in_a_hundred_is_noticed():
    logits = 3 * normal(4, 25)
    off = np.zeros_like(logits)
    off[2, 7] = 2e-4
    result = one(lambda x: x + off, lambda x: x * 1.0, logits, order=0)
    assert statuses(result)["value"] == "fail"
    assert result.findings[1].where == "out at (2, 7)"
    assert not check(lambda x: x + jnp.asarray(off, x.dtype), lambda x: x * 1.0, [logits])


def test_a_float32_inside_is_named():
    def pinned(x):
        return jnp.tanh(x.astype(np.float32)).astype(x.dtype)

    result = one(pinned, torch.tanh, normal(50, dtype=np.float64), order=0)
    value = next(f for f in result.findings if f.property == "value")
    assert value.status == "fail"
    assert value.detail.startswith("float32 inside")
    assert one(pinned, torch.tanh, normal(50), order=0)


@pytest.mark.parametrize("kept", [10, 7])
@pytest.mark.parametrize("terms", [None, "abs"])
def test_rounded_matmul_operands_are_noticed(kept, terms):
    """TF32 keeps 10 bits of the significand, bfloat16 7."""

    def rounded(a):
        mask = np.uint32(0xFFFFFFFF) << np.uint32(23 - kept)
        return jax.lax.bitcast_convert_type(
            jax.lax.bitcast_convert_type(a, jnp.uint32) & mask, jnp.float32
        )

    a, b = normal(8, 64), normal(64, 8, seed=1)
    exact = one(lambda a, b: jnp.matmul(a, b, precision="highest"), torch.matmul, a, b, terms=terms)
    assert exact

    def rough(a, b):
        return jnp.matmul(rounded(a), rounded(b), precision="highest")

    assert statuses(one(rough, torch.matmul, a, b, order=0, terms=terms))["value"] == "fail"


def test_a_zeroed_softmax_gradient_is_noticed():
    """Under a cotangent of ones the right gradient is zero as well."""

    @jax.custom_jvp
    def dropped(x):
        return jax.nn.softmax(x, 1)

    dropped.defjvp(lambda x, t: (dropped(*x), jnp.zeros_like(t[0])))
    for dtype in (np.float32, np.float64):
        result = one(dropped, lambda x: x.softmax(1), normal(3, 5, dtype=dtype))
        assert statuses(result)["value"] == "pass"
        assert statuses(result)["gradient"] == "fail"


def test_a_dropped_second_derivative_is_noticed_beside_a_huge_first():
    huge = 1e14

    def linear(x):
        return (
            huge * x
            + jax.lax.stop_gradient(x * x)
            + 2 * jax.lax.stop_gradient(x) * (x - jax.lax.stop_gradient(x))
        )

    result = one(linear, lambda x: huge * x + x * x, normal(6, dtype=np.float64))
    assert statuses(result)["second"] == "fail"


def test_infinite_and_nan_gradients_are_compared():
    """A zero must not count as structural because torch's other gradients are infinite or NaN."""
    x = np.array([0.0, 4.0])

    def finite(x):
        return jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1.0)), 0.0)

    result = one(finite, torch.sqrt, x)
    assert statuses(result)["gradient"] == "fail"

    def cut(x):
        return jax.lax.stop_gradient(jnp.sqrt(x))

    def nan(x):
        return (x * 0).sqrt() if isinstance(x, torch.Tensor) else cut(x * 0)

    result = one(nan, nan, np.array([1.0, 2.0]))
    assert statuses(result)["gradient"] == "fail"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinities_are_a_pattern(dtype):
    x = np.array([np.nan, 1.0, np.inf, -np.inf], dtype)
    assert one(double, double, x)
    for planted in (0.0, np.inf):

        def wrong(x, planted=planted):
            return jnp.where(jnp.isnan(x), planted, x * 2).astype(x.dtype)

        assert statuses(one(wrong, double, x, order=0))["value"] == "fail"
    assert statuses(one(lambda x: jnp.abs(x * 2), double, x, order=0))["value"] == "fail"
    assert one(double, double, np.full(3, np.nan, dtype), order=0)


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        (lambda x: (x.astype(np.float64), x.argmax(0)), "float64"),
        (lambda x: (x.max(0, keepdims=True), x.argmax(0)), "[1, 3]"),
        (lambda x: Swapped(x.argmax(0), x.max(0)), "out.indices"),
        (lambda x: x.max(0), "structure"),
        (lambda x: (None, x.argmax(0)), "None"),
    ],
)
def test_structure_is_compared(ours, text):
    got = one(ours, lambda x: tuple(x.max(0)), normal(4, 3), order=1)
    assert statuses(got) == {"dtype": "fail"}
    assert text in got.findings[0].detail


def test_field_names_are_compared():
    def ours(x):
        return Pair(x.max(0), x.argmax(0))

    assert one(ours, lambda x: x.max(0), normal(4, 3), order=0)

    def wrong(x):
        return Swapped(x.argmax(0), x.max(0))

    assert not one(wrong, lambda x: x.max(0), normal(4, 3), order=0)


def test_results_of_any_nesting():
    def nested(x):
        return {"b": [x * 2, None], "a": (x.sum(), 3, 1.5, True)}

    def reordered(x):
        return {"a": (x.sum(), 3, 1.5, True), "b": [x * 2, None]}

    assert one(nested, reordered, normal(5, dtype=np.float64))

    def off(x):
        return {"b": [x * 2, None], "a": (x.sum(), 4, 1.5, True)}

    assert statuses(one(off, reordered, normal(5)))["value"] == "fail"
    names = [n for n, _ in named_leaves(nested(normal(2)))]
    assert names[:2] == ["out['a'][0]", "out['a'][1]"]


def test_what_torch_returns_must_be_arrays():
    with pytest.raises(TypeError, match="must be arrays"):
        one(lambda x: "text", lambda x: "text", normal(2))


@pytest.mark.parametrize("order", [0, 1])
def test_arrays_of_any_kind(order):
    x = normal(4, 6)
    forms = [x, jnp.asarray(x), torch.from_numpy(x).requires_grad_(), x[::-1, ::2], x.T, x[0, 0]]
    for form in forms:
        assert check(lambda x: x * 3, lambda x: x * 3, [form], order=order)
    assert not check(lambda x: x * 3.001, lambda x: x * 3, [x[::-1, ::2]], order=order)


def test_eager_ports_get_jax_arrays():
    assert one(lambda x: x.at[0].set(2.0), lambda x: _first_set(x), normal(3), jit=False, order=0)


def _first_set(x):
    x = x.clone()
    x[0] = 2
    return x


@pytest.mark.parametrize(
    "dtype",
    [*HALVES, "float32", "float64", "complex64", "uint8", "uint16", "uint32", "uint64", "bool"],
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_arrays_survive_the_way_to_torch_and_back(dtype, shape):
    x = np.asarray(4 * np.abs(normal(*shape))).astype(dtype)
    back = to_numpy(to_torch(x))
    assert back.dtype == x.dtype
    assert back.shape == shape
    assert back.tobytes() == x.tobytes()
    assert to_numpy(to_torch(x.T)).tobytes() == x.T.tobytes()


def test_integers_are_exact():
    x = np.arange(-5, 7)
    assert one(lambda x: x // 2, lambda x: torch.div(x, 2, rounding_mode="floor"), x)
    wrong = one(lambda x: x // 2, lambda x: torch.div(x, 2, rounding_mode="trunc"), x)
    assert statuses(wrong)["value"] == "fail"


def test_emptiness_is_vacuous():
    result = check(double, lambda x: x * 3, [normal(0, 3)])
    assert not result
    assert result.status == "vacuous"
    assert not Result(())
    assert not Result((Finding("dtype", "pass"),))
    constant = one(lambda x: 0 * x, lambda x: 0 * x, normal(3))
    assert statuses(constant)["gradient"] == "vacuous"


class Refuse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        raise RuntimeError("not differentiable")


class Once(torch.autograd.Function):
    """The square, differentiable once."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return Refuse.apply(2 * ctx.saved_tensors[0] * g)


def test_a_refused_second_derivative_leaves_the_first_compared():
    x = normal(4, dtype=np.float64)
    right = statuses(one(jnp.square, Once.apply, x))
    assert (right["gradient"], right["second"]) == ("pass", "vacuous")
    half = statuses(one(lambda x: x * jax.lax.stop_gradient(x), Once.apply, x))
    assert (half["gradient"], half["second"]) == ("fail", "vacuous")


def test_exceptions():
    def refuses(x):
        raise IndexError("dim")

    x = normal(3)
    assert one(refuses, refuses, x)
    assert statuses(one(lambda x: x, refuses, x)) == {"errors": "fail"}
    assert statuses(one(refuses, lambda x: x, x)) == {"value": "fail"}
    assert same_error(RuntimeError(), NotImplementedError).status == "pass"
    assert same_error(ValueError(), IndexError).status == "fail"
    assert same_error(None, IndexError).status == "fail"


@pytest.mark.parametrize("jit", [True, False])
def test_a_port_that_raises_spoils_its_own_result_alone(jit):
    def late(x):
        return jax.pure_callback(lambda x: 1 / 0, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    def early(x):
        raise ValueError("no")

    asked = [Comparison(f, double, [normal(3)], order=0) for f in (double, early, late, double)]
    assert [bool(r) for r in check_all(asked, jit=jit)] == [True, False, False, True]


def test_the_same_verdict_twice():
    port, original = SMOOTH["var"]
    inputs = [normal(4, 25, dtype=d) for d in (np.float32, np.float64)]
    asked = [Comparison(port, original, [x]) for x in inputs]
    assert check_all(asked) == check_all(asked)


def test_open_indices_name_equal_entries_once():
    x = np.array([1.0, 1.0, 0.0, np.nan, np.nan])

    def named(*at):
        return lambda x: Pair(x * 1, jnp.array(at))

    def torchs(x):
        return Pair(x * 1, torch.tensor([2, 0, 1, 3, 4]))

    judged = {
        at: statuses(one(named(*at), torchs, x, order=0, indices="any"))["value"]
        for at in [(2, 1, 0, 4, 3), (2, 1, 1, 4, 3), (2, 1, 3, 4, 0), (2, 1, 0, 4, 5)]
    }
    assert list(judged.values()) == ["pass", "fail", "fail", "fail"]
    assert statuses(one(named(2, 1, 0, 4, 3), torchs, x, order=0))["value"] == "fail"


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_64_bits_require_x64(dtype):
    with jax.enable_x64(False), pytest.raises(RuntimeError, match="jax_enable_x64"):
        check(double, double, [normal(3).astype(dtype)])


def test_narrow_calls_do_not_require_x64():
    with jax.enable_x64(False):
        assert one(double, double, normal(3))


@pytest.mark.parametrize("dtype", [*HALVES, np.dtype(np.float32), np.dtype(np.float64)])
def test_subnormals_may_be_flushed_where_xla_does(dtype):
    tiny = float(jnp.finfo(dtype).tiny)
    x = np.array([tiny / 4, tiny / 2, tiny / 8], np.float64).astype(dtype)
    result = one(jnp.zeros_like, lambda x: x * 1, x, order=0)
    assert statuses(result)["value"] == ("fail" if dtype == np.float16 else "pass")


@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_that_accumulates_in_half_is_noticed(dtype):
    x = np.abs(normal(2, 2000, dtype=dtype))

    def total(x):
        return jax.lax.fori_loop(
            0, x.shape[1], lambda i, s: s + x[:, i], jnp.zeros(x.shape[0], x.dtype)
        )

    assert one(lambda x: x.sum(1), lambda x: x.sum(1), x, order=1, terms="abs")
    assert statuses(one(total, lambda x: x.sum(1), x, order=0, terms="abs"))["value"] == "fail"


def test_a_float32_result_of_halves_is_held_to_float32():
    x = normal(2, 500, dtype=np.float16)

    def torchs(x):
        return torch.sum(x, 1, dtype=torch.float32)

    def wide(x):
        return x.astype(np.float32).sum(1)

    assert one(wide, torchs, x, order=1, terms="abs")

    def rounded(x):
        return wide(x).astype(np.float16).astype(np.float32)

    assert statuses(one(rounded, torchs, x, order=0, terms="abs"))["value"] == "fail"


def test_integers_are_promoted_to_float64_for_the_truth():
    """Of terms that cancel: torch's own sum is further from the truth than 8 ulps."""
    n = np.arange(1, 30_000)

    def torchs(n):
        return (torch.log(n) * torch.where(n % 2 == 0, 1, -1)).sum()

    def port(n, wide: Any = np.float64):
        terms = jnp.log(n.astype(np.float32)) * jnp.where(n % 2 == 0, 1, -1).astype(np.float32)
        return jnp.sum(terms, dtype=wide).astype(np.float32)

    assert one(port, torchs, n)
    assert not one(lambda n: port(n, np.float16), torchs, n)


def test_jitter_that_torch_refuses_is_left_out():
    p = np.array([1.0, 0.0, 0.25, 1.0], np.float32)

    def log(x):
        return -jnp.maximum(jnp.log(x), np.array(-100, x.dtype))

    def bce(x):
        return torch.nn.functional.binary_cross_entropy(x, torch.ones_like(x), reduction="none")

    assert check(log, bce, [p], order=0)


def test_jitter_keeps_ties_and_zeros():
    from jaxchan.parity._references import _jitter, _moved

    call = Call.of([np.array([2.0, -2.0, 0.0, 3.0, np.nan, np.inf])], {})
    (x,) = _moved(call, _jitter(np.random.default_rng(0), 2.0**-24)).arrays()
    assert x[0] == -x[1] != 2.0
    assert x[2] == 0
    assert x[3] != 3.0
    assert np.isnan(x[4])
    assert np.isinf(x[5])


@pytest.mark.parametrize("module", ["jaxchan", "jaxchan.parity", "jaxchan.parity._arrays"])
def test_importing_does_not_import_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = f"import sys, {module}, torch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1


def test_promotion_follows_x64_in_one_process():
    for x64, wide in ((False, "int32"), (True, "int64"), (False, "int32")):
        with jax.enable_x64(x64):
            both = jnp.ones(2, jnp.int32), jnp.ones(2, jnp.uint32)
            assert jaxchan.maximum(*both).dtype == wide


def test_rounding_in_float64_is_seen_where_float32_has_none():
    """float32 rounds the largest share to 1, and its slope to 0; in float64 a slope of 5e-12 is
    left of terms of 50."""

    def shares(x):
        return torch.softmax(x, 0)

    call = Call.of([np.array([0.0, -30.0])], {})
    probe = Probe([np.array([51.3, 2.7])], [np.array([0.7, 0.3])])
    references = References(shares, call, probe, run_torch(shares, call, probe, 2), False)
    assert 1e-16 < references.rounding("gradients", 0) < 1e-13

    def narrowed(array):
        return array.astype(np.float32)

    narrow = run_torch(shares, call.map(narrowed), probe.map(narrowed), 1)
    assert narrow.gradients[0][0] == 0 != references.truth.gradients[0][0]
