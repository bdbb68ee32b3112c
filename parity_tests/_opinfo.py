"""PyTorch's own database of operators: samples and error inputs in the form of the suite.

It ships in the torch wheel, under `torch.testing._internal`.
"""

import contextlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jax
import numpy as np
import torch

from jaxchan.interop import to_numpy
from jaxchan.parity._arrays import is_array

# dtypes of JAX on CPU; complex32 and the quantised ones are torch's alone
DTYPES = (
    *(
        torch.float64,
        torch.float32,
        torch.bfloat16,
        torch.float16,
        torch.complex128,
        torch.complex64,
    ),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    *(torch.uint64, torch.uint32, torch.uint16),
)
RANDOM = {"dropout", "dropout2d", "dropout3d", "alpha_dropout", "rrelu"}
RANDOM |= {"scaled_dot_product_attention"}
MOST = 24  # samples of a dtype where not all are asked for: max_pool2d has thousands
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@cache
def _database() -> dict[str, list[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what importing torch's own tests warns of
        from torch.testing._internal.common_methods_invocations import op_db

    by_name: dict[str, list[Any]] = {}
    for info in op_db:
        by_name.setdefault(info.name, []).append(info)
    return by_name


def entries(path: str) -> list[Any]:
    """The entries for a path such as "nn.functional.conv2d"; an op may have variants."""
    return _database().get(path, [])


def adapted(path: str, ours: Callable) -> Callable:
    """`ours` with the arguments in the database's order, where that is not torch's, and a key."""
    if path == "where":
        return lambda input, condition, other: ours(condition, input, other)
    if path == "nn.functional.embedding":
        return lambda weight, input, **options: ours(input, weight, **options)
    key = inspect.signature(ours).parameters.get("key")
    if key and key.kind is key.KEYWORD_ONLY:
        return lambda *args, **options: ours(*args, key=jax.random.key(0), **options)
    return ours


def samples(info: Any, share: int = 1) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """(label, args, kwargs) of the samples in every dtype that torch and JAX both have on CPU.

    All of them, or one in `share` and at most `MOST` in a dtype: others from dtype to dtype.
    """
    torch.manual_seed(0)
    supported = info.supported_dtypes("cpu")
    for n, dtype in enumerate(d for d in DTYPES if d in supported):
        drawn = info.sample_inputs("cpu", dtype, requires_grad=False)
        known = [(sample, *_arguments(sample)) for sample in drawn]
        step = 1 if share == 1 else max(share, -(-len(known) // MOST))
        for i, (sample, args, kwargs) in list(enumerate(known))[n % step :: step]:
            # random calls are left out: the numbers that two libraries draw differ
            if _is_random(info, sample):
                continue
            variant = f" {info.variant_test_name}" if info.variant_test_name else ""
            yield f"OpInfo{variant} #{i} {_text(args, kwargs)}", args, kwargs


def error_inputs(info: Any) -> Iterator[tuple[str, Arguments, type[Exception]]]:
    """(label, arguments, torch's exception) for every error input."""
    if info.error_inputs_func is None:
        return
    for error in info.error_inputs("cpu"):
        arguments = _arguments(error.sample_input)
        kind = (
            TypeError if "out" in arguments[1] else error.error_type
        )  # jaxchan's ops have no `out`
        yield f"OpInfo error {_text(*arguments)}", arguments, kind


def _is_random(info: Any, sample: Any) -> bool:
    """Whether torch draws random numbers for the sample."""
    if info.name.rpartition(".")[2] not in RANDOM:
        return False
    before = torch.get_rng_state()
    with warnings.catch_warnings(action="ignore"):
        pkgutil.resolve_name(f"torch.{info.name}")(sample.input, *sample.args, **sample.kwargs)
    return not torch.equal(before, torch.get_rng_state())


def _arguments(sample: Any) -> Arguments:
    args, kwargs = (sample.input, *sample.args), dict(sample.kwargs)
    return jax.tree.map(_plain, (args, kwargs), is_leaf=lambda v: isinstance(v, torch.Tensor))


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        if value.ndim > 64:  # numpy's limit
            return jax.numpy.zeros(value.shape)
        return to_numpy(value).copy()  # the samples of masked ops write into earlier ones
    if isinstance(value, torch.dtype):
        with contextlib.suppress(TypeError):
            return np.dtype(str(value).removeprefix("torch."))
    return value


def _text(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    def one(value: Any) -> str:
        return "x".join(map(str, value.shape)) or "0-d" if is_array(value) else repr(value)

    return ",".join([one(a) for a in args] + [f"{k}={one(v)}" for k, v in kwargs.items()])
