"""Image fusion: one encoder for both images, a hard choice of each channel, one decoder.

After DenseFuse (a dense block of 3x3 convolutions with reflected borders), which chooses by the
norm of a neighbourhood; here it is the norm of a whole channel.
"""

import torch
from torch import nn

from ..fusion import ChannelNormMerge


def conv_relu(in_channels, out_channels):
    convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect")
    return nn.Sequential(convolution, nn.ReLU())


class FusionNet(nn.Module):
    def __init__(self, width=16, ord=1):
        super().__init__()
        self.first = conv_relu(1, width)
        self.dense = nn.ModuleList([conv_relu(i * width, width) for i in (1, 2, 3)])
        self.merge = ChannelNormMerge("max_norm", ord)
        self.decoder = nn.Sequential(
            conv_relu(4 * width, 4 * width),
            conv_relu(4 * width, 2 * width),
            conv_relu(2 * width, width),
            nn.Conv2d(width, 1, 3, padding=1, padding_mode="reflect"),
        )

    def encode(self, x):
        x = self.first(x)
        for layer in self.dense:
            x = torch.cat([x, layer(x)], dim=1)
        return x

    def forward(self, first, second):
        return self.decoder(self.merge(self.encode(first), self.encode(second)))
