"""Figures from a program's text after XLA's optimisation: memory traffic, collectives, launches.

Traffic is what kernels read from and write to the device's main memory. A value on the chip,
S(1) and up in a layout, costs nothing; a value that is only cut from costs the cuts.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

BYTES = {
    **dict.fromkeys(("pred", "s8", "u8", "f8e4m3fn", "f8e5m2"), 1),
    **dict.fromkeys(("bf16", "f16", "s16", "u16"), 2),
    **dict.fromkeys(("f32", "s32", "u32"), 4),
    **dict.fromkeys(("f64", "s64", "u64", "c64"), 8),
    "c128": 16,
}
FREE = {"parameter", "constant", "tuple", "get-tuple-element", "bitcast", "iota", "after-all"}
CHANGES = {"bitcast", "bitcast-convert", "convert"}  # of which a cut is a cut of the operand
CUTS = {"slice", "dynamic-slice", "gather"}
COMPUTATION = re.compile(r"^(ENTRY )?(%[\w.\-]+) \(.*?\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
INSTRUCTION = re.compile(r"\s*(ROOT )?(%[\w.\-]+) = (\(.*?\)|\S+) ([a-z][a-z0-9\-]*)\((.*)")
ARRAY = re.compile(r"(\w+)\[([\d,]*)\](?:\{([^}]*)\})?")
TILED = re.compile(r"([\d,]+):T\(([\d,]+)\)")
COLLECTIVES = re.compile(
    r" (all-reduce|all-gather|all-to-all|reduce-scatter|collective-permute)(?:-start)?\("
)
LAUNCH = re.compile(
    r"^\s*\d+: k(?!While|Conditional|Sequential|CommandBuffer|Async)(\w+)", re.MULTILINE
)
OWN_LAUNCHES = {"CustomKernel", "Kernel", "Copy", "Memset32BitValue", "MemzeroThunk"}
USED = re.compile(r"Used (\d+) registers")
SPILLED = re.compile(r"(\d+) bytes spill (?:stores|loads)")


class NotCounted(Exception):
    """Why the traffic of a program cannot be told from its text."""


@dataclass(frozen=True)
class Instruction:
    """One line: `%name = types op(%operands), attributes`."""

    name: str
    types: str
    op: str
    operands: tuple[str, ...]
    attributes: str
    root: bool


def size(types: str) -> int:
    """Bytes in main memory of the arrays in an HLO type, padded to tiles."""
    return sum(_array_size(*found) for found in ARRAY.findall(types))


def _array_size(kind: str, dims: str, layout: str) -> int:
    if re.search(r"S\([1-9]", layout):
        return 0
    shape = [int(n) for n in dims.split(",") if n]
    if tiled := TILED.match(layout):
        tile = reversed(tiled[2].split(","))
        for axis, step in zip(map(int, tiled[1].split(",")), map(int, tile), strict=False):
            shape[axis] = -(-shape[axis] // step) * step
    return BYTES.get(kind, 0) * math.prod(shape)


class Module:
    """The computations of a program's text."""

    def __init__(self, text: str) -> None:
        self.blocks: dict[str, list[Instruction]] = {}
        self.entry = ""
        for entry, name, body in COMPUTATION.findall(text):
            self.blocks[name] = list(_instructions(body))
            self.entry = name if entry else self.entry

    def traffic(self) -> int:
        """Bytes that kernels read and write; what a loop does counts as often as it runs."""
        return self._walk(self.entry)

    def _walk(self, block: str) -> int:
        types = {one.name: one.types for one in self.blocks[block]}
        return sum(self._cost(one, types) for one in self.blocks[block])

    def _cost(self, one: Instruction, types: dict[str, str]) -> int:
        if one.op in FREE or one.op.endswith("-done"):
            return 0
        if one.op == "while":
            return _trips(one) * self._walk(_called(one, "body"))
        if one.op == "call":
            return self._walk(_called(one, "to_apply"))
        if one.op == "conditional":
            raise NotCounted("a conditional: what runs depends on values")
        if one.op == "dynamic-update-slice":  # in place
            return 2 * size(types[one.operands[1]])
        if one.op.endswith("-start") and one.op != "all-reduce-start":
            return size(one.types)  # a tuple, which holds the operands too
        read = [self._read(one, i, types) for i in range(len(one.operands))]
        return self._written(one) + sum(read)

    def _read(self, one: Instruction, place: int, types: dict[str, str]) -> int:
        """Bytes that an instruction reads of one operand."""
        whole = size(types.get(one.operands[place], ""))
        if one.op in CUTS and place == 0:
            return min(whole, size(one.types))
        if one.op == "fusion":
            return min(whole, self._read_inside(_called(one, "calls"), place, whole))
        return whole

    def _read_inside(self, block: str, place: int, whole: int) -> int:
        """Bytes that a fusion reads of parameter `place`."""
        body = self.blocks[block]
        of = {one.name for one in body if one.op == "parameter" and one.attributes == str(place)}
        total = 0
        for one in body:
            taken = [i for i, operand in enumerate(one.operands) if operand in of]
            if one.op in CHANGES and taken and not one.root:
                of.add(one.name)
            elif one.op == "fusion" and taken:
                inner = _called(one, "calls")
                total += sum(self._read_inside(inner, i, whole) for i in taken)
            elif one.op in CUTS and taken == [0]:
                total += size(one.types)
            elif one.op == "dynamic-update-slice" and one.root and taken == [0]:
                continue
            elif taken:
                return whole
        return total

    def _written(self, one: Instruction) -> int:
        """Bytes that an instruction writes; one that updates an array in place, the update's."""
        if one.op == "fusion":
            body = self.blocks[_called(one, "calls")]
            root = next(inner for inner in body if inner.root)
            if root.op == "dynamic-update-slice":
                return size({inner.name: inner.types for inner in body}[root.operands[1]])
        return size(one.types)


def _instructions(body: str) -> Iterator[Instruction]:
    for line in body.splitlines():
        if found := INSTRUCTION.match(line):
            root, name, types, op, rest = found.groups()
            inside, _, attributes = rest.partition("), ")
            operands = tuple(re.findall(r"%[\w.\-]+", inside))
            number = re.match(r"\d+", inside)
            if op == "parameter" and number:
                attributes = number[0]
            yield Instruction(name, types, op, operands, attributes, bool(root))


def _called(one: Instruction, key: str) -> str:
    found = re.search(rf"\b{key}=(%[\w.\-]+)", one.attributes)
    if not found:
        raise NotCounted(f"{one.op} without {key}")
    return found[1]


def _trips(one: Instruction) -> int:
    found = re.search(r"known_trip_count\D*(\d+)", one.attributes)
    if not found:
        raise NotCounted("a loop without a trip count")
    return int(found[1])


def collectives(text: str) -> dict[str, int]:
    """How many of each kind of transfer between devices the program has."""
    return dict(sorted(Counter(COLLECTIVES.findall(text)).items()))


def launches(thunks: str) -> tuple[int, list[str]]:
    """Kernels and copies started by XLA's CUDA runtime, and the names of those of libraries.

    What a loop starts is listed once.
    """
    kinds = LAUNCH.findall(thunks)
    return len(kinds), sorted({kind for kind in kinds if kind not in OWN_LAUNCHES})


def registers(ptxas: str) -> tuple[int, int]:
    """The most registers a thread of any kernel uses, and bytes spilled by all of them."""
    return max(map(int, USED.findall(ptxas)), default=0), sum(map(int, SPILLED.findall(ptxas)))
