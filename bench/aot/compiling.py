"""From a function to its program's texts, kept on disk so that a run that was stopped goes on."""

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from . import program
from .devices import ptxas

KEPT = Path("build/aot/programs")
PACKAGES = ("jax", "jaxlib", "libtpu", "nvidia-cuda-nvcc")


@dataclass(frozen=True)
class Texts:
    """What XLA and ptxas say of one program."""

    hlo: str
    thunks: str
    ptxas: str
    needed: int  # bytes of arguments and results
    temporary: int


@dataclass(frozen=True)
class Figures:
    """One program in numbers; None where the platform does not give one."""

    launches: int | None = None
    libraries: tuple[str, ...] = ()
    bytes: int | None = None
    needed: int | None = None
    traffic: float | None = None
    temporary: int | None = None
    registers: int | None = None
    spilled: int | None = None
    collectives: dict[str, int] | None = None
    note: str = ""


def versions() -> dict[str, str]:
    """Of what has a say in the figures."""
    return {name: version(name) for name in PACKAGES}


def texts(function: Callable[..., Any], inputs: Sequence[Any], device: str) -> Texts:
    """Of the program that `inputs`, shapes with a sharding, ask for; compiled unless on disk."""
    lowered = jax.jit(function).lower(*inputs)
    told = [lowered.as_text(), device, json.dumps(versions())]
    kept = KEPT / f"{hashlib.sha256(''.join(told).encode()).hexdigest()[:20]}.json"
    if kept.exists():
        return Texts(**json.loads(kept.read_text()))
    made = _compile(lowered)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(made)))
    return made


def _compile(lowered: Any) -> Texts:
    with tempfile.TemporaryDirectory() as dump:
        done = lowered.compile(compiler_options={"xla_dump_to": dump})
        memory = done.memory_analysis()
        return Texts(
            hlo=re.sub(r", metadata=\{.*?\}(?=[,\n])", "", done.as_text()),
            thunks="".join(p.read_text() for p in Path(dump).glob("*thunk_sequence.txt")),
            ptxas="".join(map(_assemble, sorted(Path(dump).glob("*.ptx")))),
            needed=memory.argument_size_in_bytes + memory.output_size_in_bytes,
            temporary=memory.temp_size_in_bytes,
        )


def _assemble(kernel: Path) -> str:
    """What ptxas says of a kernel; XLA dumps an empty one where it has only constants."""
    if not kernel.read_text().strip():
        return ""
    command = [str(ptxas()), "-v", "-arch=sm_90a", str(kernel), "-o", "/dev/null"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def figures(texts: Texts) -> Figures:
    """The numbers in a program's texts."""
    found: dict[str, Any] = {}
    if texts.thunks:
        found["launches"], found["libraries"] = program.launches(texts.thunks)
        found["registers"], found["spilled"] = program.registers(texts.ptxas)
    try:
        found["bytes"] = program.Module(texts.hlo).traffic()
        found["traffic"] = round(found["bytes"] / max(texts.needed, 1), 3)
    except program.NotCounted as reason:
        found["note"] = f"traffic not counted: {reason}"
    return Figures(
        needed=texts.needed,
        temporary=texts.temporary,
        collectives=program.collectives(texts.hlo),
        **found,
    )
