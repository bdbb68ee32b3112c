"""One row: an op in one direction and dtype, timed for each competitor, and what that says."""

from dataclasses import dataclass, field

from .timing import Cell, equal

COMMON = ("torch", "torch.compile", "naive")
LOSING = 0.7  # a ratio below needs its cause stated in `causes.py`


@dataclass
class Row:
    """A cell for each competitor: jaxchan, the three that each op has, and libraries."""

    op: str
    direction: str
    dtype: str
    shapes: str
    cells: dict[str, Cell] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failed: bool = False

    @property
    def name(self) -> str:
        """The key of `causes.py`; float32 goes without saying."""
        return " ".join([self.op, self.direction] + [self.dtype] * (self.dtype != "float32"))

    @property
    def libraries(self) -> list[str]:
        """Who competes in some rows only."""
        return [who for who in self.cells if who not in ("jaxchan", *COMMON)]

    @property
    def compiling(self) -> float | None:
        """Our time to compile over that of plain JAX."""
        ours, naive = (self.cells.get(who, Cell()).compile for who in ("jaxchan", "naive"))
        return ours / naive if ours and naive else None


def quickest(row: Row) -> str | None:
    """The quickest of those that we are compared with."""
    peers = [who for who, cell in row.cells.items() if who != "jaxchan" and cell.times]
    return min(peers, key=lambda who: row.cells[who].median, default=None)


def ratio(row: Row, who: str | None) -> float | None:
    """How many times our time the peer takes: above 1 we are quicker."""
    ours, peer = row.cells.get("jaxchan"), row.cells.get(who or "")
    if ours is None or peer is None or not ours.times or not peer.times:
        return None
    return peer.median / ours.median


def is_equal(row: Row, who: str | None) -> bool:
    """Whether the times were too close to call."""
    return ratio(row, who) is not None and equal(row.cells["jaxchan"], row.cells[who or ""])


def verdict(row: Row, who: str | None) -> str:
    """The ratio as a table shows it."""
    if who in row.cells and row.cells[who].error:
        return row.cells[who].error.partition(":")[0]
    value = ratio(row, who)
    if value is None:
        return "-"
    return "equal" if is_equal(row, who) else f"{value:.2f}"


def badness(row: Row) -> tuple[bool, float]:
    """A sort key: failures, then losses, then the rest."""
    value = ratio(row, quickest(row))
    return not row.failed, 0.0 if value is None else value


def lost(row: Row) -> bool:
    """Whether the row has to stand in the list of losses."""
    value = ratio(row, quickest(row))
    return value is not None and value < LOSING
