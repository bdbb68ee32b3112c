"""MobileNetV2: torchvision's mobilenet_v2."""

from torch import nn

# expansion, channels, blocks, stride of the first block
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def conv_bn_relu6(in_channels, out_channels, kernel_size, stride=1, groups=1):
    padding = kernel_size // 2
    return nn.Sequential(
        nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False
        ),
        nn.BatchNorm2d(out_channels),
        nn.ReLU6(),
    )


class InvertedResidual(nn.Module):
    def __init__(self, in_channels, out_channels, stride, expansion):
        super().__init__()
        hidden = in_channels * expansion
        self.residual = stride == 1 and in_channels == out_channels
        widen = [] if expansion == 1 else [conv_bn_relu6(in_channels, hidden, 1)]
        self.conv = nn.Sequential(
            *widen,
            conv_bn_relu6(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, first=32, stages=STAGES, last=1280, num_classes=1000, dropout=0.2):
        super().__init__()
        layers, channels = [conv_bn_relu6(3, first, 3, stride=2)], first
        for expansion, out_channels, blocks, stride in stages:
            for i in range(blocks):
                stride_here = stride if i == 0 else 1
                layers.append(InvertedResidual(channels, out_channels, stride_here, expansion))
                channels = out_channels
        self.features = nn.Sequential(*layers, conv_bn_relu6(channels, last, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last, num_classes))

    def forward(self, x):
        return self.classifier(self.flatten(self.avgpool(self.features(x))))
