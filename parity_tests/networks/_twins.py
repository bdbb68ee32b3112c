"""The networks that are compared, narrow enough to be quick, and inputs of even and odd sizes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from flax import nnx

import torchref.networks.convnext
import torchref.networks.deeplab
import torchref.networks.fusion
import torchref.networks.mobilenet
import torchref.networks.mtcnn
import torchref.networks.resnet
import torchref.networks.shufflenet
import torchref.networks.unet

from . import convnext, deeplab, fusion, mobilenet, mtcnn, resnet, shufflenet, unet

Shapes = tuple[tuple[int, ...], ...]
MOBILE = ((1, 8, 1, 1), (6, 12, 2, 2), (6, 16, 2, 2), (6, 24, 1, 2), (6, 24, 1, 1))


@dataclass(frozen=True)
class Twin:
    """A network in torch and in Flax.

    shapes: of the inputs, by "even" and "odd"; a network for windows of one size has but one.
    narrow: arguments that make it small. published: its name in torchvision, which it has without.
    trained: the place of its weights in facenet-pytorch's wheel.
    """

    torch: Callable[..., torch.nn.Module]
    flax: Callable[..., nnx.Module]
    shapes: dict[str, Shapes]
    narrow: dict[str, Any] = field(default_factory=dict)
    published: str | None = None
    trained: int | None = None


def image(batch: int, even: tuple[int, int], odd: tuple[int, int]) -> dict[str, Shapes]:
    return {name: ((batch, 3, *size),) for name, size in {"even": even, "odd": odd}.items()}


TWINS = {
    "resnet18": Twin(
        torchref.networks.resnet.ResNet18,
        resnet.ResNet18,
        image(3, (64, 48), (65, 33)),
        {"width": 4, "num_classes": 5},
        "resnet18",
    ),
    "shufflenet_v2": Twin(
        torchref.networks.shufflenet.ShuffleNetV2,
        shufflenet.ShuffleNetV2,
        image(3, (64, 48), (65, 33)),
        {"channels": (6, 8, 16, 24, 20), "blocks": (2, 2, 1), "num_classes": 5},
        "shufflenet_v2_x1_0",
    ),
    "mobilenet_v2": Twin(
        torchref.networks.mobilenet.MobileNetV2,
        mobilenet.MobileNetV2,
        image(3, (64, 48), (65, 33)),
        {"first": 6, "stages": MOBILE, "last": 20, "num_classes": 5, "dropout": 0.0},
        "mobilenet_v2",
    ),
    "convnext": Twin(
        torchref.networks.convnext.ConvNeXt,
        convnext.ConvNeXt,
        image(2, (64, 48), (65, 39)),
        {"channels": (6, 8, 12, 16), "blocks": (1, 1, 2, 1), "num_classes": 5},
        "convnext_tiny",
    ),
    "deeplabv3": Twin(
        torchref.networks.deeplab.DeepLabV3,
        deeplab.DeepLabV3,
        image(4, (32, 34), (33, 37)),
        {"width": 2, "blocks": (1, 1, 2, 2), "rates": (1, 2, 3), "num_classes": 3, "dropout": 0.0},
        "deeplabv3_resnet50",
    ),
    "unet": Twin(
        torchref.networks.unet.UNet,
        unet.UNet,
        image(2, (32, 34), (33, 35)),
        {"channels": (4, 6, 8)},
    ),
    "fusion": Twin(
        torchref.networks.fusion.FusionNet,
        fusion.FusionNet,
        {"even": ((2, 1, 32, 34),) * 2, "odd": ((2, 1, 33, 35),) * 2},
        {"width": 4},
    ),
    "pnet": Twin(torchref.networks.mtcnn.PNet, mtcnn.PNet, image(2, (34, 40), (33, 41)), trained=0),
    "rnet": Twin(torchref.networks.mtcnn.RNet, mtcnn.RNet, {"even": ((3, 3, 24, 24),)}, trained=1),
    "onet": Twin(torchref.networks.mtcnn.ONet, mtcnn.ONet, {"even": ((3, 3, 48, 48),)}, trained=2),
}
