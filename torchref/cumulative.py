import torch

cumsum = torch.cumsum
cumprod = torch.cumprod
cummax = torch.cummax
cummin = torch.cummin
logcumsumexp = torch.logcumsumexp
