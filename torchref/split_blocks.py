"""Blocks that weigh branches or gather a context, with the parameter names of timm."""

import torch
from torch import nn

from .attention_blocks import make_divisible
from .conv_blocks import ConvNormAct
from .modules import LayerNorm2d


class SelectiveKernelAttn(nn.Module):
    """timm.layers.selective_kernel.SelectiveKernelAttn"""

    def __init__(
        self,
        channels,
        num_paths=2,
        attn_channels=32,
        act_layer=nn.ReLU,
        norm_layer=nn.BatchNorm2d,
    ):
        super().__init__()
        self.num_paths = num_paths
        self.fc_reduce = nn.Conv2d(channels, attn_channels, 1, bias=False)
        self.bn, self.act = norm_layer(attn_channels), act_layer()
        self.fc_select = nn.Conv2d(attn_channels, channels * num_paths, 1, bias=False)

    def forward(self, x):
        x = self.fc_reduce(x.sum(1).mean((2, 3), keepdim=True))
        x = self.fc_select(self.act(self.bn(x)))
        return x.view(len(x), self.num_paths, -1, 1, 1).softmax(1)


class SelectiveKernel(nn.Module):
    """timm.layers.SelectiveKernel"""

    def __init__(
        self,
        in_channels,
        out_channels=None,
        kernel_size=None,
        stride=1,
        dilation=1,
        groups=1,
        rd_ratio=1 / 16,
        rd_channels=None,
        rd_divisor=8,
        keep_3x3=True,
        split_input=True,
        act_layer=nn.ReLU,
        norm_layer=nn.BatchNorm2d,
    ):
        super().__init__()
        channels, sizes = out_channels or in_channels, kernel_size or [3, 5]
        sizes = sizes if isinstance(sizes, list) else [sizes] * 2
        dilations = [dilation] * len(sizes)
        if keep_3x3:
            dilations, sizes = [dilation * (k - 1) // 2 for k in sizes], [3] * len(sizes)
        self.split_input = split_input
        width = in_channels // len(sizes) if split_input else in_channels
        self.paths = nn.ModuleList(
            ConvNormAct(
                width,
                channels,
                k,
                stride,
                dilation=d,
                groups=min(channels, groups),
                norm_layer=norm_layer,
                act_layer=act_layer,
            )
            for k, d in zip(sizes, dilations, strict=True)
        )
        attn_channels = rd_channels or make_divisible(channels * rd_ratio, rd_divisor)
        self.attn = SelectiveKernelAttn(channels, len(sizes), attn_channels)

    def forward(self, x):
        n = len(self.paths)
        parts = x.chunk(n, 1) if self.split_input else [x] * n
        x = torch.stack([path(part) for path, part in zip(self.paths, parts, strict=True)], 1)
        return (x * self.attn(x)).sum(1)


class SplitAttn(nn.Module):
    """timm.layers.SplitAttn"""

    def __init__(
        self,
        in_channels,
        out_channels=None,
        kernel_size=3,
        stride=1,
        padding=None,
        dilation=1,
        groups=1,
        bias=False,
        radix=2,
        rd_ratio=0.25,
        rd_channels=None,
        rd_divisor=8,
        act_layer=nn.ReLU,
        norm_layer=None,
    ):
        super().__init__()
        self.radix, self.groups, norm = radix, groups, norm_layer or (lambda n: nn.Identity())
        channels = out_channels or in_channels
        padding = kernel_size // 2 if padding is None else padding
        reduced = make_divisible(in_channels * radix * rd_ratio, rd_divisor, min_value=32)
        reduced = reduced if rd_channels is None else rd_channels * radix
        wide, sizes = channels * radix, (kernel_size, stride, padding, dilation, groups * radix)
        self.conv = nn.Conv2d(in_channels, wide, *sizes, bias)
        self.bn0, self.act0 = norm(wide), act_layer()
        self.fc1 = nn.Conv2d(channels, reduced, 1, groups=groups)
        self.bn1, self.act1 = norm(reduced), act_layer()
        self.fc2 = nn.Conv2d(reduced, wide, 1, groups=groups)

    def forward(self, x):
        x = self.act0(self.bn0(self.conv(x)))
        n, _, height, width = x.shape
        parts = x.view(n, self.radix, -1, height, width)
        y = parts.sum(1).mean((2, 3), keepdim=True)
        y = self.fc2(self.act1(self.bn1(self.fc1(y))))
        if self.radix > 1:
            y = y.view(n, self.groups, self.radix, -1).transpose(1, 2).softmax(1)
        else:
            y = y.sigmoid()
        return (parts * y.reshape(n, self.radix, -1, 1, 1)).sum(1)


class ConvMlp(nn.Module):
    """timm.layers.ConvMlp with a norm"""

    def __init__(self, features, hidden, act_layer):
        super().__init__()
        self.fc1, self.norm = nn.Conv2d(features, hidden, 1), LayerNorm2d(hidden)
        self.act, self.fc2 = act_layer(), nn.Conv2d(hidden, features, 1)

    def forward(self, x):
        return self.fc2(self.act(self.norm(self.fc1(x))))


class GlobalContext(nn.Module):
    """timm.layers.GlobalContext"""

    def __init__(
        self,
        channels,
        use_attn=True,
        fuse_add=False,
        fuse_scale=True,
        rd_ratio=1 / 8,
        rd_channels=None,
        rd_divisor=1,
        act_layer=nn.ReLU,
        gate_layer=nn.Sigmoid,
    ):
        super().__init__()
        reduced = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0)
        self.conv_attn = self.mlp_add = self.mlp_scale = None
        if use_attn:
            self.conv_attn = nn.Conv2d(channels, 1, 1)
            nn.init.kaiming_normal_(self.conv_attn.weight, nonlinearity="relu")
        if fuse_add:
            self.mlp_add = ConvMlp(channels, reduced, act_layer)
            nn.init.zeros_(self.mlp_add.fc2.weight)
        if fuse_scale:
            self.mlp_scale = ConvMlp(channels, reduced, act_layer)
        self.gate = gate_layer()

    def forward(self, x):
        context = x.mean((2, 3), keepdim=True)
        if self.conv_attn is not None:
            weights = self.conv_attn(x).flatten(2).softmax(-1)
            context = (x.flatten(2) @ weights.transpose(1, 2))[..., None]
        out = x
        if self.mlp_scale is not None:
            out = out * self.gate(self.mlp_scale(context))
        return out if self.mlp_add is None else out + self.mlp_add(context)
