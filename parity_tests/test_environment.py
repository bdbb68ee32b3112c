"""In the suite's setting torch's numbers do not depend on the CPU."""

import math
from functools import partial

import torch


def test_torchs_volumes_of_bfloat16_are_of_what_they_are_given() -> None:
    x, w = torch.ones(2, 4, 4, 5, 3), torch.ones(4, 2, 2, 3, 2)
    convolved = partial(torch.conv3d, stride=(2, 1, 3), padding=(1, 2, 0), groups=2)
    exact = convolved(x, w)
    torch.full((1 << 14,), -math.inf, dtype=torch.bfloat16)  # which is what stays behind in memory
    out = convolved(x.bfloat16(), w.bfloat16())
    assert torch.equal(out.float(), exact)
