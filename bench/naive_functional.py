"""Layers of torch.nn.functional as one would write them in jax.numpy and jax.nn; see `naive.py`."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.ndimage import map_coordinates


def softmax(input, dim=None, *, mask=None):
    kept = input if mask is None else jnp.where(mask, input, -jnp.inf)
    return jax.nn.softmax(kept, axis=dim)


def log_softmax(input, dim=None):
    return jax.nn.log_softmax(input, axis=dim)


def softmin(input, dim=None):
    return jax.nn.softmax(-input, axis=dim)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    size = jnp.linalg.vector_norm(input, axis=dim, ord=p, keepdims=True)
    return input / jnp.maximum(size, eps)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return jnp.linalg.vector_norm(x1 - x2 + eps, axis=-1, ord=p, keepdims=keepdim)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    return jnp.sum(normalize(x1, 2.0, dim, eps) * normalize(x2, 2.0, dim, eps), axis=dim)


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
    # jax.nn.hard_tanh gives an input on the bound the whole gradient, torch none
    return jnp.where(jnp.abs(input) < 1, input, jnp.sign(input))


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


def interpolate(input, size, scale_factor, mode):
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


def batch_norm(input, running_mean, running_var, weight, bias, training, eps=1e-5):
    # running statistics are for another call: this one is in training
    dims = (0, *range(2, input.ndim))
    return _scaled(_normalised(input, dims, eps), weight, bias, input)


def instance_norm(input, running_mean, running_var, weight, bias, eps=1e-5):
    dims = tuple(range(2, input.ndim))
    return _scaled(_normalised(input, dims, eps), weight, bias, input)


def group_norm(input, num_groups, weight, bias, eps=1e-5):
    groups = input.reshape(input.shape[0], num_groups, -1)
    return _scaled(_normalised(groups, (2,), eps).reshape(input.shape), weight, bias, input)


def layer_norm(input, normalized_shape, weight, bias, eps=1e-5):
    normalised = _normalised(input, tuple(range(-len(normalized_shape), 0)), eps)
    return (normalised * weight + bias).astype(input.dtype)


def rms_norm(input, normalized_shape, weight):
    dims = tuple(range(-len(normalized_shape), 0))
    eps = jnp.finfo(input.dtype).eps
    return input * lax.rsqrt(jnp.mean(input**2, axis=dims, keepdims=True) + eps) * weight


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    pads = [(0, 0)] * input.ndim
    pads[1] = (size // 2, (size - 1) // 2)
    window = (1, size) + (1,) * (input.ndim - 2)
    total = lax.reduce_window(input**2, 0.0, lax.add, window, (1,) * input.ndim, pads)
    return input / (k + alpha * total / size) ** beta


def _normalised(x, dims, eps):
    x = x.astype(jnp.float32)  # as Flax does; the sums are far too rough in bfloat16
    mean = jnp.mean(x, axis=dims, keepdims=True)
    return (x - mean) * lax.rsqrt(jnp.var(x, axis=dims, keepdims=True) + eps)


def _scaled(normalised, weight, bias, input):
    shape = (-1, *[1] * (input.ndim - 2))
    weight, bias = (p.astype(jnp.float32).reshape(shape) for p in (weight, bias))
    return (normalised * weight + bias).astype(input.dtype)


def avg_pool1d(input, kernel_size, stride=None, padding=0):
    return _avg_pool(1, input, kernel_size, stride, padding)


def avg_pool2d(input, kernel_size, stride=None, padding=0):
    return _avg_pool(2, input, kernel_size, stride, padding)


def avg_pool3d(input, kernel_size, stride=None, padding=0):
    return _avg_pool(3, input, kernel_size, stride, padding)


def max_pool1d(input, kernel_size, stride=None, padding=0):
    return _reduce_window(1, input, -jnp.inf, lax.max, kernel_size, stride, padding)


def max_pool2d(input, kernel_size, stride=None, padding=0):
    return _reduce_window(2, input, -jnp.inf, lax.max, kernel_size, stride, padding)


def max_pool3d(input, kernel_size, stride=None, padding=0):
    return _reduce_window(3, input, -jnp.inf, lax.max, kernel_size, stride, padding)


def lp_pool1d(input, norm_type, kernel_size, stride=None):
    powers = _reduce_window(1, input**norm_type, 0.0, lax.add, kernel_size, stride, 0)
    return powers ** (1 / norm_type)


def lp_pool2d(input, norm_type, kernel_size, stride=None):
    powers = _reduce_window(2, input**norm_type, 0.0, lax.add, kernel_size, stride, 0)
    return powers ** (1 / norm_type)


def adaptive_avg_pool1d(input, output_size):
    return _adaptive(1, input, output_size, jnp.mean)


def adaptive_avg_pool2d(input, output_size):
    return _adaptive(2, input, output_size, jnp.mean)


def adaptive_avg_pool3d(input, output_size):
    return _adaptive(3, input, output_size, jnp.mean)


def adaptive_max_pool1d(input, output_size):
    return _adaptive(1, input, output_size, jnp.max)


def adaptive_max_pool2d(input, output_size):
    return _adaptive(2, input, output_size, jnp.max)


def adaptive_max_pool3d(input, output_size):
    return _adaptive(3, input, output_size, jnp.max)


def _avg_pool(n, input, kernel_size, stride, padding):
    total = _reduce_window(n, input, 0.0, lax.add, kernel_size, stride, padding)
    return total / kernel_size**n


def _reduce_window(n, input, initial, combine, kernel_size, stride, padding):
    stride = kernel_size if stride is None else stride
    sizes, strides = ((1, 1) + (k,) * n for k in (kernel_size, stride))
    pads = [(0, 0)] * 2 + [(padding, padding)] * n
    return lax.reduce_window(input, initial, combine, sizes, strides, pads)


def _adaptive(n, input, output_size, reduce):
    out = input
    for axis, count in zip(range(2, n + 2), _each(n, output_size), strict=True):
        length = input.shape[axis]
        ends = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]
        parts = [lax.slice_in_dim(out, *pair, axis=axis) for pair in ends]
        out = jnp.stack([reduce(part, axis=axis) for part in parts], axis=axis)
    return out


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
