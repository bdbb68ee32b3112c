"""Dense losses on logits: focal, overlap, quality and Lovász losses, stable in every dtype.

Inputs are (N, C, *) with any number of spatial dims, or another layout with `channel_dim`; targets
are dense and in [0, 1], of the same shape, or int labels without the channel. `compat` has the
names, arguments and defaults of other libraries; it is imported on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .focal import sigmoid_focal_loss as sigmoid_focal_loss
from .focal import softmax_focal_loss as softmax_focal_loss
from .hybrid import focal_dice_loss as focal_dice_loss
from .lovasz import lovasz_hinge_loss as lovasz_hinge_loss
from .lovasz import lovasz_softmax_loss as lovasz_softmax_loss
from .overlap import dice_loss as dice_loss
from .overlap import generalized_dice_loss as generalized_dice_loss
from .overlap import tversky_loss as tversky_loss
from .quality import distribution_focal_loss as distribution_focal_loss
from .quality import quality_focal_loss as quality_focal_loss
from .quality import varifocal_loss as varifocal_loss

if TYPE_CHECKING:
    from . import compat as compat


def __getattr__(name: str) -> Any:
    if name == "compat":
        return importlib.import_module(".compat", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
