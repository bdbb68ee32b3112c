"""torch.nn.functional's functions, under its names."""

from .conv import conv1d as conv1d
from .conv import conv2d as conv2d
from .conv import conv3d as conv3d
from .conv_transpose import conv_transpose1d as conv_transpose1d
from .conv_transpose import conv_transpose2d as conv_transpose2d
from .conv_transpose import conv_transpose3d as conv_transpose3d
from .distance import pairwise_distance as pairwise_distance
from .fold import fold as fold
from .fold import unfold as unfold
from .softmax import log_softmax as log_softmax
from .softmax import softmax as softmax
from .softmax import softmin as softmin
