"""What specs do not say of convolutions: both branches, channels last, and the precision."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan.nn.functional as F
from jaxchan.nn.functional import _correlate, conv_transpose
from jaxchan.nn.functional._correlate import (
    Window,
    as_product,
    by_depth,
    by_samples,
    depthwise,
    grouped,
    plain,
)
from jaxchan.parity import Comparison, check_all

HIGHEST = jax.lax.Precision.HIGHEST
# (C, O, groups) with one channel to a group, with more, and without groups
APART, GROUPS, WHOLE = (
    ((4, 4, 4), (3, 6, 3)),
    ((4, 6, 2), (6, 3, 3), (4, 32, 2)),
    ((3, 4, 1), (2, 60, 1)),
)
# (stride, padding, dilation) in two dims
MOVES = (((1, 1), (1, 1), (1, 1)), ((2, 1), (0, 2), (1, 2)), ((3, 2), (2, 1), (2, 1)))
PRODUCT_OF_BFLOAT16 = r"dot_general.*xbf16>, tensor<.*xbf16>\) -> tensor<.*xf32>"


def drawn(*shapes: tuple[int, ...], dtype: str = "float64") -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def window(stride: Any, padding: Any, dilation: Any, groups: int, layout: str = "NCHW") -> Window:
    pads = tuple((p, p) for p in padding)
    return Window(stride, pads, dilation, groups, layout, HIGHEST, (1,) * len(stride))


def at_once(x: jax.Array, w: jax.Array, window: Window) -> jax.Array:
    """`grouped` as it is for large maps."""
    with patch.object(_correlate, "MANY_PLACES", 0):
        return grouped(x, w, window)


def assert_torchs(*comparisons: Comparison) -> None:
    results = check_all(comparisons)
    assert [f for r in results for f in r.findings if f.status not in ("pass", "vacuous")] == []
    assert all(results)


def forwards(branch: Callable, channels: tuple[int, int, int], dtype: str) -> list[Comparison]:
    c, o, g = channels
    arrays = drawn((2, c, 7, 6), (o, c // g, 3, 2), dtype=dtype)
    asked = []
    for stride, padding, dilation in MOVES:
        options: dict[str, Any] = dict(stride=stride, padding=padding, dilation=dilation, groups=g)
        ours = partial(branch, window=window(stride, padding, dilation, g))
        theirs = partial(torch.conv2d, **options)
        asked.append(Comparison(ours, theirs, arrays, terms="abs"))
    return asked


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize(
    ("branch", "channels"),
    [(depthwise, c) for c in APART]
    + [(way, c) for c in GROUPS for way in (grouped, at_once)]
    + [(way, c) for c in WHOLE for way in (as_product, by_samples)]
    + [(plain, c) for c in (*APART, *GROUPS, *WHOLE)],
)
def test_each_branch_is_torchs(branch: Callable, channels: tuple, dtype: str) -> None:
    assert_torchs(*forwards(branch, channels, dtype))


@pytest.mark.parametrize(
    ("branch", "channels"),
    [
        (depthwise, APART[1]),
        (grouped, GROUPS[0]),
        (at_once, GROUPS[0]),
        (as_product, WHOLE[0]),
        (as_product, WHOLE[1]),
        (by_samples, WHOLE[0]),
    ],
)
def test_branch_under_vmap(branch: Callable, channels: tuple) -> None:
    c, o, g = channels
    x, w = drawn((3, 2, c, 5, 4), (3, o, c // g, 2, 2))
    ours = jax.vmap(partial(branch, window=window((2, 1), (1, 1), (1, 1), g)))
    options: dict[str, Any] = dict(stride=(2, 1), padding=1, groups=g)

    def theirs(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.conv2d(*pair, **options) for pair in zip(x, w, strict=True)])

    assert_torchs(Comparison(ours, theirs, [x, w], terms="abs"))


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_products_of_bfloat16_as_they_are(layout: str) -> None:
    x, w = drawn((2, 40, 5, 4), (3, 40, 1, 1), dtype="bfloat16")
    moves = window((1, 1), (1, 0), (1, 1), 1, layout)

    def ours(x: jax.Array, w: jax.Array) -> jax.Array:
        if layout == "NCHW":
            return as_product(x, w, moves)
        return jnp.moveaxis(as_product(jnp.moveaxis(x, 1, -1), w, moves), -1, 1)

    assert_torchs(Comparison(ours, partial(torch.conv2d, padding=(1, 0)), [x, w], terms="abs"))
    program = jax.jit(ours).lower(x, w).as_text()
    assert re.search(PRODUCT_OF_BFLOAT16, program)


def test_large_groups_of_many_rows_are_products_of_bfloat16() -> None:
    def are(rows: int) -> bool:
        x, w = drawn((1, 4, 5, 4), (2 * rows, 2, 3, 2), dtype="bfloat16")
        ours = partial(at_once, window=window((1, 1), (0, 0), (1, 1), 2))
        return bool(re.search(PRODUCT_OF_BFLOAT16, jax.jit(ours).lower(x, w).as_text()))

    assert [are(rows) for rows in (15, 16)] == [False, True]


# one by one, by fives, by eights, and by eights with a rest
@pytest.mark.parametrize("rows", [8, 10, 16, 19])
def test_gradient_of_depthwise_weights_has_all_rows(rows: int) -> None:
    x, w = drawn((2, 2, 2 * rows + 2, 5), (4, 1, 3, 2))
    ours = partial(depthwise, window=window((2, 1), (0, 0), (1, 1), 2))
    assert jax.eval_shape(ours, x, w).shape[2] == rows
    assert_torchs(Comparison(ours, partial(torch.conv2d, stride=(2, 1), groups=2), [x, w]))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("together", [1, 2, 5])
def test_gradient_of_dense_weights_has_all_samples(together: int, dtype: str) -> None:
    x, w = drawn((5, 3, 6, 5), (4, 3, 3, 2), dtype=dtype)
    moves = window((2, 1), (1, 0), (1, 2), 1)
    last = moves._replace(layout="NHWC")

    def channels_last(x: jax.Array, w: jax.Array) -> jax.Array:
        return jnp.moveaxis(_correlate._dense(jnp.moveaxis(x, 1, -1), w, last), -1, 1)

    theirs = partial(torch.conv2d, stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    numbers = together * 3 * 3 * 3 * 3 * 2 * (2 if dtype == "float64" else 1)
    with patch.multiple(_correlate, MOST_PATCHES=numbers, MANY_PLACES=0, LARGE_OUTPUT=0):
        for ours in (partial(_correlate._dense, window=moves), channels_last):
            with patch.object(_correlate, "by_samples", wraps=by_samples) as products:
                assert_torchs(Comparison(ours, theirs, [x, w], terms="abs"))
            assert products.called


def test_gradient_of_dense_weights_is_a_product_where_maps_are_large() -> None:
    def products(samples: int, channels: int, size: int) -> bool:
        x, w = jnp.ones((samples, channels, size, size)), jnp.ones((32, channels, 3, 3))
        gradient = jax.jit(jax.grad(lambda w: F.conv2d(x, w, padding=1).sum()))
        traced = gradient.trace(w)
        texts = {p: traced.lower(lowering_platforms=(p,)).as_text() for p in ("cpu", "cuda")}
        assert "dot_general" not in texts["cuda"]
        return "dot_general" in texts["cpu"]

    assert products(2, 32, 64)  # 2 * 32 * 64 * 64 is 2 ** 18
    assert not products(2, 32, 63)
    assert not products(2, 31, 64)
    assert not products(64, 32, 16)
    with patch.object(_correlate, "MOST_OF_IMAGE", 32 * 9 * 64 * 65 - 1):
        assert not products(2, 32, 65)


def test_volume_with_channels_last_in_both_branches() -> None:
    for branch, (c, o, g) in ((depthwise, APART[1]), (grouped, GROUPS[0]), (at_once, GROUPS[0])):
        x, w = drawn((2, 4, 3, 5, c), (o, c // g, 2, 1, 3))
        moves = window((1, 2, 1), (1, 0, 2), (2, 1, 1), g, "NDHWC")
        options: dict[str, Any] = dict(
            stride=(1, 2, 1), padding=(1, 0, 2), dilation=(2, 1, 1), groups=g
        )

        def theirs(x, w, options=options):
            return torch.conv3d(x.movedim(-1, 1), w, **options).movedim(1, -1)

        assert_torchs(
            *(Comparison(partial(b, window=moves), theirs, [x, w]) for b in (branch, plain))
        )


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_volume_as_images(dtype: str) -> None:
    x, w = drawn((2, 3, 5, 4, 3), (4, 3, 3, 2, 1), dtype=dtype)
    for stride, padding, dilation in (
        ((2, 1, 1), (1, 0, 2), (1, 2, 1)),
        ((1, 2, 2), (0, 1, 0), (2, 1, 1)),
    ):
        moves = window(stride, padding, dilation, 1, "NCDHW")
        theirs = partial(torch.conv3d, stride=stride, padding=padding, dilation=dilation)
        branches = (partial(b, window=moves) for b in (by_depth, plain))
        assert_torchs(*(Comparison(b, theirs, [x, w], terms="abs") for b in branches))


def test_kernel_over_image_is_image_over_kernel() -> None:
    """The two forms of a transposed convolution, of which one is the other's tangent in `w`."""
    x, w = drawn((2, 3, 4, 3), (3, 2, 3, 2))
    moves = Window((1, 1), ((1, 2), (0, 1)), (2, 1), 1, "NCHW", HIGHEST, (2, 3))
    options: dict[str, Any] = dict(stride=(2, 3), padding=(3, 1), output_padding=1, dilation=(2, 1))

    def theirs(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv_transpose2d(x, w.flip(2, 3), **options)

    for form in (conv_transpose._with_gaps, conv_transpose._over_the_kernel):
        assert_torchs(Comparison(partial(form, window=moves), theirs, [x, w], terms="abs"))


# the kernel is a multiple of the stride, of the stride but for the depth, and neither
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        ((4, 3), dict(stride=(2, 3), padding=(1, 0), output_padding=(1, 2))),
        ((2, 4, 2), dict(stride=(2, 1, 2), padding=(0, 2, 1))),
        ((3, 4, 2), dict(stride=(2, 2, 1), padding=(1, 0, 0), output_padding=(1, 1, 0))),
        ((3, 2, 3), dict(stride=(1, 2, 2), padding=(2, 0, 1), dilation=(2, 1, 2))),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_transposed_without_gaps(kernel: tuple[int, ...], options: dict, last: bool) -> None:
    n = len(kernel)
    x, w = drawn((2, 3, 4, 3, 2)[: n + 2], (3, 2, *kernel))
    theirs = partial(getattr(torch.nn.functional, f"conv_transpose{n}d"), **options)
    layout = ("N" + "DHW"[-n:] + "C") if last else ("NC" + "DHW"[-n:])
    function = partial(getattr(F, f"conv_transpose{n}d"), data_format=layout, **options)

    def ours(x: jax.Array, w: jax.Array) -> jax.Array:
        return jnp.moveaxis(function(jnp.moveaxis(x, 1, -1), w), -1, 1) if last else function(x, w)

    assert_torchs(Comparison(ours, theirs, [x, w], terms="abs"))
    if last:
        program = str(jax.make_jaxpr(function)(jnp.moveaxis(x, 1, -1), w))
        assert "transpose[" not in program


@pytest.mark.parametrize("weight", [(4, 1, 3, 3), (4, 2, 3, 3), (9, 4, 3, 3), (2, 4, 1, 1)])
def test_only_the_cpu_gets_the_sum_written_out(weight: tuple[int, ...]) -> None:
    x, w = drawn((1, 4, 5, 5), weight, dtype="float32")
    traced = jax.jit(partial(F.conv2d, groups=4 // weight[1])).trace(x, w)
    programs = {p: traced.lower(lowering_platforms=(p,)).as_text() for p in ("cpu", "tpu", "cuda")}
    has = {p: "stablehlo.convolution" in text for p, text in programs.items()}
    assert has == {"cpu": False, "tpu": True, "cuda": True}


def test_groups_at_once_are_of_large_maps_that_fit_in_memory() -> None:
    def are(samples: int, size: int) -> bool:
        x, w = jnp.ones((samples, 8, size, size)), jnp.ones((8, 4, 3, 3))
        way = _correlate._groups_at_once
        with patch.object(_correlate, "_groups_at_once", wraps=way) as at_once:
            jax.eval_shape(partial(grouped, window=window((1, 1), (0, 0), (1, 1), 2)), x, w)
        return at_once.called

    assert [are(1, size) for size in (24, 25)] == [False, True]  # 22 x 22 < 512 < 23 x 23
    assert not are(1 + _correlate.MOST_PATCHES // (72 * 23 * 23), 25)


def test_many_taps_are_one_convolution() -> None:
    x, w = drawn((1, 2, 9, 9), (2, 1, 9, 9))
    assert w.size // 2 > _correlate.MAX_TAPS
    assert_torchs(Comparison(partial(F.conv2d, groups=2), partial(torch.conv2d, groups=2), [x, w]))


LAST = [
    ("conv1d", "NLC", (4, 4, 3), dict(padding=1)),
    ("conv2d", "NHWC", (4, 4, 3, 2), dict(stride=2, padding=(1, 2))),
    ("conv2d", "NHWC", (3, 4, 1, 1), dict(stride=2, padding=1)),
    ("conv2d", "NHWC", (4, 1, 3, 2), dict(padding="same", groups=4)),
    ("conv2d", "NHWC", (4, 2, 3, 2), dict(dilation=2, groups=2)),
    ("conv3d", "NDHWC", (4, 4, 1, 3, 2), dict(padding=1)),
    ("conv_transpose1d", "NLC", (4, 3, 3), dict(stride=2, output_padding=1)),
    ("conv_transpose2d", "NHWC", (4, 3, 3, 2), dict(stride=2, padding=1)),
    ("conv_transpose2d", "NHWC", (4, 2, 3, 2), dict(stride=2, padding=1, groups=2)),
    ("conv_transpose2d", "NHWC", (4, 1, 3, 2), dict(stride=2, dilation=2, groups=4)),
    ("conv_transpose3d", "NDHWC", (4, 3, 1, 3, 2), dict(stride=2)),
]


@pytest.mark.parametrize(("name", "layout", "weight", "options"), LAST)
def test_channels_last(name: str, layout: str, weight: tuple[int, ...], options: dict) -> None:
    ours = partial(getattr(F, name), data_format=layout, **options)
    reference = getattr(torch.nn.functional, name)

    def theirs(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return reference(x.movedim(-1, -x.ndim + (x.ndim == w.ndim)), w, b, **options).movedim(
            -w.ndim + 1, -1
        )

    groups = options.get("groups", 1)
    bias = (weight[1] * groups if "transpose" in name else weight[0],)
    batch = (2, *(5, 4, 3)[: len(weight) - 2], 4)
    assert_torchs(*(Comparison(ours, theirs, drawn(s, weight, bias)) for s in (batch, batch[1:])))
    if (groups in (1, 4) and "transpose" not in name) or groups == 1:
        program = str(jax.make_jaxpr(ours)(*drawn(batch, weight, bias)))
        assert "transpose[" not in program


def test_precision_is_passed_on() -> None:
    x, w = drawn((1, 2, 4, 4), (2, 2, 3, 3), dtype="float32")
    for function in (F.conv2d, F.conv_transpose2d):
        programs = [
            str(jax.make_jaxpr(partial(function, precision=p))(x, w)) for p in (None, "bfloat16")
        ]
        assert ["HIGHEST" in p for p in programs] == [True, False]
        assert ["DEFAULT" in p for p in programs] == [False, True]


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d", "conv_transpose2d"])
def test_another_data_format_raises(name: str) -> None:
    n = int(name[-2])
    x, w = jnp.ones((1,) * (n + 2)), jnp.ones((1,) * (n + 2))
    with pytest.raises(ValueError, match=f"{name}: data_format"):
        getattr(F, name)(x, w, data_format="CHWN")
