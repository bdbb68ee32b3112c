"""Whole functions: the program that JAX traces is run again, with convolutions in some places."""

import functools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _conv

if TYPE_CHECKING:  # it takes as long to import as half of jaxchan
    from jax.extend.core import Jaxpr, JaxprEqn

CALLS = {  # the parameter in which each of these keeps the program that it calls
    "jit": "jaxpr",
    "remat2": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}


def to_conv(fn):
    """`fn` with its sums, means and adds of feature maps done by convolutions.

    A plain JAX function again. Feature maps are floating point (N, C, *) arrays of 3 to 5 dims.
    - a sum over the channels, scaled or not, becomes a 1x1 convolution;
    - a sum over all spatial dims, scaled or not, becomes a depthwise convolution, one large window;
    - the sum of two feature maps, broadcast or not, becomes their channels side by side and a 1x1
      convolution. A sum with a number or a 0-d array stays.
    "Scaled" is multiplied or divided by a constant number, as a mean is. Functions under jit,
    remat, custom_jvp and custom_vjp are entered (custom derivatives stay); loops, branches are not.

    Torch:    none
    Shapes:   those of fn, which is pure, as for jax.jit. Arguments are trees of arrays; bind others
              with functools.partial.
    Dtypes:   those of fn.
    Gradient: that of fn.
    Errors:   TypeError for a fn that cannot be called.

    For finite values only: where two feature maps are added, an inf or nan in one channel is nan in
    all channels, at that sample and position. Each such add costs C multiplications an element.

    >>> import jax, jax.numpy as jnp
    >>> fn = lambda x: x + x.mean((2, 3), keepdims=True)
    >>> x = jnp.arange(8.0).reshape(1, 2, 2, 2)
    >>> [str(e.primitive) for e in jax.make_jaxpr(fn)(x).eqns]
    ['reduce_sum', 'broadcast_in_dim', 'div', 'add']
    >>> [str(e.primitive) for e in jax.make_jaxpr(to_conv(fn))(x).eqns if "conv" in str(e)]
    ['conv_general_dilated', 'conv_general_dilated']
    >>> bool((to_conv(fn)(x) == fn(x)).all())
    True
    """
    if not callable(fn):
        raise TypeError(f"to_conv: fn must be callable, got {type(fn).__name__}")

    @functools.wraps(fn, updated=())
    def converted(*args, **kwargs):
        closed, out = jax.make_jaxpr(fn, return_shape=True)(*args, **kwargs)
        leaves = _run(closed.jaxpr, closed.consts, *jax.tree.leaves((args, kwargs)))
        return jax.tree.unflatten(jax.tree.structure(out), leaves)

    return converted


def _run(jaxpr: "Jaxpr", consts: Any, *args: Any) -> list[Any]:
    """What jax.core.eval_jaxpr does, but for the operations that become convolutions."""
    env = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *args], strict=True))

    def read(atom):
        return atom.val if _is_literal(atom) else env[atom]

    scales = _scales(jaxpr)
    for i, eqn in enumerate(jaxpr.eqns):
        values = [read(atom) for atom in eqn.invars]
        with eqn.ctx.manager:
            env.update(zip(eqn.outvars, _equation(eqn, values, scales.get(i)), strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _equation(eqn: "JaxprEqn", values: list[Any], scale: float | None) -> list[Any]:
    if _is_sum(eqn):
        return [_sum(values[0], eqn.params["axes"], 1.0 if scale is None else scale)]
    if scale is not None:  # the multiplication or division that a sum before has done
        return [next(v for v, a in zip(values, eqn.invars, strict=True) if not _is_constant(a))]
    if _is_add(eqn):
        return [_add(values, _aval(eqn.outvars[0]).shape)]
    if (inner := _called(eqn)) is not None and _has_work(inner):
        return _call(eqn, values)
    return _bind(eqn, values, eqn.params)


def _sum(x, axes, scale):
    if axes == (1,):
        return lax.squeeze(_conv.pointwise(x, np.full((1, x.shape[1]), scale)), axes)
    return lax.squeeze(_conv.window_sum(x, scale), axes)


def _add(values, shape):
    """Batch and spatial dims of size 1 are repeated; a lone channel is spread by the kernel."""
    everywhere = range(len(shape))
    maps = [lax.broadcast_in_dim(x, (shape[0], x.shape[1], *shape[2:]), everywhere) for x in values]
    return _conv.add(maps, shape[1])


def _call(eqn, values):
    """Bind the equation with its inner program traced anew."""
    name = CALLS[str(eqn.primitive)]
    inner = eqn.params[name]
    is_closed = _is_closed(inner)
    jaxpr, consts = (inner.jaxpr, inner.consts) if is_closed else (inner, ())
    structs = [_struct(v.aval) for v in jaxpr.invars]
    closed = jax.make_jaxpr(functools.partial(_run, jaxpr, consts))(*structs)
    if is_closed:
        return _bind(eqn, values, {**eqn.params, name: closed})
    # remat's program has no place for constants: the kernels become arguments
    invars = [*closed.jaxpr.constvars, *closed.jaxpr.invars]
    opened = closed.jaxpr.replace(constvars=[], invars=invars)
    return _bind(eqn, [*closed.consts, *values], {**eqn.params, name: opened})


def _struct(aval):
    return jax.ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=aval.weak_type)


def _bind(eqn, values, params):
    out = eqn.primitive.bind(*values, **eqn.primitive.get_bind_params(params))
    return out if eqn.primitive.multiple_results else [out]


def _aval(atom: Any) -> Any:
    return atom.aval


def _is_map(atom: Any) -> bool:
    shape, dtype = atom.aval.shape, atom.aval.dtype
    return 3 <= len(shape) <= 5 and 0 not in shape and jnp.issubdtype(dtype, jnp.floating)


def _is_sum(eqn: "JaxprEqn") -> bool:
    if str(eqn.primitive) != "reduce_sum" or not _is_map(eqn.invars[0]):
        return False
    spatial = tuple(range(2, _aval(eqn.invars[0]).ndim))
    return tuple(sorted(eqn.params["axes"])) in ((1,), spatial)


def _is_add(eqn: "JaxprEqn") -> bool:
    if str(eqn.primitive) not in ("add", "add_any") or not _is_map(eqn.outvars[0]):
        return False
    return all(_aval(atom).ndim == _aval(eqn.outvars[0]).ndim for atom in eqn.invars)


def _called(eqn: "JaxprEqn") -> "Jaxpr | None":
    inner = eqn.params.get(CALLS.get(str(eqn.primitive), ""))
    return inner.jaxpr if inner is not None and _is_closed(inner) else inner


def _has_work(jaxpr: "Jaxpr") -> bool:
    return any(
        _is_sum(eqn) or _is_add(eqn) or ((inner := _called(eqn)) is not None and _has_work(inner))
        for eqn in jaxpr.eqns
    )


def _scales(jaxpr: "Jaxpr") -> dict[int, float]:
    """By place of equation: the factor of each sum that has one use, scaled, and of that scaling.

    Between the two there may be what jnp's keepdims adds, a broadcast_in_dim.
    """
    uses = Counter(_variables(jaxpr.outvars))
    for eqn in jaxpr.eqns:
        uses.update(_variables(eqn.invars))
    sums: dict[Any, int] = {}  # from a variable that is a sum, reshaped or not, to the sum's place
    scales: dict[int, float] = {}
    for i, eqn in enumerate(jaxpr.eqns):
        if _is_sum(eqn):
            sums[eqn.outvars[0]] = i
            continue
        place = next((sums[a] for a in _variables(eqn.invars) if a in sums and uses[a] == 1), None)
        if place is None:
            continue
        factor = _factor(eqn)
        if factor is not None:
            scales[i], scales[place] = factor, factor * scales.get(place, 1.0)
        if factor is not None or str(eqn.primitive) == "broadcast_in_dim":
            sums[eqn.outvars[0]] = place
    return scales


def _factor(eqn: "JaxprEqn") -> float | None:
    """The finite number by which the equation multiplies its other operand, if it does that."""
    name, constants = str(eqn.primitive), [a for a in eqn.invars if _is_constant(a)]
    if name not in ("mul", "div") or len(constants) != 1:
        return None
    constant: Any = constants[0]
    value = float(constant.val)
    if name == "div":
        value = 1 / value if constant is eqn.invars[1] and value else math.nan
    return value if math.isfinite(value) else None


def _variables(atoms: Any) -> list[Any]:
    return [atom for atom in atoms if not _is_literal(atom)]


def _is_constant(atom: Any) -> bool:
    return _is_literal(atom) and _aval(atom).ndim == 0


def _is_literal(atom: Any) -> bool:
    """Whether it is a constant; variables have no value."""
    return hasattr(atom, "val")


def _is_closed(program: Any) -> bool:
    """Whether it holds its constants, with the program proper inside."""
    return hasattr(program, "consts")
