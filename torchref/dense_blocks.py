"""Heads and necks of dense prediction, with the parameter names of torchvision or the papers'."""

import torch
from torch import nn
from torch.nn import functional as F

from .conv_blocks import Conv2dNormActivation


def conv_norm_relu(in_channels, out_channels, kernel_size=1, padding=0, dilation=1):
    sizes = (kernel_size, 1, padding, dilation)
    conv = nn.Conv2d(in_channels, out_channels, *sizes, bias=False)
    return [conv, nn.BatchNorm2d(out_channels), nn.ReLU()]


class ASPPPooling(nn.Sequential):
    """torchvision.models.segmentation.deeplabv3.ASPPPooling"""

    def __init__(self, in_channels, out_channels):
        super().__init__(nn.AdaptiveAvgPool2d(1), *conv_norm_relu(in_channels, out_channels))

    def forward(self, x):
        y = super().forward(x)
        return F.interpolate(y, x.shape[2:], mode="bilinear", align_corners=False)


class ASPP(nn.Module):
    """torchvision.models.segmentation.deeplabv3.ASPP"""

    def __init__(self, in_channels, atrous_rates, out_channels=256):
        super().__init__()
        sizes = in_channels, out_channels
        self.convs = nn.ModuleList(
            [
                nn.Sequential(*conv_norm_relu(*sizes)),
                *(nn.Sequential(*conv_norm_relu(*sizes, 3, r, r)) for r in atrous_rates),
                ASPPPooling(*sizes),
            ]
        )
        wide = len(self.convs) * out_channels
        self.project = nn.Sequential(*conv_norm_relu(wide, out_channels), nn.Dropout(0.5))

    def forward(self, x):
        return self.project(torch.cat([conv(x) for conv in self.convs], 1))


class DeepLabHead(nn.Sequential):
    """torchvision.models.segmentation.deeplabv3.DeepLabHead"""

    def __init__(self, in_channels, num_classes, atrous_rates=(12, 24, 36)):
        super().__init__(
            ASPP(in_channels, atrous_rates),
            *conv_norm_relu(256, 256, 3, 1),
            nn.Conv2d(256, num_classes, 1),
        )


class FCNHead(nn.Sequential):
    """torchvision.models.segmentation.fcn.FCNHead"""

    def __init__(self, in_channels, channels):
        super().__init__(
            *conv_norm_relu(in_channels, in_channels // 4, 3, 1),
            nn.Dropout(0.1),
            nn.Conv2d(in_channels // 4, channels, 1),
        )


class FeaturePyramidNetwork(nn.Module):
    """torchvision.ops.FeaturePyramidNetwork"""

    def __init__(self, in_channels_list, out_channels, norm_layer=None):
        super().__init__()
        options = dict(norm_layer=norm_layer, activation_layer=None)
        self.inner_blocks = nn.ModuleList(
            Conv2dNormActivation(n, out_channels, 1, padding=0, **options) for n in in_channels_list
        )
        self.layer_blocks = nn.ModuleList(
            Conv2dNormActivation(out_channels, out_channels, 3, **options) for _ in in_channels_list
        )
        for conv in (m for m in self.modules() if isinstance(m, nn.Conv2d)):
            nn.init.kaiming_uniform_(conv.weight, a=1)
            if conv.bias is not None:
                nn.init.zeros_(conv.bias)

    def forward(self, x):
        maps = list(x.values()) if isinstance(x, dict) else list(x)
        maps = [block(m) for block, m in zip(self.inner_blocks, maps, strict=True)]
        for i in reversed(range(len(maps) - 1)):
            maps[i] = maps[i] + F.interpolate(maps[i + 1], maps[i].shape[2:], mode="nearest")
        maps = [block(m) for block, m in zip(self.layer_blocks, maps, strict=True)]
        return dict(zip(x, maps, strict=True)) if isinstance(x, dict) else maps


class PPM(nn.Module):
    """PSPNet's pyramid pooling, github.com/hszhao/semseg"""

    def __init__(self, in_dim, reduction_dim, bins):
        super().__init__()
        self.features = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(n), *conv_norm_relu(in_dim, reduction_dim))
            for n in bins
        )

    def forward(self, x):
        size = x.shape[2:]
        options = dict(mode="bilinear", align_corners=True)
        return torch.cat([x, *(F.interpolate(f(x), size, **options) for f in self.features)], 1)


class DoubleConv(nn.Module):
    """U-Net's, github.com/milesial/Pytorch-UNet"""

    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        mid = mid_channels or out_channels
        self.double_conv = nn.Sequential(
            *conv_norm_relu(in_channels, mid, 3, 1), *conv_norm_relu(mid, out_channels, 3, 1)
        )

    def forward(self, x):
        return self.double_conv(x)


class UNetUp(nn.Module):
    """U-Net's Up, github.com/milesial/Pytorch-UNet"""

    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        half = in_channels // 2
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        if not bilinear:
            self.up = nn.ConvTranspose2d(in_channels, half, 2, 2)
        self.conv = DoubleConv(in_channels, out_channels, half if bilinear else None)

    def forward(self, x1, x2):
        x = self.up(x1)
        h, w = (a - b for a, b in zip(x2.shape[2:], x.shape[2:], strict=True))
        x = F.pad(x, [w // 2, w - w // 2, h // 2, h - h // 2])
        return self.conv(torch.cat([x2, x], 1))


class FastNormalizedMerge(nn.Module):
    """EfficientDet's fast normalised fusion"""

    def __init__(self, num_inputs, eps=1e-4):
        super().__init__()
        self.eps, self.edge_weights = eps, nn.Parameter(torch.ones(num_inputs))

    def forward(self, *inputs):
        weights = self.edge_weights.relu()
        total = weights.sum() + self.eps
        return torch.stack([x * w / total for x, w in zip(inputs, weights, strict=True)]).sum(0)
