from torch.nn import functional as F

avg_pool1d = F.avg_pool1d
avg_pool2d = F.avg_pool2d
avg_pool3d = F.avg_pool3d
max_pool1d = F.max_pool1d
max_pool2d = F.max_pool2d
max_pool3d = F.max_pool3d
lp_pool1d = F.lp_pool1d
lp_pool2d = F.lp_pool2d
