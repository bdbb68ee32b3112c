"""The photographs' pipeline does what it says, on one small photograph."""

import io

import numpy as np
import pytest
import torch
from matplotlib.image import imread

import torchref.channels

from . import _photos

NAME = "chelsea"


@pytest.fixture(scope="module")
def photo():
    return _photos.load(NAME, _photos.PHOTOS[NAME], 64)


def test_the_photograph_is_real(photo):
    assert photo.shape == (3, 1, 64, 64)
    assert photo.dtype == np.float32
    assert 0 <= photo.min() < photo.max() <= 1
    assert len(np.unique(photo)) > 100


@pytest.mark.parametrize("name", _photos.PHOTOS)
def test_every_photograph_holds_its_square(name):
    side = _photos.SIDE
    assert _photos.load(name, _photos.PHOTOS[name], side).shape == (3, 1, side, side)


def test_each_copy_is_blurred_in_its_half_only(photo):
    left, right = _photos.half_blurred(photo)
    assert (left[..., 32:] == photo[..., 32:]).all()
    assert (right[..., :32] == photo[..., :32]).all()
    assert (left[..., :32] != photo[..., :32]).mean() > 0.9
    assert (right[..., 32:] != photo[..., 32:]).mean() > 0.9


def test_the_bank_adds_up_to_an_impulse_and_its_details_to_zero():
    kernels = _photos.bank()
    impulse = np.zeros((7, 7))
    impulse[3, 3] = 1
    assert kernels.shape == (7, 1, 7, 7)
    assert (kernels.sum(axis=(0, 1)) == impulse).all()
    assert (kernels[:-1].sum(axis=(1, 2, 3)) == 0).all()


def test_tiles_are_the_squares_of_each_colour_and_come_back():
    bands = np.arange(2 * 7 * 32 * 48).reshape(2, 7, 32, 48)
    cut = _photos.tiles(bands)
    assert cut.shape == (2 * 2 * 3, 7, 16, 16)
    # colour 1, second row of tiles, third column
    assert (cut[6 + 3 + 2] == bands[1, :, 16:32, 32:48]).all()
    assert (_photos.untiled(cut, bands.shape) == bands).all()


def test_fusing_helps_and_picks_the_sharp_side(photo):
    findings, pictures = _photos.fuse(NAME, photo)
    assert [f.status for f in findings] == ["pass", "pass"]
    assert [imread(io.BytesIO(p.png)).shape for p in pictures] == [(64, 64, 4)] * 5


def test_swapped_choices_are_noticed(photo):
    _, chosen = _photos.fuse_and_mask(*_photos.half_blurred(photo))
    assert _photos.sharp_share(chosen, photo) > 0.9
    assert _photos.sharp_share(1 - chosen, photo) < 0.1


def test_the_mask_says_which_copy_each_tile_came_from(photo):
    copies = _photos.half_blurred(photo)
    _, chosen = _photos.fuse_and_mask(*copies)
    picture = _photos.chosen_picture(chosen, photo.shape)
    assert picture.shape == photo.shape
    assert picture[..., :32].mean() > 0.9
    assert picture[..., 32:].mean() < 0.1


def test_both_libraries_fuse_to_the_same_picture(photo):
    first, second = _photos.half_blurred(photo)
    fused, _ = _photos.fuse_and_mask(first, second)
    arrays = [torch.tensor(a, dtype=torch.float64) for a in (first, second, _photos.bank())]
    theirs = _photos.merge(torch, torchref.channels.merge_by_norm, *arrays).numpy()
    # 7 bands of at most 49 products, all of sums of absolute values below 4
    assert np.abs(fused - theirs).max() < 7 * 49 * 4 * np.finfo(np.float32).eps
