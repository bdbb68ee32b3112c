"""torch.nn.functional's functions, under its names."""

from .conv import conv2d as conv2d
from .distance import pairwise_distance as pairwise_distance
from .norm import batch_norm as batch_norm
from .norm import batch_norm_stats as batch_norm_stats
from .norm import group_norm as group_norm
from .norm import instance_norm as instance_norm
from .norm import instance_norm_stats as instance_norm_stats
from .norm import layer_norm as layer_norm
from .norm import local_response_norm as local_response_norm
from .norm import rms_norm as rms_norm
from .softmax import log_softmax as log_softmax
from .softmax import softmax as softmax
from .softmax import softmin as softmin
