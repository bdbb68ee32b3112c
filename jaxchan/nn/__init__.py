"""Functions and (in time) modules of torch.nn."""

from . import functional as functional
