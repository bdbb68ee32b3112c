"""torchref/networks/faces.py in JAX.

How many boxes there are depends on the photograph, so they are NumPy arrays between programs of
fixed shapes: the networks, resizing, and who survives whom.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

import jaxchan
import jaxchan.nn.functional as F
from jaxchan import nn
from torchref.networks.faces import STRIDE, WINDOW, pyramid, trained_weights

from .mtcnn import ONet, PNet, RNet

BATCH = 64  # arrays of boxes are filled up to a multiple, so that few programs are compiled


class Faces(NamedTuple):
    """n faces: boxes (n, 4), probabilities (n,), landmarks (n, 5, 2) as (x, y)."""

    boxes: np.ndarray
    probabilities: np.ndarray
    landmarks: np.ndarray


def trained_networks(dtype: Any, data_format: str = "NCHW") -> list[Any]:
    networks = [cls(data_format=data_format, rngs=nnx.Rngs(0)) for cls in (PNet, RNet, ONet)]
    for network, weights in zip(networks, trained_weights(), strict=True):
        nn.load_state_dict(network, weights)
        network.eval()
        nnx.update(network, jax.tree.map(lambda a: a.astype(dtype), nnx.state(network)))
    return networks


def detect(
    networks: Sequence[Any],
    image: np.ndarray,
    min_size: int = 20,
    factor: float = 0.709,
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7),
) -> Faces:
    """All faces of at least `min_size` pixels in an image (H, W, 3) of 0 to 255."""
    pnet, rnet, onet = networks
    scales = pyramid(image.shape[:2], min_size, factor)
    boxes = square(propose(pnet, image, scales, thresholds[0]))
    boxes = square(refine(rnet, image, boxes, thresholds[1]))
    return conclude(onet, image, boxes, thresholds[2])


def propose(pnet: Any, image: np.ndarray, scales: list[float], threshold: float) -> np.ndarray:
    """Boxes that the first network takes for faces."""
    found = [propose_at(pnet, image, scale, threshold) for scale in scales]
    boxes, scores, offsets = (np.concatenate(part) for part in zip(*found, strict=True))
    kept = suppress(boxes, scores, 0.7)
    boxes, offsets = boxes[kept], offsets[kept]
    return boxes + offsets * sides(boxes, 0)


def propose_at(
    pnet: Any, image: np.ndarray, scale: float, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    height, width = (int(n * scale + 1) for n in image.shape[:2])
    offsets, probabilities = map(np.asarray, _look_at(pnet, image[None], (height, width)))
    scores = probabilities[0, :, :, 1]
    rows, columns = np.nonzero(scores >= threshold)
    corner = STRIDE * np.stack([columns, rows], axis=1).astype(scores.dtype) + 1
    boxes = np.floor(np.concatenate([corner / scale, (corner + WINDOW - 1) / scale], axis=1))
    kept = suppress(boxes, scores[rows, columns], 0.5)
    rows, columns = rows[kept], columns[kept]
    return boxes[kept], scores[rows, columns], offsets[0, rows, columns]


@partial(nnx.jit, static_argnums=2)
def _look_at(pnet: Any, images: Any, size: tuple[int, int]) -> tuple[jax.Array, jax.Array]:
    return pnet(normalised(F.interpolate(images, size, mode="area", data_format="NHWC")))


@nnx.jit
def _look(network: Any, windows: jax.Array) -> tuple[jax.Array, ...]:
    return network(normalised(windows))


def refine(rnet: Any, image: np.ndarray, boxes: np.ndarray, threshold: float) -> np.ndarray:
    """Those that the second network takes for faces, and its corrections."""
    boxes, windows = crops(image, boxes, 24)
    offsets, probabilities = (np.asarray(out)[: len(boxes)] for out in _look(rnet, windows))
    sure = probabilities[:, 1] > threshold
    boxes, offsets, scores = boxes[sure], offsets[sure], probabilities[sure, 1]
    kept = suppress(boxes, scores, 0.7)
    return boxes[kept] + offsets[kept] * sides(boxes[kept], 1)


def conclude(onet: Any, image: np.ndarray, boxes: np.ndarray, threshold: float) -> Faces:
    """Those that the third network takes for faces, with five landmarks."""
    boxes, windows = crops(image, boxes, 48)
    found = (np.asarray(out)[: len(boxes)] for out in _look(onet, windows))
    offsets, landmarks, probabilities = found
    sure = probabilities[:, 1] > threshold
    boxes, offsets, scores = boxes[sure], offsets[sure], probabilities[sure, 1]
    size = sides(boxes, 1)
    # five xs, then five ys
    landmarks = landmarks[sure].reshape(-1, 2, 5).swapaxes(1, 2) * size[:, None, :2]
    landmarks = landmarks + boxes[:, None, :2] - 1
    boxes = boxes + offsets * size
    kept = suppress(boxes, scores, 0.7, of_smaller=True)
    return Faces(boxes[kept], scores[kept], landmarks[kept])


def normalised(image: jax.Array) -> jax.Array:
    return (image - 127.5) * 0.0078125


def sides(boxes: np.ndarray, border: int) -> np.ndarray:
    """(width, height, width, height): what the networks' offsets are relative to."""
    return np.tile(boxes[:, 2:] - boxes[:, :2] + border, (1, 2))


def square(boxes: np.ndarray) -> np.ndarray:
    """The square about the middle of each box, with its longer side."""
    size = boxes[:, 2:] - boxes[:, :2]
    longest = size.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + size * 0.5 - longest * 0.5
    return np.concatenate([corner, corner + longest], axis=1)


def crops(image: np.ndarray, boxes: np.ndarray, side: int) -> tuple[np.ndarray, jax.Array]:
    """The boxes that touch the image, and what is in them, as side x side pixels, filled up."""
    height, width = image.shape[:2]
    left, top, right, bottom = np.trunc(boxes).astype(np.int32).T
    left, top = np.maximum(left, 1) - 1, np.maximum(top, 1) - 1
    right, bottom = np.minimum(right, width), np.minimum(bottom, height)
    inside = (right > left) & (bottom > top)
    edges = filled(np.stack([top, bottom, left, right], axis=1)[inside])
    return boxes[inside], _resized(image, edges, side)


@partial(jax.jit, static_argnames="side")
def _resized(image: jax.Array, edges: jax.Array, side: int) -> jax.Array:
    """Each rectangle (top, bottom, left, right) as torch's mode "area" resizes it.

    As products with matrices, since rectangles of any size then share a program.
    """
    rows = _area_weights(edges[:, 0], edges[:, 1], image.shape[0], side, image.dtype)
    columns = _area_weights(edges[:, 2], edges[:, 3], image.shape[1], side, image.dtype)
    tall = jnp.einsum("nih,hwc->niwc", rows, image, precision="highest")
    return jnp.einsum("njw,niwc->nijc", columns, tall, precision="highest")


def _area_weights(
    first: jax.Array, last: jax.Array, length: int, side: int, dtype: Any
) -> jax.Array:
    """(n, side, length): the cells that each pixel of the result is the mean of."""
    cell = jnp.arange(length, dtype=jnp.int32)[None, None]
    pixel = jnp.arange(side, dtype=jnp.int32)[None]
    number = (last - first)[:, None]
    start = first[:, None] + pixel * number // side
    stop = first[:, None] - -(pixel + 1) * number // side
    covered = (cell >= start[..., None]) & (cell < stop[..., None])
    return covered.astype(dtype) / jaxchan.clamp(stop - start, min=1)[..., None].astype(dtype)


def filled(array: np.ndarray) -> np.ndarray:
    """`array` with zeros behind it."""
    return np.pad(array, [(0, BATCH - len(array) % BATCH)] + [(0, 0)] * (array.ndim - 1))


def suppress(
    boxes: np.ndarray, scores: np.ndarray, limit: float, of_smaller: bool = False
) -> np.ndarray:
    """The boxes, best first, that overlap no better one that was kept by more than `limit`.

    The overlap is the common area over that of both; of_smaller: over that of the smaller, with
    sides counted in whole pixels.
    """
    order = np.argsort(-scores, kind="stable")
    kept = np.asarray(_survive(filled(boxes[order]), limit, of_smaller))
    return order[kept[: len(order)]]


@partial(jax.jit, static_argnums=(1, 2))
def _survive(boxes: jax.Array, limit: float, of_smaller: bool) -> jax.Array:
    border = 1 if of_smaller else 0
    area = jaxchan.prod(boxes[:, 2:] - boxes[:, :2] + border, 1)
    corner = jaxchan.maximum(boxes[:, None, :2], boxes[None, :, :2])
    opposite = jaxchan.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = jaxchan.prod(jaxchan.clamp(opposite - corner + border, min=0), 2)
    if of_smaller:
        whole = jaxchan.minimum(area[:, None], area[None])
    else:
        whole = area[:, None] + area[None] - common
    crowded = common / whole > limit
    place = jnp.arange(len(boxes), dtype=jnp.int32)

    def step(i: jax.Array, kept: jax.Array) -> jax.Array:
        return kept.at[i].set(~jaxchan.any(crowded[i] & kept & (place < i)))

    return jax.lax.fori_loop(0, len(boxes), step, jnp.ones(len(boxes), bool))
