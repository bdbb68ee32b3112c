"""Ops that choose their algorithm by platform give torch's results by the other choices too.

The suite compares what a CPU gets. Here `lax.platform_dependent` takes its default instead, or what
an NVIDIA GPU gets.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import pytest

import jaxchan
from jaxchan.parity import Comparison, check_all
from jaxchan.parity._arrays import is_array

from . import _suite
from ._draw import draw
from ._spec import Case, Op, case, t
from .specs import OPS

CASES = 4  # of each op, spread over its spec's
LINES = case(t(11, 130, draw="ties"), 0)
IMAGES = case(t(2, 4, 256, 256), t(2, 4, 256, 256, draw="labels"))
WIDE = case(t(3, 16400), 0)
LARGE = {  # only here these have a choice, or another one
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
    "losses.hybrid.focal_dice_loss": IMAGES,
    "losses.overlap.dice_loss": IMAGES,
    "losses.overlap.generalized_dice_loss": IMAGES,
    "losses.overlap.tversky_loss": IMAGES,
    "losses.quality.quality_focal_loss": IMAGES,
    "losses.quality.varifocal_loss": IMAGES,
}
LARGE |= {f"cumulative.{op}": LINES for family, op in OPS if family == "cumulative"}
DEPENDENT = (
    "reductions.nansum",
    "reductions.nanmean",
    "reductions.count_nonzero",
    "reductions.logsumexp",
    "statistics.var",
    "statistics.std",
    "statistics.var_mean",
    "statistics.std_mean",
    "extrema.amax",
    "extrema.amin",
    "extrema.aminmax",
    "extrema.max",
    "extrema.min",
    "extrema.argmax",
    "extrema.argmin",
    "order.median",
    "order.nanmedian",
    "order.kthvalue",
    "order.mode",
    "order.quantile",
    "order.nanquantile",
    "sort.sort",
    "sort.argsort",
    "sort.msort",
    "sort.topk",
    "cumulative.cumsum",
    "cumulative.cumprod",
    "cumulative.logcumsumexp",
    "cumulative.cummax",
    "cumulative.cummin",
    "indexing.gather",
    "indexing.take_along_dim",
    "indexing.repeat_interleave",
    "masked.argmax",
    "masked.argmin",
    "masked.median",
    "channels.corr2d",
    "channels.corr2d_multi_in",
    "channels.corr2d_multi_in_out",
    "losses.focal.sigmoid_focal_loss",
    "losses.focal.softmax_focal_loss",
    "losses.hybrid.focal_dice_loss",
    "losses.lovasz.lovasz_hinge_loss",
    "losses.lovasz.lovasz_softmax_loss",
    "losses.overlap.dice_loss",
    "losses.overlap.generalized_dice_loss",
    "losses.overlap.tversky_loss",
    "losses.quality.distribution_focal_loss",
    "losses.quality.quality_focal_loss",
    "losses.quality.varifocal_loss",
    "nn.functional.conv.conv1d",
    "nn.functional.conv.conv2d",
    "nn.functional.conv.conv3d",
    "nn.functional.conv_transpose.conv_transpose1d",
    "nn.functional.conv_transpose.conv_transpose2d",
    "nn.functional.conv_transpose.conv_transpose3d",
    "nn.functional.cross_entropy.cross_entropy",
    "nn.functional.distance.normalize",
    "nn.functional.softmax.softmax",
    "nn.functional.softmax.log_softmax",
    "nn.functional.norm.batch_norm",
    "nn.functional.norm.instance_norm",
    "nn.functional.norm.group_norm",
    "nn.functional.norm.layer_norm",
    "nn.functional.norm.rms_norm",
    "nn.functional.pad.pad",
    "nn.functional.pool.avg_pool1d",
    "nn.functional.pool.avg_pool2d",
    "nn.functional.pool.avg_pool3d",
    "nn.functional.pool.max_pool1d",
    "nn.functional.pool.max_pool2d",
    "nn.functional.pool.max_pool3d",
    "nn.functional.pool.lp_pool1d",
    "nn.functional.pool.lp_pool2d",
    "nn.functional.adaptive_pool.adaptive_avg_pool2d",
    "nn.functional.adaptive_pool.adaptive_max_pool2d",
)
ON_CUDA = (
    "reductions.logsumexp",
    "statistics.var",
    "statistics.std",
    "statistics.var_mean",
    "statistics.std_mean",
    "extrema.amax",
    "extrema.amin",
    "extrema.aminmax",
    "extrema.max",
    "extrema.min",
    "extrema.argmax",
    "extrema.argmin",
    "losses.focal.softmax_focal_loss",
    "losses.quality.distribution_focal_loss",
    "nn.functional.cross_entropy.cross_entropy",
    "nn.functional.softmax.softmax",
    "nn.functional.softmax.log_softmax",
    "nn.functional.norm.batch_norm",
    "nn.functional.norm.instance_norm",
    "nn.functional.norm.group_norm",
    "nn.functional.norm.layer_norm",
    "nn.functional.norm.rms_norm",
)
BY_PLATFORM = {"default": DEPENDENT, "cuda": ON_CUDA}


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, platform: str) -> Iterator[set[str]]:
    """Where in the sources the platform's choice was taken, in place of what a CPU gets."""
    taken: set[str] = set()

    def take(*args: Any, default: Callable, **others: Callable) -> Any:
        assert others.keys() <= {"cpu", "cuda"}
        caller = inspect.stack()[1]
        assert caller.positions is not None
        if platform == "default" or platform in others:
            taken.add(f"{Path(caller.filename).name}:{caller.positions.lineno}")
        return others.get(platform, default)(*args)

    monkeypatch.setattr(jax.lax, "platform_dependent", take)
    jax.clear_caches()
    yield taken
    jax.clear_caches()


def some(family: str, op: str) -> tuple[Case, ...]:
    cases = OPS[family, op].cases
    large = LARGE.get(f"{family}.{op}")
    return cases[:: max(1, len(cases) // CASES)] + ((large,) if large else ())


def dtype(spec: Op) -> str:
    """Keys of 64 bits are sorted in one way everywhere."""
    return "float32" if "float32" in spec.dtypes else spec.dtypes[0]


def key(name: str) -> tuple[str, str]:
    family, _, op = name.rpartition(".")
    return family, op


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
            *draw(one, dtype(spec)),
            str(one),
            order=min(spec.grad, 1),
            terms=spec.terms,
            indices=spec.indices,
        )
        for one in some(family, op)
    ]
    findings = [f for result in check_all(asked, jit=False) for f in result.findings]
    assert any(f.status == "pass" for f in findings)
    assert [f for f in findings if f.status not in ("pass", "vacuous")] == []
    assert chosen


@pytest.mark.filterwarnings("ignore:.*dim should be given:UserWarning")
@pytest.mark.parametrize("platform", BY_PLATFORM)
def test_every_choice_in_the_sources_is_tried(platform: str, chosen: set[str]) -> None:
    for family, op in map(key, BY_PLATFORM[platform]):
        ours, spec = _suite.jax_function(family, op), OPS[family, op]
        for one in some(family, op):
            trace(ours, *draw(one, dtype(spec)), jit=spec.jit)
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
