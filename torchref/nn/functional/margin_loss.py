from torch.nn import functional as F

soft_margin_loss = F.soft_margin_loss
multilabel_soft_margin_loss = F.multilabel_soft_margin_loss
hinge_embedding_loss = F.hinge_embedding_loss
cosine_embedding_loss = F.cosine_embedding_loss
margin_ranking_loss = F.margin_ranking_loss
triplet_margin_loss = F.triplet_margin_loss
