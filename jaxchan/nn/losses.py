"""The losses of `jaxchan.losses` as modules: made with the options, called with (inputs, targets).

The constructors take the functions' keyword arguments, except the mask, which is the call's, and
try them at once, so that a wrong one is an error where it is written. Modules have no state: arrays
among the options, such as weights of classes, are kept as tuples of numbers.

>>> loss = DiceLoss(activation="softmax", per="class")
>>> float(loss(jnp.zeros((1, 2, 3)), jnp.array([[0, 1, 1]])))
0.380...
"""

from dataclasses import KW_ONLY, fields
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.core import Tracer

from .. import losses

Shape = tuple[int, ...]


class _Loss(nnx.Module):
    """A loss by the name of its function. `labels`: of targets without a channel, the dtype.

    Only what Flax calls is a method: `nnx.tabulate` compiles every one of them.
    """

    op: ClassVar[str]
    labels: ClassVar[Any] = None

    def __post_init__(self) -> None:
        for name, value in _options(self).items():
            if not isinstance(value, Tracer):
                setattr(self, name, nnx.static(_numbers(value)))
        _try(self)

    def __call__(
        self, inputs: jax.Array, targets: jax.Array, *, mask: jax.Array | None = None
    ) -> jax.Array:
        given = {} if mask is None else {"mask": mask}
        return getattr(losses, self.op)(inputs, targets, **_options(self), **given)


@nnx.dataclass(eq=False)
class SigmoidFocalLoss(_Loss):
    """`jaxchan.losses.sigmoid_focal_loss`.

    Torch:  none; torchref.losses.focal.sigmoid_focal_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> the same, or ().
    """

    alpha: Any = 0.25
    gamma: float = 2
    reduction: str = "none"
    _: KW_ONLY
    alpha_negative: Any = None
    modulator: str = "interpolate"
    reduced_threshold: float | None = None
    class_weight: Any = None
    ignore_index: int | None = None
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "sigmoid_focal_loss"


FocalLoss = SigmoidFocalLoss


@nnx.dataclass(eq=False)
class SoftmaxFocalLoss(_Loss):
    """`jaxchan.losses.softmax_focal_loss`.

    Torch:  none; torchref.losses.focal.softmax_focal_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> the same, or ().
    """

    alpha: Any = None
    gamma: float = 2
    reduction: str = "none"
    _: KW_ONLY
    class_weight: Any = None
    ignore_index: int | None = None
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "softmax_focal_loss"


@nnx.dataclass(eq=False)
class DiceLoss(_Loss):
    """`jaxchan.losses.dice_loss`.

    Torch:  none; torchref.losses.overlap.dice_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> ().
    """

    smooth: Any = 1.0
    _: KW_ONLY
    activation: str | None = "sigmoid"
    per: str = "batch"
    squared: bool = False
    overlap: str = "product"
    denominator_floor: float = 0.0
    log_floor: float | None = None
    absent: str = "keep"
    class_weight: Any = None
    weight_mode: str = "scale"
    classes: Any = None
    ignore_index: int | None = None
    reduction: str = "mean"
    channel_dim: int = 1
    op = "dice_loss"


@nnx.dataclass(eq=False)
class TverskyLoss(_Loss):
    """`jaxchan.losses.tversky_loss`.

    Torch:  none; torchref.losses.overlap.tversky_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> ().
    """

    alpha: Any = 0.5
    beta: Any = 0.5
    smooth: Any = 1.0
    exponent: float = 1.0
    _: KW_ONLY
    activation: str | None = "sigmoid"
    per: str = "batch"
    squared: bool = False
    overlap: str = "product"
    denominator_floor: float = 0.0
    log_floor: float | None = None
    absent: str = "keep"
    class_weight: Any = None
    weight_mode: str = "scale"
    classes: Any = None
    ignore_index: int | None = None
    reduction: str = "mean"
    channel_dim: int = 1
    op = "tversky_loss"


@nnx.dataclass(eq=False)
class GeneralizedDiceLoss(_Loss):
    """`jaxchan.losses.generalized_dice_loss`.

    Torch:  none; torchref.losses.overlap.generalized_dice_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> ().
    """

    smooth: Any = 1e-05
    _: KW_ONLY
    volume_weight: str = "square"
    activation: str | None = "sigmoid"
    per: str = "sample"
    overlap: str = "product"
    classes: Any = None
    ignore_index: int | None = None
    reduction: str = "mean"
    channel_dim: int = 1
    op = "generalized_dice_loss"


@nnx.dataclass(eq=False)
class QualityFocalLoss(_Loss):
    """`jaxchan.losses.quality_focal_loss`.

    Torch:  none; torchref.losses.quality.quality_focal_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> (N, *), or ().
    """

    beta: float = 2.0
    reduction: str = "none"
    _: KW_ONLY
    ignore_index: int | None = None
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "quality_focal_loss"


@nnx.dataclass(eq=False)
class DistributionFocalLoss(_Loss):
    """`jaxchan.losses.distribution_focal_loss`.

    Torch:  none; torchref.losses.quality.distribution_focal_loss
    Shapes: inputs (N, n + 1, *), targets (N, *) -> (N, *), or ().
    """

    reduction: str = "none"
    _: KW_ONLY
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "distribution_focal_loss"
    labels = jnp.float32


@nnx.dataclass(eq=False)
class VarifocalLoss(_Loss):
    """`jaxchan.losses.varifocal_loss`.

    Torch:  none; torchref.losses.quality.varifocal_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> the same, or ().
    """

    alpha: float = 0.75
    gamma: float = 2.0
    iou_weighted: bool = True
    reduction: str = "none"
    _: KW_ONLY
    ignore_index: int | None = None
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "varifocal_loss"


@nnx.dataclass(eq=False)
class FocalDiceLoss(_Loss):
    """`jaxchan.losses.focal_dice_loss`.

    Torch:  none; torchref.losses.hybrid.focal_dice_loss
    Shapes: inputs (N, C, *), targets the same or (N, *) for int labels -> ().
    """

    lambda_focal: Any = 0.5
    alpha: Any = 0.25
    gamma: float = 2
    smooth: Any = 1.0
    _: KW_ONLY
    lambda_dice: Any = None
    activation: str = "sigmoid"
    per: str = "batch"
    class_weight: Any = None
    ignore_index: int | None = None
    normalizer: Any = "elements"
    channel_dim: int = 1
    op = "focal_dice_loss"


@nnx.dataclass(eq=False)
class LovaszHingeLoss(_Loss):
    """`jaxchan.losses.lovasz_hinge_loss`.

    Torch:  none; torchref.losses.lovasz.lovasz_hinge_loss
    Shapes: inputs and targets (N, *) -> ().
    """

    _: KW_ONLY
    per: str = "batch"
    ignore_index: int | None = None
    op = "lovasz_hinge_loss"


@nnx.dataclass(eq=False)
class LovaszSoftmaxLoss(_Loss):
    """`jaxchan.losses.lovasz_softmax_loss`.

    Torch:  none; torchref.losses.lovasz.lovasz_softmax_loss
    Shapes: inputs (N, C, *), targets (N, *) of int labels -> ().
    """

    _: KW_ONLY
    classes: str = "present"
    per: str = "batch"
    class_weight: Any = None
    ignore_index: int | None = None
    channel_dim: int = 1
    op = "lovasz_softmax_loss"
    labels = jnp.int32


def _options(module: Any) -> dict[str, Any]:
    return {field.name: getattr(module, field.name) for field in fields(module)}


def _numbers(value: Any) -> Any:
    """Arrays and sequences as numbers and tuples of them, which can be hashed."""
    if isinstance(value, jax.Array | np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(_numbers, value)) if isinstance(value, list | tuple | range) else value


def _try(module: _Loss) -> None:
    """Raise what the function would, under the module's name, by shapes alone."""
    options = _options(module)
    shape = _smallest(options)
    x = t = jax.ShapeDtypeStruct(shape, jnp.float32)
    if module.labels is not None:
        channel = options["channel_dim"] % len(shape)
        t = jax.ShapeDtypeStruct(shape[:channel] + shape[channel + 1 :], module.labels)
    try:
        jax.eval_shape(partial(getattr(losses, module.op), **options), x, t)
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        if not str(error).startswith(f"{module.op}: "):
            raise
        text = str(error).removeprefix(module.op)
        raise type(error)(f"{type(module).__name__}{text}") from None


def _smallest(options: dict[str, Any]) -> Shape:
    """The least shape of inputs that has the channel and the classes that options speak of."""
    channel, classes = options.get("channel_dim", 1), options.get("classes")
    weights = (options.get(name) for name in ("alpha", "alpha_negative", "class_weight"))
    numbers = [np.shape(w)[0] for w in weights if w is not None and np.ndim(w) == 1]
    if isinstance(classes, tuple):
        numbers += [c + 1 if c >= 0 else -c for c in classes]
    dims = max(2, channel + 1, -channel) if isinstance(channel, int) else 2
    return (max(numbers, default=2),) * dims
