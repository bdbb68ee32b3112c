"""PyTorch semantics for JAX: `jaxchan.` for `torch.`, in value, dtype, gradient and error."""

from . import channels as channels
from . import losses as losses
from . import nn as nn
from . import rewrite as rewrite
from ._elementwise import where as where
from ._extrema import amax as amax
from ._extrema import amin as amin
from ._extrema import argmax as argmax
from ._extrema import argmin as argmin
from ._extrema import max as max
from ._extrema import min as min
from ._norms import norm as norm
from ._order import median as median
from ._order import nanmedian as nanmedian
from ._reductions import all as all
from ._reductions import any as any
from ._reductions import mean as mean
from ._reductions import nanmean as nanmean
from ._reductions import nansum as nansum
from ._reductions import prod as prod
from ._reductions import sum as sum
from ._shape import squeeze as squeeze
from ._statistics import std as std
from ._statistics import var as var
from ._unique import unique as unique
from ._unique import unique_consecutive as unique_consecutive
