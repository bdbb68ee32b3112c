"""Layers of torch.nn.functional as one would write them in jax.numpy and jax.nn; see `naive.py`."""

import jax
import jax.numpy as jnp


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


def embedding(input, weight):
    return weight[input]
