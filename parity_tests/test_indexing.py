"""What a spec cannot ask of indexing: results whose shape jit has to be told, and indices that it
cannot look at."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan
from jaxchan.parity import check

VALUES = np.array([3.0, 0.0, 5.0, 2.0, 0.0], np.float32)
MASK = VALUES > 0
COUNTS = np.array([2, 0, 1, 3, 1])


@pytest.mark.parametrize("size", [0, 2, 3, 7])
def test_sized_masked_select_is_the_eager_result_padded(size: int) -> None:
    eager = jaxchan.masked_select(VALUES, MASK)
    call = jax.jit(lambda x, m: jaxchan.masked_select(x, m, size=size, fill_value=-1))
    sized = call(VALUES, MASK)
    kept = min(size, 3)
    assert sized.number == 3
    np.testing.assert_array_equal(sized.output[:kept], eager[:kept])
    np.testing.assert_array_equal(sized.output[kept:], -np.ones(size - kept))


def test_sized_masked_select_has_torchs_derivatives() -> None:
    def ours(x, mask):
        return jaxchan.masked_select(x, mask, size=6).output

    mask = np.array([[True, False, True], [True, True, True], [False, False, True]])
    assert check(ours, torch.masked_select, [np.array([1.0, -2.0, 3.0]), mask])


def test_sized_masked_select_of_nothing() -> None:
    sized = jaxchan.masked_select(np.zeros(0, np.float32), np.zeros(0, bool), size=2)
    np.testing.assert_array_equal(sized.output, [0.0, 0.0])
    assert sized.number == 0


@pytest.mark.parametrize("size", [0, 2, 3, 7])
@pytest.mark.parametrize("as_tuple", [False, True])
def test_sized_nonzero_is_torchs_nonzero_static(size: int, as_tuple: bool) -> None:
    x = VALUES.reshape(1, 5)
    sized = jax.jit(lambda x: jaxchan.nonzero(x, as_tuple=as_tuple, size=size))(x)
    want = torch.nonzero_static(torch.tensor(x), size=size)
    output = jnp.stack(sized.output, 1) if as_tuple else sized.output
    np.testing.assert_array_equal(output, want)
    assert output.dtype == jnp.int64
    assert sized.number == 3


def test_sized_nonzero_of_a_number() -> None:
    assert jaxchan.nonzero(np.float32(3), size=2).output.shape == (2, 0)
    assert jaxchan.nonzero(np.float32(3), size=2).number == 1
    (places,) = jaxchan.nonzero(np.float32(3), as_tuple=True, size=2).output
    np.testing.assert_array_equal(places, [0, -1])


SIZED = [
    ("masked_select", lambda x, size: jaxchan.masked_select(x, x > 0, size=size)),
    ("nonzero", lambda x, size: jaxchan.nonzero(x, size=size)),
]


@pytest.mark.parametrize(("name", "call"), SIZED)
def test_outside_jit_too_small_a_size_raises(name: str, call) -> None:
    assert call(VALUES, 3).number == jax.jit(call, static_argnums=1)(VALUES, 2).number == 3
    with pytest.raises(RuntimeError, match=f"{name}: size must be at least 3, got 2"):
        call(VALUES, 2)


@pytest.mark.parametrize(("name", "call"), SIZED)
@pytest.mark.parametrize(
    ("size", "kind"), [(-1, RuntimeError), (2.0, TypeError), (True, TypeError)]
)
def test_a_wrong_size_raises(name: str, call, size, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=f"{name}: size must"):
        call(VALUES, size)


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "uint8", "bool", "complex64"])
def test_sized_is_the_eager_result_in_each_dtype(dtype: str) -> None:
    x = jnp.asarray(np.random.default_rng(0).integers(0, 2, (5, 7, 3))).astype(dtype)
    eager = jaxchan.nonzero(x)
    sized = jax.jit(lambda x: jaxchan.nonzero(x, size=105, fill_value=-7))(x)
    np.testing.assert_array_equal(sized.output[: len(eager)], eager)
    assert (sized.output[len(eager) :] == -7).all()
    eager = jaxchan.masked_select(x, x.astype(bool))
    sized = jax.jit(lambda x: jaxchan.masked_select(x, x.astype(bool), size=105))(x)
    assert sized.output.dtype == eager.dtype
    np.testing.assert_array_equal(sized.output[: len(eager)], eager)


def test_sized_under_vmap() -> None:
    rows = jnp.array([[1.0, 0.0, 2.0], [3.0, 2.0, 1.0]])
    sized = jax.vmap(lambda x: jaxchan.masked_select(x, x > 1, size=2))(rows)
    np.testing.assert_array_equal(sized.number, [1, 2])
    np.testing.assert_array_equal(sized.output, [[2.0, 0.0], [3.0, 2.0]])
    np.testing.assert_array_equal(
        jax.vmap(lambda x: jaxchan.nonzero(x, size=3).number)(rows), [2, 3]
    )


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda x: jaxchan.nonzero(x), "nonzero: size"),
        (lambda x: jaxchan.masked_select(x, x > 0), "masked_select: size"),
        (lambda x: jaxchan.repeat_interleave(x, x.astype(int)), "repeat_interleave: output_size"),
    ],
)
def test_jit_says_what_to_give(call, missing: str) -> None:
    with pytest.raises(TypeError, match=f"{missing} must be given under jit"):
        jax.jit(call)(VALUES)


@pytest.mark.parametrize("dim", [None, 1])
def test_repeat_interleave_under_jit(dim: int | None) -> None:
    x = np.arange(5.0) if dim is None else np.arange(10.0).reshape(2, 5)

    def ours(x, counts):
        return jaxchan.repeat_interleave(x, counts, dim, output_size=7)

    def theirs(x, counts):
        return torch.repeat_interleave(x, counts, dim, output_size=7)

    assert check(ours, theirs, [x, COUNTS])
    assert check(jaxchan.repeat_interleave, torch.repeat_interleave, [x, 3, dim])
    rows = jax.vmap(lambda c: ours(x, c))(np.stack([COUNTS, COUNTS[::-1]]))
    np.testing.assert_array_equal(rows[1], np.repeat(x, COUNTS[::-1], dim))


@pytest.mark.parametrize("size", [6, 8])
def test_a_wrong_output_size_shows_under_jit(size: int) -> None:
    call = jax.jit(lambda x, c: jaxchan.repeat_interleave(x, c, output_size=size))
    assert jnp.isnan(call(VALUES, COUNTS)).all()
    assert (call(COUNTS, COUNTS) == jnp.iinfo(jnp.int64).min).all()
    assert jnp.isnan(call(VALUES[:0], COUNTS[:0])).all()


@pytest.mark.parametrize("index", [-1, 5])
@pytest.mark.parametrize(
    "call",
    [
        lambda x, i: jaxchan.gather(x, 0, i),
        lambda x, i: jaxchan.index_select(x, 0, i),
        lambda x, i: jaxchan.take_along_dim(x, i),
    ],
)
def test_an_index_out_of_range_shows_under_jit(call, index: int) -> None:
    places = np.array([2, index])
    np.testing.assert_array_equal(jax.jit(call)(VALUES, places), [5.0, np.nan])
    np.testing.assert_array_equal(jax.jit(call)(COUNTS, places), [1, np.iinfo(np.int64).min])
    np.testing.assert_array_equal(jax.jit(call)(VALUES[:0], places), [np.nan, np.nan])
    slope = jax.grad(lambda x: jax.jit(call)(x, places)[0])(VALUES)
    np.testing.assert_array_equal(slope, [0, 0, 1, 0, 0])
