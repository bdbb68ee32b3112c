"""Products with a weight laid out as torch's, (out, in), in full float32 precision everywhere."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import Precision

from ..._checks import as_array
from ..._dtypes import accumulator


def linear(input: Any, weight: Any, bias: Any = None) -> jax.Array:
    """Sums of products with each row of the weight, and the bias.

    Torch:    torch.nn.functional.linear
    Shapes:   (*, I), weight (O, I) or (I,), bias (O,) or what broadcasts -> (*, O) or (*,).
    Dtypes:   one for all arguments, but bool; 16-bit floats accumulate in float32.
    Gradient: that of the sums of products.
    Errors:   RuntimeError for bool, mixed dtypes or shapes that do not fit; TypeError for an
              argument that is not an array.

    >>> linear(jnp.array([1.0, 2.0]), jnp.array([[3.0, 4.0]]), jnp.array([0.5])).tolist()
    [11.5]
    """
    x, w = as_array("linear", "input", input), as_array("linear", "weight", weight)
    b = None if bias is None else as_array("linear", "bias", bias)
    _check_dtypes("linear", input=x, weight=w, bias=b)
    if w.ndim not in (1, 2) or not x.ndim or x.shape[-1] != w.shape[-1]:
        raise RuntimeError(
            f"linear: weight must be (O, I) or (I,) for an input (*, I), got {w.shape}, {x.shape}"
        )
    if b is not None:
        _check_bias(b, x, w)
    return _linear(x, w, b)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> jax.Array:
    """x1 W x2 with each matrix of the weight, and the bias.

    Torch:    torch.nn.functional.bilinear
    Shapes:   (*, I) and (*, J) of equal batches, weight (O, I, J), bias (O,) -> (*, O).
    Dtypes:   one for all arguments, but bool; 16-bit floats are multiplied in float32.
    Gradient: that of the sums of products. Of complex numbers torch refuses all but the bias's:
              here the others are 0.
    Errors:   RuntimeError for bool, mixed dtypes or shapes that do not fit; IndexError for 0-d
              inputs or a 0-d bias, or a weight of two dims; TypeError for an argument that is not
              an array.

    >>> x, y = jnp.array([1.0, 2.0]), jnp.array([3.0])
    >>> bilinear(x, y, jnp.array([[[1.0], [1.0]]])).tolist()
    [9.0]
    """
    op = "bilinear"
    x, y = as_array(op, "input1", input1), as_array(op, "input2", input2)
    w = as_array(op, "weight", weight)
    b = None if bias is None else as_array(op, "bias", bias)
    _check_dtypes(op, input1=x, input2=y, weight=w, bias=b)
    shapes = f"got {w.shape}, {x.shape} and {y.shape}"
    if 0 == x.ndim == y.ndim or (w.ndim == 2 and x.shape[-1:] == w.shape[1:]):
        raise IndexError(f"{op}: input1 and input2 must have a dim, weight three, {shapes}")
    if (x.ndim, x.shape[:-1]) != (y.ndim, y.shape[:-1]) or (
        w.shape[1:] != (x.shape[-1], y.shape[-1])
    ):
        raise RuntimeError(f"{op}: weight must be (O, I, J) for inputs (*, I) and (*, J), {shapes}")
    if 0 in w.shape[1:]:
        raise RuntimeError(f"{op}: weight must not have empty matrices, got {w.shape}")
    if b is not None and b.shape != w.shape[:1]:
        kind = RuntimeError if b.ndim else IndexError
        raise kind(f"{op}: bias must have shape {w.shape[:1]}, got {b.shape}")
    return _bilinear(x, y, w, b)


def _check_dtypes(op: str, **arrays: jax.Array | None) -> None:
    dtypes = {name: a.dtype for name, a in arrays.items() if a is not None}
    if len(set(dtypes.values())) > 1 or jnp.bool_ in dtypes.values():
        found = ", ".join(f"{name} {dtype}" for name, dtype in dtypes.items())
        raise RuntimeError(f"{op}: all arguments must have one dtype that is not bool, got {found}")


def _check_bias(bias: jax.Array, x: jax.Array, weight: jax.Array) -> None:
    out = (*x.shape[:-1], *weight.shape[:-1])
    pairs = zip(bias.shape[::-1], out[::-1], strict=False)
    fits = bias.ndim <= len(out) and all(m in (1, n) for m, n in pairs)
    if weight.ndim == 1:
        fits = x.ndim == 1 and bias.ndim == 0
    if not (fits or (x.ndim == 1 and bias.shape == (1, *out))):  # torch computes a row
        raise RuntimeError(f"linear: bias must broadcast to the output {out}, got {bias.shape}")


@jax.jit
def _linear(x: jax.Array, weight: jax.Array, bias: jax.Array | None) -> jax.Array:
    wide = accumulator(x.dtype)
    inner = (((x.ndim - 1,), (weight.ndim - 1,)), ((), ()))
    out = jax.lax.dot_general(
        x, weight, inner, precision=Precision.HIGHEST, preferred_element_type=wide
    )
    return _with_bias(out, bias, x.dtype)


@jax.jit
def _bilinear(x: jax.Array, y: jax.Array, weight: jax.Array, bias: jax.Array | None) -> jax.Array:
    dtype, wide = x.dtype, accumulator(x.dtype)
    x, y, weight = (a.astype(wide) for a in (x, y, weight))
    if jnp.iscomplexobj(x):
        x, y, weight = (jax.lax.stop_gradient(a) for a in (x, y, weight))
    rows = jnp.einsum("...i,oij->...oj", x, weight, precision=Precision.HIGHEST)
    out = jnp.einsum("...oj,...j->...o", rows, y, precision=Precision.HIGHEST)
    return _with_bias(out, bias, dtype)


def _with_bias(out: jax.Array, bias: jax.Array | None, dtype: np.dtype) -> jax.Array:
    if bias is None:
        return out.astype(dtype)
    row = bias[0] if bias.ndim > out.ndim else bias
    return (out + jnp.broadcast_to(row.astype(out.dtype), out.shape)).astype(dtype)
