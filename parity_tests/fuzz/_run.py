"""Draw calls with Hypothesis, compare them in batches, and make those that fail smaller.

Compiling is the cost, and many calls compile in one program much faster than one by one. So a
first run of Hypothesis only collects its examples, which are then judged together; for a failure
the same run, with the same seed, is repeated up to it, and Hypothesis shrinks it.
"""

import itertools
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import hypothesis
import jax
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from jaxchan.parity import Finding, Result, check_all

from .._suite import CHUNK
from ..specs import OPS
from ._call import Drawn
from .strategies import GROUPS

STRATEGIES = {key: how for group in GROUPS.values() for key, how in group.items()}
KINDS = ("compared", "errors agreed", "vacuous", "inconclusive", "mismatched")
PART = 8  # calls of one run of Hypothesis, which from its tenth on repeats itself with changes
UNCHECKED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
DERIVATIVES = ("gradient", "jvp", "second")
Key = tuple[str, str]


class Mismatch(AssertionError):
    """What tells Hypothesis that an example is to be made smaller."""


@dataclass(frozen=True)
class Part:
    """`count` calls of one op, which follow from the seed."""

    key: Key
    count: int
    seed: int

    def visit(self, see: Callable[[Drawn], None], *phases: Phase) -> None:
        """Let Hypothesis show `see` the simplest call of all, then those of the part."""
        drawn = st.composite(lambda draw: STRATEGIES[self.key](draw))()

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=1 + self.count,
            phases=(Phase.generate, *phases),
            database=None,
            deadline=None,
            derandomize=False,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=UNCHECKED,
            verbosity=Verbosity.quiet,
        )
        @hypothesis.given(drawn)
        def show(arguments):
            see(Drawn(*self.key, arguments))

        show()

    def calls(self) -> list[Drawn]:
        found: list[Drawn] = []
        self.visit(found.append)
        return found[1:]


@dataclass(frozen=True)
class Failure:
    """The first call of a part in which a property fails."""

    part: Part
    place: int
    finding: Finding

    @property
    def kind(self) -> tuple[Key, str]:
        return self.part.key, self.finding.property


@dataclass
class Tally:
    """How many calls of each op had which outcome, and what failed."""

    counts: dict[Key, Counter[str]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for key, counts in other.counts.items():
            self.counts.setdefault(key, Counter()).update(counts)
        self.failures += other.failures


def batches(keys: Sequence[Key], cases: int, seed: int) -> list[list[Part]]:
    """`cases` calls spread evenly over the ops, in lists that make one program each."""

    def parts(i: int, key: Key) -> list[Part]:
        count = cases // len(keys) + (i < cases % len(keys))
        sizes = [min(PART, count - start) for start in range(0, count, PART)]
        return [Part(key, n, crc32(f"{seed} {key} {j}".encode())) for j, n in enumerate(sizes)]

    filled: list[list[Part]] = []
    for jit in (True, False):
        row = [p for i, key in enumerate(keys) if OPS[key].jit == jit for p in parts(i, key)]
        filled += [row[i : i + CHUNK // PART] for i in range(0, len(row), CHUNK // PART)]
    return filled


def examine(batch: Sequence[Part]) -> Tally:
    """Judge the calls of a batch."""
    drawn = [(part, i, call) for part in batch for i, call in enumerate(part.calls())]
    results = judge([call for _, _, call in drawn])
    tally = Tally({part.key: Counter() for part in batch})
    for (part, i, _), result in zip(drawn, results, strict=True):
        tally.counts[part.key][outcome(result)] += 1
        tally.failures += [Failure(part, i, f) for f in result.findings if f.status == "fail"]
    # thousands of compiled programs in one process exhaust its memory maps
    jax.clear_caches()
    return tally


def judge(calls: Sequence[Drawn], order: int = 2) -> list[Result]:
    """torch's verdict on each call; an exception of the comparison itself is a failure."""
    key = (calls[0].family, calls[0].name)
    asked = [c.comparison(order) for c in calls]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return check_all(asked, jit=OPS[key].jit)
    except Exception:
        if len(calls) > 1:
            return [judge([call], order)[0] for call in calls]
        text = traceback.format_exc()
        return [Result((Finding("value", "fail", detail=f"raised {text}", case=str(calls[0])),))]


def outcome(result: Result) -> str:
    """One of `KINDS`."""
    statuses = {f.status for f in result.findings}
    if "fail" in statuses:
        return "mismatched"
    if "inconclusive" in statuses:
        return "inconclusive"
    if any(f.property == "errors" for f in result.findings):
        return "errors agreed"
    return "compared" if result else "vacuous"


def firsts(failures: Sequence[Failure]) -> list[Failure]:
    """One failure of each op and property."""
    by_kind: dict[tuple[Key, str], Failure] = {}
    for failure in failures:
        by_kind.setdefault(failure.kind, failure)
    return list(by_kind.values())


def smallest(failure: Failure) -> tuple[Drawn, Finding]:
    """The smallest call in which the same property fails, and how it does."""
    part, of, found = failure.part, failure.finding.property, []
    numbers = itertools.count()

    def see(call: Drawn) -> None:
        if 0 < next(numbers) <= failure.place:
            return
        (result,) = judge([call], 2 if of in DERIVATIVES else 0)
        for finding in result.findings:
            if (finding.property, finding.status) == (of, "fail"):
                found.append((call, finding))
                raise Mismatch

    try:
        part.visit(see, Phase.shrink)
    except (Mismatch, Flaky):
        jax.clear_caches()
        return found[-1]
    # alone it holds: compiled with others, the program is another
    return part.calls()[failure.place], failure.finding
