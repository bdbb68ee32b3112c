"""Layers of torch.nn.functional as one would write them in jax.numpy and jax.nn; see `naive.py`."""

import jax
import jax.numpy as jnp
from jax import lax


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


def linear(input, weight, bias):
    return input @ weight.T + bias


def bilinear(input1, input2, weight, bias):
    return jnp.einsum("ni,oij,nj->no", input1, weight, input2) + bias


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


def scaled_dot_product_attention(query, key, value):
    scores = query @ key.swapaxes(-2, -1) / query.shape[-1] ** 0.5
    return jax.nn.softmax(scores, axis=-1) @ value


def mse_loss(input, target):
    return jnp.mean((input - target) ** 2)


def l1_loss(input, target):
    return jnp.mean(jnp.abs(input - target))


def smooth_l1_loss(input, target):
    size = jnp.abs(input - target)
    return jnp.mean(jnp.where(size < 1, 0.5 * size**2, size - 0.5))


def huber_loss(input, target):
    return smooth_l1_loss(input, target)


def poisson_nll_loss(input, target):
    return jnp.mean(jnp.exp(input) - target * input)


def gaussian_nll_loss(input, target, var):
    var = jnp.maximum(var, 1e-6)
    return jnp.mean(0.5 * (jnp.log(var) + (input - target) ** 2 / var))


def cross_entropy(input, target):
    logs = jax.nn.log_softmax(input, axis=1)
    return -jnp.mean(jnp.take_along_axis(logs, target[:, None], axis=1))


def nll_loss(input, target):
    return -jnp.mean(jnp.take_along_axis(input, target[:, None], axis=1))


def binary_cross_entropy(input, target):
    no, yes = jnp.maximum(jnp.log1p(-input), -100), jnp.maximum(jnp.log(input), -100)
    return -jnp.mean(target * yes + (1 - target) * no)


def binary_cross_entropy_with_logits(input, target):
    yes, no = jax.nn.log_sigmoid(input), jax.nn.log_sigmoid(-input)
    return -jnp.mean(target * yes + (1 - target) * no)


def kl_div(input, target):
    return jnp.mean(target * (jnp.log(target) - input))


def soft_margin_loss(input, target):
    return jnp.mean(jnp.log1p(jnp.exp(-target * input)))


def multilabel_soft_margin_loss(input, target):
    return binary_cross_entropy_with_logits(input, target)


def hinge_embedding_loss(input, target):
    below = jnp.maximum(1 - input, 0)
    return jnp.mean(jnp.where(target == 1, 0, below) + jnp.where(target == -1, 0, input))


def cosine_embedding_loss(input1, input2, target):
    sizes = jnp.sum(input1**2, 1) * jnp.sum(input2**2, 1)
    cos = jnp.sum(input1 * input2, 1) / jnp.sqrt(sizes)
    far = jnp.where(target == -1, jnp.maximum(cos, 0), 0)
    return jnp.mean(jnp.where(target == 1, 1 - cos, far))


def margin_ranking_loss(input1, input2, target):
    return jnp.mean(jnp.maximum(-target * (input1 - input2), 0))


def triplet_margin_loss(anchor, positive, negative):
    near = _distance(anchor, positive)
    return jnp.mean(jnp.maximum(1 + near - _distance(anchor, negative), 0))


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


def _distance(x, y):
    return jnp.linalg.norm(x - y + 1e-6, axis=-1)
