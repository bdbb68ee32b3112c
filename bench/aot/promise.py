"""What is promised of programs for an H100, and why some do not keep it.

Elementwise ops, reductions, normalisations (forward) and losses move at most 1.1 times the bytes
of their arguments and results. Forward, one kernel does for an elementwise op or a reduction along
one axis, two for a reduction along several or all.
"""

from typing import TYPE_CHECKING

from .reasons import REASONS

if TYPE_CHECKING:
    from .compiling import Figures
    from .rows import Row

TRAFFIC = 1.1
ELEMENTWISE = ("elementwise", "nn.functional.piecewise", "nn.functional.activation")
REDUCTIONS = ("reductions", "extrema", "statistics", "norms", "linalg", "nn.functional.distance")
NORMALISATIONS = ("nn.functional.norm", "nn.functional.softmax")
LOSSES = ("loss", "margin_loss", "cross_entropy", "binary_cross_entropy")
EXCEPTIONS = {
    "renorm": "normalisation",
    "nn.functional.normalize": "normalisation",
    "masked.softmax": "normalisation",
    "masked.sum": "reduction",
    "masked.mean": "reduction",
}
ALONG_LAST = ("nn.functional.pairwise_distance", "nn.functional.cosine_similarity")


def kind(row: "Row") -> str:
    """Of which kind an op is; "" where nothing is promised."""
    if row.op in EXCEPTIONS:
        return EXCEPTIONS[row.op]
    for families, name in (
        (ELEMENTWISE, "elementwise"),
        (REDUCTIONS, "reduction"),
        (NORMALISATIONS, "normalisation"),
        (tuple(f"nn.functional.{loss}" for loss in LOSSES), "loss"),
    ):
        if row.family in families:
            return name
    return "loss" if row.family.startswith("losses.") else ""


def launches(row: "Row") -> int | None:
    """The most launches promised."""
    if row.direction == "gradient" or kind(row) in ("", "normalisation"):
        return None
    one_axis = row.op in ALONG_LAST or isinstance(row.case.kwargs.get("dim"), int)
    one_axis = one_axis or (row.family == "masked" and isinstance(row.case.args[1], int))
    return 1 if kind(row) == "elementwise" or one_axis else 2


def broken(row: "Row", figures: "Figures") -> list[str]:
    """The promises that a program does not keep."""
    none = not kind(row) or (kind(row) == "normalisation" and row.direction == "gradient")
    if row.device != "h100" or none:
        return []
    if figures.launches is None:
        return ["does not compile"]
    found, most = [], launches(row)
    if figures.traffic is None or figures.traffic > TRAFFIC:
        found.append(f"traffic {figures.traffic or 'not counted'}")
    if most is not None and figures.launches > most:
        found.append(f"{figures.launches} launches, {most} promised")
    return found


def reason(row: "Row") -> str:
    """Why, as far as it is known."""
    key = f"{row.op} {row.direction}"
    return next((text for text, keys in REASONS.items() if key in keys), "no cause on record")
