import torch

sort = torch.sort
argsort = torch.argsort
msort = torch.msort
topk = torch.topk
