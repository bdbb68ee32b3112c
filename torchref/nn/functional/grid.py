from torch.nn import functional as F

affine_grid = F.affine_grid
grid_sample = F.grid_sample
