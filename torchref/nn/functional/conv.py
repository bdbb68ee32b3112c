import torch

conv2d = torch.nn.functional.conv2d
