"""ShuffleNetV2: torchvision's shufflenet_v2_x1_0."""

import torch
from torch import nn
from torch.nn import functional as F


def pointwise(in_channels, out_channels):
    convolution = nn.Conv2d(in_channels, out_channels, 1, bias=False)
    return [convolution, nn.BatchNorm2d(out_channels), nn.ReLU()]


def depthwise(channels, stride):
    convolution = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False)
    return [convolution, nn.BatchNorm2d(channels)]


class InvertedResidual(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        half = out_channels // 2
        self.halves = stride == 1
        self.branch1 = nn.Sequential()
        if not self.halves:
            layers = [*depthwise(in_channels, stride), *pointwise(in_channels, half)]
            self.branch1 = nn.Sequential(*layers)
        self.branch2 = nn.Sequential(
            *pointwise(half if self.halves else in_channels, half),
            *depthwise(half, stride),
            *pointwise(half, half),
        )

    def forward(self, x):
        first, second = x.chunk(2, dim=1) if self.halves else (x, x)
        out = torch.cat([self.branch1(first), self.branch2(second)], dim=1)
        return F.channel_shuffle(out, 2)


class ShuffleNetV2(nn.Module):
    def __init__(self, channels=(24, 116, 232, 464, 1024), blocks=(4, 8, 4), num_classes=1000):
        super().__init__()
        first, *stages, last = channels
        convolution = nn.Conv2d(3, first, 3, stride=2, padding=1, bias=False)
        self.conv1 = nn.Sequential(convolution, nn.BatchNorm2d(first), nn.ReLU())
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.stage2 = self.stage(first, stages[0], blocks[0])
        self.stage3 = self.stage(stages[0], stages[1], blocks[1])
        self.stage4 = self.stage(stages[1], stages[2], blocks[2])
        self.conv5 = nn.Sequential(*pointwise(stages[2], last))
        self.fc = nn.Linear(last, num_classes)

    @staticmethod
    def stage(in_channels, out_channels, blocks):
        others = [InvertedResidual(out_channels, out_channels, 1) for _ in range(blocks - 1)]
        return nn.Sequential(InvertedResidual(in_channels, out_channels, 2), *others)

    def forward(self, x):
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean(dim=(2, 3)))
