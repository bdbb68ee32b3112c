"""DeepLabV3 on a ResNet-50: torchvision's deeplabv3_resnet50 without the auxiliary head."""

import torch
from torch import nn
from torch.nn import functional as F

from .resnet import Backbone50


def conv_bn_relu(in_channels, out_channels, kernel_size, dilation=1):
    padding = dilation * (kernel_size // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, 1, padding, dilation, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


class ImagePooling(nn.Sequential):
    """The mean of the whole image, at every position."""

    def __init__(self, in_channels, out_channels):
        layers = conv_bn_relu(in_channels, out_channels, 1)
        super().__init__(nn.AdaptiveAvgPool2d(1), *layers)

    def forward(self, x):
        return F.interpolate(super().forward(x), size=x.shape[-2:], mode="bilinear")


class ASPP(nn.Module):
    def __init__(self, in_channels, out_channels, rates, dropout):
        super().__init__()
        self.convs = nn.ModuleList(
            [
                conv_bn_relu(in_channels, out_channels, 1),
                *[conv_bn_relu(in_channels, out_channels, 3, rate) for rate in rates],
                ImagePooling(in_channels, out_channels),
            ]
        )
        layers = conv_bn_relu(len(self.convs) * out_channels, out_channels, 1)
        self.project = nn.Sequential(*layers, nn.Dropout(dropout))

    def forward(self, x):
        return self.project(torch.cat([conv(x) for conv in self.convs], dim=1))


class DeepLabV3(nn.Module):
    def __init__(
        self, width=64, blocks=(3, 4, 6, 3), rates=(12, 24, 36), num_classes=21, dropout=0.5
    ):
        super().__init__()
        self.backbone = Backbone50(width, blocks)
        self.classifier = nn.Sequential(
            ASPP(32 * width, 4 * width, rates, dropout),
            *conv_bn_relu(4 * width, 4 * width, 3),
            nn.Conv2d(4 * width, num_classes, 1),
        )

    def forward(self, x):
        out = self.classifier(self.backbone(x))
        return F.interpolate(out, size=x.shape[-2:], mode="bilinear", align_corners=False)
