import os
import subprocess
import sys
from pathlib import Path


def test_specs_hold_with_x64_off() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parity_tests.x32"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "JAX_ENABLE_X64": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
