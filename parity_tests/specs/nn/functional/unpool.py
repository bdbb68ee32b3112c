from ...._spec import case, each, op, t


def places(*shape: int, dtype: str = "int64"):
    """Indices of which some repeat."""
    return t(*shape, draw="ties", dtype=dtype)


SEQUENCE, IMAGE, VOLUME = t(2, 3, 4), t(2, 3, 4, 2), t(2, 2, 2, 3, 2)
AT, AT2, AT3 = places(2, 3, 4), places(2, 3, 4, 2), places(2, 2, 2, 3, 2)

max_unpool1d = op(
    case(SEQUENCE, AT, each(2, (3,)), each(None, 2, (1,)), each(0, 1)),
    case(SEQUENCE, AT, 3, 2, output_size=each((8,), [10], (2, 3, 9))),
    case(t(3, 4), places(3, 4), 2),
    case(t(0, 3, 4), places(0, 3, 4), 2),
    case(t(1, 2, 4, draw="nan"), places(1, 2, 4), 2),
    errors=[
        (case(SEQUENCE, AT, 2, 0), RuntimeError),
        (case(SEQUENCE, places(2, 3, 4, dtype="int32"), 2), RuntimeError),
        (case(SEQUENCE, places(2, 3, 3), 2), RuntimeError),
        (case(t(4), places(4), 2), RuntimeError),
        (case(t(2, 0, 4), places(2, 0, 4), 2), RuntimeError),
        (case(t(2, 3, 4, dtype="int64"), AT, 2), RuntimeError),
        (case(SEQUENCE, AT, 2, output_size=(12,)), ValueError),
        (case(SEQUENCE, AT, 2, output_size=(8, 8)), ValueError),
        (case(SEQUENCE, AT, 2, padding=9), ValueError),
        (case(SEQUENCE, AT, (2, 2)), IndexError),
        (case(SEQUENCE, AT, 2, ()), IndexError),
        (case(SEQUENCE, AT, None), TypeError),
        (case(SEQUENCE, AT, 2, output_size=8), TypeError),
    ],
    grad=1,
    terms="exact",
)

max_unpool2d = op(
    case(IMAGE, AT2, each(2, (3, 2)), each(None, 2, (1, 2)), each(0, (1, 0))),
    case(IMAGE, AT2, 3, 2, output_size=each((8, 4), [10, 6], (2, 3, 9, 5))),
    case(t(3, 4, 2), places(3, 4, 2), 2),
    case(t(0, 3, 4, 2), places(0, 3, 4, 2), 2),
    case(t(1, 2, 3, 3, draw="both_inf"), places(1, 2, 3, 3), 2),
    errors=[
        (case(IMAGE, t(2, 3, 4, 2, draw="offset", dtype="int64"), 2), RuntimeError),
        (case(IMAGE, places(2, 3, 4, 2, dtype="int32"), 2), RuntimeError),
        (case(IMAGE, places(2, 3, 4, 1), 2), RuntimeError),
        (case(t(4, 2), places(4, 2), 2), RuntimeError),
        (case(t(2, 0, 4, 2), places(2, 0, 4, 2), 2), RuntimeError),
        (case(t(2, 3, 4, 2, dtype="int64"), AT2, 2), RuntimeError),
        (case(IMAGE, AT2, (2,)), RuntimeError),
        (case(IMAGE, AT2, 2, output_size=(12, 4)), ValueError),
        (case(IMAGE, AT2, 2, output_size=(8,)), ValueError),
        (case(IMAGE, AT2, 2, padding=9), ValueError),
        (case(IMAGE, AT2, (2, 2, 2)), IndexError),
        (case(IMAGE, AT2, 2, (2,)), IndexError),
        (case(IMAGE, AT2, 2.0), TypeError),
        (case(IMAGE, [1], 2), TypeError),
    ],
    grad=1,
    terms="exact",
)

max_unpool3d = op(
    case(VOLUME, AT3, each(2, (3, 2, 2)), each(None, 2), each(0, (1, 0, 0))),
    case(VOLUME, AT3, 2, output_size=each((5, 6, 4), (2, 2, 4, 5, 5))),
    case(t(2, 2, 3, 2), places(2, 2, 3, 2), 2),
    case(t(0, 2, 2, 3, 2), places(0, 2, 2, 3, 2), 2),
    errors=[
        (case(VOLUME, AT3, 2, 0), RuntimeError),
        (case(VOLUME, places(2, 2, 2, 3, 2, dtype="int32"), 2), RuntimeError),
        (case(t(2, 3, 2), places(2, 3, 2), 2), RuntimeError),
        (case(t(2, 0, 2, 3, 2), places(2, 0, 2, 3, 2), 2), RuntimeError),
        (case(VOLUME, AT3, 2, output_size=(12, 6, 4)), ValueError),
        (case(VOLUME, AT3, (2, 2, 2, 2)), IndexError),
        (case(VOLUME, AT3, None), TypeError),
    ],
    grad=1,
    terms="exact",
)
