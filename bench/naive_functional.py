"""Layers of torch.nn.functional as one would write them in jax.numpy and jax.nn; see `naive.py`."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.ndimage import map_coordinates


def relu(input):
    return jax.nn.relu(input)


def relu6(input):
    return jax.nn.relu6(input)


def leaky_relu(input, negative_slope=0.01):
    return jax.nn.leaky_relu(input, negative_slope)


def prelu(input, weight):
    return jnp.where(input >= 0, input, weight[:, None, None] * input)


def rrelu(input, lower=1 / 8, upper=1 / 3):
    return jax.nn.leaky_relu(input, (lower + upper) / 2)


def threshold(input, threshold, value):
    return jnp.where(input > threshold, input, value)


def hardtanh(input):
    return jax.nn.hard_tanh(input)


def hardsigmoid(input):
    return jax.nn.hard_sigmoid(input)


def hardswish(input):
    return jax.nn.hard_swish(input)


def hardshrink(input, lambd=0.5):
    return jnp.where(jnp.abs(input) > lambd, input, 0)


def softshrink(input, lambd=0.5):
    return jnp.sign(input) * jnp.maximum(jnp.abs(input) - lambd, 0)


def elu(input, alpha=1.0):
    return jax.nn.elu(input, alpha)


def selu(input):
    return jax.nn.selu(input)


def celu(input, alpha=1.0):
    return jax.nn.celu(input, alpha)


def gelu(input):
    return jax.nn.gelu(input, approximate=False)


def silu(input):
    return jax.nn.silu(input)


def mish(input):
    return jax.nn.mish(input)


def softplus(input):
    return jax.nn.softplus(input)


def logsigmoid(input):
    return jax.nn.log_sigmoid(input)


def tanhshrink(input):
    return input - jnp.tanh(input)


def softsign(input):
    return jax.nn.soft_sign(input)


def glu(input, dim=-1):
    return jax.nn.glu(input, dim)


def pixel_shuffle(input, upscale_factor):
    n, c, h, w = input.shape
    r = upscale_factor
    cells = input.reshape(n, c // r**2, r, r, h, w).transpose(0, 1, 4, 2, 5, 3)
    return cells.reshape(n, c // r**2, h * r, w * r)


def pixel_unshuffle(input, downscale_factor):
    n, c, h, w = input.shape
    r = downscale_factor
    cells = input.reshape(n, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4)
    return cells.reshape(n, c * r**2, h // r, w // r)


def channel_shuffle(input, groups):
    n, c, *rest = input.shape
    return input.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(input.shape)


def pad(input, pad, mode):
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    return jnp.pad(input, [(0, 0)] * (input.ndim - len(pairs)) + pairs, mode)


def interpolate(input, scale_factor, mode):
    spatial = [n * scale_factor for n in input.shape[2:]]
    return jax.image.resize(input, (*input.shape[:2], *spatial), mode, antialias=False)


def grid_sample(input, grid):
    height, width = input.shape[2:]
    x, y = (grid[..., 0] + 1) * width / 2 - 0.5, (grid[..., 1] + 1) * height / 2 - 0.5

    def sample(channels, y, x):
        return jax.vmap(lambda c: map_coordinates(c, [y, x], order=1, cval=0.0))(channels)

    return jax.vmap(sample)(input, y, x)


def affine_grid(theta, size):
    height, width = size[2:]
    x, y = ((2 * jnp.arange(n) + 1) / n - 1 for n in (width, height))
    base = jnp.stack([*jnp.meshgrid(x, y), jnp.ones((height, width))], axis=-1)
    return jnp.einsum("hwk,nik->nhwi", base, theta)


def linear(input, weight, bias):
    return input @ weight.T + bias


def embedding(input, weight):
    return weight[input]


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(input, weight, stride=1, padding=0):
    return _conv_transpose(1, input, weight, stride, padding)


def conv_transpose2d(input, weight, stride=1, padding=0):
    return _conv_transpose(2, input, weight, stride, padding)


def conv_transpose3d(input, weight, stride=1, padding=0):
    return _conv_transpose(3, input, weight, stride, padding)


def unfold(input, kernel_size, padding):
    windows, pads = (kernel_size,) * 2, [(padding,) * 2] * 2
    patches = lax.conv_general_dilated_patches(input, windows, (1, 1), pads)
    return patches.reshape(*patches.shape[:2], -1)


def fold(input, output_size, kernel_size, padding):
    n, size = input.shape[0], output_size + 2 * padding
    channels, blocks = input.shape[1] // kernel_size**2, size - kernel_size + 1
    columns = input.reshape(n, channels, kernel_size, kernel_size, blocks, blocks)
    image = jnp.zeros((n, channels, size, size), input.dtype)
    for i in range(kernel_size):
        for j in range(kernel_size):
            image = image.at[:, :, i : i + blocks, j : j + blocks].add(columns[:, :, i, j])
    return image[:, :, padding : size - padding, padding : size - padding]


def _conv(n, input, weight, bias, stride, padding, dilation, groups):
    if isinstance(padding, int | tuple):
        padding = [(p, p) for p in _each(n, padding)]
    result = lax.conv_general_dilated(
        input,
        weight,
        _each(n, stride),
        padding.upper() if isinstance(padding, str) else padding,
        rhs_dilation=_each(n, dilation),
        feature_group_count=groups,
    )
    return result if bias is None else result + bias.reshape(-1, *(1,) * n)


def _conv_transpose(n, input, weight, stride, padding):
    spatial = "DHW"[-n:]
    return lax.conv_transpose(
        input,
        weight,
        (stride,) * n,
        [(k - 1 - padding,) * 2 for k in weight.shape[2:]],
        dimension_numbers=(f"NC{spatial}", f"OI{spatial}", f"NC{spatial}"),
        transpose_kernel=True,
    )


def _each(n, value):
    return (value,) * n if isinstance(value, int) else tuple(value)
