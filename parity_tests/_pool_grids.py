"""The grids of the pools, see `grids.py`."""

from typing import Any

from ._grid import Grid
from ._spec import Case, case, t

IMAGES, VOLUMES = ((5, 6), (6, 5), (3, 4)), ((3, 4, 5), (4, 4, 2))
OUTPUTS = (None, 1, 2, 3, 4, 7)
INF = float("inf")


def _avg(size: tuple[int, ...], **options: Any) -> Case:
    return case(t(1, 2, *size), **options)


def _max(size: tuple[int, ...], **options: Any) -> Case:
    return case(t(1, 2, *size, draw="ties"), return_indices=True, **options)


def _lp(size: tuple[int, ...], **options: Any) -> Case:
    return case(t(1, 2, *size, draw="positive"), **options)


def _adaptive(size: tuple[int, ...], output_size: Any) -> Case:
    return case(t(1, 2, *size, draw="ties"), output_size)


def _adaptive_max(size: tuple[int, ...], output_size: Any) -> Case:
    return case(t(1, 2, *size, draw="ties"), output_size, return_indices=True)


def _unpool(size: tuple[int, ...], **options: Any) -> Case:
    """With places that are there, unless nothing is: no other can be rejected under jit."""
    indices = t(1, 2, *size, draw="zeros", dtype="int64")
    return case(t(1, 2, *size), indices, **options)


def _pairs(*values: Any) -> tuple[tuple[Any, Any], ...]:
    return tuple((a, b) for a in values for b in values)


def _sized(*sizes: int) -> dict[str, tuple[Any, ...]]:
    return dict(
        size=tuple((n,) for n in sizes),
        kernel_size=(1, 2, 3, 4),
        stride=(None, 1, 2, 3),
        padding=(0, 1, 2),
        ceil_mode=(False, True),
    )


_LINES = _sized(1, 2, 3, 4, 5, 6, 7)
_PLANES: dict[str, tuple[Any, ...]] = dict(
    size=IMAGES,
    kernel_size=(2, (3, 2), (4, 3)),
    stride=(None, 1, (2, 3)),
    padding=(0, 1, (2, 0)),
    ceil_mode=(False, True),
)
_SPACES: dict[str, tuple[Any, ...]] = dict(
    size=VOLUMES,
    kernel_size=(2, (3, 1, 2)),
    stride=(None, (1, 3, 2)),
    padding=(0, 1),
    ceil_mode=(False, True),
)
_COUNTING: dict[str, tuple[Any, ...]] = dict(count_include_pad=(True, False))
_DIVIDING = dict(**_COUNTING, divisor_override=(None, 3, -2))
_NORMS: dict[str, tuple[Any, ...]] = dict(norm_type=(1, 2, 3.0, INF))


def _less(parameters: dict[str, tuple[Any, ...]], name: str) -> dict[str, tuple[Any, ...]]:
    return {key: values for key, values in parameters.items() if key != name}


def _pool(name: str, call: Any, **parameters: tuple[Any, ...]) -> Grid:
    return Grid("nn.functional.pool", name, call, parameters)


def _adaptive_pools(kind: str, call: Any) -> dict[str, Grid]:
    by_dims: dict[int, dict[str, tuple[Any, ...]]] = {
        1: dict(size=tuple((n,) for n in range(1, 13)), output_size=tuple(range(14))),
        2: dict(size=IMAGES, output_size=(0, 2, *_pairs(*OUTPUTS))),
        3: dict(
            size=VOLUMES,
            output_size=(1, 3, *((a, b, c) for a, b in _pairs(2, 3, 5) for c in (None, 1, 3))),
        ),
    }
    return {
        f"adaptive_{kind}_pool{n}d": Grid(
            "nn.functional.adaptive_pool", f"adaptive_{kind}_pool{n}d", call, parameters
        )
        for n, parameters in by_dims.items()
    }


POOLS = {
    "avg_pool1d": _pool("avg_pool1d", _avg, **_LINES, **_COUNTING),
    "avg_pool2d": _pool("avg_pool2d", _avg, **_PLANES, **_DIVIDING),
    "avg_pool3d": _pool("avg_pool3d", _avg, **_SPACES, **_DIVIDING),
    # shorter ones have windows without a cell, for which torch names a place outside
    "max_pool1d": _pool("max_pool1d", _max, **_sized(3, 4, 5, 6, 7), dilation=(1, 2, 3)),
    "max_pool1d_short": _pool("max_pool1d", _max, **_sized(1, 2)),
    "max_pool2d": _pool("max_pool2d", _max, **_PLANES, dilation=(1, 2, (2, 1))),
    "max_pool3d": _pool("max_pool3d", _max, **_SPACES, dilation=(1, (1, 2, 1))),
    "lp_pool1d": _pool("lp_pool1d", _lp, **_less(_LINES, "padding"), **_NORMS),
    "lp_pool2d": _pool("lp_pool2d", _lp, **_less(_PLANES, "padding"), **_NORMS),
    **_adaptive_pools("avg", _adaptive),
    **_adaptive_pools("max", _adaptive_max),
    "max_unpool1d": Grid(
        "nn.functional.unpool",
        "max_unpool1d",
        _unpool,
        dict(
            size=((1,), (2,), (3,), (5,)),
            kernel_size=(1, 2, 3),
            stride=(None, 1, 2, 3),
            padding=(0, 1, 2),
            output_size=(None, (1,), (3,), (6,), (1, 2, 8)),
        ),
    ),
    "max_unpool2d": Grid(
        "nn.functional.unpool",
        "max_unpool2d",
        _unpool,
        dict(
            size=((2, 3), (1, 4)),
            kernel_size=(2, (3, 2)),
            stride=(None, 1, (2, 3)),
            padding=(0, 1, (0, 1)),
            output_size=(None, (4, 6), (5, 7), (1, 2, 3, 8)),
        ),
    ),
    "max_unpool3d": Grid(
        "nn.functional.unpool",
        "max_unpool3d",
        _unpool,
        dict(
            size=((2, 3, 2), (1, 2, 3)),
            kernel_size=(2, (3, 2, 2)),
            stride=(None, (2, 1, 3)),
            padding=(0, (0, 1, 0)),
            output_size=(None, (4, 6, 5), (1, 2, 3, 4, 6)),
        ),
    ),
}
