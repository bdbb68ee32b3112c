"""Ops that choose their algorithm by platform give torch's results by the other choices too.

The suite compares what a CPU gets. Here `lax.platform_dependent` takes its default instead, or what
an NVIDIA GPU gets.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxchan
from jaxchan.parity import Comparison, check_all
from jaxchan.parity._arrays import is_array

from . import _suite
from ._draw import draw
from ._platforms import BY_PLATFORM, choosing, key
from ._spec import Case, Op, case, t
from .specs import OPS

CASES = 4  # of each op, spread over its spec's
LINES = case(t(11, 130, draw="ties"), 0)
IMAGES = case(t(2, 4, 256, 256), t(2, 4, 256, 256, draw="labels"))
WIDE = case(t(3, 16400), 0)
OFFSET = t(2, 6, 9, 12, draw="offset")
LARGE = {  # only here these have a choice, or another one
    "nn.functional.norm.batch_norm": case(OFFSET, None, None, t(6), t(6), training=True),
    "nn.functional.norm.group_norm": case(t(8, 6, 9, 12, draw="offset"), 3, t(6), t(6)),
    "nn.functional.norm.instance_norm": case(OFFSET, None, None, t(6), t(6)),
    "nn.functional.norm.layer_norm": case(OFFSET, (9, 12), t(9, 12), t(9, 12)),
    "statistics.std": case(t(65600, 2), 0),
    "reductions.logsumexp": WIDE,
    "nn.functional.softmax.softmax": WIDE,
    "nn.functional.softmax.log_softmax": WIDE,
    "nn.functional.cross_entropy.cross_entropy": case(
        t(2, 11, 8, 16), t(2, 8, 16, draw="ties", dtype="int64")
    ),
    "sort.topk": case(t(2, 600, draw="ties"), 3),
    "order.mode": LINES,
    **{f"extrema.{op}": LINES for op in ("amax", "argmax", "argmin", "max", "min")},
    "losses.focal.sigmoid_focal_loss": IMAGES,
    "losses.focal.softmax_focal_loss": case(
        t(1, 40, 16400), t(1, 16400, draw="ties", dtype="int64"), reduction="mean"
    ),
    "losses.hybrid.focal_dice_loss": IMAGES,
    "losses.overlap.dice_loss": IMAGES,
    "losses.overlap.generalized_dice_loss": IMAGES,
    "losses.overlap.tversky_loss": IMAGES,
    "losses.quality.quality_focal_loss": IMAGES,
    "losses.quality.varifocal_loss": IMAGES,
}
LARGE |= {f"cumulative.{op}": LINES for family, op in OPS if family == "cumulative"}
LARGE["cumulative.cumsum"] = case(t(66, 1000, draw="both_inf"), 1)


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, platform: str) -> Iterator[set[str]]:
    """Where in the sources the platform's choice was taken, in place of what a CPU gets."""
    taken: set[str] = set()

    def note(frame: inspect.FrameInfo) -> None:
        assert frame.positions is not None
        taken.add(f"{Path(frame.filename).name}:{frame.positions.lineno}")

    monkeypatch.setattr(jax.lax, "platform_dependent", choosing(platform, note))
    jax.clear_caches()
    yield taken
    jax.clear_caches()


def some(family: str, op: str) -> tuple[Case, ...]:
    cases = OPS[family, op].cases
    large = LARGE.get(f"{family}.{op}")
    return cases[:: max(1, len(cases) // CASES)] + ((large,) if large else ())


def dtypes(family: str, spec: Op) -> tuple[str, ...]:
    """Keys of 64 bits are sorted in one way everywhere; 16 bits have ways of their own in some."""
    if family in ("statistics", "nn.functional.norm"):
        return "float32", "bfloat16"
    return ("float32" if "float32" in spec.dtypes else spec.dtypes[0],)


@pytest.mark.filterwarnings("ignore:.*dim should be given:UserWarning")
@pytest.mark.parametrize(
    ("platform", "name"), [(p, name) for p, names in BY_PLATFORM.items() for name in names]
)
def test_every_choice_is_torchs(name: str, platform: str, chosen: set[str]) -> None:
    family, op = key(name)
    spec, ours = OPS[family, op], _suite.jax_function(family, op)
    theirs = _suite.torch_function(family, op)
    asked = [
        Comparison(
            ours,
            theirs,
            *draw(one, dtype),
            str(one),
            order=spec.grad if platform == "cuda" else min(spec.grad, 1),
            terms=spec.terms,
            indices=spec.indices,
        )
        for one in some(family, op)
        for dtype in dtypes(family, spec)
    ]
    findings = [f for result in check_all(asked, jit=False) for f in result.findings]
    assert any(f.status == "pass" for f in findings)
    assert [f for f in findings if f.status not in ("pass", "vacuous")] == []
    assert chosen


@pytest.mark.parametrize("platform", BY_PLATFORM)
@pytest.mark.parametrize("size", [1, 31, 200])
def test_every_choice_finds_what_is_set(size: int, platform: str, chosen: set[str]) -> None:
    x = np.random.default_rng(0).integers(0, 2, (3, 50))
    places = np.argwhere(x)[:size]
    found = jax.jit(partial(jaxchan.nonzero, size=size, fill_value=-1))(jnp.asarray(x))
    assert chosen
    np.testing.assert_array_equal(found.output[: len(places)], places)
    np.testing.assert_array_equal(found.output[len(places) :], -1)


@pytest.mark.filterwarnings("ignore:.*dim should be given:UserWarning")
@pytest.mark.parametrize("platform", BY_PLATFORM)
def test_every_choice_in_the_sources_is_tried(platform: str, chosen: set[str]) -> None:
    for family, op in map(key, BY_PLATFORM[platform]):
        ours, spec = _suite.jax_function(family, op), OPS[family, op]
        for one in some(family, op):
            trace(ours, *draw(one, dtypes(family, spec)[0]), jit=spec.jit)
    jaxchan.nonzero(jnp.ones(3), size=3)
    written = {
        f"{file.name}:{number}"
        for file in Path(jaxchan.__file__).parent.rglob("*.py")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "platform_dependent(" in line and (platform == "default" or f"{platform}=" in line)
    }
    assert len(written) > 5
    assert chosen == written


def trace(ours: Callable, args: tuple, kwargs: dict[str, Any], jit: bool) -> None:
    """The call and its derivative. Nothing is computed, unless a shape depends on values."""
    leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=lambda v: v is None)
    places = [i for i, v in enumerate(leaves) if is_array(v) and v.dtype.kind == "f"]

    def call(moving: list) -> Any:
        filled = list(leaves)
        for place, value in zip(places, moving, strict=True):
            filled[place] = value
        args, kwargs = jax.tree.unflatten(tree, filled)
        return ours(*args, **kwargs)

    moving = [leaves[place] for place in places]

    def derive() -> Any:
        return jax.jvp(call, (moving,), (moving,))

    jax.make_jaxpr(derive)() if jit else derive()
