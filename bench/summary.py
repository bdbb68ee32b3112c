"""What the README says of a run: means by namespace, and the ops furthest ahead and behind."""

from parity_tests.surprises import item

from .causes import CAUSES, VIEW
from .names import public, timed
from .report import Result, mean_of
from .row import LOSING, Row, quickest, ratio

PEERS = {"plain JAX": "naive", "torch eager": "torch", "torch.compile": "torch.compile"}
HEAD = (
    f"| ops | rows | {' | '.join(PEERS)} | best of all |\n| --- |{' ---: |' * (len(PEERS) + 2)}\n"
)
SHOWN = 6


def markdown(result: Result) -> str:
    """A table of geometric means, the extremes, and where the figures are from."""
    groups: dict[str, list[Row]] = {}
    for row in result.rows:
        groups.setdefault(_namespace(row), []).append(row)
    worked = [row for row in result.rows if CAUSES.get(row.name) != VIEW]
    lines = [_line(f"`{name}`", groups[name]) for name in sorted(groups)]
    lines += [_line("all", result.rows), _line("all but torch's views", worked)]
    told = (
        f"Furthest ahead of plain JAX: {_furthest(worked, 'naive', -1)}.",
        f"Furthest behind the best, views aside: {_furthest(worked, None, 1)}.",
        f"Rows below {LOSING} of the best, with their causes in `bench/causes.py`: "
        f"{len(result.lost)}.",
        f"Measured: {_source(result)}.",
    )
    return f"{HEAD}{''.join(lines)}\n{''.join(map(item, told))}"


def check_whole(result: Result) -> None:
    """ValueError for a run of some ops, or one with failures or with losses of no known cause."""
    missing = {public(*key) for key in timed()} - {row.op for row in result.rows}
    failed = {row.name for row in result.rows if row.failed}
    unexplained = {row.name for row in result.unexplained}
    commit = result.metadata["commit"]
    for what, names in (
        ("have all ops, has not", missing),
        ("not fail, fails in", failed),
        ("be of a commit, is of", {commit} if commit.endswith("-dirty") else set()),
        ("have causes in bench/causes.py for all losses, has none for", unexplained),
    ):
        if names:
            raise ValueError(f"summary: the run must {what} {', '.join(sorted(names))}")


def _namespace(row: Row) -> str:
    return ".".join(["jaxchan", *row.op.partition(" ")[0].split(".")[:-1]])


def _line(name: str, rows: list[Row]) -> str:
    means = [mean_of(rows, who).partition(" ")[0] for who in (*PEERS.values(), None)]
    return f"| {name} | {len(rows)} | {' | '.join(means)} |\n"


def _furthest(rows: list[Row], who: str | None, sign: int) -> str:
    """Some ops, each by its furthest row. who: None for the best of each row; sign: -1 for the
    largest ratios."""
    known = [(value, row.op) for row in rows if (value := ratio(row, who or quickest(row)))]
    found: dict[str, float] = {}
    for value, op in sorted(known, key=lambda pair: sign * pair[0]):
        found.setdefault(op, value)
    some = list(found.items())[:SHOWN]
    return ", ".join(
        f"{op} {value:.0f}" if value >= 10 else f"{op} {value:.2f}" for op, value in some
    )


def _source(result: Result) -> str:
    about = result.metadata
    versions = ", ".join(f"{name} {about['versions'][name]}" for name in ("jax", "torch"))
    day = about["date"].partition("T")[0]
    return (
        f"{about['threads']} cores, {about['cpu']}, {versions}, {day}, commit {about['commit'][:7]}"
    )
