"""torch.masked's functions of dense arrays: reductions and normalizations of what `mask` keeps.

`mask` is True (or not 0) where an element counts; its shape broadcasts to the input's. An element
that does not count is replaced by the identity of the operation, and its gradient is 0. `dim=None`
and `()` are every axis; a dim of one axis may also be a tuple, of which the first axis counts.
"""

from ._normalizations import cumprod as cumprod
from ._normalizations import cumsum as cumsum
from ._normalizations import log_softmax as log_softmax
from ._normalizations import normalize as normalize
from ._normalizations import softmax as softmax
from ._normalizations import softmin as softmin
from ._pairs import logaddexp as logaddexp
from ._reductions import amax as amax
from ._reductions import amin as amin
from ._reductions import argmax as argmax
from ._reductions import argmin as argmin
from ._reductions import logsumexp as logsumexp
from ._reductions import mean as mean
from ._reductions import prod as prod
from ._reductions import sum as sum
from ._statistics import median as median
from ._statistics import norm as norm
from ._statistics import std as std
from ._statistics import var as var
