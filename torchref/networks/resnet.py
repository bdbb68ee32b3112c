"""ResNet: torchvision's resnet18, and the dilated ResNet-50 under DeepLabV3."""

from torch import nn


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_channels, planes, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, planes, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.downsample = shortcut(in_channels, planes, stride)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, in_channels, planes, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU()
        self.downsample = shortcut(in_channels, 4 * planes, stride)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


def shortcut(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return None
    convolution = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels))


def stage(block, in_channels, planes, blocks, stride=1, dilations=(1, 1)):
    """`blocks` blocks; dilations: of the first, and of the others."""
    first, rest = dilations
    out_channels = planes * block.expansion
    others = [block(out_channels, planes, dilation=rest) for _ in range(blocks - 1)]
    return nn.Sequential(block(in_channels, planes, stride, first), *others)


class Stem(nn.Module):
    """What all ResNets begin with."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, x):
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))


class ResNet18(Stem):
    def __init__(self, width=64, num_classes=1000):
        super().__init__(width)
        self.layer1 = stage(BasicBlock, width, width, 2)
        self.layer2 = stage(BasicBlock, width, 2 * width, 2, stride=2)
        self.layer3 = stage(BasicBlock, 2 * width, 4 * width, 2, stride=2)
        self.layer4 = stage(BasicBlock, 4 * width, 8 * width, 2, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(8 * width, num_classes)

    def forward(self, x):
        x = super().forward(x)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.flatten(self.avgpool(x)))


class Backbone50(Stem):
    """ResNet-50 without its head, an eighth of the input's size: the last strides are dilations."""

    def __init__(self, width=64, blocks=(3, 4, 6, 3)):
        super().__init__(width)
        one, two, three, four = blocks
        self.layer1 = stage(Bottleneck, width, width, one)
        self.layer2 = stage(Bottleneck, 4 * width, 2 * width, two, stride=2)
        self.layer3 = stage(Bottleneck, 8 * width, 4 * width, three, dilations=(1, 2))
        self.layer4 = stage(Bottleneck, 16 * width, 8 * width, four, dilations=(2, 4))

    def forward(self, x):
        x = super().forward(x)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))
