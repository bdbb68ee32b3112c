"""What `python -m parity_tests networks` compares."""

from dataclasses import replace

import numpy as np

from jaxchan.parity._finding import Finding

from .._report import Picture
from . import _faces, _training
from ._compare import compare, settings
from ._twins import TWINS

NAMES = (*TWINS, "training", "faces")
STEPS = 100
LOSSES = 1e-8  # how far apart they may be at any step


def run(name: str, full: bool) -> tuple[list[Finding], list[Picture]]:
    """Compare one network, or what is done with them, in all settings or in a few."""
    if name == "faces":
        return _faces.run(full)
    if name == "training":
        return [train(optimizer) for optimizer in _training.OPTIMIZERS], []
    return [f for s in settings(name, full) for f in compare(name, s).findings], []


def train(optimizer: str) -> Finding:
    """A hundred steps of a narrow ResNet-18 in float64."""
    twin = replace(TWINS["resnet18"], narrow={"width": 2, "num_classes": 5})
    theirs, ours = (
        np.array(losses(twin, optimizer, _training.batches(STEPS, images=8, side=33, classes=5)))
        for losses in (_training.torch_losses, _training.flax_losses)
    )
    apart = float(np.abs(ours - theirs).max())
    learnt = theirs[-10:].mean() < theirs[:10].mean() / 2  # or nothing would have moved
    status = "pass" if learnt and apart <= LOSSES else "fail"
    ends = f"from {theirs[0]:.3g} to {theirs[-1]:.3g}"
    detail = "" if status == "pass" else f"losses {apart:.3g} apart, torch's go {ends}"
    return Finding("value", status, None, f"{STEPS} losses", detail, optimizer, "float64")
