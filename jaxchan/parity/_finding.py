"""What a comparison says: one `Finding` for each thing compared."""

from dataclasses import dataclass

STATUSES = ("pass", "vacuous", "inconclusive", "fail")  # from best to worst
PROPERTIES = ("value", "dtype", "gradient", "jvp", "second", "jit", "vmap", "errors")


@dataclass(frozen=True)
class Finding:
    """One comparison of a port with torch.

    property: what was compared, one of `PROPERTIES`.
    status: one of `STATUSES`. "vacuous" means that nothing was compared that could have differed:
        an empty array, or a gradient that is zero everywhere on both sides.
    ratio: the error over torch's own (or over the noise floor, if that is larger); None for
        comparisons that are bit-exact or of structure.
    where: the place of the largest error, such as "out[0] at (2, 3)".
    detail: a sentence for a person; empty on a pass.
    case, dtype: which call it was.
    """

    property: str
    status: str
    ratio: float | None = None
    where: str = ""
    detail: str = ""
    case: str = ""
    dtype: str = ""
