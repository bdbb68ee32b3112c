from ...._spec import FLOATS, case, each, op, t

INF = float("inf")
SPECIAL = each(t(2, 5, draw="nan"), t(2, 5, draw="inf"))
PAIR_ERRORS = [
    (case(t(2, 3), t(2, 4)), RuntimeError),
    (case(t(2, 3), 1.0), TypeError),
    (case(t(2, 3), t(2, 3), eps="a"), TypeError),
]

normalize = op(
    case(t(3, 4), p=each(0, 1, 2, 3, 0.5, 1.5, -1, INF, -INF), dim=each(0, -1)),
    case(t(2, 3, 4), dim=each((0, 2), (1,))),
    case(t(2, 3, 4), eps=each(2.0, 0.5, float("nan"), INF)),
    case(t(3, 4, draw="zero_row"), p=each(1, 2, INF), eps=1e-3),
    case(each(t(3, 4, dtype="float64"), t(3, 4, draw="zero_row", dtype="float32")), p=2.0),
    case(t(3, 4, draw="ties"), p=each(1, 2, INF), dim=0),
    case(SPECIAL, p=each(2.0, 0)),
    case(each(t(), t(0, 3), t(1)), dim=0),
    case(t(2, 700, draw="large")),
    errors=[
        (case(t(3)), IndexError),
        (case(t(3, 4, dtype="int64")), RuntimeError),
        (case(t(3, 4), dim=(0, 0)), RuntimeError),
        (case(t(2, 0), p=INF), RuntimeError),
        (case(t(3, 4), eps="a"), TypeError),
        (case(t(3, 4, dtype="float16"), eps=1e6), RuntimeError),
    ],
    bench=case(t(4096, 1000)),
    dtypes=(*FLOATS, "complex128"),
)
pairwise_distance = op(
    case(t(3, 4), t(3, 4), p=each(0, 1, 2, 3, 0.5, INF), keepdim=each(False, True)),
    case(t(3, 4, draw="zeros"), t(3, 4, draw="zeros"), p=each(1, 2, 3), eps=each(0.0, 0.5)),
    case(t(3, 4, draw="ties"), t(3, 4, draw="ties"), p=each(1, 2, INF), eps=0.0),
    case(t(3, 4), each(t(4), t(1, 1), t(2, 3, 4), t())),
    case(t(3, 4), each(t(3, 4, dtype="int64"), t(3, 4, dtype="float32"))),
    case(each(t(3, dtype="int64"), t(3, dtype="uint8")), t(3, dtype="uint8")),
    case(SPECIAL, t(2, 5)),
    case(each(t(), t(0, 3), t(1)), t(1)),
    errors=[
        *PAIR_ERRORS,
        (case(t(3), t(3, dtype="bool")), RuntimeError),
        (case(t(2, 0), t(2, 0), p=INF), RuntimeError),
        (case(t(3), t(3), p="a"), TypeError),
    ],
    bench=case(t(4096, 1000), t(4096, 1000)),
    dtypes=(*FLOATS, "complex128"),
)
cosine_similarity = op(
    case(t(2, 3, 4), t(2, 3, 4), dim=each(0, 1, -1)),
    case(t(3, 4, draw="zero_row"), t(3, 4), eps=each(1e-3, 0.5, 5.0)),
    case(t(3, 4, draw="ties"), t(3, 4, draw="zeros"), eps=1e-3),
    case(t(3, 4), each(t(4), t(1, 1), t(3, 4, dtype="int64"), t(dtype="float32"))),
    case(t(3, 4, dtype="bfloat16"), each(t(3, 4, dtype="float32"), t(3, 4, dtype="float16"))),
    case(SPECIAL, t(2, 5)),
    case(each(t(), t(0), t(0, 3), t(1)), t(1), dim=0),
    case(t(2, 300, draw="offset"), t(2, 300)),
    case(t(3, 16400), t(3, 16400), dim=0),  # entries so far apart that a CPU has a loop for them
    errors=[
        *PAIR_ERRORS,
        (case(t(3, 4), t(3, 4), eps=-1.0), RuntimeError),
        (case(t(3, 4), t(3, 4), eps=float("nan")), RuntimeError),
        (case(t(3, 4), t(3, 4), dim=2), IndexError),
        (case(t(3, 4, dtype="int64"), t(3, 4, dtype="int64")), RuntimeError),
        (case(t(3, 4, dtype="complex64"), t(3, 4)), RuntimeError),
        (case(t(3, 4), t(3, 4), dim=(0,)), TypeError),
    ],
    bench=case(t(4096, 1000), t(4096, 1000)),
)
