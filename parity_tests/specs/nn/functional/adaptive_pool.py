from ...._spec import case, each, op, t

SEQUENCE, IMAGE, VOLUME = t(2, 3, 7), t(2, 3, 7, 6), t(2, 2, 4, 5, 3)
BROKEN = each(
    t(1, 2, 5, 5, draw="nan"),
    t(1, 2, 5, 5, draw="all_nan"),
    t(1, 2, 5, 5, draw="both_inf"),
    t(1, 2, 5, 5, draw="neg_inf"),
)

adaptive_avg_pool1d = op(
    case(SEQUENCE, each(1, (3,), 7, 10, 0)),
    case(t(2, 3, 12), each(4, [5], 12)),
    case(t(1, 2, 50), each(1, 5, 40)),
    case(each(t(3, 7), t(0, 3, 7), t(2, 0, 7), t(1, 2, 7, draw="both_inf")), 3),
    case(t(2, 3, 0), 1),
    errors=[
        (case(SEQUENCE, -1), RuntimeError),
        (case(SEQUENCE, (3, 3)), RuntimeError),
        (case(t(7), 3), RuntimeError),
        (case(t(2, 3, 0), 2), RuntimeError),
        (case(t(2, 3, 7, dtype="int64"), 3), RuntimeError),
        (case(SEQUENCE, None), TypeError),
        (case(SEQUENCE, (None,)), TypeError),
        (case(2.0, 3), TypeError),
    ],
    bench=case(t(8, 64, 1024), 100),
    grad=1,
)

adaptive_avg_pool2d = op(
    case(IMAGE, each(1, (3, 2), [7, 6], (None, 4), (5, None), (10, 8), (0, 3))),
    case(t(2, 3, 12, 8), each((4, 2), 5, (1, 12))),
    case(t(1, 2, 45, 40), each(1, (5, 1), (40, 4))),
    case(each(t(3, 7, 6), t(0, 3, 7, 6), t(2, 0, 7, 6)), (2, 4)),
    case(BROKEN, each(3, 1)),
    case(t(2, 3, 0, 6), 1),
    case(t(2, 3, 7, 6, dtype="complex128"), 1),
    errors=[
        (case(IMAGE, -1), RuntimeError),
        (case(IMAGE, (3,)), RuntimeError),
        (case(IMAGE, (3, 3, 3)), RuntimeError),
        (case(t(7, 6), 3), RuntimeError),
        (case(t(2, 3, 0, 6), 2), RuntimeError),
        (case(t(2, 3, 7, 6, dtype="int64"), 1), RuntimeError),
        (case(t(2, 3, 7, 6, dtype="complex64"), 2), RuntimeError),
        (case(t(7, 6), (3, 3)), ValueError),
        (case(IMAGE, None), TypeError),
        (case(IMAGE, (2.0, None)), TypeError),
    ],
    bench=case(t(8, 64, 56, 56), 7),
    grad=1,
)

adaptive_avg_pool3d = op(
    case(VOLUME, each(1, 2, (2, None, 3), (3, 7, 2), (0, 1, 1))),
    case(each(t(2, 4, 5, 3), t(0, 2, 4, 5, 3), t(1, 1, 3, 3, 3, draw="nan")), (2, 1, 2)),
    errors=[
        (case(VOLUME, -1), RuntimeError),
        (case(VOLUME, (3, 3)), RuntimeError),
        (case(t(4, 5, 3), 3), RuntimeError),
        (case(t(2, 0, 4, 5, 3), 2), RuntimeError),
        (case(t(2, 2, 4, 5, 3, dtype="int64"), 2), RuntimeError),
        (case(t(4, 5, 3), (2, 2, 2)), ValueError),
        (case(VOLUME, None), TypeError),
    ],
    bench=case(t(2, 16, 16, 32, 32), (4, 8, 8)),
    grad=1,
)

adaptive_max_pool1d = op(
    case(SEQUENCE, each(1, (3,), 7, 10, 0), each(False, True)),
    case(t(2, 3, 12, draw="ties"), each(4, [5], 12), True),
    case(t(1, 2, 50, draw="ties"), each(1, 5, 40), True),
    case(
        each(
            t(3, 7),
            t(0, 3, 7),
            t(1, 2, 7, draw="nan"),
            t(1, 2, 7, draw="all_nan"),
            t(1, 2, 7, draw="neg_inf"),
        ),
        3,
        True,
    ),
    errors=[
        (case(SEQUENCE, -1), RuntimeError),
        (case(SEQUENCE, (3, 3)), RuntimeError),
        (case(t(7), 3), RuntimeError),
        (case(t(2, 0, 7), 2), RuntimeError),
        (case(t(2, 3, 7, dtype="int64"), 3), RuntimeError),
        (case(SEQUENCE, None), TypeError),
        (case(SEQUENCE, (None,)), TypeError),
    ],
    bench=case(t(8, 64, 1024), 100),
    grad=1,
    terms="exact",
)

adaptive_max_pool2d = op(
    case(IMAGE, each(1, (3, 2), [7, 6], (None, 4), (5, None), (10, 8), (0, 3)), each(False, True)),
    case(t(2, 3, 12, 8, draw="ties"), each((4, 2), 5, (1, 12)), True),
    case(t(1, 2, 45, 40, draw="ties"), each(1, (5, 1), (40, 4)), True),
    case(each(t(3, 7, 6), t(0, 3, 7, 6), t(0, 7, 6)), (2, 4), return_indices=True),
    case(BROKEN, each(3, 1), True),
    errors=[
        (case(IMAGE, -1), RuntimeError),
        (case(IMAGE, (3,)), RuntimeError),
        (case(t(7, 6), 3), RuntimeError),
        (case(t(2, 0, 7, 6), 2), RuntimeError),
        (case(t(2, 3, 7, 6, dtype="int64"), 1), RuntimeError),
        (case(t(2, 3, 7, 6, dtype="complex64"), 1), RuntimeError),
        (case(t(7, 6), (3, 3)), ValueError),
        (case(IMAGE, None), TypeError),
        (case(IMAGE, (2.0, None)), TypeError),
    ],
    bench=case(t(8, 64, 56, 56), 7),
    grad=1,
    terms="exact",
)

adaptive_max_pool3d = op(
    case(VOLUME, each(1, 2, (2, None, 3), (3, 7, 2), (0, 1, 1)), each(False, True)),
    case(t(2, 2, 4, 5, 3, draw="ties"), (3, 2, 2), True),
    case(each(t(2, 4, 5, 3), t(0, 2, 4, 5, 3), t(1, 1, 3, 3, 3, draw="nan")), (2, 1, 2), True),
    errors=[
        (case(VOLUME, -1), RuntimeError),
        (case(VOLUME, (3, 3)), RuntimeError),
        (case(t(4, 5, 3), 3), RuntimeError),
        (case(t(2, 0, 4, 5, 3), 2), RuntimeError),
        (case(t(2, 2, 4, 5, 3, dtype="int64"), 2), RuntimeError),
        (case(t(4, 5, 3), (2, 2, 2)), ValueError),
        (case(VOLUME, None), TypeError),
    ],
    bench=case(t(2, 16, 16, 32, 32), (4, 8, 8)),
    grad=1,
    terms="exact",
)
