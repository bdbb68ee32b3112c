"""`size` makes unique's result static, for jit and vmap, and never truncates unseen."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan

VALUES = np.array([3.0, 1.0, 3.0, 2.0, 1.0], np.float32)


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("op", [jaxchan.unique, jaxchan.unique_consecutive])
def test_sized_is_the_eager_result_padded(op, size: int) -> None:
    values, inverse, counts = op(VALUES, return_inverse=True, return_counts=True)
    call = jax.jit(
        lambda x: op(x, return_inverse=True, return_counts=True, size=size, fill_value=-1)
    )
    sized = call(VALUES)
    kept = min(size, len(values))
    assert sized.number == len(values)
    np.testing.assert_array_equal(sized.output[:kept], values[:kept])
    np.testing.assert_array_equal(sized.output[kept:], -np.ones(size - kept))
    np.testing.assert_array_equal(sized.inverse_indices, inverse)
    np.testing.assert_array_equal(sized.counts[:kept], counts[:kept])
    np.testing.assert_array_equal(sized.counts[kept:], np.zeros(size - kept))


def test_too_small_a_size_shows_in_number() -> None:
    sized = jaxchan.unique(VALUES, size=2)
    np.testing.assert_array_equal(sized.output, [1.0, 2.0])
    assert sized.number == 3
    assert sized.counts is None
    assert sized.inverse_indices is None


def test_sized_along_dim() -> None:
    rows = np.array([[2, 1], [1, 5], [2, 1]])
    sized = jaxchan.unique(rows, dim=0, size=3, return_counts=True)
    np.testing.assert_array_equal(sized.output, [[1, 5], [2, 1], [0, 0]])
    np.testing.assert_array_equal(sized.counts, [1, 2, 0])


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
