"""What specs do not say of resampling: uint8, channels last, nan, and what programs are made of."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan.nn.functional as F
from jaxchan.nn.functional import resample
from jaxchan.parity import Comparison, check_all

RESIZE, SAMPLE = torch.nn.functional.interpolate, torch.nn.functional.grid_sample
PLANAR = ("bilinear", "bicubic", "lanczos")
# (from, to), each axis both ways, as it is, and by the factor itself
BYTES: tuple[tuple[tuple[int, int], dict[str, Any]], ...] = (
    ((2, 3), dict(size=(5, 8))),
    ((8, 8), dict(size=(8, 3))),
    ((13, 17), dict(size=(4, 17))),
    ((13, 17), dict(scale_factor=(2.0, 0.7))),
    ((5, 7), dict(scale_factor=1.1)),
    ((40, 1), dict(size=(7, 4))),
)


def drawn(*shapes: tuple[int, ...], dtype: str = "float64") -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_torchs(*comparisons: Comparison) -> None:
    results = check_all(comparisons)
    assert [f for r in results for f in r.findings if f.status not in ("pass", "vacuous")] == []
    assert all(results)


def program(function: Any, *arrays: np.ndarray) -> str:
    """That of the value and of the gradients."""

    def both(cotangent: np.ndarray, *arrays: jax.Array) -> Any:
        value, pull = jax.vjp(function, *arrays)
        return value, pull(cotangent)

    return str(jax.make_jaxpr(both)(np.asarray(function(*arrays)), *arrays))


@pytest.mark.parametrize("mode", PLANAR)
@pytest.mark.parametrize(("shape", "target"), BYTES)
def test_bytes_are_torchs_to_the_bit(shape: tuple[int, int], target: dict, mode: str) -> None:
    rng = np.random.default_rng(0)
    for antialias, corners in ((True, False), (False, True), (True, True), (False, False)):
        if mode == "lanczos" and (corners or not antialias):
            continue
        # torch has another loop for more than four channels, and one for channels last
        channels, layout = (5, torch.contiguous_format) if corners else (3, torch.channels_last)
        image = rng.integers(0, 256, (1, channels, *shape)).astype(np.uint8)
        tensor = torch.tensor(image).contiguous(memory_format=layout)
        options: dict[str, Any] = dict(mode=mode, align_corners=corners, antialias=antialias)
        want = RESIZE(tensor, **target, **options).numpy()
        assert np.ptp(want)
        np.testing.assert_array_equal(F.interpolate(image, **target, **options), want)


LAST = [
    ("NLC", (5,), dict(size=8, mode="linear")),
    ("NLC", (5,), dict(scale_factor=0.7, mode="area")),
    ("NHWC", (5, 4), dict(size=(3, 9))),
    ("NHWC", (5, 4), dict(scale_factor=2, mode="bilinear")),
    ("NHWC", (5, 4), dict(size=(7, 2), mode="bicubic", align_corners=True)),
    ("NHWC", (7, 9), dict(size=(3, 4), mode="bicubic", antialias=True)),
    ("NHWC", (7, 9), dict(size=(3, 4), mode="lanczos", antialias=True)),
    ("NHWC", (7, 9), dict(size=(3, 4), mode="area")),
    ("NDHWC", (3, 4, 2), dict(size=(4, 3, 5), mode="trilinear")),
    ("NDHWC", (3, 4, 2), dict(scale_factor=1.5, mode="nearest-exact")),
]


@pytest.mark.parametrize(("layout", "spatial", "options"), LAST)
def test_channels_last(layout: str, spatial: tuple[int, ...], options: dict) -> None:
    ours = partial(F.interpolate, data_format=layout, **options)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        return RESIZE(x.movedim(-1, 1), **options).movedim(1, -1)

    (x,) = drawn((2, *spatial, 3))
    assert_torchs(Comparison(ours, theirs, [x]))
    assert "transpose[" not in program(ours, x)


@pytest.mark.parametrize("dtype", ["uint8", "bfloat16"])
def test_channels_last_of_narrow_types(dtype: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (2, 7, 5, 3)).astype(jnp.dtype(dtype))
    for mode in ("nearest", "bilinear", "bicubic"):
        last = F.interpolate(image, (4, 6), mode=mode, data_format="NHWC")
        first = F.interpolate(image.transpose(0, 3, 1, 2), (4, 6), mode=mode)
        np.testing.assert_array_equal(jnp.moveaxis(last, -1, 1), first)


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_sample_with_channels_last(mode: str) -> None:
    ours = partial(F.grid_sample, mode=mode, data_format="NHWC")

    def theirs(x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        return SAMPLE(x.movedim(-1, 1), grid, mode, align_corners=False).movedim(1, -1)

    x, grid = drawn((2, 4, 5, 3), (2, 3, 2, 2))
    assert_torchs(Comparison(ours, theirs, [x, grid]))
    assert "transpose[" not in program(ours, x, grid)


def test_sample_of_a_volume_with_channels_last() -> None:
    def theirs(x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        return SAMPLE(x.movedim(-1, 1), grid, align_corners=False).movedim(1, -1)

    ours = partial(F.grid_sample, data_format="NDHWC")
    assert_torchs(Comparison(ours, theirs, drawn((2, 3, 4, 2, 3), (2, 1, 3, 2, 3))))


@pytest.mark.parametrize(
    ("rank", "layout"), [(3, "NCHW"), (3, "nlc"), (4, "NLC"), (4, "NCDHW"), (5, "NHWC")]
)
def test_another_layout_is_an_error(rank: int, layout: str) -> None:
    with pytest.raises(ValueError, match="interpolate: data_format"):
        F.interpolate(jnp.ones((2,) * rank), 3, data_format=layout)
    if rank > 3:
        with pytest.raises(ValueError, match="grid_sample: data_format"):
            F.grid_sample(
                jnp.ones((2,) * rank), jnp.ones((2,) * (rank - 1) + (rank - 2,)), data_format=layout
            )


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "area"])
def test_the_gradient_gathers(mode: str, layout: str) -> None:
    """XLA's CPU adds at given places one number after the other."""
    resize = partial(F.interpolate, size=(9, 4), mode=mode, data_format=layout)
    text = program(resize, *drawn((2, 6, 5, 3)))
    assert "scatter" not in text
    assert "gather[" in text


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("mode", "shape", "size"),
    [("area", (150,), 2), ("nearest", (1,), 150), ("linear", (2,), 190), ("area", (2,), 131)],
)
def test_many_taps_are_one_gather(mode: str, shape: tuple[int], size: int, dtype: str) -> None:
    options: dict[str, Any] = dict(size=size, mode=mode)
    ours, theirs = partial(F.interpolate, **options), partial(RESIZE, **options)
    assert max(shape[0], size) / min(shape[0], size) > resample.WRITTEN_OUT
    assert_torchs(Comparison(ours, theirs, drawn((2, 1, *shape), dtype=dtype)))


# (mode, options, sizes): those among which weights are 0, or a floor depends on the rounding
TOUCHED: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("bilinear", dict(), (1, 2, 3, 4, 6, 9, 15)),
    ("bilinear", dict(align_corners=True), (1, 3, 4, 5, 7, 9, 13)),
    ("bicubic", dict(), (1, 2, 3, 4, 6, 9, 15)),
    ("bicubic", dict(align_corners=True), (1, 3, 4, 5, 7, 9, 13)),
    ("bilinear", dict(antialias=True), (1, 2, 3, 4, 6, 9)),
    ("bicubic", dict(antialias=True), (1, 2, 3, 4, 6, 9)),
    ("lanczos", dict(antialias=True), (1, 2, 3, 4, 6, 9)),
    ("area", dict(), (1, 2, 3, 4, 6, 9)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("mode", "options", "sizes"), TOUCHED)
def test_nan_reaches_what_it_does_in_torch(
    mode: str, options: dict, sizes: tuple[int, ...], dtype: str
) -> None:
    """A cell with a weight of 0 counts."""
    for n in (3, 5):
        nans = np.where(np.eye(n), np.nan, 0).astype(dtype).reshape(n, 1, 1, n)
        for m in sizes:
            got = F.interpolate(nans, (1, m), mode=mode, **options)
            want = RESIZE(torch.tensor(nans), (1, m), mode=mode, **options)
            np.testing.assert_array_equal(
                np.isnan(got), np.isnan(want.numpy()), err_msg=f"{n} to {m}"
            )


ODD = (np.nan, np.inf, -np.inf, 1e4, -1e4)


def odd_places(dims: int, dtype: str) -> list[np.ndarray]:
    """An image or a volume, and places of which some are not on it, along each axis."""
    x, grid = drawn((1, 2, *(4, 3, 5)[:dims]), (1, 4, 5, *[1] * (dims - 2), dims), dtype=dtype)
    for axis in range(dims):
        grid[0, axis, ..., axis] = np.reshape(ODD, (5, *[1] * (dims - 2)))
    return [x, grid]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("dims", "mode", "padding"),
    [(2, mode, "zeros") for mode in ("bilinear", "nearest", "bicubic")]
    + [(3, mode, p) for mode in ("bilinear", "nearest") for p in ("zeros", "border")],
)
@pytest.mark.parametrize("corners", [False, True])
def test_places_that_are_nowhere(
    dims: int, mode: str, padding: str, corners: bool, dtype: str
) -> None:
    """Values and first derivatives; the second are nan in torch, and here those of the value."""
    options = dict(mode=mode, padding_mode=padding, align_corners=corners)
    ours, theirs = partial(F.grid_sample, **options), partial(SAMPLE, **options)
    assert_torchs(Comparison(ours, theirs, odd_places(dims, dtype), order=1))


@pytest.mark.parametrize("padding", ["border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_places_that_are_nowhere_around_an_image(mode: str, padding: str) -> None:
    """Values: torch's gradient reads memory that is not the image's, or ends the process."""
    options: dict[str, Any] = dict(mode=mode, padding_mode=padding, align_corners=False)
    ours, theirs = partial(F.grid_sample, **options), partial(SAMPLE, **options)
    x, grid = odd_places(2, "float64")
    assert_torchs(Comparison(ours, theirs, [x, grid], order=0))
    slope = jax.grad(lambda grid: ours(x, grid).sum())(grid)
    if mode != "bicubic":
        assert np.isfinite(slope).all()
        assert not slope[0, 0, :3, 0].any()
