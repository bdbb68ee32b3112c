"""The setting of a suite that mostly traces and compiles small programs, each for one use.

Without LLVM's optimisation, and with the older code generator for fused loops, compiling takes a
third, and the verdicts are the same. XLA_FLAGS of the environment stands where there is one. Python
looks for garbage more rarely: tracing makes much, hardly any of it in cycles.
"""

import gc
import os

XLA_FLAGS = (
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_multi_thread_eigen=false"
)


def prepare() -> None:
    """To be called before JAX's first computation."""
    os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)
    gc.set_threshold(100_000)
