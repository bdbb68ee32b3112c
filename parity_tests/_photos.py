"""The library on photographs: two half-blurred copies of a picture become a sharp one.

Each copy is split into bands by a convolution with a fixed bank of kernels, the bands are cut into
tiles, and `channels.merge_by_norm` keeps, for each tile and band, the copy with the larger norm,
which is the sharper one. The kernels of the bank add up to a unit impulse, so the sum of the merged
bands is the fused picture. The same lines run on jaxchan and on torch.
"""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
import torch
from matplotlib.image import imsave
from skimage import data, filters

import jaxchan
import jaxchan.channels
import jaxchan.nn.functional
import torchref.channels
from jaxchan import parity
from jaxchan.parity._finding import Finding

from ._report import Picture

# photographs in scikit-image's wheel (loaded without network), and the corner of the square to take
PHOTOS = {"chelsea": (40, 130), "coffee": (60, 180)}
SIDE = 192
COMPARED_SIDE = 64  # both sides' gradients, twin runs and double loops take time
TILE = 16
BLUR = 2.0
VISIBLE = 2 / 255  # a tile whose grey levels vary by less has nothing to be sharp
REDUCTIONS = [
    # flat regions tie, and with a dim torch leaves open which of the tied gets the gradient
    ("median", {}),
    ("var", {"dim": 1}),
    ("amax", {"dim": (2, 3)}),
    ("norm", {"dim": 1}),
]


def run() -> tuple[list[Finding], list[Picture]]:
    """Compare and fuse all photographs."""
    findings, pictures = [], []
    for name, corner in PHOTOS.items():
        photo = load(name, corner, SIDE)
        findings += compare(name, load(name, corner, COMPARED_SIDE))
        more_findings, more_pictures = fuse(name, photo)
        findings += more_findings
        pictures += more_pictures
    return findings, pictures


def load(name: str, corner: tuple[int, int], side: int) -> np.ndarray:
    """A square of a photograph as (colour, 1, row, column), in [0, 1]."""
    top, left = corner
    square = getattr(data, name)()[top : top + side, left : left + side]
    return np.moveaxis(square, -1, 0)[:, None].astype(np.float32) / 255


def half_blurred(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two copies, one out of focus in the left half, the other in the right."""
    blurred = filters.gaussian(photo, sigma=BLUR, channel_axis=0).astype(photo.dtype)
    left_half = np.arange(photo.shape[-1]) < photo.shape[-1] // 2
    return np.where(left_half, blurred, photo), np.where(left_half, photo, blurred)


def bank() -> np.ndarray:
    """Seven 7x7 kernels: three directions of detail at two scales, and what remains.

    The undecimated wavelet transform with the filter (1, 2, 1) / 4 and its complement. All values
    are dyadic, so the kernels add up to a unit impulse exactly.
    """
    low, high = np.array([1, 2, 1]) / 4, np.array([-1, 2, -1]) / 4
    fine = [np.outer(a, b) for a, b in [(low, high), (high, low), (high, high)]]
    spread = [np.insert(f, [1, 2], 0) for f in (low, high)]
    low2, high2 = (np.convolve(low, f) for f in spread)
    coarse = [np.outer(a, b) for a, b in [(low2, high2), (high2, low2), (high2, high2)]]
    kernels = [np.pad(k, 2) for k in fine] + coarse + [np.outer(low2, low2)]
    return np.stack(kernels)[:, None].astype(np.float32)


def tiles(bands: Any) -> Any:
    """(colour, band, row, column) -> (colour and tile, band, TILE, TILE), for either library."""
    n, c, h, w = bands.shape
    cut = bands.reshape((n, c, h // TILE, TILE, w // TILE, TILE))
    return cut.swapaxes(3, 4).swapaxes(1, 2).swapaxes(2, 3).reshape((-1, c, TILE, TILE))


def untiled(cut: Any, shape: tuple[int, ...]) -> Any:
    """The inverse of `tiles`, for bands of `shape`."""
    n, c, h, w = shape
    cut = cut.reshape((n, h // TILE, w // TILE, c, TILE, TILE))
    return cut.swapaxes(2, 3).swapaxes(1, 2).swapaxes(3, 4).reshape(shape)


def merge(
    library: ModuleType, merge_by_norm: Callable[..., Any], first: Any, second: Any, kernels: Any
) -> Any:
    """The fused picture, by jaxchan or torch."""
    split = partial(library.nn.functional.conv2d, weight=kernels, padding=3)
    bands = split(first)
    merged = merge_by_norm(tiles(bands), tiles(split(second)))
    return library.sum(untiled(merged, bands.shape), dim=1, keepdim=True)


def compare(name: str, photo: np.ndarray) -> list[Finding]:
    """Hold the pipeline, and reductions of a photograph's feature maps, to torch's."""
    calls: dict[str, tuple[Callable, Callable, tuple[Any, ...]]] = {
        "merge": (
            partial(merge, jaxchan, jaxchan.channels.merge_by_norm),
            partial(merge, torch, torchref.channels.merge_by_norm),
            (*half_blurred(photo), bank()),
        )
    }
    for op, kwargs in REDUCTIONS:
        ours, theirs = (partial(reduce_bands, lib, op, kwargs) for lib in (jaxchan, torch))
        calls[f"{op} of bands"] = ours, theirs, (photo, bank())
    return [
        replace(finding, case=f"{what} {name}")
        for what, (ours, theirs, args) in calls.items()
        for finding in parity.check(ours, theirs, args, name=what).findings
    ]


def reduce_bands(
    library: ModuleType, op: str, kwargs: dict[str, Any], photo: Any, kernels: Any
) -> Any:
    """A reduction of the feature maps of a photograph, by jaxchan or torch."""
    bands = library.nn.functional.conv2d(photo, kernels, padding=3)
    return getattr(library, op)(bands, **kwargs)


def fuse(name: str, photo: np.ndarray) -> tuple[list[Finding], list[Picture]]:
    """Fuse two half-blurred copies, show them, and find out whether it was of use."""
    first, second = half_blurred(photo)
    fused, chosen = fuse_and_mask(first, second)
    share = sharp_share(chosen, photo)
    gain = psnr(fused, photo) - max(psnr(first, photo), psnr(second, photo))
    findings = [
        _fact(name, gain > 0, f"fused picture: {gain:.1f} dB closer than the better copy"),
        _fact(name, share > 0.9, f"sharp copy chosen in {share:.1%} of textured tiles and bands"),
    ]
    shown = {
        "photograph": photo,
        f"left half blurred, {psnr(first, photo):.1f} dB": first,
        f"right half blurred, {psnr(second, photo):.1f} dB": second,
        f"fused, {psnr(fused, photo):.1f} dB": fused,
        f"chosen copy, correct in {share:.1%}": chosen_picture(chosen, photo.shape),
    }
    return findings, [Picture(f"{name}: {title}", png(image)) for title, image in shown.items()]


def _fact(name: str, holds: bool, detail: str) -> Finding:
    if holds:
        return Finding("value", "pass", case=f"fuse {name}")
    return Finding("value", "fail", case=f"fuse {name}", detail=detail)


def fuse_and_mask(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The fused picture, and (colour and tile, band) of the copy that each tile came from."""
    kernels = jnp.asarray(bank())
    bands = [
        jaxchan.nn.functional.conv2d(jnp.asarray(copy), kernels, padding=3)
        for copy in (first, second)
    ]
    merged, chosen = jaxchan.channels.merge_by_norm(*map(tiles, bands), return_mask=True)
    fused = jaxchan.sum(untiled(merged, bands[0].shape), dim=1, keepdim=True)
    return np.asarray(fused), np.asarray(chosen)


def psnr(image: np.ndarray, photo: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels, for a peak of 1."""
    return float(-10 * np.log10(np.mean((image.astype(np.float64) - photo) ** 2)))


def sharp_share(chosen: np.ndarray, photo: np.ndarray) -> float:
    """How often a detail band of a textured tile comes from the copy that is sharp there."""
    cut = tiles(photo)
    textured = cut.std(axis=(1, 2, 3)) > VISIBLE
    column = tiles(np.broadcast_to(np.arange(photo.shape[-1]), photo.shape))[:, 0, 0, 0]
    sharp = column >= photo.shape[-1] // 2  # there the first copy is sharp
    right = chosen[:, :-1] == np.where(sharp, 0, 1)[:, None]
    return float(right[textured].mean())


def chosen_picture(chosen: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The share of detail bands that came from the second copy: black for none, white for all."""
    share = chosen[:, :-1].mean(axis=1)[:, None, None, None]
    return untiled(np.broadcast_to(share, (len(share), 1, TILE, TILE)), shape)


def png(image: np.ndarray) -> bytes:
    """(colour, 1, row, column) in [0, 1] as a PNG file."""
    file = io.BytesIO()
    imsave(file, np.moveaxis(image[:, 0], 0, -1).clip(0, 1).astype(np.float64), format="png")
    return file.getvalue()
