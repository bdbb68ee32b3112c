from ...._spec import case, each, op, t

IMAGE, VOLUME = t(2, 3, 4, 5), t(1, 2, 3, 4, 2)
PLACES, SPACES = t(2, 3, 2, 2), t(1, 2, 2, 3, 3)
PADDING = each("zeros", "border", "reflection")
CORNERS = each(False, True)

grid_sample = op(
    case(IMAGE, PLACES, each("bilinear", "nearest", "bicubic"), PADDING, CORNERS),
    # multiples of 1, on ends and centres
    case(t(2, 1, 3, 5), t(2, 3, 4, 2, draw="grid"), each("bilinear", "nearest"), PADDING, CORNERS),
    case(t(2, 1, 3, 5), t(2, 3, 4, 2, draw="grid"), "bicubic", PADDING),
    case(
        t(1, 1, 1, 3),
        t(1, 2, 3, 2),
        each("bilinear", "nearest", "bicubic"),
        each("border", "reflection"),
        True,
    ),
    case(VOLUME, SPACES, each("bilinear", "nearest"), PADDING, CORNERS),
    case(t(1, 1, 3, 3, 3), t(1, 2, 3, 2, 3, draw="grid"), "bilinear", PADDING, CORNERS),
    case(t(1, 2, 3, 3, draw="nan"), t(1, 2, 2, 2), each("bilinear", "nearest", "bicubic")),
    case(t(1, 2, 3, 3, draw="both_inf"), t(1, 2, 2, 2), "bilinear", "border"),
    case(t(0, 2, 3, 3), t(0, 2, 2, 2)),
    case(t(1, 0, 3, 3), t(1, 2, 2, 2)),
    case(t(1, 2, 3, 3), t(1, 0, 2, 2)),
    errors=[
        (case(IMAGE, PLACES, "linear"), ValueError),
        (case(IMAGE, PLACES, padding_mode="reflect"), ValueError),
        (case(IMAGE, t(1, 3, 2, 2)), RuntimeError),
        (case(IMAGE, t(2, 3, 2, 3)), RuntimeError),
        (case(IMAGE, t(2, 3, 2, 2, 2)), RuntimeError),
        (case(t(2, 3, 4), t(2, 3, 1)), RuntimeError),
        (case(t(2, 3, 0, 5), PLACES), RuntimeError),
        (case(VOLUME, SPACES, "bicubic"), RuntimeError),
        (case(IMAGE, t(2, 3, 2, 2, dtype="float64")), RuntimeError),
        (case(t(), PLACES), IndexError),
        (case(IMAGE, t()), IndexError),
        (case(t(1, 1, 2, 2, dtype="int64"), t(1, 1, 1, 2, dtype="int64")), NotImplementedError),
        (case(1.0, PLACES), TypeError),
        (case(IMAGE, PLACES, align_corners=1), TypeError),
    ],
    bench=case(t(4, 32, 64, 64), t(4, 64, 64, 2)),
)

affine_grid = op(
    case(t(2, 2, 3), each((2, 1, 4, 5), [2, 3, 1, 2], (2, 1, 1, 1)), each(None, True)),
    case(t(2, 3, 4), each((2, 1, 3, 2, 4), (2, 1, 1, 2, 1)), each(False, True)),
    case(each(t(1, 2, 3, draw="nan"), t(1, 2, 3, draw="both_inf")), (1, 1, 3, 3)),
    case(t(2, 2, 3), (2, 0, 4, 1), True),
    case(t(0, 2, 3), (0, 1, 4, 1), True),
    errors=[
        (case(t(2, 2, 3, dtype="int64"), (2, 1, 4, 5)), ValueError),
        (case(t(2, 3, 3), (2, 1, 4, 5)), ValueError),
        (case(t(2, 3), (2, 1, 4, 5)), ValueError),
        (case(t(2, 2, 3), (2, 1, 0, 5)), ValueError),
        (case(t(2, 2, 3), (2, 0, 4, 5)), ValueError),
        (case(t(2, 2, 3), (2, 1, 4)), NotImplementedError),
        (case(t(2, 2, 3, dtype="float16"), (2, 1, 4, 1)), NotImplementedError),
        (case(t(2, 2, 3), (3, 1, 4, 5)), RuntimeError),
        (case(t(2, 2, 3), (2, 1, 4.0, 5)), TypeError),
        (case(t(2, 2, 3), 4), TypeError),
        (case(t(2, 2, 3), (2, 1, 4, 5), 1), TypeError),
    ],
    bench=case(t(64, 2, 3), (64, 3, 128, 128)),
    grad=1,
)
