"""Where channels and pixels are, for networks that take both layouts."""

import jax


def channel_dim(data_format: str) -> int:
    return {"NCHW": 1, "NHWC": -1}[data_format]


def image_dims(data_format: str) -> tuple[int, int]:
    return {"NCHW": (2, 3), "NHWC": (1, 2)}[data_format]


def image_size(x: jax.Array, data_format: str) -> tuple[int, int]:
    rows, columns = image_dims(data_format)
    return x.shape[rows], x.shape[columns]
