import torch

conv_transpose1d = torch.nn.functional.conv_transpose1d
conv_transpose2d = torch.nn.functional.conv_transpose2d
conv_transpose3d = torch.nn.functional.conv_transpose3d
