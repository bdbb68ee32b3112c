"""MTCNN's cascade: from a photograph to faces, by three networks that look ever closer.

As in facenet-pytorch, for one image. Boxes are (left, top, right, bottom), counted from 1.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional as F

from .mtcnn import ONet, PNet, RNet

WINDOW, STRIDE = 12, 2  # of the first network, in pixels of the scaled image


class Faces(NamedTuple):
    """n faces: boxes (n, 4), probabilities (n,), landmarks (n, 5, 2) as (x, y)."""

    boxes: torch.Tensor
    probabilities: torch.Tensor
    landmarks: torch.Tensor


def trained_weights():
    """The state dicts of the three networks, from facenet-pytorch's wheel."""
    # its code is not imported: that needs torchvision
    spec = find_spec("facenet_pytorch")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("facenet-pytorch is not installed (pip install --no-deps)")
    folder = Path(spec.origin).parent / "data"
    return [torch.load(folder / f"{name}net.pt", weights_only=True) for name in "pro"]


def trained_networks(dtype=torch.float32):
    networks = [PNet(), RNet(), ONet()]
    for network, weights in zip(networks, trained_weights(), strict=True):
        network.load_state_dict(weights)
    return [network.to(dtype).eval() for network in networks]


@torch.no_grad()
def detect(networks, image, min_size=20, factor=0.709, thresholds=(0.6, 0.7, 0.7)):
    """All faces of at least `min_size` pixels in an image (H, W, 3) of 0 to 255."""
    pnet, rnet, onet = networks
    image = image.movedim(-1, 0)[None]
    scales = pyramid(image.shape[-2:], min_size, factor)
    boxes = square(propose(pnet, image, scales, thresholds[0]))
    boxes = square(refine(rnet, image, boxes, thresholds[1]))
    return conclude(onet, image, boxes, thresholds[2])


def pyramid(size, min_size, factor):
    """Scales at which a face between `min_size` and the whole image fills the first window."""
    scale, scales = WINDOW / min_size, []
    while min(size) * scale >= WINDOW:
        scales.append(scale)
        scale *= factor
    return scales


def propose(pnet, image, scales, threshold):
    """Boxes that the first network takes for faces."""
    found = [propose_at(pnet, image, scale, threshold) for scale in scales]
    boxes, scores, offsets = map(torch.cat, zip(*found, strict=True))
    kept = suppress(boxes, scores, 0.7)
    boxes, offsets = boxes[kept], offsets[kept]
    return boxes + offsets * sides(boxes, 0)


def propose_at(pnet, image, scale, threshold):
    size = [int(n * scale + 1) for n in image.shape[-2:]]
    offsets, probabilities = pnet(normalised(F.interpolate(image, size, mode="area")))
    scores = probabilities[0, 1]
    rows, columns = torch.nonzero(scores >= threshold, as_tuple=True)
    corner = STRIDE * torch.stack([columns, rows], dim=1).to(scores.dtype) + 1
    boxes = torch.cat([corner / scale, (corner + WINDOW - 1) / scale], dim=1).floor()
    kept = suppress(boxes, scores[rows, columns], 0.5)
    rows, columns = rows[kept], columns[kept]
    return boxes[kept], scores[rows, columns], offsets[0, :, rows, columns].T


def refine(rnet, image, boxes, threshold):
    """Those that the second network takes for faces, and its corrections."""
    boxes, windows = crops(image, boxes, 24)
    offsets, probabilities = rnet(windows)
    sure = probabilities[:, 1] > threshold
    boxes, offsets, scores = boxes[sure], offsets[sure], probabilities[sure, 1]
    kept = suppress(boxes, scores, 0.7)
    return boxes[kept] + offsets[kept] * sides(boxes[kept], 1)


def conclude(onet, image, boxes, threshold):
    """Those that the third network takes for faces, with five landmarks."""
    boxes, windows = crops(image, boxes, 48)
    offsets, landmarks, probabilities = onet(windows)
    sure = probabilities[:, 1] > threshold
    boxes, offsets, scores = boxes[sure], offsets[sure], probabilities[sure, 1]
    size = sides(boxes, 1)
    # five xs, then five ys
    landmarks = landmarks[sure].reshape(-1, 2, 5).swapaxes(1, 2) * size[:, None, :2]
    landmarks = landmarks + boxes[:, None, :2] - 1
    boxes = boxes + offsets * size
    kept = suppress(boxes, scores, 0.7, of_smaller=True)
    return Faces(boxes[kept], scores[kept], landmarks[kept])


def normalised(image):
    return (image - 127.5) * 0.0078125


def sides(boxes, border):
    """(width, height, width, height): what the networks' offsets are relative to."""
    return (boxes[:, 2:] - boxes[:, :2] + border).repeat(1, 2)


def square(boxes):
    """The square about the middle of each box, with its longer side."""
    size = boxes[:, 2:] - boxes[:, :2]
    longest = size.amax(dim=1, keepdim=True)
    corner = boxes[:, :2] + size * 0.5 - longest * 0.5
    return torch.cat([corner, corner + longest], dim=1)


def crops(image, boxes, side):
    """The boxes that touch the image, and what is in them, as side x side pixels."""
    height, width = image.shape[-2:]
    left, top, right, bottom = boxes.trunc().long().T
    left, top = left.clamp(min=1) - 1, top.clamp(min=1) - 1
    right, bottom = right.clamp(max=width), bottom.clamp(max=height)
    inside = (right > left) & (bottom > top)
    edges = torch.stack([top, bottom, left, right], dim=1)[inside].tolist()
    cut = [image[..., t:b, x:r] for t, b, x, r in edges]
    pixels = [F.interpolate(c, (side, side), mode="area") for c in cut]
    empty = image.new_zeros(0, image.shape[1], side, side)
    return boxes[inside], normalised(torch.cat([empty, *pixels]))


def suppress(boxes, scores, limit, of_smaller=False):
    """The boxes, best first, that overlap no better one that was kept by more than `limit`.

    The overlap is the common area over that of both; of_smaller: over that of the smaller, with
    sides counted in whole pixels.
    """
    border = 1 if of_smaller else 0
    areas = sides(boxes, border)[:, :2].prod(dim=1)
    waiting, kept = scores.argsort(descending=True, stable=True), []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        corner = torch.maximum(boxes[best, :2], boxes[waiting, :2])
        opposite = torch.minimum(boxes[best, 2:], boxes[waiting, 2:])
        common = (opposite - corner + border).clamp(min=0).prod(dim=1)
        if of_smaller:
            whole = torch.minimum(areas[best], areas[waiting])
        else:
            whole = areas[best] + areas[waiting] - common
        waiting = waiting[common / whole <= limit]
    return torch.stack(kept) if kept else waiting
