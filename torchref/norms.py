import torch

norm = torch.norm
dist = torch.dist
renorm = torch.renorm
