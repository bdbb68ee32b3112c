"""The names that others have for the same arrays, as patterns for the ends and middles of keys.

A pattern counts only if it leads to a name that the module has, and the state has not, of the same
shape but for sizes of 1: torchvision's layer_scale is (C, 1, 1), a 1x1 convolution's weight may be
that of a linear layer.
"""

import re
from collections.abc import Mapping

import numpy as np

Rules = tuple[tuple[str, str], ...]
Shapes = Mapping[str, tuple[int, ...]]
STEPS = 4  # the patterns that one key may need

TORCHVISION: Rules = (
    (r"\blayer_scale$", "gamma"),
    (r"\bblock\.0\.", "conv_dw."),
    (r"\bblock\.2\.", "norm."),
    (r"\bblock\.3\.", "mlp.fc1."),
    (r"\bblock\.5\.", "mlp.fc2."),
    (r"^features\.0\.", "stem."),
    *((rf"^features\.{2 * i + 1}\.", f"stages.{i}.blocks.") for i in range(4)),
    *((rf"^features\.{2 * i}\.", f"stages.{i}.downsample.") for i in range(1, 4)),
    (r"^classifier\.0\.", "head.norm."),
    (r"^classifier\.2\.", "head.fc."),
    (r"\b0\.(?=\w+$)", "conv."),
    (r"\b1\.(?=\w+$)", "bn."),
)
TIMM: Rules = (
    (r"\bgamma$", "layer_scale"),
    (r"\bconv_dw\.", "block.0."),
    (r"\bnorm\.", "block.2."),
    (r"\bmlp\.fc1\.", "block.3."),
    (r"\bmlp\.fc2\.", "block.5."),
    (r"^stem\.", "features.0."),
    *((rf"^stages\.{i}\.blocks\.", f"features.{2 * i + 1}.") for i in range(4)),
    *((rf"^stages\.{i}\.downsample\.", f"features.{2 * i}.") for i in range(1, 4)),
    (r"^head\.norm\.", "classifier.0."),
    (r"^head\.fc\.", "classifier.2."),
    (r"\bconv\.(?=\w+$)", "0."),
    (r"\bbn\.(?=\w+$)", "1."),
    (r"\bconv_reduce\.", "fc1."),
    (r"\bconv_expand\.", "fc2."),
)
OFFICIAL: Rules = (
    (r"\bdwconv\.", "conv_dw."),
    (r"\bpwconv1\.", "mlp.fc1."),
    (r"\bpwconv2\.", "mlp.fc2."),
    (r"(?<!\bmlp\.)\bgrn\.", "mlp.grn."),
    (r"\bgamma$", "weight"),
    (r"\bbeta$", "bias"),
    (r"^downsample_layers\.0\.", "stem."),
    (r"^downsample_layers\.([123])\.", r"stages.\1.downsample."),
    (r"^stages\.(\d+)\.(?=\d)", r"stages.\1.blocks."),
    (r"^norm\.", "head.norm."),
    (r"^head\.(?=\w+$)", "head.fc."),
    (r"\bfc\.0\.", "fc1."),
    (r"\bfc\.2\.", "fc2."),
    (r"\bmlp\.1\.", "fc1."),
    (r"\bmlp\.3\.", "fc2."),
)
DIALECTS = {"official": OFFICIAL, "timm": TIMM, "torchvision": TORCHVISION}


def translated(
    arrays: Mapping[str, np.ndarray], shapes: Shapes, dialect: str
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays under a module's names and in its shapes, and which names were others."""
    if dialect not in DIALECTS:
        raise ValueError(
            f"load_state_dict: dialect must be one of {sorted(DIALECTS)}, got {dialect!r}"
        )
    free = set(shapes) - set(arrays)
    result, renamed = {}, {}
    for key, array in arrays.items():
        name = key
        if key not in shapes:
            found = (n for n in _names(key, DIALECTS[dialect]) if n in free)
            name = next((n for n in found if _alike(array.shape, shapes[n])), key)
        if name != key:
            free.discard(name)
            renamed[key] = name
        fits = name in shapes and _alike(array.shape, shapes[name])
        result[name] = array.reshape(shapes[name]) if fits else array
    return result, renamed


def helpful(arrays: Mapping[str, np.ndarray], shapes: Shapes) -> list[str]:
    """The dialects in which all names and shapes are the module's."""
    names = []
    for dialect in DIALECTS:
        result, _ = translated(arrays, shapes, dialect)
        if {key: array.shape for key, array in result.items()} == dict(shapes):
            names.append(dialect)
    return names


def _names(key: str, rules: Rules) -> list[str]:
    """All names that some of the patterns, one after the other, make of a key; the shortest way
    first."""
    found, last = [key], [key]
    for _ in range(STEPS):
        steps = (re.sub(*rule, name, count=1) for name in last for rule in rules)
        last = [n for n in dict.fromkeys(steps) if n not in found]
        found += last
    return found[1:]


def _alike(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return [n for n in a if n != 1] == [n for n in b if n != 1]
