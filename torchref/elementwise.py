import torch

where = torch.where
clamp = torch.clamp
maximum = torch.maximum
minimum = torch.minimum
fmax = torch.fmax
fmin = torch.fmin
lerp = torch.lerp
abs = torch.abs
logaddexp = torch.logaddexp
