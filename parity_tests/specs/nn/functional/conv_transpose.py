from ...._spec import FLOATS, case, each, op, t

IMAGE, KERNEL = t(2, 4, 5, 6), t(4, 3, 3, 2)
SEQUENCE, FILTER = t(2, 4, 5), t(4, 3, 3)
VOLUME, CUBE = t(2, 2, 3, 2, 4), t(2, 3, 2, 3, 2)
DTYPES = (*FLOATS, "complex128", "int64")

conv_transpose1d = op(
    case(SEQUENCE, FILTER, each(None, t(3))),
    case(SEQUENCE, FILTER, t(3), stride=each(2, (3,)), padding=each(0, 1), output_padding=1),
    case(SEQUENCE, t(4, 2, 2), t(4), groups=2, dilation=each(1, 3)),
    case(SEQUENCE, t(4, 1, 4), stride=2, padding=1, groups=4),
    case(t(4, 5), FILTER, t(3)),
    case(each(t(0, 4, 5), t(1, 4, 5, draw="inf")), FILTER),
    errors=[
        (case(SEQUENCE, t(3, 3, 3)), RuntimeError),
        (case(SEQUENCE, t(4, 3, 3, 2)), RuntimeError),
        (case(SEQUENCE, FILTER, t(4)), RuntimeError),
        (case(SEQUENCE, FILTER, padding=4), RuntimeError),
        (case(SEQUENCE, FILTER, output_padding=1), RuntimeError),
        (case(SEQUENCE, FILTER, stride=(1, 1)), RuntimeError),
        (case(SEQUENCE, FILTER, padding="same"), TypeError),
    ],
    bench=case(t(8, 64, 512), t(64, 64, 4), stride=2, padding=1),
    dtypes=DTYPES,
    terms="abs",
)

conv_transpose2d = op(
    case(IMAGE, KERNEL, each(None, t(3))),
    case(
        IMAGE,
        KERNEL,
        t(3),
        stride=each(2, (3, 2)),
        padding=each(1, (0, 3)),
        output_padding=each(0, 1),
        dilation=each(1, (2, 1)),
    ),
    case(IMAGE, KERNEL, dilation=2, output_padding=each((1, 0), 1)),
    case(IMAGE, t(4, 2, 3, 3), t(4), groups=2, stride=each(1, 2), padding=1),
    case(IMAGE, t(4, 1, 3, 3), groups=4, stride=each(1, 2), padding=1),
    case(IMAGE, t(4, 2, 2, 2), groups=4, stride=2, dilation=3, output_padding=2),
    case(t(4, 5, 6), KERNEL, t(3)),
    case(IMAGE, t(4, 6, 1, 1)),
    case(t(0, 4, 5, 6), KERNEL),
    case(t(2, 3, 3, 1), t(3, 2, 2, 2), stride=(2, 3), padding=(1, 0)),
    case(each(t(1, 2, 3, 3, draw="nan"), t(1, 2, 3, 3, draw="inf")), t(2, 3, 3, 3), stride=2),
    case(t(1, 2, 3, 3, draw="nan"), t(2, 1, 3, 3), groups=2, stride=2),
    case(t(1, 64, 5, 5, draw="offset", dtype="float32"), t(64, 2, 3, 3, dtype="float32")),
    errors=[
        (case(IMAGE, t(3, 3, 3, 3)), RuntimeError),
        (case(IMAGE, t(4, 3, 3)), RuntimeError),
        (case(IMAGE, t(4, 0, 3, 3)), RuntimeError),
        (case(IMAGE, t(4, 3, 0, 3)), RuntimeError),
        (case(t(4, 7), KERNEL), RuntimeError),
        (case(t(2, 4, 0, 6), KERNEL), RuntimeError),
        (case(IMAGE, KERNEL, t(4)), RuntimeError),
        (case(IMAGE, KERNEL, groups=3), RuntimeError),
        (case(IMAGE, KERNEL, groups=0), RuntimeError),
        (case(IMAGE, KERNEL, stride=0), RuntimeError),
        (case(IMAGE, KERNEL, padding=-1), RuntimeError),
        (case(IMAGE, KERNEL, padding=4), RuntimeError),
        (case(IMAGE, KERNEL, dilation=0), RuntimeError),
        (case(IMAGE, KERNEL, output_padding=-1, stride=2), RuntimeError),
        (case(IMAGE, KERNEL, output_padding=1), RuntimeError),
        (case(IMAGE, KERNEL, output_padding=1, stride=(2, 1)), RuntimeError),
        (case(IMAGE, KERNEL, output_padding=(1, 1, 1), stride=2), RuntimeError),
        (case(IMAGE, KERNEL, output_padding=None), TypeError),
        (case(IMAGE, KERNEL, padding="same"), TypeError),
        (case(IMAGE, KERNEL, groups=1.0), TypeError),
        (case(t(2, 4, 5, 6, dtype="float64"), t(4, 3, 3, 2, dtype="float32")), RuntimeError),
        (case(t(2, 4, 5, 6, dtype="int32"), t(4, 3, 3, 2, dtype="int32")), RuntimeError),
    ],
    bench=case(t(4, 64, 28, 28), t(64, 64, 4, 4), stride=2, padding=1),
    dtypes=DTYPES,
    terms="abs",
)

conv_transpose3d = op(
    case(VOLUME, CUBE, each(None, t(3))),
    case(VOLUME, CUBE, stride=(2, 1, 3), padding=(1, 1, 0), output_padding=(1, 0, 2)),
    case(VOLUME, CUBE, stride=2, dilation=(1, 3, 2), output_padding=(0, 2, 1)),
    case(t(1, 4, 3, 2, 3), t(4, 1, 2, 3, 2), t(4), groups=4, stride=2),
    case(t(1, 4, 3, 2, 3), t(4, 3, 2, 3, 2), groups=2, padding=1),
    case(t(2, 3, 2, 4), CUBE, t(3)),
    case(t(0, 2, 3, 2, 4), CUBE),
    errors=[
        (case(VOLUME, t(3, 3, 2, 3, 2)), RuntimeError),
        (case(VOLUME, t(2, 3, 3, 2)), RuntimeError),
        (case(VOLUME, CUBE, t(4)), RuntimeError),
        (case(VOLUME, CUBE, padding=3), RuntimeError),
        (case(VOLUME, CUBE, output_padding=2, stride=2), RuntimeError),
        (case(VOLUME, CUBE, stride=1.0), TypeError),
    ],
    bench=case(t(2, 16, 8, 16, 16), t(16, 16, 4, 4, 4), stride=2, padding=1),
    dtypes=DTYPES,
    terms="abs",
)
