import torch

squeeze = torch.squeeze
unsqueeze = torch.unsqueeze
flatten = torch.flatten
unflatten = torch.unflatten
permute = torch.permute
movedim = torch.movedim
flip = torch.flip
roll = torch.roll
expand = torch.Tensor.expand
repeat = torch.Tensor.repeat
cat = torch.cat
stack = torch.stack
split = torch.split
chunk = torch.chunk
