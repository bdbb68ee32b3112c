"""Order on integer keys: selecting the k-th smallest, and sorting with indices.

Comparing floats has three traps: nan, the two zeros, and XLA's flushing of subnormal numbers to
zero. A key has none of them: an unsigned integer of the same width and the same order. The bits of
a positive float ascend already and those of a negative one descend, so the first get the top bit
and the second are complemented; both zeros share a key, and every nan has the highest, which is
where torch sorts it.

To select, nothing has to be sorted. The answer's key is settled from its highest bit down: a bit
is 1 if at most k keys lie below the answer with that bit set. Each round is one compare and count
over the line; a 32-bit number takes 32 rounds, an 8-bit one 8. On CPU, where XLA's sort calls a
comparator for each pair, that is several times as quick; rows are taken in blocks whose keys stay
in the cache between rounds. Elsewhere the keys are sorted. XLA writes what it counts to memory
first, so most of the counting is done in bytes.

To sort with indices on CPU, key and index are packed into one integer: such a sort has a single
operand, and is stable because no two are equal.
"""

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ._dtypes import category, index_dtype
from ._lines import is_tiny

BLOCK = 2**16  # keys in a block of rows
FOLD = 32  # XLA splits sums of more terms than this
EVERY_PLACE = 2**31 - 2  # that an int32 can name, and one outside
EXACT = 2**24  # float32 has every integer up to this
FEW = 4  # more ranks in a line than this are quicker found by sorting it,
LONG = 256  # and four times as many in a line of this length
MANY = 2**15  # keys that are worth several sorts
SORTS = 16

GROUP = 32  # neighbours of which XLA finds the largest in one go
SOME = 3  # the top 1 in so many are quicker selected and then sorted than found by sorting all,
FEWEST = 32  # and the top 1 in so many quicker found one by one


def order_key(x: jax.Array) -> jax.Array:
    """An unsigned integer of the width of `x` for each element, in the order of the elements."""
    if x.dtype == jnp.bool_:
        return x.astype(jnp.uint8)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return x
    word = _word(8 * x.dtype.itemsize)
    top, ones = jnp.asarray(1 << (word.itemsize * 8 - 1), word), jnp.asarray(_largest(word), word)
    bits = lax.bitcast_convert_type(x, word)
    if category(x.dtype) == 1:
        return bits ^ top
    size, infinity = bits & ~top, jnp.asarray(np.array(np.inf, x.dtype).view(word))
    key = jnp.where(bits >= top, ~bits, bits | top)
    key = jnp.where(size == 0, top, key)
    return jnp.where(size > infinity, ones, key)


def value_of(key: jax.Array, dtype: np.dtype) -> jax.Array:
    """The element of `dtype` with this key: 0.0 for both zeros, one nan for all of them."""
    if jnp.issubdtype(dtype, jnp.unsignedinteger) or dtype == jnp.bool_:
        return key.astype(dtype)
    top = jnp.asarray(1 << (key.dtype.itemsize * 8 - 1), key.dtype)
    if category(dtype) == 1:
        return lax.bitcast_convert_type(key ^ top, dtype)
    return lax.bitcast_convert_type(jnp.where(key >= top, key ^ top, ~key), dtype)


def kth(x: jax.Array, k: Any, axis: int) -> jax.Array:
    """The k-th smallest along `axis`, from 0; nan is the largest. No gradient.

    `k` is an int, for which the axis is kept as 1, or an array of the shape of `x` but for `axis`,
    along which it has the ranks wanted of each line.
    """
    lines = jnp.moveaxis(lax.stop_gradient(x), axis, -1)
    ranks = (
        jnp.moveaxis(k, axis, -1) if hasattr(k, "shape") else jnp.full((*lines.shape[:-1], 1), k)
    )
    rows = math.prod(lines.shape[:-1])
    if rows == 0 or ranks.size == 0:
        found = jnp.zeros(ranks.shape, x.dtype)
    else:
        flat = lines.reshape(rows, lines.shape[-1])
        wanted = ranks.astype(jnp.int32).reshape(rows, ranks.shape[-1])
        quick = by_bisection if _few(ranks, lines) else by_sorting
        found = lax.platform_dependent(flat, wanted, cpu=quick, default=by_sorting)
    return jnp.moveaxis(found.reshape(ranks.shape), -1, axis)


def _few(ranks: jax.Array, lines: jax.Array) -> bool:
    return ranks.shape[-1] <= (FEW if lines.shape[-1] < LONG else 4 * FEW)


def by_bisection(rows: jax.Array, ranks: jax.Array) -> jax.Array:
    """The elements of these ranks in each row, settled bit by bit."""
    block = max(1, BLOCK // rows.shape[-1])
    if len(rows) <= block:
        return jax.vmap(_bisect)(rows, ranks)
    return lax.map(lambda pair: _bisect(*pair), (rows, ranks), batch_size=block)


def by_sorting(rows: jax.Array, ranks: jax.Array) -> jax.Array:
    """The elements of these ranks in each row, read from the sorted keys."""
    ranked = lax.sort(order_key(rows), dimension=1, is_stable=False)
    return value_of(pick(ranked, ranks, 1), rows.dtype)


def _bisect(line: jax.Array, ranks: jax.Array) -> jax.Array:
    return value_of(_settled_key(order_key(line), ranks), line.dtype)


def place_of(x: jax.Array, ranks: jax.Array) -> jax.Array:
    """Which element of each last-axis line a stable sort puts at each of `ranks`. No gradient."""
    x = lax.stop_gradient(x)
    if not _few(ranks, x):
        return pick(sort_keys(x, x.ndim - 1, descending=False)[1], ranks, -1)
    return _settled_place(order_key(x), order_key(kth(x, ranks, -1)), ranks)


def _settled_key(key: jax.Array, ranks: jax.Array) -> jax.Array:
    """The keys at these ranks of each last-axis line."""
    # filled up with the largest key, which is below none
    keys = _folded(key, key.ndim - 1, _largest(key.dtype))[..., None, :, :]

    def low_enough(trial: jax.Array) -> jax.Array:
        return _count(keys < trial[..., None, None]) <= ranks

    return _settle(low_enough, 8 * key.dtype.itemsize, jnp.zeros(ranks.shape, key.dtype))


def _settled_place(key: jax.Array, answer: jax.Array, ranks: jax.Array) -> jax.Array:
    """Where a stable sort finds `answer`, the keys at these ranks.

    Among its equals the place is settled bit by bit too: a cumulative count would be a slow scan.
    """
    keys = _folded(key, key.ndim - 1, _largest(key.dtype))[..., None, :, :]
    answer = answer[..., None, None]
    among, equal = ranks - _count(keys < answer), keys == answer
    fold = keys.shape[-2:]
    places = lax.iota(jnp.int32, math.prod(fold)).reshape(*(1,) * (keys.ndim - 2), *fold)

    def low_enough(trial: jax.Array) -> jax.Array:
        return _count(equal & (places < trial[..., None, None])) <= among

    width = max(1, (key.shape[-1] - 1).bit_length())
    return _settle(low_enough, width, jnp.zeros(ranks.shape, jnp.int32))


def count_set(mask: jax.Array, dims: tuple[int, ...]) -> jax.Array:
    """How many entries are set over `dims`, which are kept as 1, in torch's dtype of indices.

    On CPU XLA writes what it is to count to memory, in the sum's dtype, so most are counted in
    bytes, or read in 16 bits where lines are the last axis. The rest is a sum of floats, which is
    the quickest, and exact as far as these count.
    """
    if not dims:
        return mask.astype(index_dtype())
    longest = max(dims, key=lambda d: mask.shape[d])
    exact = math.prod(mask.shape[d] for d in dims) <= EXACT

    def in_parts(mask: jax.Array) -> jax.Array:
        if exact and longest == mask.ndim - 1:
            parts = mask.astype(jnp.bfloat16)
        else:
            parts = jnp.sum(_folded(mask, longest, False), axis=longest, dtype=jnp.uint8)
        dtype = jnp.float32 if exact else index_dtype()
        return jnp.sum(parts, axis=dims, keepdims=True, dtype=dtype).astype(index_dtype())

    def plain(mask: jax.Array) -> jax.Array:
        return jnp.sum(mask, axis=dims, keepdims=True, dtype=index_dtype())

    if is_tiny(mask, dims):
        return plain(mask)
    return lax.platform_dependent(mask, cpu=in_parts, default=plain)


def _folded(x: jax.Array, axis: int, filling: Any) -> jax.Array:
    """`axis` as two, the first of them short, with `filling` at the end."""
    n = x.shape[axis]
    columns = max(1, -(-n // FOLD))
    rows = -(-n // columns)
    padding = [(0, rows * columns - n if d == axis else 0) for d in range(x.ndim)]
    filled = jnp.pad(x, padding, constant_values=jnp.asarray(filling, x.dtype))
    return filled.reshape(*x.shape[:axis], rows, columns, *x.shape[axis + 1 :])


def _count(mask: jax.Array) -> jax.Array:
    """How many entries of each folded last-axis line are set."""
    down = jnp.sum(mask, axis=-2, dtype=jnp.uint8)
    return jnp.sum(down, axis=-1, dtype=jnp.int32)


def _settle(fits: Callable, width: int, zero: jax.Array) -> jax.Array:
    """The largest numbers of so many bits that fit, where a smaller one always fits too."""

    def step(i: jax.Array, low: jax.Array) -> jax.Array:
        trial = low | (jnp.ones((), zero.dtype) << (width - 1 - i).astype(zero.dtype))
        return jnp.where(fits(trial), trial, low)

    return lax.fori_loop(0, width, step, zero)


def sort_keys(x: jax.Array, axis: int, descending: bool) -> tuple[jax.Array, jax.Array]:
    """Sorted keys of `x` along `axis` (complemented if descending), and where each one stood.

    Stable: equal elements keep their order, descending too.
    """
    key = ~order_key(x) if descending else order_key(x)
    shift = max(0, x.shape[axis] - 1).bit_length()
    width = key.dtype.itemsize * 8 + shift
    if width > 64:
        return _sort_pairs(key, axis)
    packed = partial(_sort_packed, axis=axis, shift=shift, word=_word(32 if width <= 32 else 64))
    return lax.platform_dependent(key, cpu=packed, default=partial(_sort_pairs, axis=axis))


def _sort_pairs(key: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    places = lax.broadcasted_iota(jnp.int32, key.shape, axis)
    ranked, index = lax.sort((key, places), dimension=axis, num_keys=1, is_stable=True)
    return ranked, index


def _sort_packed(
    key: jax.Array, axis: int, shift: int, word: np.dtype
) -> tuple[jax.Array, jax.Array]:
    """By words of key and index. XLA's CPU sorts on one core, but several sorts at once."""
    lines = jnp.moveaxis(key, axis, -1)
    rows = lines.reshape(math.prod(lines.shape[:-1]), lines.shape[-1])
    count = min(len(rows), SORTS) if key.size >= MANY else 1
    cuts = [len(rows) * i // count for i in range(count + 1)]
    with jax.enable_x64(True):  # inside: 64-bit words also where the program has none
        parts = [_sort_words(rows[a:b], shift, word) for a, b in itertools.pairwise(cuts)]
        both = (jnp.concatenate(some) for some in zip(*parts, strict=True))
        ranked, index = (jnp.moveaxis(part.reshape(lines.shape), -1, axis) for part in both)
        return ranked, index


def _sort_words(key: jax.Array, shift: int, word: np.dtype) -> tuple[jax.Array, jax.Array]:
    places = lax.broadcasted_iota(word, key.shape, key.ndim - 1)
    packed = (key.astype(word) << jnp.asarray(shift, word)) | places
    packed = lax.sort(packed, is_stable=False)
    index = packed & jnp.asarray((1 << shift) - 1, word)
    ranked = (packed >> jnp.asarray(shift, word)).astype(key.dtype)
    return ranked, index.astype(jnp.int32)


def top_places(x: jax.Array, count: int, axis: int, largest: bool) -> jax.Array:
    """Where the `count` largest or smallest stand along `axis`; of equals the first come first."""
    x, size = lax.stop_gradient(x), x.shape[axis]

    def by_sorting(x: jax.Array) -> jax.Array:
        places = sort_keys(x, axis, descending=largest)[1]
        return lax.slice_in_dim(places, 0, count, axis=axis)

    if not count * x.size or count * SOME > size:
        return by_sorting(x)
    few = count * FEWEST <= size and x.dtype.itemsize <= 4
    quick = partial(_top_of_floats if few else _top_by_selecting, count, axis, largest)
    return lax.platform_dependent(x, cpu=quick, default=by_sorting)


def _top_of_floats(count: int, axis: int, largest: bool, x: jax.Array) -> jax.Array:
    """Of long lines first the groups of neighbours that have the largest, then those among them."""
    lines = jnp.moveaxis(x, axis, -1)
    rows = lines.reshape(-1, lines.shape[-1])
    size = rows.shape[1]

    def keys(x: jax.Array) -> jax.Array:
        key = order_key(x).astype(jnp.uint32)
        return key if largest else ~key

    def top(key: jax.Array) -> jax.Array:
        # XLA has a quick top_k on CPU for float32 alone. It compares bits: a key becomes a float
        # of the same order, nans included.
        return lax.top_k(value_of(key, np.dtype(np.float32)), count)[1]

    if count * GROUP * 4 > size:
        places = top(keys(rows))
    else:
        whole = size - size % GROUP
        best = jnp.max(keys(rows[:, :whole].reshape(len(rows), -1, GROUP)), axis=2)
        # in the order of the line, so that of equals the first come first
        groups = jnp.sort(top(best), axis=1)[..., None]
        members = (groups * GROUP + lax.iota(jnp.int32, GROUP)[None, None]).reshape(len(rows), -1)
        rest = jnp.broadcast_to(jnp.arange(whole, size, dtype=jnp.int32), (len(rows), size - whole))
        members = jnp.concatenate([members, rest], axis=1)
        places = pick(members, top(keys(pick(rows, members, 1))), 1)
    return jnp.moveaxis(places.reshape(*lines.shape[:-1], count), -1, axis)


def _top_by_selecting(count: int, axis: int, largest: bool, x: jax.Array) -> jax.Array:
    """Everything up to the last of the top, which is settled; only these are sorted."""
    rank = jnp.full((1,), count - 1, jnp.int32)

    def top(line: jax.Array) -> jax.Array:
        key = ~order_key(line) if largest else order_key(line)
        last = _settled_key(key, rank)
        end = _settled_place(key, last, rank)
        equal = (key == last) & (lax.iota(jnp.int32, key.size) <= end)
        places = set_places((key < last) | equal, count)
        order = sort_keys(line[places], 0, descending=largest)[1]
        return places[order]

    lines = jnp.moveaxis(x, axis, -1)
    rows = lines.reshape(-1, lines.shape[-1])
    places = lax.map(top, rows, batch_size=max(1, min(len(rows), BLOCK // rows.shape[1])))
    return jnp.moveaxis(places.reshape(*lines.shape[:-1], count), -1, axis)


def set_places(mask: jax.Array, count: int) -> jax.Array:
    """Where the first `count` of the set entries of a vector are; past its end for those missing.

    Packed to a bit an entry, each is searched for; on GPUs each is written where a cumulative count
    of them says, which is slow on CPU.
    """

    def written(mask: jax.Array) -> jax.Array:
        at = jnp.where(mask, jnp.cumsum(mask, dtype=jnp.int32) - 1, jnp.int32(count))
        places = lax.iota(jnp.int32, mask.size)
        return jnp.full(count, mask.size, jnp.int32).at[at].set(places, mode="drop")

    searched = partial(_search_bits, count=count)
    return lax.platform_dependent(mask, cuda=written, default=searched)


def _search_bits(mask: jax.Array, count: int) -> jax.Array:
    bits = jnp.pad(mask, (0, 32 - mask.size % 32)).reshape(-1, 8).astype(jnp.uint8)
    parts = jnp.sum(bits << lax.iota(jnp.uint8, 8)[None], axis=1, dtype=jnp.uint8)
    shifted = parts.reshape(-1, 4).astype(jnp.uint32) << 8 * lax.iota(jnp.uint32, 4)[None]
    words = jnp.sum(shifted, axis=1, dtype=jnp.uint32)
    sizes = lax.population_count(words).astype(jnp.int32)
    ends, rank = jnp.cumsum(sizes), lax.iota(jnp.int32, count)
    at = jnp.searchsorted(ends, rank, side="right").astype(jnp.int32)
    word, left = (v.at[at].get(mode="clip") for v in (words, ends - sizes))
    left, place = rank - left, 32 * at
    for half in (16, 8, 4, 2, 1):  # is it in the lower half of what remains of the word?
        lower = lax.population_count(word & jnp.uint32((1 << half) - 1)).astype(jnp.int32)
        upper = left >= lower
        word = jnp.where(upper, word >> half, word)
        left = jnp.where(upper, left - lower, left)
        place = jnp.where(upper, place + half, place)
    return place


def pick(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    """The entries of each line along `axis` that `index` names, which else has the shape of `x`."""
    return _pick(x, index, axis, "promise_in_bounds")


def pick_or_fill(x: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    """`pick`, and what jax.numpy fills with (nan, for one) for an index out of range."""
    return _pick(x, index, axis, "fill")


def _pick(x: jax.Array, index: jax.Array, axis: int, mode: str) -> jax.Array:
    """On CPU from the flat array, so that the transpose, a scatter, has one number for a place.

    One for each dim it would write out first, and take two to three times as long.
    """
    how: dict[str, Any] = dict(mode=mode, wrap_negative_indices=False)
    along = partial(jnp.take_along_axis, axis=axis, **how)

    def from_flat(x: jax.Array, index: jax.Array) -> jax.Array:
        places = _flat_places(index, x.shape, axis)
        if mode == "fill":
            outside = (index < 0) | (index >= x.shape[axis])
            places = jnp.where(outside, x.size, places)
        taken = x.reshape(-1).at[places.reshape(-1)].get(**how)
        return taken.reshape(index.shape)

    if x.size > EVERY_PLACE:
        return along(x, index)
    return lax.platform_dependent(x, index, cpu=from_flat, default=along)


def _flat_places(index: jax.Array, shape: tuple[int, ...], axis: int) -> jax.Array:
    """Where in the flat array of `shape` stands what `index` names."""
    places = jnp.zeros(index.shape, jnp.int32)
    for d in range(len(shape)):
        own = lax.broadcasted_iota(jnp.int32, index.shape, d)
        number = index.astype(jnp.int32) if d == axis % len(shape) else own
        places += number * np.int32(math.prod(shape[d + 1 :]))
    return places


def _word(width: int) -> np.dtype:
    return np.dtype(f"uint{width}")


def _largest(word: np.dtype) -> int:
    return int(np.iinfo(word).max)
