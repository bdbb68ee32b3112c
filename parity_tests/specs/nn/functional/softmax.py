import numpy as np

from ...._spec import case, each, op, t

FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")
WIDE = t(3, 16400)  # entries so far apart that a CPU has a loop for them
CASES = [
    case(t(2, 3, 4), dim=each(0, -1, -2)),
    case(each(t(), t(3), t(2, 3), t(2, 3, 4), t(2, 1, 3, 2))),
    case(each(t(), t(0), t(2, 0, 3), t(1, 1)), dim=0),
    case(
        each(*[t(2, 5, draw=d) for d in ("ties", "nan", "inf", "neg_inf", "both_inf")]),
        dim=each(0, 1),
    ),
    case(t(2, 400, draw="offset"), dim=1),
    case(WIDE, dim=0),
    case(t(2, 3), dim=0, dtype=each(FLOAT32, FLOAT64)),
    case(each(t(2, 3, dtype="int64"), t(2, 3, dtype="uint8")), dim=0, dtype=FLOAT32),
]
LARGE = case(t(3, 4, draw="large"), dim=1)
ERRORS = [
    (case(t(3, 4), dim=2), IndexError),
    (case(t(3, dtype="int64"), dim=0), RuntimeError),
    (case(t(3, dtype="bool"), dim=0), RuntimeError),
    (case(t(3, dtype="complex64"), dim=0), RuntimeError),
    (case(t(3), dim=0, dtype=np.dtype("int64")), RuntimeError),
    (case(t(3, 4), dim=(0,)), TypeError),
    (case(t(3, 4), dim=0.5), TypeError),
]

softmax = op(*CASES, errors=ERRORS, bench=case(t(4096, 1000), dim=1))
log_softmax = op(*CASES, LARGE, errors=ERRORS, bench=case(t(4096, 1000), dim=1))
softmin = op(*CASES, LARGE, errors=ERRORS, bench=case(t(16, 64, 56, 56), dim=1))
