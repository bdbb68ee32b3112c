"""Blocks that weigh channels or pixels, with the parameter names of timm or torchvision."""

import math

import torch
from torch import nn

from .conv_blocks import ConvNormAct


def make_divisible(v, divisor=8, min_value=None, round_limit=0.9):
    rounded = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < round_limit * v else rounded


def pooled(x, add_maxpool):
    mean = x.mean((2, 3), keepdim=True)
    return 0.5 * mean + 0.5 * x.amax((2, 3), keepdim=True) if add_maxpool else mean


class SEModule(nn.Module):
    """timm.layers.SEModule"""

    def __init__(
        self,
        channels,
        rd_ratio=1 / 16,
        rd_channels=None,
        rd_divisor=8,
        add_maxpool=False,
        bias=True,
        act_layer=nn.ReLU,
        norm_layer=None,
        gate_layer=nn.Sigmoid,
    ):
        super().__init__()
        self.add_maxpool = add_maxpool
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0)
        self.fc1 = nn.Conv2d(channels, reduced, 1, bias=bias)
        self.bn = norm_layer(reduced) if norm_layer else nn.Identity()
        self.act, self.gate = act_layer(), gate_layer()
        self.fc2 = nn.Conv2d(reduced, channels, 1, bias=bias)

    def forward(self, x):
        y = self.act(self.bn(self.fc1(pooled(x, self.add_maxpool))))
        return x * self.gate(self.fc2(y))


class SqueezeExcitation(nn.Module):
    """torchvision.ops.SqueezeExcitation"""

    def __init__(
        self,
        input_channels,
        squeeze_channels,
        activation=nn.ReLU,
        scale_activation=nn.Sigmoid,
    ):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation, self.scale_activation = activation(), scale_activation()

    def forward(self, x):
        return x * self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))


class EffectiveSEModule(nn.Module):
    """timm.layers.EffectiveSEModule"""

    def __init__(self, channels, add_maxpool=False, gate_layer=nn.Hardsigmoid):
        super().__init__()
        self.add_maxpool = add_maxpool
        self.fc, self.gate = nn.Conv2d(channels, channels, 1), gate_layer()

    def forward(self, x):
        return x * self.gate(self.fc(pooled(x, self.add_maxpool)))


def eca_kernel(channels, kernel_size, gamma, beta):
    if channels is None:
        return kernel_size
    t = int(abs(math.log(channels, 2) + beta) / gamma)
    return max(t if t % 2 else t + 1, 3)


class EcaModule(nn.Module):
    """timm.layers.EcaModule"""

    def __init__(
        self,
        channels=None,
        kernel_size=3,
        gamma=2,
        beta=1,
        act_layer=None,
        gate_layer=nn.Sigmoid,
        rd_ratio=1 / 8,
        rd_channels=None,
        rd_divisor=8,
        use_mlp=False,
    ):
        super().__init__()
        k = eca_kernel(channels, kernel_size, gamma, beta)
        if use_mlp:
            reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor)
            self.conv, self.act = nn.Conv1d(1, reduced, 1), (act_layer or nn.ReLU)()
            self.conv2 = nn.Conv1d(reduced, 1, k, padding=k // 2)
        else:
            self.conv = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)
            self.act = self.conv2 = nn.Identity()
        self.gate = gate_layer()

    def forward(self, x):
        y = self.conv2(self.act(self.conv(x.mean((2, 3))[:, None])))
        return x * self.gate(y)[:, 0, :, None, None]


class CecaModule(nn.Module):
    """timm.layers.CecaModule"""

    def __init__(
        self,
        channels=None,
        kernel_size=3,
        gamma=2,
        beta=1,
        act_layer=None,
        gate_layer=nn.Sigmoid,
    ):
        super().__init__()
        k = eca_kernel(channels, kernel_size, gamma, beta)
        self.padding = k // 2
        self.conv = nn.Conv1d(1, 1, k, bias=act_layer is not None)
        self.gate = gate_layer()

    def forward(self, x):
        y = nn.functional.pad(x.mean((2, 3))[:, None], [self.padding] * 2, mode="circular")
        return x * self.gate(self.conv(y))[:, 0, :, None, None]


class ChannelAttn(nn.Module):
    """timm.layers.cbam.ChannelAttn"""

    def __init__(
        self,
        channels,
        rd_ratio=1 / 16,
        rd_channels=None,
        rd_divisor=1,
        act_layer=nn.ReLU,
        gate_layer=nn.Sigmoid,
        mlp_bias=False,
    ):
        super().__init__()
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0)
        self.fc1 = nn.Conv2d(channels, reduced, 1, bias=mlp_bias)
        self.fc2 = nn.Conv2d(reduced, channels, 1, bias=mlp_bias)
        self.act, self.gate = act_layer(), gate_layer()

    def forward(self, x):
        pools = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return x * self.gate(sum(self.fc2(self.act(self.fc1(p))) for p in pools))


class SpatialAttn(nn.Module):
    """timm.layers.cbam.SpatialAttn"""

    def __init__(self, kernel_size=7, gate_layer=nn.Sigmoid):
        super().__init__()
        self.conv, self.gate = ConvNormAct(2, 1, kernel_size, apply_act=False), gate_layer()

    def forward(self, x):
        pools = [x.mean(1, keepdim=True), x.amax(1, keepdim=True)]
        return x * self.gate(self.conv(torch.cat(pools, 1)))


class CbamModule(nn.Module):
    """timm.layers.CbamModule"""

    def __init__(
        self,
        channels,
        rd_ratio=1 / 16,
        rd_channels=None,
        rd_divisor=1,
        spatial_kernel_size=7,
        act_layer=nn.ReLU,
        gate_layer=nn.Sigmoid,
        mlp_bias=False,
    ):
        super().__init__()
        reduction = (rd_ratio, rd_channels, rd_divisor, act_layer, gate_layer, mlp_bias)
        self.channel = ChannelAttn(channels, *reduction)
        self.spatial = SpatialAttn(spatial_kernel_size, gate_layer)

    def forward(self, x):
        return self.spatial(self.channel(x))


class CoordAttn(nn.Module):
    """timm.layers.CoordAttn"""

    def __init__(
        self,
        channels,
        rd_ratio=1 / 16,
        rd_channels=None,
        rd_divisor=8,
        se_factor=2 / 3,
        bias=False,
        act_layer=nn.Hardswish,
        norm_layer=nn.BatchNorm2d,
        gate_layer=nn.Sigmoid,
        has_skip=False,
    ):
        super().__init__()
        ratio = channels * rd_ratio * se_factor
        reduced = rd_channels or make_divisible(ratio, rd_divisor, round_limit=0)
        self.has_skip, self.act, self.gate = has_skip, act_layer(), gate_layer()
        self.conv1 = nn.Conv2d(channels, reduced, 1, bias=bias)
        self.bn1 = norm_layer(reduced) if norm_layer else nn.Identity()
        self.conv_h = nn.Conv2d(reduced, channels, 1, bias=bias)
        self.conv_w = nn.Conv2d(reduced, channels, 1, bias=bias)

    def forward(self, x):
        rows, columns = x.mean(3, keepdim=True), x.mean(2, keepdim=True).transpose(2, 3)
        y = self.act(self.bn1(self.conv1(torch.cat([rows, columns], 2))))
        rows, columns = y.split(list(x.shape[2:]), 2)
        out = x * self.gate(self.conv_w(columns.transpose(2, 3))) * self.gate(self.conv_h(rows))
        return out + x if self.has_skip else out
