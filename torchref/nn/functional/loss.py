from torch.nn import functional as F

mse_loss = F.mse_loss
l1_loss = F.l1_loss
smooth_l1_loss = F.smooth_l1_loss
huber_loss = F.huber_loss
poisson_nll_loss = F.poisson_nll_loss
gaussian_nll_loss = F.gaussian_nll_loss
