from torch.nn import functional as F

relu = F.relu
relu6 = F.relu6
leaky_relu = F.leaky_relu
prelu = F.prelu
rrelu = F.rrelu
threshold = F.threshold
hardtanh = F.hardtanh
hardsigmoid = F.hardsigmoid
hardswish = F.hardswish
hardshrink = F.hardshrink
softshrink = F.softshrink
