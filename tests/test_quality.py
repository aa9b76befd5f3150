"""The numbers of the quality bench, where their values are known beforehand."""

import math

import pytest
import torch

from benchmarks import quality
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image, rescale


@pytest.fixture(scope="module")
def pair():
    """A photo and a painting of 192 px."""
    files = samples("content")["pavilion"], samples("style")["starry_night"]
    return [load_image(file, 192) for file in files]


def grey(height, width, function):
    """A picture from a function of row and column."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return function(rows, columns).float().expand(1, 3, height, width).contiguous()


def test_a_painting_is_as_grainy_as_itself_and_a_mesh_more(pair):
    _, painting = pair
    mesh = grey(*painting.shape[2:], lambda row, column: 0.1 * ((row + column) % 2))
    assert quality.grain(painting, painting) == 1
    assert quality.grain((painting * 0.9 + mesh).clamp(0, 1), painting) > 1.5
    assert quality.grain(rescale(rescale(painting, 0.5), None, painting.shape[2:]), painting) < 0.5


def test_the_photo_has_its_own_structure_and_noise_has_none_of_it(pair):
    photo, _ = pair
    assert quality.structure(photo, photo) == pytest.approx(1)
    assert quality.structure(1 - photo, photo) == pytest.approx(1), "slopes have no sign"
    assert abs(quality.structure(torch.rand(photo.shape), photo)) < 0.3


def test_the_painting_is_of_its_own_hand_and_the_photo_is_not(pair):
    photo, painting = pair
    network = VGG19Features(quality.HAND_LAYERS, pooling="max")
    assert quality.hand(painting, photo, painting, network) == 0
    assert quality.hand(photo, photo, painting, network) == 1


def test_pebbles_have_no_direction_and_strokes_have_one(pair):
    """Of one strength; and where the photo is not flat nothing counts."""
    _, painting = pair
    flat = torch.full((1, 3, 128, 192), 0.5)
    wave = 2 * math.pi / 16
    strokes = grey(128, 192, lambda row, column: 0.5 + 0.2 * torch.sin(wave * (row + column)))
    dots = grey(
        128, 192, lambda row, column: 0.5 + 0.2 * torch.sin(wave * row) * torch.sin(wave * column)
    )
    found = [quality.pebbles(each, flat, painting) for each in (flat, strokes, dots)]
    assert found[0] == pytest.approx(0, abs=1e-3)
    assert found[2] > 3 * found[1]

    half = torch.full((1, 3, 128, 192), 0.5)
    half[..., :96] = torch.rand(1, 3, 128, 96, generator=torch.Generator().manual_seed(0))
    left = torch.where(torch.arange(192) < 80, dots, flat)
    assert quality.pebbles(left, half, painting) < 0.2 * quality.pebbles(dots, half, painting)
