"""What blocks pass on to the modules they are made of."""

from typing import Any, TypedDict

from ._layout import checked


class Options(TypedDict, total=False):
    """Keyword arguments of all blocks, which are those of `Conv2d`."""

    dtype: Any
    param_dtype: Any
    precision: Any
    data_format: str


def for_norm(options: Options) -> dict[str, Any]:
    """Those that a norm takes, which multiplies no matrices."""
    return {name: value for name, value in options.items() if name != "precision"}


def format_of(op: str, options: Options) -> str:
    return checked(op, options.get("data_format", "NCHW"))


def axes(data_format: str) -> tuple[int, int, int]:
    """The dims of channels, height and width in a batch of images."""
    return (1, 2, 3) if data_format == "NCHW" else (3, 1, 2)


def make_divisible(number: float, divisor: int, least: int = 0, round_limit: float = 0.9) -> int:
    """The multiple of `divisor` nearest to `number`, but at least `round_limit` of it."""
    result = max(least or divisor, int(number + divisor / 2) // divisor * divisor)
    return result + divisor if result < round_limit * number else result
