"""What to try: data only, so that ids, seeds, test cases and benchmark sizes derive from it.

amax = op(
    case(t(3, 4, draw="ties"), dim=each(None, 1)),
    errors=[(case(t(3, 4), dim=2), IndexError)],
    bench=case(t(64, 1000), dim=1),
)
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

FLOATS = ("float64", "float32", "bfloat16", "float16")
INTS = ("int64", "int32", "uint8")
ALL = (*FLOATS, *INTS, "bool")


@dataclass(frozen=True)
class Tensor:
    """An array to draw: its shape, how its values fall (`_draw.py`) and, if fixed, its dtype."""

    shape: tuple[int, ...]
    draw: str = "normal"
    dtype: str | None = None

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape)) or "0-d"
        return ":".join(
            filter(None, [shape, self.draw if self.draw != "normal" else "", self.dtype])
        )


@dataclass(frozen=True)
class Each:
    """Try every one of these in this argument's place."""

    options: tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """One call: positional and keyword arguments."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [_text(a) for a in self.args]
        return ",".join(parts + [f"{k}={_text(v)}" for k, v in self.kwargs.items()])


@dataclass(frozen=True)
class Op:
    """An op's spec; the fields are described at `op`."""

    cases: tuple[Case, ...]
    errors: tuple[tuple[Case, type[Exception]], ...]
    bench: Case | None
    dtypes: tuple[str, ...]
    grad: int
    terms: str | None
    jit: bool
    indices: str


def t(*shape: int, draw: str = "normal", dtype: str | None = None) -> Tensor:
    return Tensor(shape, draw, dtype)


def each(*options: Any) -> Each:
    return Each(options)


def case(*args: Any, **kwargs: Any) -> Case:
    return Case(args, kwargs)


def op(
    *cases: Case,
    errors: Any = (),
    bench: Case | None = None,
    dtypes: tuple[str, ...] = FLOATS,
    grad: int = 2,
    terms: str | None = None,
    jit: bool = True,
    indices: str = "same",
) -> Op:
    """Describe an op to the suite.

    cases: the calls; an `each` in one stands for a call per option.
    errors: pairs of a call and the exception type that torch raises for it.
    bench: the call that `bench` times.
    dtypes: the dtypes that undecorated tensors are drawn in.
    grad: the highest order of derivative that is not zero everywhere (0, 1 or 2). With 1 the second
        derivative has to be zero on both sides; with 0 none is taken.
    terms: "abs" where each output is a sum of products of the inputs, so that its float32 error is
        also held to 8 u times the same sum over absolute values; "exact" where each output is an
        element of the inputs, so that it has to be torch's to the bit.
    jit: False where the shape of the output depends on the values.
    indices: "any" where torch leaves open which of several equal entries an index names.
    """
    expanded = tuple(one for c in cases for one in _expand(c))
    return Op(expanded, tuple(errors), bench, dtypes, grad, terms, jit, indices)


def _expand(template: Case) -> Iterator[Case]:
    values = [*template.args, *template.kwargs.values()]
    options = [v.options if isinstance(v, Each) else (v,) for v in values]
    for chosen in itertools.product(*options):
        n = len(template.args)
        names = template.kwargs.keys()
        yield replace(template, args=chosen[:n], kwargs=dict(zip(names, chosen[n:], strict=True)))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "(" + ",".join(map(_text, value)) + ")"
    return str(value) if isinstance(value, Tensor) else repr(value)
