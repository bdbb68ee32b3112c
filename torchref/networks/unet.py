"""U-Net with batch norm; its up-convolutions are padded to sizes that were odd on the way down."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


def double_conv(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


class Up(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        self.conv = double_conv(2 * out_channels, out_channels)

    def forward(self, x, skip):
        x = self.up(x)
        rows, columns = (skip.shape[d] - x.shape[d] for d in (2, 3))
        x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return self.conv(torch.cat([skip, x], dim=1))


class UNet(nn.Module):
    def __init__(self, channels=(64, 128, 256, 512), num_classes=2):
        super().__init__()
        pairs = list(pairwise(channels))
        self.inc = double_conv(3, channels[0])
        self.pool = nn.MaxPool2d(2)
        self.downs = nn.ModuleList([double_conv(narrow, wide) for narrow, wide in pairs])
        self.ups = nn.ModuleList([Up(wide, narrow) for narrow, wide in reversed(pairs)])
        self.outc = nn.Conv2d(channels[0], num_classes, 1)

    def forward(self, x):
        levels = [self.inc(x)]
        for down in self.downs:
            levels.append(down(self.pool(levels[-1])))
        x = levels.pop()
        for up in self.ups:
            x = up(x, levels.pop())
        return self.outc(x)
