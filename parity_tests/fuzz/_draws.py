"""What Hypothesis draws: arrays, dims and flags. Simple ones come first, since it shrinks to those.

An array is drawn as the numpy expression that makes it, so that what is printed is what was tried.
Every integer drawn is below 100: Hypothesis tries larger ones that it finds in the source files,
and a run would then depend on more than its seed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy], Any]
Arguments = tuple[list[Any], dict[str, Any]]

nan, inf = math.nan, math.inf
NAMES = {"np": np, "jnp": jnp, "nan": nan, "inf": inf}

FLOATS = ("float64", "float32", "bfloat16", "float16")
COMPLEX = ("complex128", "complex64")
INTS = ("int64", "int32", "int16", "int8", "uint8")
REAL = (*FLOATS, *INTS, "bool")
EVERY = (*REAL, *COMPLEX)

# few, so that many calls share a shape
SHAPES = (
    *((2,), (1,), (), (3,), (5,), (8,)),
    *((1, 1), (2, 3), (3, 4), (1, 3), (3, 1), (2, 2), (5, 2)),
    *((2, 3, 4), (2, 1, 3), (2, 2, 2), (3, 2, 3), (1, 2, 3, 2), (2, 3, 1, 2)),
    *((0,), (2, 0), (0, 3), (2, 0, 3)),
)
LINES = ((70,), (2, 40), (40, 2), (300,))
PLAIN = (0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -2.5, 4.0)
# which numbers an array has; subnormal ones are left out, since XLA flushes them to zero
POOLS = (
    PLAIN,
    (0.0, 1.0, -1.0),
    (0.0, -0.0),
    (*PLAIN, nan),
    (*PLAIN, inf),
    (*PLAIN, inf, -inf),
    (*PLAIN, nan, inf, -inf),
    (nan, inf, -inf),
    (300.0, -300.0, 1e4, 2.0**-10),
    (10001.0, 10002.0, 10004.0),
)
BOUNDED = tuple(pool for pool in POOLS if not any(map(math.isinf, pool)))
# without those that vanish beside others, or that lie far from others: where terms made of such
# numbers cancel in a derivative, it is what rounding leaves
NEAR = tuple(pool for pool in POOLS if -300.0 not in pool)
SHORT = tuple(pool for pool in NEAR if 10001.0 not in pool)
INTEGERS = ((0, 1, 2, 3, 4), (0, 1), (0, 1, 2, 3, -1, -2), (0, 1, "max", "min"))
MOST = 24  # elements that are drawn one by one
LAYOUTS = ("", "", "", ".T", "[..., ::2]")
# a long line, or numbers that are not round, by numpy's generator
RANDOM = (
    "normal(0, 1, {shape})",
    "integers(-1, 2, {shape})",
    "normal(1e4, 1, {shape})",
    "uniform(0.5, 2, {shape})",
)


@dataclass(frozen=True)
class Source:
    """An array, by the numpy expression that makes it."""

    text: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def value(self) -> np.ndarray:
        return eval(self.text, dict(NAMES))

    def __repr__(self) -> str:
        return self.text


def chosen(draw: Draw, options: Sequence[Any]) -> Any:
    return draw(st.sampled_from(options))


def flag(draw: Draw) -> bool:
    return draw(st.booleans())


def rarely(draw: Draw) -> bool:
    return draw(st.integers(0, 19)) == 19


def mostly(draw: Draw, usual: Sequence[Any], strange: Sequence[Any]) -> Any:
    """One of `usual`, rarely one of `strange`."""
    one, other = chosen(draw, usual), chosen(draw, strange)
    return other if rarely(draw) else one


def flags(draw: Draw, **options: Sequence[Any]) -> dict[str, Any]:
    """Some of these arguments, each with one of its options."""
    drawn = {name: (flag(draw), chosen(draw, values)) for name, values in options.items()}
    return {name: value for name, (given, value) in drawn.items() if given}


def array(
    draw: Draw,
    dtypes: Sequence[str] = EVERY,
    shape: tuple[int, ...] | None = None,
    pools: Sequence[Sequence[float]] = POOLS,
    strange: Sequence[str] = EVERY,
) -> Source:
    """An array in one of `dtypes`, rarely of `strange`, as numpy holds it: maybe transposed."""
    any_shape = mostly(draw, SHAPES, LINES)
    final = any_shape if shape is None else shape
    # with one element or none, torch may not notice that it has no kernel for the dtype
    dtype = mostly(draw, dtypes, strange if math.prod(final) > 1 else dtypes)
    layout = chosen(draw, LAYOUTS) if len(final) > 1 else ""
    made = final[::-1] if layout == ".T" else final
    # drawn also where they are not needed: a smaller array then leaves what follows as it was
    drawn, listed = _random(draw, dtype, made, pools), _listed(draw, dtype, made, pools)
    text = drawn if chosen(draw, (False, False, True)) or math.prod(final) > MOST else listed
    if layout == "[..., ::2]":
        text = f"np.repeat({text}, 2, -1)"
    return Source(text + layout, dtype, final)


def normal(draw: Draw, dtypes: Sequence[str], shape: tuple[int, ...]) -> Source:
    """An array of normal numbers, no two of them equal."""
    dtype = chosen(draw, dtypes)
    return Source(_random(draw, dtype, shape, ()), dtype, shape)


def dtype_text(dtype: str) -> str:
    return "jnp.bfloat16" if dtype == "bfloat16" else repr(dtype)


def _random(draw: Draw, dtype: str, shape: tuple[int, ...], pools: Sequence) -> str:
    how, seed = chosen(draw, RANDOM), draw(st.integers(0, 99))
    # a strategy that restricts the numbers wants none that are special; of a few numbers far from 0
    # a derivative that is 0 is rounding
    if pools is not POOLS or (math.prod(shape) <= MOST and "1e4" in how):
        how = RANDOM[0]
    if dtype in INTS or dtype == "bool":
        low, high = 0 if dtype in ("uint8", "bool") else -3, 2 if dtype == "bool" else 4
        how = f"integers({low}, {high}, {{shape}})"
    rng = f"np.random.default_rng({seed})"
    if dtype in COMPLEX:
        text = f"{rng}.{how.format(shape=(*shape, 2))}"
        return f"{text}.astype(float).view(complex)[..., 0].astype({dtype!r})"
    return f"np.asarray({rng}.{how.format(shape=shape)}).astype({dtype_text(dtype)})"


def _listed(draw: Draw, dtype: str, shape: tuple[int, ...], pools: Sequence) -> str:
    if dtype == "bool":
        pools = ((False, True),)
    elif dtype in INTS:
        pools = [[_integer(v, dtype) for v in pool] for pool in INTEGERS]
    numbers = st.sampled_from(chosen(draw, pools))
    parts = [draw(st.lists(numbers, min_size=MOST, max_size=MOST))]
    if dtype in COMPLEX:
        parts.append(draw(st.lists(numbers, min_size=MOST, max_size=MOST)))
    texts = [_number(*pair) for pair in zip(*parts, strict=True)]
    size = math.prod(shape)
    # of the last, since shrinking moves what matters to the end
    made = _nested(texts[MOST - size :], shape) if 0 < size <= MOST else ""
    return f"np.{f'array({made}' if made else f'zeros({shape}'}, {dtype_text(dtype)})"


def _number(real: float, imag: float = 0.0) -> str:
    return f"complex({real}, {imag})" if imag else str(real)


def _integer(value: int | str, dtype: str) -> int:
    limits = np.iinfo(dtype)
    if isinstance(value, str):
        return int(getattr(limits, value))
    return max(value, int(limits.min))


def _nested(texts: list[str], shape: tuple[int, ...]) -> str:
    """The elements as nested lists of `shape`."""
    if not shape:
        return texts[0]
    step = len(texts) // shape[0]
    parts = [_nested(texts[i : i + step], shape[1:]) for i in range(0, len(texts), step)]
    return f"[{', '.join(parts)}]"


def one_dim(draw: Draw, ndim: int) -> int:
    """A dim, counted from either end; rarely one that is out of range."""
    bound = max(ndim, 1)
    return mostly(draw, range(-bound, bound), (bound, -bound - 1))


def dims(draw: Draw, ndim: int) -> Any:
    """None, a dim or a tuple of dims; rarely with one twice or out of range."""
    kind = chosen(draw, ("none", "one", "one", "several", "several", "empty"))
    if kind == "one":
        return one_dim(draw, ndim)
    if kind == "several":
        repeats = rarely(draw)
        return tuple(
            draw(
                st.lists(
                    st.sampled_from(range(max(ndim, 1))),
                    min_size=1,
                    max_size=max(ndim, 1) + repeats,
                    unique=not repeats,
                ).map(lambda axes: [a - ndim if a % 2 else a for a in axes])
            )
        )
    return None if kind == "none" else ()


def some_dims(draw: Draw, ndim: int) -> dict[str, Any]:
    """The argument `dim`, or none."""
    value = dims(draw, ndim)
    return {} if value is None and flag(draw) else {"dim": value}


def some_dim(draw: Draw, ndim: int) -> dict[str, Any]:
    """One dim as the argument `dim`, or none."""
    return {"dim": one_dim(draw, ndim)} if flag(draw) else {}


def broadcastable(draw: Draw, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts with `shape`; rarely one that does not."""
    if rarely(draw):
        return chosen(draw, SHAPES)
    start = draw(st.integers(0, len(shape)))
    return tuple(1 if chosen(draw, (False, False, True)) else n for n in shape[start:])
