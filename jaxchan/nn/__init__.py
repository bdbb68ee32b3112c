"""torch.nn: functions, and Flax modules, which are imported, and Flax with them, on first use."""

import importlib
from typing import TYPE_CHECKING, Any

from . import functional as functional

if TYPE_CHECKING:
    from .modules import *  # noqa: F403


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        modules = importlib.import_module(".modules", __name__)
        if name in vars(modules):
            return getattr(modules, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    modules = importlib.import_module(".modules", __name__)
    return sorted({*globals(), *(name for name in vars(modules) if not name.startswith("_"))})
