"""The suite's setting: CPU, torch's dtypes (x64), and JAX never picks a dtype or a rank by itself.

Programs are compiled without optimisation unless XLA_FLAGS is set: the verdicts are the same, and
compiling is most of the time. JAX_ENABLE_X64=0 runs the suite's other half, see `test_x32.py`.
"""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_multi_thread_eigen=false"
)

import jax
import torch

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
torch.set_num_threads(1)
