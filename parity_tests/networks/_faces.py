"""MTCNN on a photograph, in both frameworks, and the picture of what they found."""

import io

import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data

from jaxchan.parity._finding import Finding
from torchref.networks import faces as torch_faces

from .._report import Picture
from . import faces as flax_faces

PIXELS = 1e-3  # and of probabilities
QUICK = {"min_size": 40, "factor": 0.6}  # fewer sizes of the photograph


def run(full: bool) -> tuple[list[Finding], list[Picture]]:
    """Compare the cascades in float32 and, if all is asked for, in float64."""
    image, findings, pictures = photograph(), [], []
    for name in ("float32", "float64") if full else ("float32",):
        dtype = np.dtype(name)
        networks = torch_faces.trained_networks(getattr(torch, name))
        theirs = torch_faces.detect(networks, torch.tensor(image.astype(dtype)))
        networks = flax_faces.trained_networks(dtype, "NHWC")
        ours = flax_faces.detect(networks, image.astype(dtype))
        apart = difference(ours, theirs)
        status = "pass" if len(ours.boxes) and apart <= PIXELS else "fail"
        detail = "" if status == "pass" else f"{len(ours.boxes)} faces, {apart:.3g} pixels apart"
        findings.append(Finding("value", status, None, "", detail, "astronaut", name))
        if not pictures:
            title = f"{len(ours.boxes)} face found, {apart:.1g} pixels from torch's"
            pictures.append(Picture(title, drawn(image, ours, theirs)))
    return findings, pictures


def photograph() -> np.ndarray:
    return data.astronaut().astype(np.float32)


def difference(ours: flax_faces.Faces, theirs: torch_faces.Faces) -> float:
    """The largest of boxes, probabilities and landmarks; infinite for another number of faces."""
    if len(ours.boxes) != len(theirs.boxes):
        return np.inf
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(a - b.numpy()).max(initial=0.0)) for a, b in pairs)


def drawn(image: np.ndarray, ours: flax_faces.Faces, theirs: torch_faces.Faces) -> bytes:
    """A PNG of the photograph with torch's faces broad and ours narrow on top."""
    figure, axes = plt.subplots(figsize=(5, 5))
    axes.imshow(image.astype(np.uint8))
    axes.set_axis_off()
    for faces, colour, width in ((theirs, "tab:orange", 6.0), (ours, "white", 1.5)):
        boxes, _, landmarks = (np.asarray(part) for part in faces)
        for (left, top, right, bottom), points in zip(boxes, landmarks, strict=True):
            corners = [left, right, right, left, left], [top, top, bottom, bottom, top]
            axes.plot(*corners, color=colour, linewidth=width)
            axes.plot(*points.T, "o", color=colour, markersize=2 * width)
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.05)
    plt.close(figure)
    return file.getvalue()
