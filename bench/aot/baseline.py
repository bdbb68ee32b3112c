"""The stored figures, and whether new ones are worse. Counts are equal from run to run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STORED = Path(__file__).parent / "baseline.json"
FIGURES = ("launches", "bytes", "temporary", "registers", "spilled", "collectives")
Rows = Mapping[str, Mapping[str, Any]]


@dataclass
class Verdict:
    """What differs from the baseline, a line each."""

    worse: list[str] = field(default_factory=list)
    better: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.worse)

    def lines(self) -> list[str]:
        """For people: what got worse first."""
        told = [f"WORSE  {line}" for line in self.worse]
        told += [f"better {line}" for line in self.better]
        if self.unknown:
            told.append(f"not in the baseline: {', '.join(self.unknown)}")
        if self.better or self.unknown:
            told.append("--write renews the baseline")
        return told or ["No figure differs from the baseline."]


def load() -> dict[str, Any]:
    """Versions and rows; without a file there are none."""
    return json.loads(STORED.read_text()) if STORED.exists() else {"versions": {}, "rows": {}}


def write(versions: Mapping[str, str], rows: Rows) -> None:
    """Add the rows to the file, or put them in place of the old; one a line, to be compared."""
    old = load()
    kept = old["rows"] if old["versions"] == versions else {}
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted({**kept, **rows}.items())]
    head = f'{{"versions": {json.dumps(versions)},\n"rows": {{\n'
    STORED.write_text(head + ",\n".join(lines) + "\n}}\n")


def compare(stored: Mapping[str, Any], versions: Mapping[str, str], rows: Rows) -> Verdict:
    """Each row with the one of its name; figures of other versions are not comparable."""
    verdict = Verdict()
    if stored["rows"] and stored["versions"] != versions:
        verdict.worse.append(f"versions: {dict(versions)}, the baseline has {stored['versions']}")
        return verdict
    for name, new in rows.items():
        old = stored["rows"].get(name)
        if old is None or old["case"] != new["case"]:
            verdict.unknown.append(name)
            continue
        for figure in FIGURES:
            _judge(verdict, f"{name}: {figure}", old[figure], new[figure])
    return verdict


def _judge(verdict: Verdict, what: str, old: Any, new: Any) -> None:
    """A figure that is no longer given is worse, and one that was not given before is better."""
    before, after = _amount(old), _amount(new)
    if before != after:
        (verdict.worse if after > before else verdict.better).append(f"{what} {old} -> {new}")


def _amount(figure: Any) -> float:
    if isinstance(figure, dict):
        return sum(figure.values())
    return float("inf") if figure is None else figure
