"""The calls that draw no numbers; test_dropout.py has those that do."""

import math

from ...._spec import FLOATS, case, each, op, t

DTYPES = (*FLOATS, "int64", "bool", "complex128")


def cases(*shapes):
    """One and all dropped, and none: no random numbers."""
    inputs = each(*shapes)
    return [
        case(inputs, each(0.0, 1, True), True),
        case(inputs, each(0.5, 1.0), training=False),
    ]


WRONG = [
    (case(t(2, 3, 4), 1.5), ValueError),
    (case(t(2, 3, 4), -0.5), ValueError),
    (case(t(2, 3, 4, dtype="int64"), 0.5, True), RuntimeError),
    (case(t(2, 3, 4, dtype="complex64"), 0.5, True), RuntimeError),
    (case(t(2, 3, 4), "a"), TypeError),
    (case(t(2, 3, 4), 1j), TypeError),
    (case(t(2, 3, 4), 0.0, 1), TypeError),
]
NO_ARRAY = (case(1.0, 0.5), TypeError)
NAN = (case(t(3), math.nan), RuntimeError)

dropout = op(
    *cases(t(3, 4), t(2, 5, draw="nan"), t(2, 5, draw="both_inf"), t(), t(0, 3)),
    case(t(0, 3, dtype="float32"), 0.5),
    errors=[*WRONG, NO_ARRAY, NAN],
    dtypes=DTYPES,
    grad=1,
)
dropout1d = op(
    *cases(t(2, 3), t(2, 3, 4), t(2, 3, 4, draw="nan"), t(0, 3)),
    errors=[*WRONG, (case(t(3)), RuntimeError), (case(t(2, 3, 4, 5)), RuntimeError)],
    dtypes=DTYPES,
    grad=1,
)
dropout2d = op(
    *cases(t(2, 3, 2, 2), t(2, 3, 2, 2, draw="nan"), t(2, 3, 2), t(3), t()),
    errors=[*WRONG, (case(t(3)), RuntimeError)],
    dtypes=DTYPES,
    grad=1,
)
dropout3d = op(
    *cases(t(2, 3, 2, 2, 1), t(2, 3, 2, 2, draw="nan"), t(2, 3, 2), t(3), t()),
    errors=[*WRONG, (case(t()), RuntimeError)],
    dtypes=DTYPES,
    grad=1,
)
alpha_dropout = op(
    *cases(t(3, 4), t(2, 5, draw="nan"), t(2, 5, draw="both_inf"), t(), t(0, 3)),
    case(t(0, 3, dtype="float32"), 0.5, True),
    errors=[*WRONG, NO_ARRAY, (case(t(3), math.nan, True), RuntimeError)],
    dtypes=DTYPES,
    grad=1,
)
