from torch.nn import functional as F

elu = F.elu
selu = F.selu
celu = F.celu
gelu = F.gelu
silu = F.silu
mish = F.mish
softplus = F.softplus
logsigmoid = F.logsigmoid
tanhshrink = F.tanhshrink
softsign = F.softsign
glu = F.glu
