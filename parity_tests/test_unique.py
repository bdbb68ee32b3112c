"""What a spec cannot ask of unique: `size`, which makes its result static for jit and vmap and
never truncates unseen, and the order of slices with nan, which torch leaves to chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan

OPS = [jaxchan.unique, jaxchan.unique_consecutive]
VALUES = np.array([3.0, 1.0, 3.0, 2.0, 1.0], np.float32)


@pytest.mark.parametrize("size", [0, 2, 3, 5, 7])
@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "uint8", "int64", "bool"])
def test_sized_is_the_eager_result_padded(op, dtype: str, size: int) -> None:
    x = jnp.asarray(VALUES).astype(dtype)
    values, inverse, counts = op(x, return_inverse=True, return_counts=True)
    call = jax.jit(
        lambda x: op(x, return_inverse=True, return_counts=True, size=size, fill_value=9)
    )
    sized = call(x)
    kept = min(size, len(values))
    assert sized.number == len(values)
    assert sized.output.dtype == x.dtype
    np.testing.assert_array_equal(sized.output[:kept], values[:kept])
    np.testing.assert_array_equal(sized.output[kept:], jnp.full(size - kept, 9).astype(dtype))
    np.testing.assert_array_equal(sized.inverse_indices, inverse)
    np.testing.assert_array_equal(sized.counts[:kept], counts[:kept])
    np.testing.assert_array_equal(sized.counts[kept:], np.zeros(size - kept))


@pytest.mark.parametrize("op", OPS)
def test_too_small_a_size_raises_or_shows_in_number(op) -> None:
    with pytest.raises(RuntimeError, match=f"{op.__name__}: size must be at least [35], got 2"):
        op(VALUES, size=2)
    sized = jax.jit(lambda x: op(x, size=2))(VALUES)
    np.testing.assert_array_equal(sized.output, op(VALUES)[:2])
    assert sized.number == len(op(VALUES))
    assert sized.counts is None
    assert sized.inverse_indices is None


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize(
    ("size", "kind"), [(-1, RuntimeError), (2.0, TypeError), (True, TypeError)]
)
def test_a_wrong_size_raises(op, size, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=f"{op.__name__}: size must"):
        op(VALUES, size=size)


def test_sized_along_dim() -> None:
    rows = np.array([[2, 1], [1, 5], [2, 1]])
    sized = jaxchan.unique(rows, dim=0, size=3, return_counts=True)
    np.testing.assert_array_equal(sized.output, [[1, 5], [2, 1], [0, 0]])
    np.testing.assert_array_equal(sized.counts, [1, 2, 0])


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("dim", [None, 0, 1])
def test_sized_with_nans_is_the_eager_result(op, dim: int | None) -> None:
    x = np.array([[2.0, np.nan, 1.0], [-0.0, 1.0, 1.0], [0.0, 1.0, 1.0], [2.0, np.nan, 1.0]])
    values, inverse, counts = op(x, return_inverse=True, return_counts=True, dim=dim)
    sized = jax.jit(lambda x: op(x, return_inverse=True, return_counts=True, dim=dim, size=12))(x)
    kept = [slice(None)] * values.ndim
    kept[dim or 0] = slice(int(sized.number))
    np.testing.assert_array_equal(sized.output[tuple(kept)], values)
    np.testing.assert_array_equal(sized.inverse_indices, inverse)
    np.testing.assert_array_equal(sized.counts[: len(counts)], counts)


def test_slices_with_nan_are_in_order_and_the_equal_ones_together() -> None:
    rows = np.array([[np.nan, 1], [0, 2], [np.nan, 0], [1, np.nan], [0, 2], [1, np.nan], [1, 0]])
    want = [[0, 2], [1, 0], [1, np.nan], [1, np.nan], [np.nan, 0], [np.nan, 1]]
    theirs = set()
    for seed in range(8):
        x = np.random.default_rng(seed).permutation(rows)
        values, counts = jaxchan.unique(x, dim=0, return_counts=True)
        np.testing.assert_array_equal(values, want)
        np.testing.assert_array_equal(counts, [2, 1, 1, 1, 1, 1])
        theirs.add(str(torch.unique(torch.tensor(x), dim=0)))
    assert len(theirs) > 1  # torch has no order that could be kept


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64"])
@pytest.mark.parametrize("low", ["min", "max"])
def test_integers_in_a_narrow_range_are_counted(dtype: str, low: str) -> None:
    places = np.random.default_rng(0).integers(0, 5, (10, 30))
    end = getattr(np.iinfo(dtype), low)
    x = end + places.astype(dtype) if low == "min" else end - places.astype(dtype)
    got = jaxchan.unique(x, return_inverse=True, return_counts=True)
    want = np.unique(x, return_inverse=True, return_counts=True)
    for g, w in zip(got, want, strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_array_equal(g, w)


def test_sized_of_nothing() -> None:
    sized = jaxchan.unique(np.zeros(0, np.float32), size=2, fill_value=7, return_counts=True)
    np.testing.assert_array_equal(sized.output, [7.0, 7.0])
    np.testing.assert_array_equal(sized.counts, [0, 0])
    assert sized.number == 0


def test_sized_under_vmap() -> None:
    rows = jnp.array([[1.0, 1.0, 2.0], [3.0, 2.0, 1.0]])
    sized = jax.vmap(lambda x: jaxchan.unique(x, size=3))(rows)
    np.testing.assert_array_equal(sized.number, [2, 3])
    np.testing.assert_array_equal(sized.output, [[1.0, 2.0, 0.0], [1.0, 2.0, 3.0]])


def test_jit_without_size_says_what_to_give() -> None:
    with pytest.raises(TypeError, match="unique: size must be given under jit"):
        jax.jit(jaxchan.unique)(VALUES)


def test_where_alone_under_jit_says_what_to_give() -> None:
    with pytest.raises(TypeError, match="where: input and other must be given under jit"):
        jax.jit(jaxchan.where)(VALUES > 1)
