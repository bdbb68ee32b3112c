from torch.nn import functional as F

embedding = F.embedding
one_hot = F.one_hot
