"""jaxchan runs without torch, and its wheel holds jaxchan alone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOADED = "import sys; assert 'torch' not in sys.modules, 'torch was imported'"


def imports_torch(statement: str) -> bool:
    """Whether running `statement` in a fresh interpreter imports torch."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {LOADED}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 or "torch was imported" in done.stderr, done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("module", ["jaxchan", "jaxchan.parity", "jaxchan.nn.functional"])
def test_import_leaves_torch_alone(module: str) -> None:
    assert not imports_torch(f"import {module}")


def test_the_check_can_fail() -> None:
    assert imports_torch("import jaxchan, torch")


def test_wheel_holds_jaxchan_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"jaxchan", "jaxchan-0.1.0.dist-info"}
    assert {"jaxchan/py.typed", "jaxchan/__init__.py"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
