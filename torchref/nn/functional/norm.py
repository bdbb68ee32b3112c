"""Torch's normalisations. Those that return the running statistics return what torch wrote."""

from collections import namedtuple

from torch.nn import functional as F

NormStats = namedtuple("NormStats", "output running_mean running_var")

batch_norm = F.batch_norm
instance_norm = F.instance_norm
group_norm = F.group_norm
layer_norm = F.layer_norm
rms_norm = F.rms_norm
local_response_norm = F.local_response_norm


def _channels_first(x, data_format):
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("NCHW or NHWC")
    return x.movedim(-1, 1) if data_format == "NHWC" and x.ndim > 1 else x


def _copies(running):
    return [None if v is None else v.detach().clone() for v in running]


def _channels_back(x, data_format):
    return x.movedim(1, -1) if data_format == "NHWC" and x.ndim > 1 else x


def batch_norm_stats(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
    *,
    data_format="NCHW",
):
    x, running = _channels_first(input, data_format), _copies([running_mean, running_var])
    out = F.batch_norm(x, *running, weight, bias, training, momentum, eps)
    return NormStats(_channels_back(out, data_format), *running)


def instance_norm_stats(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
    *,
    data_format="NCHW",
):
    x, running = _channels_first(input, data_format), _copies([running_mean, running_var])
    out = F.instance_norm(x, *running, weight, bias, use_input_stats, momentum, eps)
    return NormStats(_channels_back(out, data_format), *running)
