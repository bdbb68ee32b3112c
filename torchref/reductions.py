import torch

sum = torch.sum
nansum = torch.nansum
mean = torch.mean
nanmean = torch.nanmean
prod = torch.prod
all = torch.all
any = torch.any
count_nonzero = torch.count_nonzero
logsumexp = torch.logsumexp
