"""Judge whether a JAX function computes what its torch original computes."""

from ._check import Comparison as Comparison
from ._check import Result as Result
from ._check import check as check
from ._check import check_all as check_all
from ._check import same_error as same_error
from ._finding import PROPERTIES as PROPERTIES
from ._finding import STATUSES as STATUSES
from ._finding import Finding as Finding
