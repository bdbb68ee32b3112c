from ...._spec import FLOATS, case, each, op, t

IMAGE, KERNEL = t(2, 4, 7, 6), t(6, 4, 3, 2)

conv2d = op(
    case(IMAGE, KERNEL, each(None, t(6))),
    case(
        IMAGE,
        KERNEL,
        t(6),
        stride=each(2, (1, 3)),
        padding=each(1, (0, 2)),
        dilation=each(1, (2, 1)),
    ),
    case(IMAGE, t(6, 4, 2, 3), padding=each("valid", "same"), dilation=each(1, 2)),
    case(IMAGE, t(6, 2, 3, 3), t(6), groups=2),
    case(IMAGE, t(8, 1, 3, 3), padding=1, groups=4, stride=2),
    case(t(4, 7, 6), KERNEL, t(6)),
    case(IMAGE, t(6, 4, 1, 1)),
    case(t(0, 4, 7, 6), KERNEL),
    case(t(1, 2, 5, 5, draw="nan"), t(3, 2, 3, 3)),
    case(t(1, 64, 8, 8, draw="offset"), t(2, 64, 3, 3)),
    errors=[
        (case(IMAGE, t(6, 3, 3, 3)), RuntimeError),
        (case(IMAGE, t(6, 4, 9, 3)), RuntimeError),
        (case(IMAGE, t(6, 4, 3)), RuntimeError),
        (case(t(4, 7), KERNEL), RuntimeError),
        (case(IMAGE, KERNEL, t(5)), RuntimeError),
        (case(IMAGE, KERNEL, groups=3), RuntimeError),
        (case(IMAGE, KERNEL, groups=0), RuntimeError),
        (case(IMAGE, KERNEL, stride=0), RuntimeError),
        (case(IMAGE, KERNEL, padding=-1), RuntimeError),
        (case(IMAGE, KERNEL, dilation=0), RuntimeError),
        (case(IMAGE, KERNEL, padding="same", stride=2), RuntimeError),
        (case(IMAGE, KERNEL, padding="full"), RuntimeError),
        (case(IMAGE, KERNEL, stride=(1, 2, 3)), RuntimeError),
        (case(IMAGE, KERNEL, stride="a"), TypeError),
        (case(t(2, 4, 7, 6, dtype="float64"), t(6, 4, 3, 2, dtype="float32")), RuntimeError),
    ],
    bench=case(t(4, 64, 56, 56), t(64, 64, 3, 3), padding=1),
    dtypes=(*FLOATS, "complex128", "int64"),
    terms="abs",
)
