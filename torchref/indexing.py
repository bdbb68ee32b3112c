import torch

gather = torch.gather
take_along_dim = torch.take_along_dim
index_select = torch.index_select
masked_select = torch.masked_select
nonzero = torch.nonzero
repeat_interleave = torch.repeat_interleave
