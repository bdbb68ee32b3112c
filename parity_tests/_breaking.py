"""What a planted fault is, and ways to break a function: its value, its derivatives, its errors."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Jvp = Callable[[Callable, tuple, tuple], tuple[Any, Any]]


@dataclass(frozen=True)
class Fault:
    """A wrong `impl` of an op, and the property in which the suite has to notice it.

    dtype, at: the dtype and a part of the text of those of the spec's cases that are tried. They
        save time only: a finding among some is a finding among all.
    says: a part of the finding's detail, where the fault is in what is raised. Elsewhere an
        implementation that raises does not count as noticed.
    """

    family: str
    name: str
    property: str
    why: str
    impl: Callable
    dtype: str = "float64"
    at: str = ""
    says: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


def then(fn: Callable, change: Callable) -> Callable:
    """`fn`, its result changed."""
    return lambda *args, **kwargs: change(fn(*args, **kwargs))


def with_jvp(fn: Callable, rule: Jvp) -> Callable:
    """`fn` in value, with the derivative `rule(fn of the arrays alone, primals, tangents)`."""

    def impl(*args: Any, **kwargs: Any) -> Any:
        plain, arrays = _of_arrays(fn, args, kwargs)
        inner = jax.custom_jvp(plain)
        inner.defjvp(functools.partial(rule, plain))
        return inner(*arrays)

    return impl


def with_linear(fn: Callable, forward: Callable, backward: Callable) -> Callable:
    """`fn` with its tangents changed by `forward` and its cotangents by `backward`."""

    def rule(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
        value, tangent = jax.jvp(plain, primals, tangents)
        change = jax.custom_derivatives.linear_call
        return value, change(lambda _, t: forward(t), lambda _, ct: backward(ct), (), tangent)

    return with_jvp(fn, rule)


def with_tangent(fn: Callable, change: Callable) -> Callable:
    """`fn` with `change`, a linear function, after its derivative."""

    def rule(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
        value, tangent = jax.jvp(plain, primals, tangents)
        return value, jax.tree.map(
            lambda t: t if t.dtype == jax.dtypes.float0 else change(t), tangent
        )

    return with_jvp(fn, rule)


def with_vmap(fn: Callable, rule: Callable) -> Callable:
    """`fn` whose batched form is `rule(fn of the arrays alone, stacked arrays)`."""

    def impl(*args: Any, **kwargs: Any) -> Any:
        plain, arrays = _of_arrays(fn, args, kwargs)
        inner = jax.custom_batching.custom_vmap(plain)
        inner.def_vmap(lambda size, batched, *stacked: (rule(plain, *stacked), True))
        return inner(*arrays)

    return impl


def without_forward_mode(fn: Callable) -> Callable:
    def impl(*args: Any, **kwargs: Any) -> Any:
        plain, arrays = _of_arrays(fn, args, kwargs)
        inner = jax.custom_vjp(plain)
        inner.defvjp(lambda *a: jax.vjp(plain, *a), lambda pull, cotangent: pull(cotangent))
        return inner(*arrays)

    return impl


def raising(fn: Callable, change: Callable[[Exception], Exception]) -> Callable:
    """`fn` that raises `change(error)` in place of its error."""

    @functools.wraps(fn)
    def impl(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            raise change(error) from None

    return impl


def accepting(fn: Callable, otherwise: Callable) -> Callable:
    """`fn` that returns `otherwise(*args, **kwargs)` where it has to raise."""

    @functools.wraps(fn)
    def impl(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception:
            return otherwise(*args, **kwargs)

    return impl


def _of_arrays(fn: Callable, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, list]:
    """`fn` as a function of its array arguments alone, and those."""
    leaves, tree = jax.tree.flatten((args, kwargs))
    arrays = [jnp.asarray(v) for v in leaves if isinstance(v, jax.Array | np.ndarray)]

    def plain(*arrays: Any) -> Any:
        fresh = iter(arrays)
        filled = [next(fresh) if isinstance(v, jax.Array | np.ndarray) else v for v in leaves]
        args, kwargs = jax.tree.unflatten(tree, filled)
        return fn(*args, **kwargs)

    return plain, arrays


def second_dropped(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    return jax.jvp(plain, lax.stop_gradient(primals), tangents)


def second_doubled(plain: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    value, tangent = jax.jvp(plain, primals, tangents)
    _, constant = jax.jvp(plain, lax.stop_gradient(primals), tangents)
    return value, 2 * tangent - constant


def through(dtype: Any) -> Callable:
    return lambda x: x.astype(dtype).astype(x.dtype)


def ignoring(fn: Callable, *names: str) -> Callable:
    """`fn` without these of its keyword arguments."""
    return lambda *args, **kwargs: fn(*args, **{k: v for k, v in kwargs.items() if k not in names})


def changed(fn: Callable, place: int, change: Callable) -> Callable:
    """`fn` with one entry of its tuple changed."""

    def impl(*args: Any, **kwargs: Any) -> tuple:
        return tuple(change(v) if i == place else v for i, v in enumerate(fn(*args, **kwargs)))

    return impl
