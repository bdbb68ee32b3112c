import torch

conv1d = torch.nn.functional.conv1d
conv2d = torch.nn.functional.conv2d
conv3d = torch.nn.functional.conv3d
