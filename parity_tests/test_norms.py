"""Norms and a variance of what the specs do not draw: complex infinities, equal sizes."""

from math import inf, nan

import numpy as np
import pytest
import torch

import jaxchan
from jaxchan.parity import check

HALF_INFINITE = np.array([[complex(nan, inf), 1.0], [complex(inf, nan), 1j], [2.0, 1j]])


def test_a_complex_number_is_infinite_as_soon_as_one_part_is():
    assert check(jaxchan.norm, torch.norm, [HALF_INFINITE, 2], {"dim": 1}, order=2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("p", [inf, -inf])
def test_an_extreme_complex_size_equals_itself(p: float, seed: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3, 4)) + 1j * rng.normal(size=(2, 3, 4))
    assert check(jaxchan.norm, torch.norm, [x, p], {"dim": 0}, order=2)


def test_norms_of_order_3_keep_their_digits():
    x = np.full((2, 3), 300.0, np.float32)
    assert check(jaxchan.renorm, torch.renorm, [x, 3, -1, 1.0], order=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3)])
def test_second_derivatives_at_zero_are_torchs(shape: tuple[int, int]):
    x = np.zeros(shape)
    assert check(jaxchan.norm, torch.norm, [x, 3], {"dim": 1}, order=2)
    assert check(jaxchan.renorm, torch.renorm, [x, 3, 0, 1.0], order=2)


def test_a_factor_of_1_spreads_an_infinite_part_of_a_deviation():
    x = np.array([0, 0, complex(0, inf)])  # whose slope is 2 / (3 - 1) times the deviation
    assert check(jaxchan.var, torch.var, [x], order=2)
