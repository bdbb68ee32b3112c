"""Names, signatures and docstrings: jaxchan's are torch's, and the three packages agree."""

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

import jaxchan
from jaxchan.parity import same_error

from . import _suite
from ._spec import Op
from .specs import FAMILIES, OPS

ROOT = Path(__file__).parents[1]
HEADINGS = ("Torch:", "Shapes:", "Dtypes:", "Gradient:", "Errors:")
# JAX arrays are not written into, have no layout and no tape; the old names of options are gone
LEFT_OUT = {"out", "inplace", "size_average", "reduce", "layout", "device", "requires_grad"}
LEFT_OUT |= {"memory_format", "generator", "sparse_grad", "implicit", "_stacklevel"}
# what torch's schemas lack: static shapes are JAX's matter, and nonzero's tuple is its parser's
SIZED = {"size", "fill_value"}
BEYOND = {"unique": SIZED, "unique_consecutive": SIZED, "masked_select": SIZED}
DRAWING = ("rrelu", "alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d")
BEYOND |= {name: {"key"} for name in DRAWING}
BEYOND["scaled_dot_product_attention"] = {"dropout_key"}  # torch's own `key` is an array
BEYOND["nonzero"] = {*SIZED, "as_tuple"}
# torch has a switch for a GPU's precision, and channels last as a memory format
CONVOLUTIONS = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
BEYOND |= {name: {"precision", "data_format"} for name in CONVOLUTIONS}
BEYOND |= {op: {"data_format"} for op in ("batch_norm", "instance_norm", "group_norm")}
POOLS = [f"{kind}_pool{n}d" for kind in ("avg", "max", "lp") for n in (1, 2, 3)]
POOLS += [f"{kind}{n}d" for kind in ("adaptive_avg_pool", "adaptive_max_pool") for n in (1, 2, 3)]
BEYOND |= {name: {"data_format"} for name in [*POOLS, *(f"max_unpool{n}d" for n in (1, 2, 3))]}
BEYOND["batch_norm_stats"] = {"axis_name"}
BEYOND["interpolate"] = BEYOND["grid_sample"] = {"data_format"}
FUNCTION_TRANSFORMS = {"to_conv"}  # no op: tested by test_rewrite.py
IDS = [".".join(key) for key in OPS]
SAME_NAMES = {"self": "input"}


def functions(module: ModuleType) -> set[str]:
    """The public functions that are defined in a module or in the files of a package."""
    return {
        name
        for name, value in vars(module).items()
        if inspect.isroutine(value)
        and not name.startswith("_")
        and value.__module__.startswith(module.__name__)
    }


def source_module(family: str) -> ModuleType:
    """jaxchan's module of a family: `_stem` where its functions are public elsewhere."""
    hidden = _suite.public_path(family) == "jaxchan"
    return importlib.import_module(f"jaxchan.{'_' * hidden}{family}")


@pytest.mark.parametrize("family", FAMILIES)
def test_three_packages_have_the_same_names(family: str) -> None:
    specs = {name for name, value in vars(FAMILIES[family]).items() if isinstance(value, Op)}
    reference = importlib.import_module(f"torchref.{family}")
    public = importlib.import_module(_suite.public_path(family))
    ours = functions(source_module(family)) - FUNCTION_TRANSFORMS
    ours &= set(vars(public))  # helpers that other families share are not public
    assert ours == specs
    assert {n for n, v in vars(reference).items() if callable(v)} >= specs


def test_every_public_function_has_a_spec() -> None:
    namespaces = {_suite.public_path(family) for family in FAMILIES}
    public = set().union(*(functions(importlib.import_module(path)) for path in namespaces))
    assert public - FUNCTION_TRANSFORMS == {name for _, name in OPS}


@pytest.mark.parametrize(("family", "name"), OPS, ids=IDS)
def test_docstring(family: str, name: str) -> None:
    function = _suite.jax_function(family, name)
    doc = inspect.getdoc(function) or ""
    assert [h for h in HEADINGS if not re.search(rf"^{h}", doc, re.MULTILINE)] == []
    assert ">>> " in doc
    torchs = re.search(r"^Torch:\s+(?:none; )?([\w.]+)", doc, re.MULTILINE)
    assert torchs
    assert resolve(torchs[1]) is _suite.torch_function(family, name)


@pytest.mark.parametrize(("family", "name"), OPS, ids=IDS)
def test_documented_errors_are_tried(family: str, name: str) -> None:
    function, cases = _suite.jax_function(family, name), OPS[family, name].errors
    errors = (inspect.getdoc(function) or "").partition("Errors:")[2].partition("\n\n")[0]
    documented = set(re.findall(r"[A-Z]\w+Error", errors))
    tried = {kind.__name__ for _, kind in cases}
    if "jit" in errors:  # a TypeError under jit only, which test_unique.py tries
        documented -= {"TypeError"}
        tried -= {"TypeError"}
    assert documented == tried - ({"TypeError"} - documented)


@pytest.mark.parametrize(("family", "name"), OPS, ids=IDS)
def test_signature_is_torchs(family: str, name: str) -> None:
    function, reference = _suite.jax_function(family, name), _suite.torch_function(family, name)
    ours = list(inspect.signature(function).parameters)
    if (getattr(reference, "__module__", None) or "").startswith("torchref"):
        theirs = [set(inspect.signature(reference).parameters)]
    else:
        theirs = [names - LEFT_OUT for names in _torch_parameters(reference)]
    assert set(ours) - BEYOND.get(name, set()) == set().union(*theirs)


def test_same_error_tells_types_apart() -> None:
    assert same_error(IndexError(), IndexError).status == "pass"
    assert same_error(IndexError(), RuntimeError).status == "fail"
    assert same_error(None, RuntimeError).status == "fail"


def test_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[<>=]", text)[0] for text in project["dependencies"]}
    assert required == {"jax", "flax", "numpy"}
    assert project["optional-dependencies"]["torch"] == [
        f"torch=={torch.__version__.split('+')[0]}"
    ]
    assert jaxchan.__doc__


def resolve(path: str) -> object:
    return pkgutil.resolve_name(path)


def _torch_parameters(reference: Callable) -> list[set[str | None]]:
    """The parameters of each of torch's overloads that takes tensors by position or by name."""
    if reference is torch.unique or reference is torch.unique_consecutive:
        reference = getattr(torch.functional, f"_{reference.__name__}_impl")
    # a pool that can return indices chooses between two functions, and hides its parameters
    name = f"{getattr(reference, '__name__', '')}_with_indices"
    reference = getattr(torch.nn.functional, name, reference)
    if inspect.isfunction(reference):
        return [set(inspect.signature(reference).parameters)]
    packet = getattr(torch.ops.aten, reference.__name__)  # "linalg_norm" for torch.linalg.norm
    schemas = [getattr(packet, overload)._schema for overload in packet.overloads()]
    tensors = ("Tensor", "List[Tensor]")
    calls = [s for s in schemas if str(s.arguments[0].type) in tensors and not _writes(s)]
    return [{SAME_NAMES.get(a.name, a.name) for a in s.arguments} for s in calls]


def _writes(schema: torch.FunctionSchema) -> bool:
    return any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments)
