"""Norms and a variance of what the specs do not draw: complex infinities, equal sizes."""

from math import inf, nan
from typing import Any

import numpy as np
import pytest
import torch

import jaxchan
import jaxchan.nn.functional as functional
from jaxchan import linalg
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
    x = np.array([[0, 0, 3]], np.float32)  # whose gradient is exactly 0
    assert check(functional.normalize, torch.nn.functional.normalize, [x, 3], order=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3)])
def test_second_derivatives_at_zero_are_torchs(shape: tuple[int, int]):
    x = np.zeros(shape)
    assert check(jaxchan.norm, torch.norm, [x, 3], {"dim": 1}, order=2)
    assert check(jaxchan.renorm, torch.renorm, [x, 3, 0, 1.0], order=2)


def test_a_factor_of_1_spreads_an_infinite_part_of_a_deviation():
    x = np.array([0, 0, complex(0, inf)])  # whose slope is 2 / (3 - 1) times the deviation
    assert check(jaxchan.var, torch.var, [x], order=2)


def test_the_gradient_of_what_is_taken_away_is_not_multiplied_by_1():
    x, y = np.zeros(3, complex), np.array([0, 1j, complex(0, inf)])
    assert check(jaxchan.dist, torch.dist, [x, y, 0.5], order=2)
    ours, theirs = (f.pairwise_distance for f in (functional, torch.nn.functional))
    assert check(ours, theirs, [x, y, 0.5], {"eps": 0.5}, order=2)


@pytest.mark.parametrize("p", [1.5, 0.3])
def test_norms_of_any_order_may_be_infinite(p: float):
    for numbers in ([inf, inf], [0, inf], [0, 0], [1e30, 1e38]):
        x = np.array(numbers, np.float32)
        assert check(jaxchan.norm, torch.norm, [x, p], order=2)


def test_norms_of_order_6_keep_their_digits():
    for numbers in ([1.919444, 4.130938], [-8.478374, -1.7658259]):
        x = np.array(numbers, np.float32)
        assert check(linalg.vector_norm, torch.linalg.vector_norm, [x, 6], order=1)


@pytest.mark.parametrize(
    ("p", "number", "first"),
    [
        (1.5, np.complex64(300 + 300j), (300 + 10000j, 300 + 300j)),
        (0.5, np.float32(300), (10000, 2**-10)),
    ],
)
def test_the_norm_and_gradient_of_renorm_are_twice_as_wide(p: float, number: Any, first: tuple):
    x = np.full((1, 2, 3, 2), number)
    x[0, 0, 0] = first
    assert check(jaxchan.renorm, torch.renorm, [x, p, 0, 1.0], order=1)


def test_a_negative_order_of_large_float16():
    x = np.array([300, 1000, 2000, 4000], np.float16)
    assert check(jaxchan.norm, torch.norm, [x, -1], order=1)


def test_an_integer_beyond_float16_is_infinite_there():
    x, y = np.zeros((2, 3), np.float16), np.array([0, 0, 2**63 - 1])
    assert check(jaxchan.dist, torch.dist, [x, y], order=1)
    ours, theirs = (f.pairwise_distance for f in (functional, torch.nn.functional))
    assert check(ours, theirs, [x, y], {"eps": 0.5}, order=1)
