from ...._spec import FLOATS, case, each, op, t

INF = float("inf")
ALL, TWO = each("none", "mean", "sum"), each("none", "mean")
TIES = t(2, 3, draw="ties")
SPECIAL = each(*[t(2, 3, draw=d) for d in ("nan", "both_inf", "large", "zeros")])
SIGNS = t(2, 3, draw="ties")  # -1, 0 and 1
INTEGERS = t(2, 3, dtype="int64"), t(2, 3, dtype="uint8")
ERRORS = [
    (case(t(3), t(3), reduction="average"), ValueError),
    (case(t(3), t(4)), RuntimeError),
    (case(t(3), 1.0), TypeError),
]
BIG, ROWS = t(16, 64, 56, 56), t(4096, 1000)

soft_margin_loss = op(
    case(t(2, 3), each(t(2, 3, dtype="int64"), SIGNS, t(2, 3)), reduction=ALL),
    case(each(t(2, 3), TIES), t(2, 3, draw="labels", dtype="int64"), reduction=ALL),
    case(SPECIAL, each(t(2, 3, draw="ties", dtype="int64"), t(2, 3)), reduction="none"),
    case(t(2, 3), each(t(3, dtype="int64"), t(2, 1, dtype="int32"), t(2, 3, dtype="uint8"))),
    case(t(2, 3), each(t(2, 3, dtype="float32"), t(2, 3, dtype="bool"))),
    case(each(t(1), t(0), t(0, 3)), t(1, dtype="int64"), reduction=ALL),
    case(t(), t(dtype="int64")),
    errors=[
        *ERRORS,
        (case(t(3), t(2, 3)), RuntimeError),
        (case(t(3, dtype="int64"), t(3)), RuntimeError),
        (case(t(3), t(3, dtype="complex64")), RuntimeError),
    ],
    bench=case(BIG, t(16, 64, 56, 56, draw="labels", dtype="int64")),
)
multilabel_soft_margin_loss = op(
    case(t(2, 3), each(t(2, 3, draw="labels"), t(2, 3, draw="unit")), reduction=ALL),
    case(SPECIAL, t(2, 3, draw="unit"), reduction="none"),
    case(t(2, 3), t(2, 3, draw="unit"), each(t(3), t(2, 3), t(3, dtype="float32")), reduction=ALL),
    case(t(3), each(t(3), t(2, 3), t(2, 2, 3)), reduction=TWO),
    case(t(2, 3), each(t(3, dtype="int64"), t(2, 1, dtype="uint8"))),
    case(t(3), t(3), t(2, 3, dtype="int64"), reduction="none"),
    case(each(t(0, 3), t(2, 0)), t(1), reduction=ALL),
    errors=[
        *ERRORS[:2],
        (case(t(), t()), IndexError),
        (case(t(3, dtype="int64"), t(3)), RuntimeError),
        (case(t(3), t(3, dtype="bool")), RuntimeError),
        (case(t(2, 3), t(2, 3), t(2)), RuntimeError),
    ],
    bench=case(ROWS, t(4096, 1000, draw="labels")),
)
hinge_embedding_loss = op(
    case(t(2, 3), SIGNS, margin=each(1.0, 0, -0.5), reduction=ALL),
    case(TIES, each(SIGNS, t(2, 3, dtype="uint8"), t(2, 3, dtype="bool")), reduction=ALL),
    case(SPECIAL, each(SIGNS, t(2, 3, draw="nan")), reduction="none"),
    case(t(2, 3), each(t(3, draw="ties"), t(2, 1, draw="ties"), t(4, 2, 3, draw="ties"))),
    case(t(2, 3, dtype="int64"), SIGNS, margin=each(1, 2.7), reduction=each("none", "sum")),
    case(t(2, 3, dtype="uint8"), SIGNS, reduction=each("none", "sum")),
    case(each(t(), t(0), t(0, 3)), t(1), reduction=ALL),
    errors=[
        *ERRORS,
        (case(t(3, dtype="bool"), t(3), reduction="sum"), RuntimeError),
        (case(t(3, dtype="complex64"), t(3)), RuntimeError),
        (case(t(3, dtype="int64"), t(3)), RuntimeError),
        (case(t(3), t(3), margin="a"), TypeError),
    ],
    bench=case(BIG, t(16, 64, 56, 56, draw="labels", dtype="int64")),
    grad=1,
)
VECTORS = t(3, 4), t(3, 4)
cosine_embedding_loss = op(
    case(*VECTORS, t(3, draw="ties"), margin=each(0, 0.5, -0.5), reduction=ALL),
    case(t(5, 4, draw="ties"), t(5, 4, draw="ties"), t(5, draw="ties"), reduction="none"),
    case(t(3, 4, draw="zeros"), t(3, 4), t(3, draw="ties"), reduction="none"),
    case(t(3, 4, draw="zero_row"), t(3, 4), t(3, draw="ties"), reduction="none"),
    case(
        each(t(3, 4, draw="nan"), t(3, 4, draw="inf")), t(3, 4), t(3, draw="ties"), reduction="none"
    ),
    case(t(3, 4), t(1, 4), each(t(3, draw="ties"), t(1, draw="ties"))),
    case(t(1, 4), t(1, 4), t(3, draw="ties", dtype="int64"), reduction="none"),
    case(t(4), t(4), t(draw="ties"), reduction=ALL),
    case(t(3, 4), t(3, 4, dtype="float32"), t(3, draw="ties", dtype="float32")),
    case(t(3, 4), each(t(3, 4, dtype="int64"), t(3, 4, dtype="bool")), t(3, draw="ties")),
    case(t(3, 4, dtype="uint8"), t(3, 4, dtype="int32"), t(3, draw="ties"), reduction="none"),
    case(each(t(0, 4), t(2, 0)), each(t(1, 1)), t(1, dtype="uint8"), reduction=ALL),
    errors=[
        (case(*VECTORS, t(3), reduction="average"), ValueError),
        (case(*VECTORS, t(3, 4)), RuntimeError),
        (case(t(4), t(4), t(1)), RuntimeError),
        (case(*VECTORS, t()), RuntimeError),
        (case(t(3, 4), t(4), t(3)), RuntimeError),
        (case(t(3, 4), t(3, 5), t(3)), RuntimeError),
        (case(*VECTORS, t(2)), RuntimeError),
        (case(t(3, 4, dtype="complex64"), t(3, 4), t(3)), RuntimeError),
        (case(*VECTORS, 1), TypeError),
        (case(*VECTORS, t(3), margin="a"), TypeError),
    ],
    bench=case(ROWS, ROWS, t(4096, draw="labels", dtype="int64")),
)
margin_ranking_loss = op(
    case(t(2, 3), t(2, 3), SIGNS, margin=each(0, 0.5, -0.5), reduction=ALL),
    case(TIES, TIES, SIGNS, margin=each(0, 1), reduction=TWO),
    case(SPECIAL, t(2, 3), SIGNS, reduction="none"),
    case(t(2, 3), t(2, 3, draw="both_inf"), t(2, 3, draw="both_inf"), reduction="none"),
    case(t(2, 3), t(1, 3), t(2, 1)),
    case(t(2, 3), each(t(2, 3, dtype="float32"), INTEGERS[0]), t(2, 3, dtype="int32")),
    case(INTEGERS[0], INTEGERS[1], each(SIGNS, t(2, 3, dtype="float32")), reduction="none"),
    case(INTEGERS[1], INTEGERS[1], each(*INTEGERS), margin=each(0, 1.5), reduction=ALL),
    case(t(), t(), t(), reduction=TWO),
    case(t(0, 3), t(1, 1), t(1, 3), reduction=ALL),
    errors=[
        (case(t(3), t(3), t(3), reduction="average"), ValueError),
        (case(t(2, 3), t(3), t(2, 3)), RuntimeError),
        (case(t(3), t(4), t(3)), RuntimeError),
        (case(t(3), t(3), t(3, dtype="bool")), RuntimeError),
        (case(t(3), t(3), t(3, dtype="complex64")), RuntimeError),
        (case(t(3), t(3), t(3), margin="a"), TypeError),
    ],
    bench=case(BIG, BIG, t(16, 64, 56, 56, draw="positive")),
)
TRIPLET = t(3, 4), t(3, 4), t(3, 4)
triplet_margin_loss = op(
    case(*TRIPLET, p=each(2, 1, 0.5, 3, INF), swap=each(False, True)),
    case(*TRIPLET, margin=each(0.3, 5), eps=each(0.0, 0.1), reduction=ALL),
    case(
        t(4, 2, draw="ties"),
        t(4, 2, draw="ties"),
        t(4, 2, draw="ties"),
        eps=0.0,
        p=each(1, 2),
        swap=each(False, True),
        reduction="none",
    ),
    case(
        each(t(3, 4, draw="nan"), t(3, 4, draw="inf"), t(3, 4, draw="zeros")),
        t(3, 4, draw="zeros"),
        t(3, 4),
        swap=each(False, True),
        reduction="none",
    ),
    case(t(3, 4), t(1, 4), t(3, 1), swap=True),
    case(t(1, 4), t(1, 4), t(3, 4), reduction="none"),
    case(t(4), t(4), t(4), reduction=TWO),
    case(t(), t(), t()),
    case(t(3, 4), each(t(3, 4, dtype="float32"), t(3, 4, dtype="int64")), t(3, 4, dtype="uint8")),
    case(t(3, 4, dtype="uint8"), t(3, 4, dtype="uint8"), t(3, 4, dtype="int64"), swap=True),
    case(each(t(0, 4), t(2, 0)), t(1, 1), t(1, 1), swap=each(False, True), reduction=ALL),
    errors=[
        (case(*TRIPLET, reduction="average"), ValueError),
        (case(*TRIPLET, margin=0), ValueError),
        (case(t(3, 4), t(4), t(3, 4)), RuntimeError),
        (case(t(3, 4), t(3, 5), t(3, 4)), RuntimeError),
        (case(t(3), t(3), t(3, dtype="bool")), RuntimeError),
        (case(t(2, 0), t(2, 0), t(2, 0), p=INF), RuntimeError),
        (case(*TRIPLET, p="a"), TypeError),
        (case(*TRIPLET, eps="a"), TypeError),
        (case(t(3), t(3), 1.0), TypeError),
    ],
    bench=case(ROWS, ROWS, ROWS),
    dtypes=(*FLOATS, "complex128"),
)
