"""The suite's setting: CPU, torch's dtypes (x64), and JAX never picks a dtype or a rank by itself.

JAX_ENABLE_X64=0 runs the suite's other half, see `x32.py`.
"""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import jax
import torch

from ._environment import prepare

prepare()
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
torch.set_num_threads(1)
