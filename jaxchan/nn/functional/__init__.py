"""torch.nn.functional's functions, under its names."""

from .conv import conv2d as conv2d
