"""The modules and what they are tried on; `_modules.Row` says how they are read."""

from typing import Any

from ._modules import Row
from ._spec import Tensor, t

LINE, IMAGE, VOLUME = t(2, 4, 7), t(2, 4, 6, 7), t(2, 4, 3, 4, 5)


def row(name: str, inputs: Tensor | tuple[Tensor, ...], *args: Any, **kwargs: Any) -> Row:
    return Row(name, args, kwargs, inputs if isinstance(inputs, tuple) else (inputs,))


def unbatched(name: str, input: Tensor, *args: Any, **kwargs: Any) -> Row:
    return Row(name, args, kwargs, (input,), channel=0)


def convolutions() -> list[Row]:
    rows = [
        row("Conv2d", IMAGE, 4, 6, 3, stride=2, padding=1),
        row("Conv2d", IMAGE, 4, 8, (3, 2), dilation=2, groups=4, bias=False),
        row("Conv2d", IMAGE, 4, 6, (2, 3), padding="same", padding_mode="circular"),
        row("Conv2d", IMAGE, 4, 6, 3, padding=(2, 1), padding_mode="reflect", stride=2),
        row("Conv2d", IMAGE, 4, 6, 3, padding="valid", padding_mode="replicate"),
        row("Conv1d", LINE, 4, 6, 3, padding=1),
        row("Conv1d", LINE, 4, 6, 4, padding="same", padding_mode="replicate"),
        row("Conv3d", VOLUME, 4, 2, (1, 2, 3), stride=(1, 2, 1)),
        row("Conv3d", VOLUME, 4, 2, 2, padding=1, padding_mode="circular"),
        unbatched("Conv2d", t(4, 5, 6), 4, 2, 3, padding=1, padding_mode="reflect"),
        row("ConvTranspose1d", LINE, 4, 6, 3, stride=2, output_padding=1),
        row("ConvTranspose2d", IMAGE, 4, 6, 3, stride=2, padding=1, output_padding=(0, 1)),
        row("ConvTranspose2d", IMAGE, 4, 8, (2, 3), groups=4, dilation=2, bias=False),
        row("ConvTranspose3d", VOLUME, 4, 2, 2, stride=(1, 2, 2)),
    ]
    sizes = [(11, 13), (2, 6, 11, 13)]
    up = [("ConvTranspose2d", (4, 6, 3), {"stride": 2, "padding": 1}, (IMAGE,))]
    return rows + [Row(*u, call={"output_size": size}) for u in up for size in sizes[:1]]


NORMS = [
    *(row("BatchNorm1d", x, 4) for x in (t(5, 4), LINE)),
    row("BatchNorm2d", IMAGE, 4),
    row("BatchNorm2d", IMAGE, 4, eps=1e-3, momentum=None),
    row("BatchNorm2d", IMAGE, 4, affine=False, momentum=0.3),
    row("BatchNorm2d", IMAGE, 4, track_running_stats=False),
    row("BatchNorm2d", IMAGE, 4, bias=False),
    row("BatchNorm3d", VOLUME, 4),
    row("FrozenBatchNorm2d", IMAGE, 4),
    row("InstanceNorm1d", LINE, 4),
    row("InstanceNorm2d", IMAGE, 4, affine=True, track_running_stats=True),
    row("InstanceNorm2d", IMAGE, 4, track_running_stats=True, momentum=0.3),
    unbatched("InstanceNorm2d", t(4, 5, 6), 4, affine=True, track_running_stats=True),
    row("InstanceNorm3d", VOLUME, 4, affine=True),
    row("GroupNorm", IMAGE, 2, 4),
    row("GroupNorm", t(3, 4), 2, 4, affine=False),
    row("LayerNorm", t(3, 4, 6), 6),
    row("LayerNorm", t(3, 4, 6), (4, 6), bias=False),
    row("LayerNorm", t(3, 4, 6), [4, 6], elementwise_affine=False, eps=1e-3),
    row("LayerNorm2d", IMAGE, 4),
    row("LayerNorm2d", IMAGE, 4, affine=False),
    row("RMSNorm", t(3, 4, 6), 6),
    row("RMSNorm", t(3, 4, 6), (4, 6), eps=1e-3, elementwise_affine=False),
    row("LocalResponseNorm", IMAGE, 3, alpha=0.1),
]

POOLS = [
    row("MaxPool1d", LINE, 3, padding=1),
    row("MaxPool2d", IMAGE, 3, stride=2, padding=1, ceil_mode=True),
    row("MaxPool2d", IMAGE, 2, dilation=2, return_indices=True),
    row("MaxPool3d", VOLUME, 2),
    row("AvgPool1d", LINE, 3),
    row("AvgPool2d", IMAGE, 3, stride=2, padding=1, count_include_pad=False),
    row("AvgPool2d", IMAGE, (2, 3), ceil_mode=True, divisor_override=3),
    row("AvgPool3d", VOLUME, 2, stride=1),
    row("LPPool1d", t(2, 4, 7, draw="positive"), 2, 3),
    row("LPPool2d", t(2, 4, 6, 7, draw="positive"), 2, (2, 3), stride=2),
    *(row(f"Adaptive{kind}Pool1d", LINE, 3) for kind in ("Avg", "Max")),
    *(row(f"Adaptive{kind}Pool2d", IMAGE, (2, None)) for kind in ("Avg", "Max")),
    *(row(f"Adaptive{kind}Pool3d", VOLUME, 2) for kind in ("Avg", "Max")),
    row("MaxUnpool1d", (t(2, 4, 3), t(2, 4, 3, draw="labels", dtype="int64")), 2),
    row("MaxUnpool2d", (t(2, 1, 3, 3), t(2, 1, 3, 3, draw="zeros", dtype="int64")), 2),
    row("MaxUnpool3d", (t(2, 1, 1, 1, 1), t(2, 1, 1, 1, 1, draw="ties", dtype="int64")), 2),
]

ACTIVATIONS = [
    *(
        row(name, t(3, 4))
        for name in (
            "ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardsigmoid", "Hardswish", "LogSigmoid",
            "Softsign", "Tanhshrink", "Sigmoid", "Tanh", "ELU", "CELU", "GELU", "LeakyReLU",
            "Hardtanh", "Hardshrink", "Softshrink", "Softplus", "GLU",
        )
    ),
    row("ELU", t(3, 4), 0.5),
    row("CELU", t(3, 4), 0.5),
    row("GELU", t(3, 4), approximate="tanh"),
    row("LeakyReLU", t(3, 4), 0.2),
    row("Hardtanh", t(3, 4), -0.5, 0.25),
    row("Hardshrink", t(3, 4), 0.2),
    row("Softshrink", t(3, 4), 0.2),
    row("Softplus", t(3, 4), 2.0, 1.0),
    row("Threshold", t(3, 4), 0.1, 20.0),
    row("GLU", t(4, 3), 0),
    *(row(name, t(3, 4), dim=0) for name in ("Softmax", "Softmin", "LogSoftmax")),
    row("Softmax2d", IMAGE),
    row("PReLU", IMAGE),
    row("PReLU", IMAGE, 4, 0.5),
    row("PReLU", t(3, 4), 4),
]  # fmt: skip

SHAPES = [
    row("Linear", t(3, 2, 4), 4, 5),
    row("Linear", t(4), 4, 5, bias=False),
    row("Embedding", t(2, 3, draw="labels", dtype="int64"), 5, 3),
    row("Embedding", t(2, 3, draw="labels", dtype="int64"), 5, 3, padding_idx=-5),
    row("Identity", t(3), 7, any=True),
    Row("Flatten", (), {}, (IMAGE,), flat=True),
    Row("Flatten", (2,), {}, (IMAGE,), flat=True),
    row("Unflatten", t(3, 6), 1, (2, 3)),
    row("Permute", t(2, 3, 4), (0, 2, 1)),
    row("Squeeze", t(3, 1, 1), (1, 2)),
    row("PixelShuffle", t(2, 8, 2, 3), 2),
    row("PixelUnshuffle", t(2, 2, 4, 6), 2),
    row("ChannelShuffle", t(2, 6, 2, 3), 3),
    Row("Unfold", (2,), {}, (IMAGE,)),
    Row("Fold", ((3, 4), 2), {"padding": 1}, (t(2, 8, 20),)),
    row("Upsample", IMAGE, scale_factor=2),
    row("Upsample", IMAGE, (4, 9), mode="bilinear", align_corners=False),
    row("Upsample", LINE, scale_factor=1.5, mode="linear"),
    row("UpsamplingNearest2d", IMAGE, (4, 9)),
    row("UpsamplingBilinear2d", IMAGE, scale_factor=2),
]

PAD_KINDS = (("Zero",), ("Constant", 0.5), ("Reflection",), ("Replication",), ("Circular",))
PADS = [
    *(
        row(f"{kind}Pad{n}d", x, tuple(range(1, 1 + 2 * n)) if kind == "Zero" else 1, *value)
        for kind, *value in PAD_KINDS
        for n, x in ((1, LINE), (2, IMAGE), (3, VOLUME))
    ),
    unbatched("ReflectionPad2d", t(4, 5, 6), (1, 2, 0, 1)),
]

DRAWING = [
    Row(name, (0.4,), {}, (x,), random=True)
    for name, x in (
        ("Dropout", t(3, 4)),
        ("Dropout1d", LINE),
        ("Dropout2d", IMAGE),
        ("Dropout3d", VOLUME),
        ("AlphaDropout", t(3, 4)),
        ("DropPath", IMAGE),
    )
] + [Row("RReLU", (), {}, (t(3, 4),), random=True)]

BLOCKS = [
    row("ConvNormAct", IMAGE, 4, 6, 3, stride=2),
    row("ConvNormAct", IMAGE, 4, 6, 3, dilation=2, apply_act=False),
    row("Conv2dNormActivation", IMAGE, 4, 6),
    row("Conv2dNormActivation", IMAGE, 4, 6, 1, norm_layer=None, activation_layer=None),
    row("GhostModule", IMAGE, 4, 5),
    row("ShuffleUnit", IMAGE, 4, 6, 2),
    row("ShuffleUnit", IMAGE, 4, 4, 1),
    row("BlurPool2d", IMAGE, 4),
    row("BlurPool2d", IMAGE, filt_size=4, stride=1, pad_mode="constant"),
    row("LayerScale", t(2, 3, 4), 4),
    row("LayerScale2d", IMAGE, 4, 0.5),
    row("GlobalResponseNorm", t(2, 3, 5, 4), 4),
    row("GlobalResponseNorm", t(1, 2, 2, 3, draw="zero_row"), 2, channels_last=False),
    row("ConvNeXtBlock", IMAGE, 4, kernel_size=3, mlp_ratio=2),
    row("ConvNeXtBlock", IMAGE, 4, kernel_size=3, use_grn=True, ls_init_value=None),
    row("ConvNeXtBlock", IMAGE, 4, kernel_size=3, use_grn=True, conv_mlp=True, mlp_ratio=2),
    row("CNBlock", IMAGE, 4, 0.1, 0.0),
    row("SEModule", IMAGE, 4),
    row("SEModule", IMAGE, 4, rd_channels=2, add_maxpool=True, bias=False),
    row("SqueezeExcitation", IMAGE, 4, 2),
    row("EffectiveSEModule", IMAGE, 4),
    row("EcaModule", IMAGE, 4),
    row("EcaModule", t(2, 64, 2, 2), 64, use_mlp=True),
    row("CecaModule", IMAGE, 4),
    row("ChannelAttn", IMAGE, 4, rd_channels=2),
    row("SpatialAttn", IMAGE, 3),
    row("CbamModule", IMAGE, 4, rd_ratio=0.5, spatial_kernel_size=3),
    row("CoordAttn", IMAGE, 4),
    row("CoordAttn", IMAGE, 4, bias=True, has_skip=True),
    Row("SelectiveKernelAttn", (4,), {"attn_channels": 3}, (t(2, 2, 4, 3, 3),), channel=2),
    row("SelectiveKernel", IMAGE, 4, rd_channels=3),
    row("SelectiveKernel", IMAGE, 4, 6, [3, 5, 3], keep_3x3=False, split_input=False, stride=2),
    row("SplitAttn", IMAGE, 4, rd_channels=3),
    row("SplitAttn", IMAGE, 4, 8, groups=2, rd_channels=4, stride=2),
    row("SplitAttn", IMAGE, 4, radix=1, rd_channels=3),
    row("GlobalContext", IMAGE, 4, rd_channels=3),
    row("GlobalContext", IMAGE, 4, use_attn=False, fuse_add=True, rd_channels=3),
    Row("ASPP", (4, (2, 3)), {"out_channels": 3}, (IMAGE,), random=True),
    Row("FCNHead", (8, 3), {}, (t(2, 8, 4, 4),), random=True),
    Row("FeaturePyramidNetwork", ([2, 3], 4), {}, ([t(2, 2, 5, 6), t(2, 3, 2, 3)],)),
    row("PPM", IMAGE, 4, 2, (1, 2)),
    row("DoubleConv", IMAGE, 4, 3),
    row("UNetUp", (t(2, 3, 3, 3), t(2, 3, 7, 6)), 6, 2),
    row("UNetUp", (t(2, 6, 3, 3), t(2, 3, 6, 7)), 6, 2, bilinear=False),
    row("FastNormalizedMerge", (IMAGE, IMAGE), 2),
    *(
        row("ChannelNormMerge", (IMAGE,) * n, mode)
        for mode in ("sum", "mean", "max", "l1", "l2", "max_norm", "softmax_norm")
        for n in (2, 3)
    ),
    row("ChannelNormMerge", (t(2, 2, 2, 3, draw="zeros"), t(2, 2, 2, 3, draw="zero_row")), "l1"),
    row("ChannelNormMerge", (LINE, LINE), "max_norm", float("inf")),
]

ROWS = [*convolutions(), *NORMS, *POOLS, *ACTIVATIONS, *SHAPES, *PADS, *DRAWING, *BLOCKS]
