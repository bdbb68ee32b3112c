"""The operations that the convolutions replace, as torch has them."""

import torch


def _check(*tensors):
    first = tensors[0]
    if not first.is_floating_point():
        raise RuntimeError("floating point")
    if not 3 <= first.ndim <= 5 or first.shape[1] == 0:
        raise RuntimeError("3-D to 5-D with channels")
    if any(x.shape != first.shape or x.dtype != first.dtype for x in tensors):
        raise RuntimeError("one shape and one dtype")


def sum_as_conv(input):
    _check(input)
    return torch.sum(input, dim=1, keepdim=True)


def mean_as_conv(input):
    _check(input)
    return torch.mean(input, dim=1, keepdim=True)


def add_as_conv(*tensors):
    if len(tensors) < 2:
        raise TypeError("two or more tensors")
    _check(*tensors)
    return sum(tensors[1:], tensors[0])
