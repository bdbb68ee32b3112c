"""Where plain JAX surprises a porter: `python -m parity_tests.surprises [--write FILE]`.

Prints a table of calls with what torch, plain JAX and jaxchan give, and fails unless jaxchan equals
torch and plain JAX does not. With --write it renews what stands between markers in a README: that
table, the public names and the known differences from torch.
"""

import argparse
import importlib
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import jaxchan
from jaxchan.interop import to_numpy
from jaxchan.nn import functional as F
from jaxchan.nn import modules
from jaxchan.parity._arrays import to_torch

from .differences import DIFFERENCES

WIDTH = 104
HEAD = "| call | torch | plain JAX | jaxchan |\n| --- | --- | --- | --- |\n"


@dataclass(frozen=True)
class Surprise:
    """A call on `args`, or its gradient by the first of them; the functions are one user's each."""

    call: str
    args: tuple[np.ndarray, ...]
    torch: Callable
    plain: Callable
    jaxchan: Callable
    gradient: bool = False


def _floats(*values: float, dtype: Any = np.float32) -> np.ndarray:
    return np.array(values, dtype)


SURPRISES = (
    Surprise(
        "`median` of [1, 2, 3, 4]",
        (_floats(1, 2, 3, 4),),
        torch.median,
        jnp.median,
        jaxchan.median,
    ),
    Surprise("`var` of [1, 2, 3]", (_floats(1, 2, 3),), torch.var, jnp.var, jaxchan.var),
    Surprise(
        "`max` of 9999 zeros and a nan, on CPU",
        (np.append(np.zeros(9999, np.float32), np.float32(np.nan)),),
        torch.max,
        jnp.max,
        jaxchan.max,
    ),
    Surprise(
        "`sum(x) - 5` for uint8 [1, 2]",
        (_floats(1, 2, dtype=np.uint8),),
        lambda x: torch.sum(x) - 5,
        lambda x: jnp.sum(x) - 5,
        lambda x: jaxchan.sum(x) - 5,
    ),
    Surprise(
        "`conv2d` of 4x4 (0 to 15) by 3x3 ones, stride 2, `padding=1` (JAX: `SAME`)",
        (np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3), np.float32)),
        lambda x, w: torch.nn.functional.conv2d(x, w, stride=2, padding=1),
        lambda x, w: jax.lax.conv(x, w, (2, 2), "SAME"),
        lambda x, w: F.conv2d(x, w, stride=2, padding=1),
    ),
    Surprise(
        "dtype of `where(c, x, s)`: float16 `x`, 0-d float32 `s`",
        (np.array([True, False]), _floats(1, 2, dtype=np.float16), np.array(0, np.float32)),
        lambda c, x, s: torch.where(c, x, s).dtype,
        lambda c, x, s: jnp.where(c, x, s).dtype,
        lambda c, x, s: jaxchan.where(c, x, s).dtype,
    ),
    Surprise(
        "`norm` of ten float16 300s",
        (np.full(10, 300, np.float16),),
        torch.norm,
        jnp.linalg.norm,
        jaxchan.norm,
    ),
    Surprise(
        "gradient of `norm(x)` at [0, 0]",
        (_floats(0, 0),),
        torch.norm,
        jnp.linalg.norm,
        jaxchan.norm,
        gradient=True,
    ),
    Surprise(
        "gradient of `norm(x, p=1)` at [0, 2]",
        (_floats(0, 2),),
        lambda x: torch.norm(x, p=1),
        lambda x: jnp.linalg.norm(x, ord=1),
        lambda x: jaxchan.norm(x, p=1),
        gradient=True,
    ),
    Surprise(
        "gradient of `std(x)` at [1, 1, 1]",
        (_floats(1, 1, 1),),
        torch.std,
        lambda x: jnp.std(x, ddof=1),
        jaxchan.std,
        gradient=True,
    ),
    Surprise(
        "gradient of `max(x, dim=0).values` at [1, 2, 2]",
        (_floats(1, 2, 2),),
        lambda x: torch.max(x, dim=0).values,
        lambda x: jnp.max(x, axis=0),
        lambda x: jaxchan.max(x, dim=0).values,
        gradient=True,
    ),
)


def outcomes(row: Surprise) -> tuple[Any, Any, Any]:
    """What torch, plain JAX and jaxchan give: numpy arrays, or the names of dtypes."""
    tensors = [to_torch(a) for a in row.args]
    if row.gradient:
        tensors[0].requires_grad_()
    ours = row.torch(*tensors)
    if row.gradient:
        (ours,) = torch.autograd.grad(ours, tensors[:1])
    arrays = [jnp.asarray(a) for a in row.args]
    others = [jax.grad(f) if row.gradient else f for f in (row.plain, row.jaxchan)]
    return _common(ours), *(_common(f(*arrays)) for f in others)


def _common(result: Any) -> Any:
    if isinstance(result, torch.dtype | np.dtype):
        return str(result).removeprefix("torch.")
    return to_numpy(result)


def same(a: Any, b: Any) -> bool:
    """Bit-equal with the same dtype and shape, and nan equal to nan."""
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def table(rows: Sequence[Surprise] = SURPRISES) -> str:
    """The Markdown table; ValueError for a row that shows nothing or that jaxchan gets wrong."""
    lines = []
    # as plain JAX users have it: mixed dtypes promote; x64 gives it torch's 64-bit integers
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
        for row in rows:
            theirs, plain, ours = outcomes(row)
            if not same(ours, theirs):
                raise ValueError(f"{row.call}: jaxchan gives {ours}, torch {theirs}")
            if same(plain, theirs):
                raise ValueError(f"{row.call}: plain JAX gives torch's {theirs}, no surprise")
            lines.append(f"| {row.call} | {' | '.join(map(text, (theirs, plain, ours)))} |\n")
    return HEAD + "".join(lines)


def text(value: Any) -> str:
    """A value in a cell, to four digits after the point; a batch of one channel is a matrix."""
    if isinstance(value, str):
        return value
    if value.ndim == 4:
        value = value[0, 0]
    rounded = np.round(value.astype(np.float64), 4) if value.dtype.kind == "f" else value
    return str(_shorter(rounded.tolist()))


def _shorter(number: Any) -> Any:
    """Whole floats without their point."""
    if isinstance(number, list):
        return [_shorter(n) for n in number]
    return int(number) if isinstance(number, float) and number.is_integer() else number


def names() -> dict[str, list[str]]:
    """Every public function and module of jaxchan, by the shortest path to it."""
    walked = pkgutil.walk_packages(jaxchan.__path__, "jaxchan.")
    # the files of a package such as nn.functional are no namespaces: it has what they export
    public = [m.name for m in walked if m.ispkg or m.name.count(".") == 1]
    paths = ["jaxchan", *(name for name in public if "._" not in name)]
    known: set[Any] = set()
    found = {}
    for path in sorted(paths, key=lambda p: p.count(".")):
        fresh = [(name, fn) for name, fn in _functions(path) if fn not in known]
        known.update(fn for _, fn in fresh)
        if fresh:
            found[path] = sorted(name for name, _ in fresh)
    # imported on first use, so that the namespace does not hold them
    found["jaxchan.nn"] = sorted(name for name in vars(modules) if not name.startswith("_"))
    return found


def _functions(path: str) -> Iterator[tuple[str, Any]]:
    for name, value in vars(importlib.import_module(path)).items():
        function = callable(value) and not isinstance(value, type)
        if function and value.__module__.startswith(path) and not name.startswith("_"):
            yield name, value


def names_list() -> str:
    """The public names as a Markdown list."""
    return "".join(item(f"`{path}`: {', '.join(found)}") for path, found in names().items())


def differences_list() -> str:
    """The known differences from torch as a Markdown list."""
    return "".join(item(f"{op}: {why}") for op, why in DIFFERENCES.items()) or "None.\n"


def item(words: str) -> str:
    """One item of a Markdown list."""
    return textwrap.fill(f"- {words}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) + "\n"


def rendered(readme: str) -> str:
    """The README's text with each generated part renewed; ValueError if its markers are missing."""
    parts = {"surprises": table(), "names": names_list(), "differences": differences_list()}
    for part, body in parts.items():
        readme = renewed(readme, part, body)
    return readme


def renewed(readme: str, part: str, body: str) -> str:
    """The README's text with `body` between the markers of a part; ValueError without these."""
    begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->"
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    # a function, so that backslashes in the body mean themselves
    readme, n = re.subn(pattern, lambda _: begin + body + end, readme, flags=re.DOTALL)
    if n != 1:
        raise ValueError(f"the README must have {begin.strip()} and {end} once, has {n}")
    return readme


def main(argv: list[str] | None = None) -> int:
    """0 if every row holds, 1 if not."""
    parser = argparse.ArgumentParser("python -m parity_tests.surprises", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="the README to renew")
    options = parser.parse_args(argv)
    try:
        if options.write:
            options.write.write_text(rendered(options.write.read_text()))
        else:
            print(table(), end="")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
