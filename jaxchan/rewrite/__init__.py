"""Sums, means and adds as convolutions, for devices whose fast unit is the convolution engine.

Arrays are (N, C, *) with one to three spatial dims. Every kernel is a constant, every convolution
asks for full precision, and 16-bit floats are computed in float32.
"""

from ._ops import add_as_conv as add_as_conv
from ._ops import mean_as_conv as mean_as_conv
from ._ops import sum_as_conv as sum_as_conv
from ._to_conv import to_conv as to_conv
