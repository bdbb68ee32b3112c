import torch

amax = torch.amax
amin = torch.amin
max = torch.max
min = torch.min
argmax = torch.argmax
argmin = torch.argmin
aminmax = torch.aminmax
