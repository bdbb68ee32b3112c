"""The specs with x64 off, as most people run JAX: `JAX_ENABLE_X64=0 python -m parity_tests.x32`.

The results have to be torch's with 64-bit types narrowed. x64 is a switch of the whole process, so
this runs in one of its own. Calls with a 64-bit argument are left out: JAX cannot represent them.
"""

from collections.abc import Callable, Iterator

import jax
import torch

from jaxchan.parity import Comparison, Finding, check_all
from jaxchan.parity._runs import Call

from . import _suite
from ._draw import draw
from ._spec import Op
from .specs import OPS

NARROW = {
    torch.int64: torch.int32,
    torch.float64: torch.float32,
    torch.complex128: torch.complex64,
}


def findings(family: str, name: str) -> list[Finding]:
    """A sixth of the op's cases in float32 and int32."""
    spec, ours = OPS[family, name], _suite.jax_function(family, name)
    asked = list(_comparisons(spec, ours, _suite.torch_function(family, name)))
    return [f for result in check_all(asked, jit=spec.jit) for f in result.findings]


def _comparisons(spec: Op, ours: Callable, theirs: Callable) -> Iterator[Comparison]:
    for dtype in {"float32", "int32"} & set(spec.dtypes):
        for case in spec.cases[::6]:
            args, kwargs = draw(case, dtype)
            if not _has_64_bits(Call.of(args, kwargs)):
                # a gradient that follows an index which torch leaves open is open too
                order = 1 if spec.grad and spec.indices == "same" else 0
                yield Comparison(
                    lambda *a, **k: _suite.settled(spec, ours(*a, **k)),
                    lambda *a, **k: _narrowed(_suite.settled(spec, theirs(*a, **k))),
                    args,
                    kwargs,
                    str(case),
                    order=order,
                    terms=spec.terms,
                )


def _narrowed(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    return [t.to(NARROW.get(t.dtype, t.dtype)) for t in tensors]


def _has_64_bits(call: Call) -> bool:
    dtypes = [getattr(leaf, "dtype", leaf) for leaf in call.leaves]
    return any(getattr(d, "name", "") in ("int64", "float64", "complex128") for d in dtypes)


def main() -> int:
    assert jax.dtypes.canonicalize_dtype("int64") == "int32", "run with JAX_ENABLE_X64=0"
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
    found = {key: findings(*key) for key in OPS}
    # nothing to tell of an op whose every call has a 64-bit argument, as one_hot's
    return _suite.tell({key: f for key, f in found.items() if f})


if __name__ == "__main__":
    raise SystemExit(main())
