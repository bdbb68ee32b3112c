"""torch.nn.functional's functions, under its names."""

from .conv import conv2d as conv2d
from .distance import cosine_similarity as cosine_similarity
from .distance import normalize as normalize
from .distance import pairwise_distance as pairwise_distance
from .softmax import log_softmax as log_softmax
from .softmax import softmax as softmax
from .softmax import softmin as softmin
