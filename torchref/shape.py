import torch

squeeze = torch.squeeze
