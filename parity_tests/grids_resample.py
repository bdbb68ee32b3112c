"""The grid of `interpolate`, see `grids.py`."""

from typing import Any

from ._spec import Case, case, t

MODES = (
    "nearest",
    "nearest-exact",
    "linear",
    "bilinear",
    "bicubic",
    "trilinear",
    "area",
    "lanczos",
)
INTERPOLATE: dict[str, tuple[Any, ...]] = dict(
    mode=MODES,
    shape=((5,), (4,), (1,), (5, 4), (2, 7), (1, 3), (3, 4, 1)),
    to=(1, 3, 4, 8, 2.0, 0.5, 1.3, 0.7, 1.1, (1.0, 1.7)),
    align_corners=(None, False, True),
    recompute_scale_factor=(False, True),
    antialias=(False, True),
)


def interpolate(shape: tuple[int, ...], to: Any, **options: Any) -> Case:
    """To a size, which is an int, or by a factor."""
    size, factor = (to, None) if isinstance(to, int) else (None, to)
    return case(t(1, 2, *shape), size=size, scale_factor=factor, **options)
