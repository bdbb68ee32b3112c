"""The setting of a suite that mostly traces and compiles small programs, each for one use.

Without LLVM's optimisation, and with the older code generator for fused loops, compiling takes a
third, and the verdicts are the same. XLA_FLAGS of the environment stands where there is one. Python
looks for garbage more rarely: tracing makes much, hardly any of it in cycles.

And torch is to have the same numbers on every CPU. By a CPU's matrix unit (AMX) torch 2.13.0
convolves volumes of bfloat16 with strides from memory that nobody wrote, so oneDNN, which does it,
goes up to the instructions before these.
"""

import gc
import os

XLA_FLAGS = (
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_multi_thread_eigen=false"
)

ONEDNN_MAX_CPU_ISA = "AVX512_CORE_BF16"


def prepare() -> None:
    """To be called before JAX's and torch's first computations."""
    os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)
    os.environ.setdefault("ONEDNN_MAX_CPU_ISA", ONEDNN_MAX_CPU_ISA)
    gc.set_threshold(100_000)
