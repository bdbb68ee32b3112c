"""Which ops choose their algorithm by platform, and how to take another platform's choice."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Any

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
DEPENDENT = (
    *ON_CUDA,
    "reductions.nansum",
    "reductions.nanmean",
    "reductions.count_nonzero",
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
    "losses.hybrid.focal_dice_loss",
    "losses.lovasz.lovasz_hinge_loss",
    "losses.lovasz.lovasz_softmax_loss",
    "losses.overlap.dice_loss",
    "losses.overlap.generalized_dice_loss",
    "losses.overlap.tversky_loss",
    "losses.quality.quality_focal_loss",
    "losses.quality.varifocal_loss",
    "nn.functional.conv.conv1d",
    "nn.functional.conv.conv2d",
    "nn.functional.conv.conv3d",
    "nn.functional.conv_transpose.conv_transpose1d",
    "nn.functional.conv_transpose.conv_transpose2d",
    "nn.functional.conv_transpose.conv_transpose3d",
    "nn.functional.distance.normalize",
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
BY_PLATFORM = {"default": DEPENDENT, "cuda": ON_CUDA}


def key(name: str) -> tuple[str, str]:
    family, _, op = name.rpartition(".")
    return family, op


class Algorithms(StrEnum):
    """Of which platform: the CPU that runs them, an NVIDIA GPU, or any that is not named."""

    CPU = "cpu"
    CUDA = "cuda"
    DEFAULT = "default"


def choosing(
    platform: str, note: Callable[[inspect.FrameInfo], None] | None = None
) -> Callable[..., Any]:
    """`jax.lax.platform_dependent` for a `platform` that is not there, or "default" for any but
    those that are named. `note` is told who has a choice for it."""

    def choose(*args: Any, default: Callable, **others: Callable) -> Any:
        assert others.keys() <= {"cpu", "cuda"}
        if note and (platform == "default" or platform in others):
            note(inspect.stack()[1])
        return others.get(platform, default)(*args)

    return choose
