"""torch.nn.functional's functions, under its names."""

from .binary_cross_entropy import binary_cross_entropy as binary_cross_entropy
from .binary_cross_entropy import (
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
)
from .conv import conv2d as conv2d
from .cross_entropy import cross_entropy as cross_entropy
from .cross_entropy import kl_div as kl_div
from .cross_entropy import nll_loss as nll_loss
from .distance import pairwise_distance as pairwise_distance
from .loss import gaussian_nll_loss as gaussian_nll_loss
from .loss import huber_loss as huber_loss
from .loss import l1_loss as l1_loss
from .loss import mse_loss as mse_loss
from .loss import poisson_nll_loss as poisson_nll_loss
from .loss import smooth_l1_loss as smooth_l1_loss
from .margin_loss import cosine_embedding_loss as cosine_embedding_loss
from .margin_loss import hinge_embedding_loss as hinge_embedding_loss
from .margin_loss import margin_ranking_loss as margin_ranking_loss
from .margin_loss import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from .margin_loss import soft_margin_loss as soft_margin_loss
from .margin_loss import triplet_margin_loss as triplet_margin_loss
from .softmax import log_softmax as log_softmax
from .softmax import softmax as softmax
from .softmax import softmin as softmin
