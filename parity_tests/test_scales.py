"""What shows at size alone: rounding over 2^27 elements, and the memory that an op needs."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import jaxchan

from . import _suite
from ._spec import Case, Tensor, case, each, op, t
from .specs import OPS

LARGE = 2**27
FAMILIES = (
    *("reductions", "extrema", "statistics", "norms", "linalg", "order", "sort", "unique"),
    *("cumulative", "shape", "indexing", "nn.functional.softmax"),
)
X = t(512, 1024)
ROWS = t(512, dtype="int64")
DIMS, AXES = each(None, 0, 1), each(0, 1)
BY_NAME = {
    "sum nansum mean nanmean prod all any count_nonzero var std var_mean std_mean amax amin argmax "
    "argmin aminmax max min median nanmedian linalg.norm": [case(X, dim=DIMS)],
    "logsumexp": [case(X, dim=each(0, 1, (0, 1)))],
    "dist": [case(X, X)],
    "norm": [case(X, p=each(0, 1, 2, 3, math.inf), dim=DIMS)],
    "renorm": [case(X, 2, AXES, 1.0)],
    "linalg.vector_norm": [case(X, each(2, 3), DIMS)],
    "linalg.matrix_norm": [case(X, each("fro", 1))],
    "kthvalue": [case(X, 100, AXES)],
    "quantile nanquantile": [case(X, each(t(), t(3)), DIMS)],
    "mode cumsum cumprod cummax cummin logcumsumexp softmax log_softmax softmin": [
        case(X, dim=AXES)
    ],
    "sort argsort": [case(X, dim=AXES, descending=each(False, True))],
    "topk": [case(X, each(5, 100, 400), AXES)],
    "unique unique_consecutive": [case(X, size=1000), case(X, size=200, dim=AXES)],
    "squeeze flatten msort": [case(X)],
    "unsqueeze": [case(X, 1)],
    "unflatten": [case(X, 1, (32, 32))],
    "permute": [case(X, (1, 0))],
    "movedim": [case(X, 0, 1)],
    "flip": [case(X, each((0,), (0, 1)))],
    "roll": [case(X, 3, DIMS)],
    "expand": [case(X, (2, 512, 1024))],
    "repeat": [case(X, (2, 2))],
    "cat stack": [case((X, X), AXES)],
    "split chunk": [case(X, 5, AXES)],
    "gather": [case(X, AXES, t(512, 1024, dtype="int64"))],
    "take_along_dim": [case(X, t(512, 1024, dtype="int64"), DIMS)],
    "index_select": [case(X, AXES, ROWS)],
    "repeat_interleave": [case(X, 2, DIMS), case(X, ROWS, 0, output_size=1024)],
    "masked_select": [case(X, t(512, 1024, dtype="bool"), size=1000)],
    "nonzero": [case(X, size=1000)],
}
CALLS = {name: op(*calls).cases for names, calls in BY_NAME.items() for name in names.split()}
HOLDS_MORE = {
    "mode": "sorts, and keeps keys and indices, then where each run of equals began and its length",
}


def test_large_reductions_are_as_exact_as_torchs() -> None:
    x = np.random.default_rng(0).random(LARGE, np.float32) + np.float32(1)
    array, tensor = jnp.asarray(x), torch.from_numpy(x)
    worse = {}
    # the suite's programs compile quickly and run slowly
    compiled = partial(jax.jit, compiler_options={"xla_backend_optimization_level": 3})
    for name, truth in exactly(x).items():
        ours, theirs = (
            abs(float(value) - truth)
            for value in (compiled(large(jaxchan, name))(array), large(torch, name)(tensor))
        )
        if ours > max(theirs, float(np.spacing(np.float32(truth)))):
            worse[name] = ours, theirs
    assert not worse


def large(library: Any, name: str) -> Callable:
    """The call of an op, which reduces a vector to one number."""
    if name == "vector_norm":
        return library.linalg.vector_norm
    if name in ("logsumexp", "cumsum"):
        return lambda x: getattr(library, name)(x, 0).reshape(-1)[-1]
    return getattr(library, name)


def exactly(x: np.ndarray) -> dict[str, float]:
    """The truth in float64, in parts that fit the memory."""

    def total(term: Callable[[np.ndarray], np.ndarray]) -> float:
        return math.fsum(float(term(part.astype(np.float64)).sum()) for part in np.split(x, 128))

    everything = total(lambda part: part)
    mean = everything / x.size
    return {
        "sum": everything,
        "mean": mean,
        "var": total(lambda part: (part - mean) ** 2) / (x.size - 1),
        "vector_norm": math.sqrt(total(np.square)),
        "logsumexp": math.log(total(np.exp)),
        "cumsum": everything,
        "amax": float(x.max()),
    }


def public_name(family: str, name: str) -> str:
    return f"linalg.{name}" if family == "linalg" else name


def cases() -> list[Any]:
    found = {public_name(*key): key for key in OPS if key[0] in FAMILIES}
    return [
        pytest.param(*found[name], one, id=f"{name}[{one}]")
        for name, calls in CALLS.items()
        for one in calls
    ]


def test_every_op_is_tried() -> None:
    assert {public_name(*key) for key in OPS if key[0] in FAMILIES} == set(CALLS)


@pytest.mark.parametrize(("family", "name", "one"), cases())
def test_temporaries_are_at_most_twice_the_input(family: str, name: str, one: Case) -> None:
    held = temporaries(_suite.jax_function(family, name), one)
    called = public_name(family, name)
    if HOLDS_MORE.keys() & {called, f"{called}[{one}]"}:
        assert held > 2  # or it is to be crossed off the list
    else:
        assert held <= 2


def temporaries(fn: Callable, one: Case) -> float:
    """Bytes that the compiled call allocates beside results, over those of its inputs."""
    leaves, tree = jax.tree.flatten((one.args, one.kwargs), is_leaf=lambda v: v is None)
    tensors = [v for v in leaves if isinstance(v, Tensor)]
    inputs = [jax.ShapeDtypeStruct(v.shape, v.dtype or "float32") for v in tensors]

    def call(arrays: list) -> Any:
        fresh = iter(arrays)
        filled = [next(fresh) if isinstance(v, Tensor) else v for v in leaves]
        args, kwargs = jax.tree.unflatten(tree, filled)
        return fn(*args, **kwargs)

    memory: Any = jax.jit(call).lower(inputs).compile().memory_analysis()
    return memory.temp_size_in_bytes / sum(i.size * i.dtype.itemsize for i in inputs)
