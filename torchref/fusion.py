"""Feature maps of several sources, merged channel by channel."""

import torch
from torch import nn

from .channels import merge_by_norm


class ChannelNormMerge(nn.Module):
    """sum and max as IFCNN's, l1 as DenseFuse's but by channels"""

    def __init__(self, mode="max_norm", ord=2):
        super().__init__()
        self.mode, self.ord = mode, {"l1": 1, "l2": 2}.get(mode, ord)

    def forward(self, *inputs):
        x = torch.stack(inputs)
        if self.mode in ("sum", "mean", "max"):
            return getattr(x, self.mode.replace("max", "amax"))(0)
        if self.mode == "max_norm":
            return merge_by_norm(*inputs, ord=self.ord)
        norms = x.norm(p=self.ord, dim=tuple(range(3, x.ndim)), keepdim=True)
        if self.mode == "softmax_norm":
            return (x * norms.softmax(0)).sum(0)
        total = norms.sum(0, keepdim=True)
        shares = norms / torch.where(total == 0, 1, total)
        return (x * torch.where(total == 0, 1 / len(inputs), shares)).sum(0)
