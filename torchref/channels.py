"""The channel operations by their definitions: loops over samples, channels and positions."""

from collections import namedtuple

import torch

_MergeByNorm = namedtuple("_MergeByNorm", "merged mask")


def _wide(x):
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def merge_by_norm(*tensors, ord=2, channel_dim=1, return_mask=False):
    if len(tensors) < 2:
        raise TypeError("two or more tensors")
    first = tensors[0]
    if any(x.shape != first.shape or x.dtype != first.dtype for x in tensors):
        raise RuntimeError("one shape and one dtype")
    if not 3 <= first.ndim <= 5:
        raise RuntimeError("3-D to 5-D")
    if range(first.ndim)[channel_dim] == 0:
        raise IndexError("dim 0 is the batch")
    moved = [x.movedim(channel_dim, 1) for x in tensors]
    out = moved[0].clone()
    mask = torch.zeros(out.shape[:2], dtype=torch.int64)
    for n in range(out.shape[0]):
        for c in range(out.shape[1]):
            largest = torch.linalg.vector_norm(_wide(moved[0][n, c]).flatten(), ord)
            for k, x in enumerate(moved):
                norm = torch.linalg.vector_norm(_wide(x[n, c]).flatten(), ord)
                if norm > largest:
                    out[n, c], mask[n, c], largest = x[n, c], k, norm
    merged = out.movedim(1, channel_dim)
    return _MergeByNorm(merged, mask) if return_mask else merged


def _check(input, kernel):
    if input.dtype != kernel.dtype or input.dtype == torch.bool:
        raise RuntimeError("one dtype, not bool")
    if any(not 1 <= k <= n for n, k in zip(input.shape[-2:], kernel.shape[-2:], strict=True)):
        raise RuntimeError("kernel is empty or larger than input")


def _corr2d(input, kernel):
    h, w = kernel.shape
    out = []
    for i in range(input.shape[0] - h + 1):
        for j in range(input.shape[1] - w + 1):
            products = _wide(input[i : i + h, j : j + w]) * _wide(kernel)
            out.append(products.sum(dtype=products.dtype))
    return torch.stack(out).reshape(input.shape[0] - h + 1, input.shape[1] - w + 1)


def _corr2d_multi_in(input, kernel):
    return sum(_corr2d(x, k) for x, k in zip(input, kernel, strict=True))


def corr2d(input, kernel):
    if input.ndim != 2 or kernel.ndim != 2:
        raise RuntimeError("(H, W) and (kh, kw)")
    _check(input, kernel)
    return _corr2d(input, kernel).to(input.dtype)


def corr2d_multi_in(input, kernel):
    if input.ndim != 3 or kernel.ndim != 3 or input.shape[0] != kernel.shape[0]:
        raise RuntimeError("(C, H, W) and (C, kh, kw)")
    _check(input, kernel)
    return _corr2d_multi_in(input, kernel).to(input.dtype)


def corr2d_multi_in_out(input, kernels):
    if input.ndim != 3 or kernels.ndim != 4 or input.shape[0] != kernels.shape[1]:
        raise RuntimeError("(C, H, W) and (O, C, kh, kw)")
    _check(input, kernels)
    return torch.stack([_corr2d_multi_in(input, kernel) for kernel in kernels]).to(input.dtype)


def corr2d_multi_in_out_1x1(input, kernels):
    if kernels.shape[2:] != (1, 1):
        raise RuntimeError("(C, H, W) and (O, C, 1, 1)")
    return corr2d_multi_in_out(input, kernels)
