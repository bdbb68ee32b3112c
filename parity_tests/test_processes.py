"""The specs where JAX itself has to be started otherwise: x64 off, and two devices."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("module", "x64"), [("x32", "0"), ("sharded", "1")])
def test_specs_hold(module: str, x64: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"parity_tests.{module}"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "JAX_ENABLE_X64": x64},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
