import math

from ...._spec import case, each, op, t

# at nan, torch's gradient of few elements differs from that of many
DRAWS = each(
    t(3, 4),
    t(4, 5, draw="grid"),
    t(4, 5, draw="ties"),
    t(8, 8, draw="nan"),
    t(8, 8, draw="both_inf"),
    t(),
    t(0, 3),
)
KINKS = each(t(4, 5, draw="grid"), t(8, 8, draw="nan"), t(4, 5, draw="ties"))
WHOLE = each(*[t(4, 5, draw="grid", dtype=d) for d in ("int64", "int32", "int8", "uint8")])
BIG = t(16, 64, 56, 56)
NO_ARRAY = (case(-1.0), TypeError)
NO_NUMBER = [(case(t(3), "a"), TypeError), (case(t(3), 1j), RuntimeError)]
NOT_REAL = [
    (case(t(3, dtype="bool")), RuntimeError),
    (case(t(3, dtype="complex64")), RuntimeError),
]
NOT_FLOATING = [(case(t(3, dtype="int64")), RuntimeError), *NOT_REAL]

relu = op(case(DRAWS), case(WHOLE), errors=[NO_ARRAY, *NOT_REAL], bench=case(BIG), grad=1)
relu6 = op(case(DRAWS), case(WHOLE), errors=[NO_ARRAY, *NOT_REAL], bench=case(BIG), grad=1)
leaky_relu = op(
    case(DRAWS),
    case(KINKS, each(0.3, 0, -1.5, True, math.inf)),
    errors=[NO_ARRAY, *NOT_FLOATING, *NO_NUMBER, (case(t(3), 1e300), RuntimeError)],
    bench=case(BIG, 0.1),
    grad=1,
)
prelu = op(
    case(DRAWS, each(t(1), t())),
    case(each(t(2, 3), t(8, 3, 4, draw="grid"), t(2, 3, 1, 2, draw="ties")), t(3)),
    case(t(2, 3, 64, draw="nan"), t(3)),
    case(t(2, 3, 64, draw="both_inf"), t(3)),
    case(each(t(0, 3), t(2, 3, 0)), t(3)),
    case(t(2, 2, 600, draw="ties"), t(2)),
    errors=[
        (case(1.0, t(1)), TypeError),
        (case(t(3), 1.0), TypeError),
        (case(t(3, dtype="int64"), t(1, dtype="int64")), RuntimeError),
        (case(t(3, dtype="float64"), t(1)), RuntimeError),
        (case(t(2, 3), t(2)), RuntimeError),
        (case(t(3), t(3)), RuntimeError),
        (case(t(), t(2)), RuntimeError),
        (case(t(2, 3), t(1, 1)), RuntimeError),
    ],
    bench=case(BIG, t(64)),
)
rrelu = op(
    case(DRAWS),
    case(KINKS, each(0, -0.5), each(0.3, 2)),
    case(t(3, 4), 0.2, 0.2),
    errors=[
        NO_ARRAY,
        *NOT_FLOATING,
        *NO_NUMBER,
        (case(t(3), 0.1, "a"), TypeError),
        (case(t(3), 0.5, 0.1), RuntimeError),
        (case(t(3), math.nan, 0.1), RuntimeError),
        (case(t(3), 0.1, math.inf), RuntimeError),
        (case(t(3), 0.1, 1e300), RuntimeError),
        (case(t(3), training=1), TypeError),
    ],
    bench=case(BIG),
    grad=1,
)
threshold = op(
    case(DRAWS, each(0.3, -1, 0), each(0.7, -7)),
    case(KINKS, True, math.inf),
    case(WHOLE, each(1.7, -3), 5.2),
    case(t(4, 5, draw="grid", dtype="uint8"), 3, -7),
    errors=[
        (case(1.0, 0.0, 0.0), TypeError),
        (case(t(3, dtype="bool"), 0, 0), RuntimeError),
        (case(t(3, dtype="complex64"), 0, 0), RuntimeError),
        (case(t(3), "a", 0), TypeError),
        (case(t(3), 0, None), TypeError),
        (case(t(3), 0, 1j), RuntimeError),
        (case(t(3, dtype="uint8"), 0, 256), RuntimeError),
        (case(t(3, dtype="uint8"), -1.5, 0), RuntimeError),
        (case(t(3, dtype="int64"), math.nan, 0), RuntimeError),
        (case(t(3, dtype="float16"), 0, 1e5), RuntimeError),
    ],
    bench=case(BIG, 0.5, 0.0),
    grad=1,
)
hardtanh = op(
    case(DRAWS),
    case(KINKS, each(-0.3, -2, 0), each(0.7, 3, 0)),
    case(KINKS, each(-math.inf, -1), each(1, math.inf)),
    case(t(8, 8, draw="grid"), math.nan, 1),
    case(t(8, 8, draw="grid"), -1, math.nan),
    case(WHOLE, 0, each(2, 3.7, True)),
    case(each(t(4, 5, draw="grid", dtype="int8"), t(4, 5, dtype="int64")), -2.7, 3.7),
    errors=[
        NO_ARRAY,
        *NOT_REAL,
        (case(t(3), 1, 0), ValueError),
        (case(t(3), "a"), TypeError),
        (case(t(3), None), TypeError),
        (case(t(3), 1j), TypeError),
        (case(t(3, dtype="uint8")), RuntimeError),
        (case(t(3, dtype="uint8"), 0, 300), RuntimeError),
        (case(t(3, dtype="int64"), -math.inf, 0), RuntimeError),
        (case(t(3, dtype="float16"), -1e5, 0), RuntimeError),
    ],
    bench=case(BIG),
    grad=1,
)
hardsigmoid = op(case(DRAWS), errors=[NO_ARRAY, *NOT_FLOATING], bench=case(BIG), grad=1)
hardswish = op(
    case(DRAWS), case(t(4, 5, draw="tails")), errors=[NO_ARRAY, *NOT_FLOATING], bench=case(BIG)
)
hardshrink = op(
    case(DRAWS),
    case(KINKS, each(1, 0, 0.3, -2, True, math.inf)),
    errors=[NO_ARRAY, *NOT_FLOATING, *NO_NUMBER, (case(t(3), 1e300), RuntimeError)],
    bench=case(BIG),
    grad=1,
)
softshrink = op(
    case(DRAWS),
    case(KINKS, each(1, 0, 0.3, True)),
    errors=[
        NO_ARRAY,
        *NOT_FLOATING,
        *NO_NUMBER,
        (case(t(3), -1.0), RuntimeError),
        (case(t(3), math.nan), RuntimeError),
        (case(t(3), math.inf), RuntimeError),
        (case(t(3, dtype="float16"), 1e5), RuntimeError),
    ],
    bench=case(BIG),
    grad=1,
)
