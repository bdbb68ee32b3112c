import torch

var = torch.var
std = torch.std
