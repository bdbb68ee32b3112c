import torch

var = torch.var
std = torch.std
var_mean = torch.var_mean
std_mean = torch.std_mean
