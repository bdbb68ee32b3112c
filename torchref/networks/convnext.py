"""ConvNeXt: torchvision's convnext_tiny without stochastic depth."""

import torch
from torch import nn
from torch.nn import functional as F


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of (N, C, H, W)."""

    def forward(self, x):
        x = F.layer_norm(
            x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps
        )
        return x.permute(0, 3, 1, 2)


class Permute(nn.Module):
    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class Block(nn.Module):
    def __init__(self, channels, layer_scale):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels),
            Permute(0, 2, 3, 1),
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
            Permute(0, 3, 1, 2),
        )
        self.layer_scale = nn.Parameter(torch.full((channels, 1, 1), layer_scale))

    def forward(self, x):
        return self.layer_scale * self.block(x) + x


class ConvNeXt(nn.Module):
    def __init__(
        self, channels=(96, 192, 384, 768), blocks=(3, 3, 9, 3), num_classes=1000, layer_scale=1e-6
    ):
        super().__init__()
        first, last = channels[0], channels[-1]
        stem = nn.Sequential(nn.Conv2d(3, first, 4, stride=4), LayerNorm2d(first, eps=1e-6))
        layers = [stem]
        for i, (width, number) in enumerate(zip(channels, blocks, strict=True)):
            if i:
                narrow = channels[i - 1]
                halve = nn.Conv2d(narrow, width, 2, stride=2)
                layers.append(nn.Sequential(LayerNorm2d(narrow, eps=1e-6), halve))
            layers.append(nn.Sequential(*[Block(width, layer_scale) for _ in range(number)]))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            LayerNorm2d(last, eps=1e-6), nn.Flatten(), nn.Linear(last, num_classes)
        )

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)))
