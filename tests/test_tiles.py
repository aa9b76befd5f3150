"""A large picture's losses and gradient, tile by tile, against those of the whole at once."""

from itertools import pairwise

import pytest
import torch

from nst_helpers.engine import objective as module
from nst_helpers.engine import tiles
from nst_helpers.engine.losses import total_variation
from nst_helpers.engine.objective import Objective, Term, content_terms, style_terms
from nst_helpers.engine.vgg import VGG19Features, load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

LAYERS = ("relu1_1", "conv2_2", "relu3_1", "relu4_2", "relu5_1", "pool5")


@pytest.fixture(scope="module")
def pair():
    """A photo of 290 x 218 px, which no tile divides, and a painting."""
    photo = load_image(samples("content")["pavilion"], 290)
    return torch.nn.functional.pad(photo, (0, 0, 0, 25), "reflect"), load_image(
        samples("style")["starry_night"], 128
    )


@pytest.fixture
def small(monkeypatch):
    """Tiles of 64 px, and calls of the network counted by the size of their pictures."""
    sizes, forward = [], VGG19Features.forward

    def counting(self, image):
        sizes.append(tuple(image.shape[2:]))
        return forward(self, image)

    monkeypatch.setattr(tiles, "TILE", 64)
    monkeypatch.setattr(VGG19Features, "forward", counting)
    return sizes


def asked(pair, pooling, precision):
    photo, painting = pair
    network = load_network(LAYERS, pooling=pooling, precision=precision)
    keep = torch.linspace(0, 2, 8).expand(1, 1, 8, 8)
    terms = content_terms(network, photo, ["relu4_2", "conv2_2"], keep=keep)
    terms += style_terms(network, painting, ["relu1_1", "relu3_1", "relu5_1", "pool5"])
    terms.append(Term("variation", None, None, lambda image, _: total_variation(image), 0.5))
    return Objective(network, terms, beta=100.0)


def evaluated(objective, pair, monkeypatch, large):
    monkeypatch.setattr(module, "LARGE", large)
    image = (pair[0] * 0.8 + 0.1).clamp(0, 1)
    return objective.evaluate(image, objective.weights())


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_tiles_have_the_losses_and_the_gradient_of_the_whole(pair, small, monkeypatch, pooling):
    objective = asked(pair, pooling, "float32")
    whole, gradient = evaluated(objective, pair, monkeypatch, 10**9)
    del small[:]
    by_tiles, again = evaluated(objective, pair, monkeypatch, 1)
    assert len(small) > 12, "many tiles"
    assert by_tiles.total == pytest.approx(whole.total, rel=1e-6)
    assert (again - gradient).norm() < 1e-5 * gradient.norm()
    assert again.is_contiguous()


def test_in_half_precision_tiles_are_as_close_to_the_exact_gradient(pair, small, monkeypatch):
    _, exact = evaluated(asked(pair, "max", "float32"), pair, monkeypatch, 10**9)
    objective = asked(pair, "max", "bfloat16")
    _, whole = evaluated(objective, pair, monkeypatch, 10**9)
    _, by_tiles = evaluated(objective, pair, monkeypatch, 1)
    assert (by_tiles - exact).norm() < 1.02 * (whole - exact).norm()


def test_too_small_a_margin_would_show(pair, small, monkeypatch):
    objective = asked(pair, "max", "float32")
    _, gradient = evaluated(objective, pair, monkeypatch, 10**9)
    monkeypatch.setattr(tiles, "_margin", lambda network: 32)
    _, again = evaluated(objective, pair, monkeypatch, 1)
    assert (again - gradient).norm() > 1e-3 * gradient.norm()


def test_the_margin_is_what_the_deepest_layer_sees():
    """Changing a pixel changes no activation that is farther away."""
    for layer, least in (("relu1_1", 1), ("relu3_1", 15), ("relu5_1", 78)):
        margin = tiles._margin(load_network([layer], precision="float32"))
        assert least <= margin < least + 2 * tiles.STEP


def test_tiles_cover_a_side_once():
    for length in (20, 500, 1000, 2048, 3001):
        cuts = tiles._cuts(length)
        assert cuts[0][0] == 0
        assert cuts[-1][1] == length
        assert all(end == begin for (_, end), (begin, _) in pairwise(cuts))
        assert all(begin % tiles.STEP == 0 for begin, _ in cuts)
