from torch.nn import functional as F

normalize = F.normalize
pairwise_distance = F.pairwise_distance
cosine_similarity = F.cosine_similarity
