from torch.nn import functional as F

pairwise_distance = F.pairwise_distance
