import torch

unique = torch.unique
unique_consecutive = torch.unique_consecutive
