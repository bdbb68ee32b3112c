"""Blocks around convolutions, with the parameter names of timm or torchvision."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class ConvNormAct(nn.Module):
    """timm.layers.ConvNormAct"""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=1,
        stride=1,
        padding=None,
        dilation=1,
        groups=1,
        bias=False,
        apply_act=True,
        norm_layer=nn.BatchNorm2d,
        act_layer=nn.ReLU,
    ):
        super().__init__()
        if padding is None:
            padding = (stride - 1 + dilation * (kernel_size - 1)) // 2
        sizes = (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        self.conv, self.bn = nn.Conv2d(*sizes), norm_layer(out_channels)
        self.act = act_layer() if apply_act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Conv2dNormActivation(nn.Sequential):
    """torchvision.ops.Conv2dNormActivation"""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=3,
        stride=1,
        padding=None,
        groups=1,
        norm_layer=nn.BatchNorm2d,
        activation_layer=nn.ReLU,
        dilation=1,
        bias=None,
    ):
        if padding is None:
            padding = (kernel_size - 1) // 2 * dilation
        bias = norm_layer is None if bias is None else bias
        sizes = (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        layers = [nn.Conv2d(*sizes)]
        layers += [] if norm_layer is None else [norm_layer(out_channels)]
        layers += [] if activation_layer is None else [activation_layer()]
        super().__init__(*layers)


class GhostModule(nn.Module):
    """timm.models.ghostnet.GhostModule"""

    def __init__(
        self, in_chs, out_chs, kernel_size=1, ratio=2, dw_size=3, stride=1, act_layer=nn.ReLU
    ):
        super().__init__()
        self.out_chs, first = out_chs, math.ceil(out_chs / ratio)
        rest = first * (ratio - 1)
        self.primary_conv = nn.Sequential(
            nn.Conv2d(in_chs, first, kernel_size, stride, kernel_size // 2, bias=False),
            nn.BatchNorm2d(first),
            act_layer(),
        )
        self.cheap_operation = nn.Sequential(
            nn.Conv2d(first, rest, dw_size, 1, dw_size // 2, groups=first, bias=False),
            nn.BatchNorm2d(rest),
            act_layer(),
        )

    def forward(self, x):
        x = self.primary_conv(x)
        return torch.cat([x, self.cheap_operation(x)], 1)[:, : self.out_chs]


class ShuffleUnit(nn.Module):
    """torchvision.models.shufflenetv2.InvertedResidual"""

    def __init__(self, inp, oup, stride):
        super().__init__()
        half = oup // 2
        self.stride, self.branch1 = stride, nn.Sequential()
        if stride > 1:
            self.branch1 = nn.Sequential(
                nn.Conv2d(inp, inp, 3, stride, 1, bias=False, groups=inp),
                nn.BatchNorm2d(inp),
                nn.Conv2d(inp, half, 1, bias=False),
                nn.BatchNorm2d(half),
                nn.ReLU(),
            )
        self.branch2 = nn.Sequential(
            nn.Conv2d(inp if stride > 1 else half, half, 1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(),
            nn.Conv2d(half, half, 3, stride, 1, bias=False, groups=half),
            nn.BatchNorm2d(half),
            nn.Conv2d(half, half, 1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(),
        )

    def forward(self, x):
        a, b = x.chunk(2, 1) if self.stride == 1 else (x, x)
        return F.channel_shuffle(torch.cat([self.branch1(a), self.branch2(b)], 1), 2)


class BlurPool2d(nn.Module):
    """timm.layers.BlurPool2d"""

    def __init__(self, channels=None, filt_size=3, stride=2, pad_mode="reflect"):
        super().__init__()
        self.stride, self.pad_mode = stride, pad_mode
        self.padding = (stride - 1 + filt_size - 1) // 2
        row = torch.tensor([math.comb(filt_size - 1, k) for k in range(filt_size)])
        row = row / 2 ** (filt_size - 1)
        filt = (row[:, None] * row).expand(channels or 1, 1, -1, -1).clone()
        self.register_buffer("filt", filt, persistent=False)

    def forward(self, x):
        weight = self.filt.expand(x.shape[1], -1, -1, -1)
        x = F.pad(x, [self.padding] * 4, self.pad_mode)
        return F.conv2d(x, weight, stride=self.stride, groups=len(weight))
