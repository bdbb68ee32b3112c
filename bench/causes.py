"""Why a row is below 0.7, and what was tried: a sentence for each `Row.name`.

For instance "median gradient" or "nn.functional.conv2d forward bfloat16"; a cause that belongs to
no row fails a test.
"""

CAUSES: dict[str, str] = {}
