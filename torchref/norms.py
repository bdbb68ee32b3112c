import torch

norm = torch.norm
