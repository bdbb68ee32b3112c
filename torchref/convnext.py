"""ConvNeXt's parts, with the parameter names of timm or torchvision."""

import torch
from torch import nn

from .modules import DropPath, LayerNorm2d, Permute


class LayerScale(nn.Module):
    """timm.layers.LayerScale"""

    def __init__(self, dim, init_values=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), init_values))

    def forward(self, x):
        return x * self.gamma


class LayerScale2d(LayerScale):
    """timm.layers.LayerScale2d"""

    def forward(self, x):
        return x * self.gamma.view(1, -1, 1, 1)


class GlobalResponseNorm(nn.Module):
    """timm.layers.GlobalResponseNorm"""

    def __init__(self, dim, eps=1e-6, channels_last=True):
        super().__init__()
        self.eps, self.channels_last = eps, channels_last
        self.weight, self.bias = nn.Parameter(torch.zeros(dim)), nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        spatial, channel, shape = (2, 3), 1, (1, -1, 1, 1)
        if self.channels_last:
            spatial, channel, shape = (1, 2), -1, (1, 1, 1, -1)
        lengths = x.norm(p=2, dim=spatial, keepdim=True)
        relative = lengths / (lengths.mean(channel, keepdim=True) + self.eps)
        return x + self.bias.view(shape) + self.weight.view(shape) * x * relative


class Mlp(nn.Module):
    """timm.layers.Mlp and GlobalResponseNormMlp"""

    def __init__(self, features, hidden, act_layer, use_grn, use_conv):
        super().__init__()
        sizes = (1,) if use_conv else ()
        layer = nn.Conv2d if use_conv else nn.Linear
        self.fc1, self.act = layer(features, hidden, *sizes), act_layer()
        self.grn = GlobalResponseNorm(hidden, channels_last=not use_conv) if use_grn else None
        self.fc2 = layer(hidden, features, *sizes)

    def forward(self, x):
        x = self.act(self.fc1(x))
        return self.fc2(x if self.grn is None else self.grn(x))


class ConvNeXtBlock(nn.Module):
    """timm.models.convnext.ConvNeXtBlock"""

    def __init__(
        self,
        in_chs,
        kernel_size=7,
        mlp_ratio=4,
        conv_mlp=False,
        conv_bias=True,
        use_grn=False,
        ls_init_value=1e-6,
        act_layer=nn.GELU,
        drop_path=0.0,
    ):
        super().__init__()
        self.conv_mlp, padding = conv_mlp, (kernel_size - 1) // 2
        sizes = (in_chs, in_chs, kernel_size, 1, padding, 1, in_chs, conv_bias)
        self.conv_dw = nn.Conv2d(*sizes)
        self.norm = LayerNorm2d(in_chs) if conv_mlp else nn.LayerNorm(in_chs, eps=1e-6)
        self.mlp = Mlp(in_chs, int(mlp_ratio * in_chs), act_layer, use_grn, conv_mlp)
        self.gamma = None
        if ls_init_value is not None:
            self.gamma = nn.Parameter(torch.full((in_chs,), ls_init_value))
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        y = self.conv_dw(x)
        if self.conv_mlp:
            y = self.mlp(self.norm(y))
        else:
            y = self.mlp(self.norm(y.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        if self.gamma is not None:
            y = y * self.gamma.view(1, -1, 1, 1)
        return x + self.drop_path(y)


class CNBlock(nn.Module):
    """torchvision.models.convnext.CNBlock"""

    def __init__(self, dim, layer_scale, stochastic_depth_prob):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim),
            Permute((0, 2, 3, 1)),
            nn.LayerNorm(dim, eps=1e-6),
            nn.Linear(dim, 4 * dim),
            nn.GELU(),
            nn.Linear(4 * dim, dim),
            Permute((0, 3, 1, 2)),
        )
        self.layer_scale = nn.Parameter(torch.full((dim, 1, 1), layer_scale))
        self.stochastic_depth = DropPath(stochastic_depth_prob)

    def forward(self, x):
        return x + self.stochastic_depth(self.layer_scale * self.block(x))
