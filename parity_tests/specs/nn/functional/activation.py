import math

from ...._spec import case, each, op, t
from .piecewise import BIG, NO_ARRAY, NO_NUMBER, NOT_FLOATING

# at nan, torch's gradient of few elements differs from that of many
PLACES = [
    t(3, 4),
    t(4, 5, draw="grid"),
    t(5, 20, draw="tails"),
    t(3, 4, draw="large"),
    t(8, 8, draw="nan"),
    t(8, 8, draw="neg_inf"),
    t(),
    t(0, 3),
]
DRAWS = each(*PLACES, t(8, 8, draw="both_inf"))
KINKS = each(t(4, 5, draw="grid"), t(8, 8, draw="nan"), t(5, 20, draw="tails"))
ERRORS = [NO_ARRAY, *NOT_FLOATING]
BOOL = [(case(t(3, dtype="bool")), RuntimeError)]
WHOLE = each(*[t(4, 5, draw="grid", dtype=d) for d in ("int64", "int32", "int8", "uint8")])
COMPLEX = each(t(3, 4, dtype="complex128"), t(4, 5, draw="ties", dtype="complex64"))

elu = op(
    case(DRAWS),
    case(KINKS, each(0.3, -1, 0, True)),
    errors=[*ERRORS, *NO_NUMBER, (case(t(3), 1e300), RuntimeError)],
    bench=case(BIG),
)
selu = op(case(DRAWS), errors=ERRORS, bench=case(BIG))
celu = op(
    case(DRAWS),
    case(KINKS, each(0.3, -1, 3, True)),
    errors=[
        *ERRORS,
        *NO_NUMBER,
        (case(t(3), 0.0), RuntimeError),
        (case(t(3), 1e300), RuntimeError),
        (case(t(3), 1e-300), RuntimeError),
    ],
    bench=case(BIG, 2.0),
)
gelu = op(
    case(each(*PLACES)),
    case(DRAWS, approximate="tanh"),
    errors=[
        *ERRORS,
        (case(t(3), approximate="erf"), RuntimeError),
        (case(t(3), approximate=1), TypeError),
    ],
    bench=case(BIG),
)
silu = op(
    case(DRAWS),
    case(COMPLEX),
    errors=[
        NO_ARRAY,
        (case(t(3, dtype="int64")), RuntimeError),
        (case(t(3, dtype="bool")), RuntimeError),
    ],
    bench=case(BIG),
)
mish = op(
    case(each(*[p for p in PLACES if p.draw != "tails"], t(8, 8, draw="both_inf"))),
    # far out, torch's second derivative in float64 is all rounding: of 1 - tanh^2
    case(t(5, 20, draw="tails", dtype="float32")),
    case(t(4, 5, draw="offset")),
    errors=ERRORS,
    bench=case(BIG),
)
softplus = op(
    case(DRAWS),
    case(KINKS, each(2, 0.3, -1), each(20, 0.3)),
    case(t(4, 5, draw="grid"), 1, each(3, -math.inf, 1e4)),
    case(t(3, 4), 0),
    errors=[
        *ERRORS,
        *NO_NUMBER,
        (case(t(3), 1, "a"), TypeError),
        (case(t(3), 1, 1e300), RuntimeError),
    ],
    bench=case(BIG),
)
logsigmoid = op(case(DRAWS), errors=ERRORS, bench=case(BIG))
tanhshrink = op(case(DRAWS), case(WHOLE), case(COMPLEX), errors=BOOL, bench=case(BIG))
softsign = op(case(DRAWS), case(WHOLE), case(COMPLEX), errors=BOOL, bench=case(BIG))
glu = op(
    case(t(4, 6), each(0, 1, -1)),
    case(t(2, 4, 3), dim=1),
    case(each(t(8, 16, draw="nan"), t(8, 16, draw="both_inf"), t(4, 40, draw="tails"))),
    case(t(2, 4, draw="both_inf"), 0),
    case(each(t(0, 4), t(2, 0, 4), t(2)), -1),
    case(t(2, 0, 3), 1),
    errors=[
        (case(t(4), 1), IndexError),
        (case(t(3)), RuntimeError),
        (case(t()), RuntimeError),
        (case(t(4, dtype="int64")), RuntimeError),
        (case(t(4, dtype="complex64")), RuntimeError),
        (case(t(4), 0.5), TypeError),
    ],
    bench=case(BIG, 1),
)
