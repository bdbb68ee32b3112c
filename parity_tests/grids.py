"""Every combination of small options of an op: `python -m parity_tests.grids [NAME ...]`.

A grid names an op, the values to combine for each parameter, and how one of each makes a call. What
torch accepts must have its value in float64, and the first derivatives too with `--order 1`; what
torch rejects must raise its type of exception. `test_grids.py` tries a fixed sample.
"""

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import jax

from jaxchan.parity import Comparison, Finding, check_all

from . import _suite, grids_resample
from ._draw import draw
from ._environment import prepare
from ._spec import Case, case, t


@dataclass(frozen=True)
class Grid:
    """An op, a call from one value of each parameter, and the values."""

    family: str
    name: str
    call: Callable[..., Case]
    parameters: dict[str, tuple[Any, ...]]

    def __len__(self) -> int:
        return len(list(self.cases()))

    def cases(self) -> Iterator[Case]:
        for chosen in itertools.product(*self.parameters.values()):
            yield self.call(**dict(zip(self.parameters, chosen, strict=True)))


def _conv(size: tuple[int, ...], kernel: tuple[int, ...], groups: int, **options: Any) -> Case:
    """With four channels in and out the weight of a transposed convolution has the same shape."""
    return case(t(2, 4, *size), t(4, 4 // groups, *kernel), groups=groups, **options)


def _unfold(size: tuple[int, int], **options: Any) -> Case:
    return case(t(1, 2, *size), **options)


def _fold(size: tuple[int, int], more: int, **options: Any) -> Case:
    """With the columns that fit, and with another number."""
    kernel, dilation, padding, stride = (
        options[name] for name in ("kernel_size", "dilation", "padding", "stride")
    )
    high, wide = (
        max((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1, 0)
        for n, k in zip(size, kernel, strict=True)
    )
    return case(t(1, 2 * kernel[0] * kernel[1], high * wide + more), size, **options)


GRIDS = {
    "conv1d": Grid(
        "nn.functional.conv",
        "conv1d",
        _conv,
        dict(
            size=((1,), (2,), (3,), (4,), (5,), (6,), (9,)),
            kernel=((1,), (2,), (3,), (4,)),
            stride=(1, 2, 3),
            padding=(0, 1, 2, 3, "valid", "same"),
            dilation=(1, 2, 3),
            groups=(1, 2, 4),
        ),
    ),
    "conv2d": Grid(
        "nn.functional.conv",
        "conv2d",
        _conv,
        dict(
            size=((5, 6), (6, 5), (1, 4)),
            kernel=((1, 2), (2, 2), (3, 2), (3, 3)),
            stride=(1, 2, (1, 3)),
            padding=(0, 1, (2, 1), "same"),
            dilation=(1, 2, (2, 1)),
            groups=(1, 2, 4),
        ),
    ),
    "conv3d": Grid(
        "nn.functional.conv",
        "conv3d",
        _conv,
        dict(
            size=((3, 4, 5), (4, 4, 2)),
            kernel=((2, 2, 2), (3, 1, 2)),
            stride=(1, 2, (1, 3, 2)),
            padding=(0, 1, (1, 0, 2), "same"),
            dilation=(1, (1, 2, 1)),
            groups=(1, 2, 4),
        ),
    ),
    "conv_transpose1d": Grid(
        "nn.functional.conv_transpose",
        "conv_transpose1d",
        _conv,
        dict(
            size=((1,), (2,), (3,), (4,), (5,)),
            kernel=((1,), (2,), (3,), (4,)),
            stride=(1, 2, 3),
            padding=(0, 1, 2, 3),
            output_padding=(0, 1, 2),
            dilation=(1, 2),
            groups=(1, 2, 4),
        ),
    ),
    "conv_transpose2d": Grid(
        "nn.functional.conv_transpose",
        "conv_transpose2d",
        _conv,
        dict(
            size=((3, 4), (2, 1)),
            kernel=((1, 2), (2, 2), (3, 2), (4, 3)),
            stride=(1, 2, (3, 2)),
            padding=(0, 1, (2, 1)),
            output_padding=(0, 1, (0, 1)),
            dilation=(1, (2, 1)),
            groups=(1, 2, 4),
        ),
    ),
    "conv_transpose3d": Grid(
        "nn.functional.conv_transpose",
        "conv_transpose3d",
        _conv,
        dict(
            size=((2, 3, 2), (1, 2, 3)),
            kernel=((2, 2, 2), (3, 1, 2)),
            stride=(1, 2, (1, 3, 2)),
            padding=(0, 1),
            output_padding=(0, 1, (0, 1, 1)),
            dilation=(1, (1, 2, 1)),
            groups=(1, 2, 4),
        ),
    ),
    "unfold": Grid(
        "nn.functional.fold",
        "unfold",
        _unfold,
        dict(
            size=((5, 6), (4, 3), (1, 2)),
            kernel_size=(1, 2, (2, 3), (3, 1)),
            dilation=(1, 2, (1, 3)),
            padding=(0, 1, (2, 0)),
            stride=(1, 2, (3, 1)),
        ),
    ),
    "fold": Grid(
        "nn.functional.fold",
        "fold",
        _fold,
        dict(
            size=((5, 6), (4, 3), (1, 2)),
            kernel_size=((1, 1), (2, 2), (2, 3), (3, 1)),
            dilation=(1, 2, 3),
            padding=(0, 1, 2),
            stride=(1, 2, 3),
            more=(0, 1),
        ),
    ),
    "interpolate": Grid(
        "nn.functional.resample",
        "interpolate",
        grids_resample.interpolate,
        grids_resample.INTERPOLATE,
    ),
}


def findings(grid: Grid, cases: Iterable[Case], order: int = 0) -> Iterator[Finding]:
    """Those of some of a grid's calls, with derivatives up to `order`."""
    ours = _suite.jax_function(grid.family, grid.name)
    theirs = _suite.torch_function(grid.family, grid.name)
    cases = iter(cases)
    while chunk := list(itertools.islice(cases, _suite.CHUNK)):
        asked = [
            Comparison(ours, theirs, *draw(c, "float64"), str(c), order=order, terms="abs")
            for c in chunk
        ]
        for result in check_all(asked):
            yield from result.findings
        jax.clear_caches()  # thousands of programs would fill the memory


def main(arguments: list[str]) -> int:
    """Print the counts of each grid and what differs; 1 if something does."""
    order = 1 if "--order=1" in arguments else 0
    names = [a for a in arguments if not a.startswith("--")] or list(GRIDS)
    combinations, bad = 0, 0
    for name in names:
        grid = GRIDS[name]
        found = list(findings(grid, grid.cases(), order))
        counts = Counter(f.property for f in found if f.status == "pass")
        failures = [f for f in found if f.status not in ("pass", "vacuous")]
        combinations, bad = combinations + len(grid), bad + len(failures)
        tally = f"{counts['value']} as torch's, {counts['errors']} rejected as by torch"
        print(f"{name}: {len(grid)} combinations, {tally}", *failures, sep="\n    ")
        sys.stdout.flush()
    print(f"{combinations} combinations, {bad} differ")
    return int(bad > 0)


if __name__ == "__main__":
    prepare()
    jax.config.update("jax_enable_x64", True)
    raise SystemExit(main(sys.argv[1:]))
