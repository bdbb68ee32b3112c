"""Products with matrices, and rows of them."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from . import functional as F
from ._parameters import NONE, Metadata, absent, cast, operands, uniform


class Linear(nnx.Module):
    """`functional.linear` with the module's weight and bias.

    Torch:  torch.nn.Linear
    Shapes: (*, I) -> (*, O); weight (O, I), bias (O,).

    >>> Linear(3, 2, rngs=nnx.Rngs(0))(jnp.ones((4, 3), jnp.float32)).shape
    (4, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        bias_metadata: Metadata = NONE,
        rngs: nnx.Rngs,
    ) -> None:
        self.in_features, self.out_features, self.dtype = in_features, out_features, dtype
        shape = (out_features, in_features)
        self.weight = uniform(rngs, shape, in_features, param_dtype, weight_metadata)
        self.bias = absent()
        if bias:
            self.bias = uniform(rngs, shape[:1], in_features, param_dtype, bias_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.linear(*operands(self, input))


class Embedding(nnx.Module):
    """`functional.embedding` from the module's weight.

    Torch:  torch.nn.Embedding
    Shapes: (*) of integers -> (*, D); weight (N, D).

    Unlike torch, `max_norm` cuts the rows in the result alone, and not in the weight.

    >>> Embedding(10, 3, rngs=nnx.Rngs(0))(jnp.array([1, 9])).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weight_metadata: Metadata = NONE,
        rngs: nnx.Rngs,
    ) -> None:
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError(f"Embedding: padding_idx must be a row, got {padding_idx}")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse, self.dtype = scale_grad_by_freq, sparse, dtype
        shape = (num_embeddings, embedding_dim)
        start = jax.random.normal(rngs.params(), shape, param_dtype)
        if self.padding_idx is not None:
            start = start.at[self.padding_idx].set(0)
        self.weight = nnx.Param(start, **weight_metadata)

    def __call__(self, input: jax.Array) -> jax.Array:
        return F.embedding(
            input,
            cast(self.dtype, self.weight[...]),
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )


class Identity(nnx.Module):
    """The input as it is; takes any arguments, as torch's.

    Torch:  torch.nn.Identity
    Shapes: kept.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, input: jax.Array) -> jax.Array:
        return input
