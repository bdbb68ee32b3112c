"""Selection and sorting on integer keys: any bit pattern, by each way, and under jit and vmap."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan
from jaxchan import _select

FLOATS = ("float32", "float64", "float16", "bfloat16")
DTYPES = (*FLOATS, *(f"{sign}int{n}" for sign in ("", "u") for n in (8, 16, 32, 64)))


def patterns(name: str, rows: int = 5, n: int = 40) -> jax.Array:
    """Random bits: also nans of both signs, subnormals and, among floats, every special value."""
    dtype = jnp.dtype(name)
    bits = np.random.default_rng(0).integers(0, 256, (rows, n * dtype.itemsize), np.uint8)
    array = bits.view(dtype)
    if name in FLOATS:
        array[0, :8] = [0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1.0, 1.0]
        array[1, :16] = np.arange(-8, 8).astype(f"int{8 * dtype.itemsize}").view(dtype)
    return jnp.asarray(array)


def bits_of(x: jax.Array) -> np.ndarray:
    return np.asarray(_select.order_key(x))


@pytest.mark.parametrize("name", DTYPES)
@np.errstate(invalid="ignore")  # the processor signals at some nans
def test_keys_are_in_torchs_order(name: str) -> None:
    x = patterns(name)
    ranked = np.take_along_axis(np.asarray(x), np.argsort(bits_of(x), axis=1, kind="stable"), 1)
    if name in FLOATS:  # numpy compares subnormals as they are
        wide = ranked.astype(np.float64)
        numbers = np.where(np.isnan(wide), np.inf, wide)
        assert (np.diff(np.isnan(wide).astype(int), axis=1) >= 0).all()
    else:
        numbers = ranked.astype(object)
    assert (numbers[:, 1:] >= numbers[:, :-1]).all()


@pytest.mark.parametrize("name", DTYPES)
@np.errstate(invalid="ignore")
def test_a_key_gives_its_element_back(name: str) -> None:
    x = patterns(name)
    back = _select.value_of(_select.order_key(x), x.dtype)
    assert back.dtype == x.dtype
    got, want = (np.asarray(v).astype(np.float64 if name in FLOATS else v.dtype) for v in (back, x))
    np.testing.assert_array_equal(got, want)  # -0.0 equals 0.0
    np.testing.assert_array_equal(bits_of(back), bits_of(x))


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("count", [_select.FEW, _select.FEW + 1])
def test_bisection_selects_what_sorting_does(name: str, count: int) -> None:
    x = patterns(name)
    ranks = jnp.asarray(np.random.default_rng(1).integers(0, 40, (5, count)), jnp.int32)
    settled, ranked = (jax.jit(f)(x, ranks) for f in (_select.by_bisection, _select.by_sorting))
    np.testing.assert_array_equal(bits_of(settled), bits_of(ranked))
    places = _select.place_of(x, ranks)
    order = _select.sort_keys(x, 1, descending=False)[1]
    np.testing.assert_array_equal(places, _select.pick(order, ranks, 1))


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("descending", [False, True])
def test_packed_sort_is_the_sort_of_pairs(name: str, descending: bool) -> None:
    x = patterns(name)
    key = ~_select.order_key(x) if descending else _select.order_key(x)
    packed = jax.jit(lambda x: _select.sort_keys(x, 1, descending))(x)
    for got, want in zip(packed, _select._sort_pairs(key, 1), strict=True):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    selected = _select._top_by_selecting(7, 1, descending, x)
    np.testing.assert_array_equal(selected, packed[1][:, :7])
    if key.dtype.itemsize <= 4:
        top = _select._top_of_floats(7, 1, descending, x)
        np.testing.assert_array_equal(top, packed[1][:, :7])
        # of lines so long that groups are looked at first
        long = jnp.tile(x, (1, 7 * 4 * _select.GROUP // x.shape[1] + 1))
        top = _select._top_of_floats(7, 1, descending, long)
        key = ~bits_of(long) if descending else bits_of(long)
        np.testing.assert_array_equal(top, np.argsort(key, axis=1, kind="stable")[:, :7])


@pytest.mark.parametrize("axis", [0, 1])
def test_several_sorts_are_as_one(axis: int) -> None:
    x = np.random.default_rng(7).integers(0, 50, (199, 211)).astype(np.float32)
    assert x.size >= _select.MANY
    ranked, places = jax.jit(_select.sort_keys, static_argnums=(1, 2))(x, axis, False)
    np.testing.assert_array_equal(places, np.argsort(x, axis, kind="stable"))
    np.testing.assert_array_equal(ranked, _select.order_key(jnp.sort(x, axis)))


@pytest.mark.parametrize("count", [1, 4, 20, 70])
@pytest.mark.parametrize("largest", [True, False])
def test_the_first_of_equals_are_the_top(count: int, largest: bool) -> None:
    x = np.random.default_rng(5).integers(-1, 2, (3, 70, 2)).astype(np.float32)
    got = jax.jit(_select._top_by_selecting, static_argnums=(0, 1, 2))(count, 1, largest, x)
    order = np.argsort(-x if largest else x, axis=1, kind="stable")
    np.testing.assert_array_equal(got, order[:, :count])
    pairs = jax.vmap(lambda x: _select._top_by_selecting(count, 0, largest, x))(x)
    np.testing.assert_array_equal(pairs, got)


@pytest.mark.parametrize("size", [256, 287, 300])
@pytest.mark.parametrize("largest", [True, False])
def test_groups_have_the_first_of_equals(size: int, largest: bool) -> None:
    x = np.random.default_rng(6).integers(-1, 2, (3, size, 2)).astype(np.float32)
    x[0, :, 0] = 0
    x[1, :, 0], x[1, -1, 0] = 0, 9 if largest else -9
    order = np.argsort(-x if largest else x, axis=1, kind="stable")
    got = jax.jit(_select._top_of_floats, static_argnums=(0, 1, 2))(2, 1, largest, x)
    np.testing.assert_array_equal(got, order[:, :2])


@pytest.mark.parametrize("shape", [(3, 500, 2), (33,), (0, 3), ()])
def test_counting_is_the_sum(shape: tuple[int, ...]) -> None:
    mask = np.random.default_rng(7).integers(0, 10, shape) > 0
    every = [(), *((d,) for d in range(mask.ndim)), (0, 1), (0, 2), (2, 0, 1)]
    for dims in (d for d in every if max(d, default=0) < max(mask.ndim, 1)):
        got = _select.count_set(jnp.asarray(mask), dims)
        assert got.dtype == jnp.int64
        np.testing.assert_array_equal(got, np.sum(mask, axis=dims, keepdims=True))


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 200])
@pytest.mark.parametrize("set_in_ten", [0, 1, 9, 10])
def test_places_of_a_mask(size: int, set_in_ten: int) -> None:
    mask = np.random.default_rng(6).integers(0, 10, size) < set_in_ten
    want = np.flatnonzero(mask)
    for count in (0, 3, len(want), len(want) + 3):
        got = np.asarray(_select.set_places(jnp.asarray(mask), count))
        assert got.shape == (count,)
        np.testing.assert_array_equal(got[: len(want)], want[:count])
        assert (got[len(want) :] >= size).all()


def test_many_rows_go_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    x, ranks = patterns("float32", rows=11), jnp.arange(11, dtype=jnp.int32)[:, None]
    whole = _select.by_bisection(x, ranks)
    monkeypatch.setattr(_select, "BLOCK", 120)  # three rows of 40
    np.testing.assert_array_equal(bits_of(_select.by_bisection(x, ranks)), bits_of(whole))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_ranks_by_line_under_jit_and_vmap(axis: int) -> None:
    x = jnp.asarray(np.random.default_rng(2).standard_normal((4, 5, 6)), jnp.float32)
    shape = [2 if i == axis else n for i, n in enumerate(x.shape)]
    k = jnp.asarray(np.random.default_rng(3).integers(0, 4, shape), jnp.int32)
    want = np.take_along_axis(np.sort(x, axis), np.asarray(k), axis)
    np.testing.assert_array_equal(_select.kth(x, k, axis), want)
    np.testing.assert_array_equal(jax.jit(_select.kth, static_argnums=2)(x, k, axis), want)
    pairs = jnp.stack([x, -x]), jnp.stack([k, k])
    batched = jax.vmap(lambda x, k: _select.kth(x, k, axis))(*pairs)
    np.testing.assert_array_equal(batched[0], want)
    np.testing.assert_array_equal(batched[1], _select.kth(-x, k, axis))


def test_no_rows_and_no_ranks() -> None:
    assert _select.kth(jnp.zeros((0, 3)), 1, 1).shape == (0, 1)
    assert _select.kth(jnp.zeros((2, 3)), jnp.zeros((2, 0), jnp.int32), 1).shape == (2, 0)


@pytest.mark.parametrize("name", ["float32", "bfloat16", "int8", "bool"])
@pytest.mark.parametrize("descending", [False, True])
def test_a_stable_sort_has_torchs_indices(name: str, descending: bool) -> None:
    x = torch.randint(0, 3, (4, 200), generator=torch.manual_seed(0)).to(getattr(torch, name))
    want = torch.sort(x, dim=1, descending=descending, stable=True).indices
    ours = jnp.asarray(x.to(torch.int32).numpy()).astype(name)
    got = jaxchan.sort(ours, dim=1, descending=descending, stable=True).indices
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(jaxchan.argsort(ours, 1, descending, stable=True), want)


def test_mode_names_the_last_of_its_equals() -> None:
    x = np.random.default_rng(4).integers(0, 5, (8, 100)).astype(np.int32)
    values, indices = jaxchan.mode(x)
    np.testing.assert_array_equal(values, torch.mode(torch.tensor(x)).values)
    last = x.shape[1] - 1 - np.argmax(x[:, ::-1] == np.asarray(values)[:, None], axis=1)
    np.testing.assert_array_equal(indices, last)
