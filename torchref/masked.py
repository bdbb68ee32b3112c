import torch

sum = torch.masked.sum
prod = torch.masked.prod
mean = torch.masked.mean
amax = torch.masked.amax
amin = torch.masked.amin
argmax = torch.masked.argmax
argmin = torch.masked.argmin
logsumexp = torch.masked.logsumexp
median = torch.masked.median
norm = torch.masked.norm
var = torch.masked.var
std = torch.masked.std
softmax = torch.masked.softmax
log_softmax = torch.masked.log_softmax
softmin = torch.masked.softmin
cumsum = torch.masked.cumsum
cumprod = torch.masked.cumprod
normalize = torch.masked.normalize
logaddexp = torch.masked.logaddexp
