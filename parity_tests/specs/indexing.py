from .._spec import ALL, case, each, op, t


def at(*shape, draw="ties", dtype="int64"):
    """Indices from 0 to 2, with repeats."""
    return t(*shape, draw=draw, dtype=dtype)


X = t(3, 3, 4)
EVERY = (*ALL, "complex128")
DRAWS = each(X, t(3, 3, 4, draw="nan"), t(3, 3, 4, draw="both_inf"))

gather = op(
    case(DRAWS, 0, each(at(5, 3, 4), at(2, 2, 1), at(1, 3, 4, dtype="int32"))),
    case(DRAWS, each(1, -1, -2), at(3, 3, 4)),
    case(t(3), 0, each(at(7), at(), at(0))),
    case(t(3, draw="offset"), 0, at(900)),
    case(t(), each(0, -1), each(t(draw="zeros", dtype="int64"), t(4, draw="zeros", dtype="int64"))),
    case(t(0, 3), each(0, 1), at(0, 5)),
    case(t(3, 2), 0, each(at(0), at(0, 9), t(0, dtype="float32"))),
    errors=[
        (case(t(2, 4), 0, at(3, 4)), RuntimeError),
        (case(t(3), 0, t(9, dtype="int64")), RuntimeError),
        (case(t(0), 0, at(1)), RuntimeError),
        (case(X, 0, at(5, 3, 5)), RuntimeError),
        (case(X, 0, at(3, 4)), RuntimeError),
        (case(X, 0, at(3, 3, 4, dtype="uint8")), RuntimeError),
        (case(X, 0, t(3, 3, 4)), RuntimeError),
        (case(X, 3, at(3, 3, 4)), IndexError),
        (case(X, "a", at(3, 3, 4)), TypeError),
        (case(t(3), 0, 0), TypeError),
        (case([1.0], 0, at(1)), TypeError),
    ],
    bench=case(t(64, 128, 256), 1, at(64, 128, 256)),
    dtypes=EVERY,
    grad=1,
    terms="exact",
)
take_along_dim = op(
    case(DRAWS, each(at(3, 3, 4), at(2, 2, dtype="int32"), at(), at(0))),
    case(DRAWS, each(at(3, 3, 2), at(1, 1, 5), at(3, 1, 1)), 2),
    case(t(1, 4), each(at(5, 3), t(5, 3, dtype="int64")), dim=each(1, -1)),
    case(t(1, 3, draw="offset"), at(900, 2), 1),
    case(t(), each(t(draw="zeros", dtype="int64"), t(2, draw="zeros", dtype="int64"))),
    case(t(0, 3), at(0, 3), each(0, 1)),
    case(t(1, 3), at(3, 0), 1),
    case(t(3), each(*[t(0, dtype=d) for d in ("float32", "int32", "bool")])),
    errors=[
        (case(t(3), t(9, dtype="int64")), RuntimeError),
        (case(t(0, 2), at(1, 2), 0), RuntimeError),
        (case(X, at(2), 0), RuntimeError),
        (case(X, at(2, 2, 2), 0), RuntimeError),
        (case(X, at(3, 3, 4, dtype="int32"), 0), RuntimeError),
        (case(t(3), t(3)), RuntimeError),
        (case(X, at(3, 3, 4), 3), IndexError),
        (case(t(), at(), 0), IndexError),
        (case(X, [0], 0), TypeError),
        (case(X, at(3, 3, 4), "a"), TypeError),
    ],
    dtypes=EVERY,
    grad=1,
    terms="exact",
)
index_select = op(
    case(DRAWS, each(0, 1, -1), each(at(2), at(7, dtype="int32"), at(), at(0))),
    case(t(3, draw="offset"), 0, at(900)),
    case(t(3, 2, draw="offset"), 0, at(900)),
    case(t(), 0, each(t(1, draw="zeros", dtype="int64"), t(draw="zeros", dtype="int64"))),
    case(t(0, 3), each(0, 1), at(0)),
    case(t(0, 3), 1, at(2)),
    errors=[
        (case(t(3), 0, t(9, dtype="int64")), IndexError),
        (case(t(3, 2), 0, t(9, dtype="int64")), IndexError),
        (case(t(2, 2, 3), 2, t(9, dtype="int64")), IndexError),
        (case(t(2, 3), 1, t(9, dtype="int64")), RuntimeError),
        (case(t(0, 3), 1, t(9, dtype="int64")), RuntimeError),
        (case(t(0, 3), 0, at(1)), RuntimeError),
        (case(X, 1, at(2, dtype="uint8")), RuntimeError),
        (case(t(), 0, at(2)), RuntimeError),
        (case(X, 1, at(1, 1)), IndexError),
        (case(X, 3, at(1)), IndexError),
        (case(X, "a", at(1)), TypeError),
        (case(X, 0, [0]), TypeError),
    ],
    bench=case(t(4096, 256), 0, at(4096)),
    dtypes=EVERY,
    grad=1,
    terms="exact",
)
repeat_interleave = op(
    case(DRAWS, each(0, 1, 3), each(None, 0, -1)),
    case(DRAWS, each(at(3), at(3, dtype="int32"), at(1)), 1),
    case(t(4), each(at(4), at(), at(1)), each(None, 0)),
    case(t(3, draw="offset"), 900),
    case(each(at(5), at(5, dtype="int32"), at(0))),
    case(t(3, 2), 2, 0, output_size=6),
    case(t(3, 2), t(3, draw="zeros", dtype="int64"), 0, output_size=0),
    case(t(), each(3, at())),
    case(t(2, 0), each(3, at(0), at(1)), 1),
    errors=[
        (case(X, -1), RuntimeError),
        (case(X, t(3, dtype="int64"), 0), RuntimeError),
        (case(X, at(2), 1), RuntimeError),
        (case(X, at(1, 3), 1), RuntimeError),
        (case(X, t(3), 1), RuntimeError),
        (case(X, at(3, dtype="uint8"), 1), RuntimeError),
        (case(X, at(3), 1, output_size=99), RuntimeError),
        (case(X, 2, 1, output_size=7), RuntimeError),
        (case(t(3)), RuntimeError),
        (case(at(3, 1)), RuntimeError),
        (case(X, 2, 3), IndexError),
        (case(t(), 3, 0), IndexError),
        (case(X, 2.0), TypeError),
        (case(X, (1, 2), 0), TypeError),
        (case(X, True), TypeError),
    ],
    bench=case(t(16, 64, 56, 14), 4, -1),
    dtypes=EVERY,
    grad=1,
    jit=False,
    terms="exact",
)
masked_select = op(
    case(DRAWS, each(t(3, 3, 4, dtype="bool"), t(4, dtype="bool"), t(3, 1, dtype="bool"))),
    case(each(t(4), t(1, 4), t()), t(2, 4, dtype="bool")),
    case(t(1, draw="offset"), t(900, dtype="bool")),
    case(t(4), t(4, draw="zeros", dtype="bool")),
    case(t(), t(dtype="bool")),
    case(t(0, 3), t(3, dtype="bool")),
    errors=[
        (case(X, t(5, dtype="bool")), RuntimeError),
        (case(X, t(4, dtype="uint8")), RuntimeError),
        (case(X, t(4)), RuntimeError),
        (case(X, True), TypeError),
        (case([1.0], t(1, dtype="bool")), TypeError),
    ],
    bench=case(t(1_000_000), t(1_000_000, dtype="bool")),
    dtypes=EVERY,
    grad=1,
    jit=False,
    terms="exact",
)
nonzero = op(
    case(
        each(t(3, 4, draw="ties"), t(9, draw="nan"), t(2, 3, draw="zeros"), t(), t(0, 3), t(2, 0)),
        as_tuple=each(False, True),
    ),
    case(t(draw="zeros"), as_tuple=each(False, True)),
    errors=[(case([1.0]), TypeError)],
    bench=case(t(1_000_000, draw="labels")),
    dtypes=EVERY,
    grad=0,
    jit=False,
)
