"""Modules that torch.nn lacks, with the parameter names of timm or torchvision."""

import torch
from torch import nn
from torch.nn import functional as F


class FrozenBatchNorm2d(nn.Module):
    """torchvision.ops.FrozenBatchNorm2d"""

    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1.0), ("bias", 0.0)):
            self.register_buffer(name, torch.full((num_features,), value))
            self.register_buffer(f"running_{'mean' if value == 0 else 'var'}", getattr(self, name))

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shape = (1, -1, 1, 1)
        return x * scale.view(shape) + (self.bias - self.running_mean * scale).view(shape)


class LayerNorm2d(nn.LayerNorm):
    """timm.layers.LayerNorm2d, torchvision.models.convnext.LayerNorm2d"""

    def __init__(self, num_channels, eps=1e-6, affine=True):
        super().__init__(num_channels, eps, affine)

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class DropPath(nn.Module):
    """timm.layers.DropPath"""

    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep

    def forward(self, x):
        if self.drop_prob == 0 or not self.training:
            return x
        keep = 1 - self.drop_prob
        mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
        return x * (mask / keep if keep > 0 and self.scale_by_keep else mask)


class Squeeze(nn.Module):
    """torch.squeeze"""

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.squeeze() if self.dim is None else x.squeeze(self.dim)


class Permute(nn.Module):
    """torchvision.ops.Permute"""

    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)
