from torch.nn import functional as F

scaled_dot_product_attention = F.scaled_dot_product_attention
