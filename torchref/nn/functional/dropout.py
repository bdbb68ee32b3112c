from torch.nn import functional as F

dropout = F.dropout
dropout1d = F.dropout1d
dropout2d = F.dropout2d
dropout3d = F.dropout3d
alpha_dropout = F.alpha_dropout
