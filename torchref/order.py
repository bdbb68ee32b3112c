import torch

median = torch.median
nanmedian = torch.nanmedian
kthvalue = torch.kthvalue
mode = torch.mode
quantile = torch.quantile
nanquantile = torch.nanquantile
