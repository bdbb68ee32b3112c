import torch

where = torch.where
