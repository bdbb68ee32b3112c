"""Other libraries' losses under their names, with their arguments and defaults: change an import.

Each module names the version that it mirrors. Values and gradients are the peer's wherever those
are finite; what differs is said in its docstrings. Results have the dtype of the inputs, targets
must be in range, and unknown options raise ValueError, as everywhere in `jaxchan.losses`.
"""

from . import kornia as kornia
from . import mmdet as mmdet
from . import monai as monai
from . import optax as optax
from . import smp as smp
from . import torchvision as torchvision
