"""jaxchan runs without torch, imports Flax for modules alone, and its wheel holds jaxchan alone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import jaxchan.nn

ROOT = Path(__file__).parents[1]
LIGHT = ["jaxchan", "jaxchan.parity", "jaxchan.nn.functional"]


def imports(package: str, statement: str) -> bool:
    """Whether running `statement` in a fresh interpreter imports `package`."""
    told = f"{package} was imported"
    check = f"import sys; assert {package!r} not in sys.modules, {told!r}"
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {check}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 or told in done.stderr, done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("module", [*LIGHT, "jaxchan.nn.modules"])
def test_import_leaves_torch_alone(module: str) -> None:
    assert not imports("torch", f"import {module}")


@pytest.mark.parametrize("module", LIGHT)
def test_import_leaves_flax_to_the_modules(module: str) -> None:
    assert not imports("flax", f"import {module}")


def test_modules_are_imported_on_first_use() -> None:
    assert imports("flax", "import jaxchan; jaxchan.nn.Linear")
    assert not imports("safetensors", "import jaxchan; assert 'Linear' in dir(jaxchan.nn)")
    assert not imports("flax", "import jaxchan; assert not hasattr(jaxchan.nn, '_none')")
    with pytest.raises(AttributeError, match=r"jaxchan\.nn.*has no attribute 'Lineal'"):
        getattr(jaxchan.nn, "Lineal")  # noqa: B009


def test_the_check_can_fail() -> None:
    assert imports("torch", "import jaxchan, torch")


def test_wheel_holds_jaxchan_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"jaxchan", "jaxchan-0.1.0.dist-info"}
    assert {"jaxchan/py.typed", "jaxchan/__init__.py"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
