import torch

median = torch.median
nanmedian = torch.nanmedian
kthvalue = torch.kthvalue
mode = torch.mode
