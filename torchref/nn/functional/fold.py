import torch

fold = torch.nn.functional.fold
unfold = torch.nn.functional.unfold
