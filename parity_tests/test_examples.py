"""The worked examples run as their first lines say, and find what they claim."""

import os
import re
import subprocess
import sys
from pathlib import Path

from ._environment import XLA_FLAGS

ROOT = Path(__file__).parents[1]


def test_finetune_digits() -> None:
    command = [sys.executable, "examples/finetune_digits.py", "--float64"]
    quick = {"XLA_FLAGS": XLA_FLAGS, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | quick, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    before, theirs, ours = (float(n) for n in re.findall(r"([\d.]+)%", done.stdout))
    assert ours == theirs > 90 > before
