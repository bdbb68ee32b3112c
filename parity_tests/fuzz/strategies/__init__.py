"""How to draw the arguments of each op: functions of Hypothesis' `draw`, by group of families."""

from . import cumulative, elementwise, functional, norms, order, reductions, shape

GROUPS = {
    "reductions": reductions.STRATEGIES,
    "norms": norms.STRATEGIES,
    "order": order.STRATEGIES,
    "cumulative": cumulative.STRATEGIES,
    "shape": shape.STRATEGIES,
    "elementwise": elementwise.STRATEGIES,
    "functional": functional.STRATEGIES,
}
