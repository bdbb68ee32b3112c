from torch.nn import functional as F

adaptive_avg_pool1d = F.adaptive_avg_pool1d
adaptive_avg_pool2d = F.adaptive_avg_pool2d
adaptive_avg_pool3d = F.adaptive_avg_pool3d
adaptive_max_pool1d = F.adaptive_max_pool1d
adaptive_max_pool2d = F.adaptive_max_pool2d
adaptive_max_pool3d = F.adaptive_max_pool3d
