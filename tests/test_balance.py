"""The course's own recipe: every layer's loss in a unit that the two pictures set."""

import pytest
import torch

from nst_helpers.engine.layers import STYLE_LAYERS
from nst_helpers.engine.losses import content_loss, gram_matrix, style_loss
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image, rescale
from nst_helpers.transfer import stylize

EXACT = {"steps": 1, "precision": "float32"}
NETWORKS = [
    {},
    {"normalised": True, "pooling": "average"},
    {"parameters": "random"},
]


@pytest.mark.parametrize("network", NETWORKS, ids=["as it is", "normalised", "random"])
def test_the_photo_has_a_style_loss_of_1_and_nothing_a_content_loss_of_1(photo, painting, network):
    settings = {"alpha": 3, "beta": 7, "style_layers": STYLE_LAYERS}
    objective = stylize(photo, painting, **settings, **network, **EXACT).objective
    losses, _ = objective.evaluate(photo, objective.weights())
    assert losses.content == 0
    for layer in STYLE_LAYERS:
        assert losses.shares[f"style {layer}"] == pytest.approx(7 / 5, rel=1e-4)
    contents = [term for term in objective.terms if term.group == "content"]
    nothing = [term.of(torch.zeros_like(term.target)).item() for term in contents]
    shares = [term.weight * loss for term, loss in zip(contents, nothing, strict=True)]
    assert shares == pytest.approx([0.7, 0.3], rel=1e-4)


def test_units_are_measured_at_one_size_so_beta_means_the_same_at_all():
    files = samples("content")["pavilion"], samples("style")["starry_night"]
    large = [load_image(file, 400) for file in files]
    small = [rescale(picture, 256 / 400).clamp(0, 1) for picture in large]
    weights = [stylize(*pair, **EXACT, scales=1).objective.weights() for pair in (large, small)]
    assert weights[0] == pytest.approx(weights[1], rel=1e-5)


def test_a_photo_that_is_the_painting_has_finite_weights(photo):
    """Its unit is a hundredth of the mean square of its own Gram matrix."""
    run = stylize(photo, photo, **EXACT, style_layers=STYLE_LAYERS).finish()
    for term in (term for term in run.objective.terms if term.group == "style"):
        assert term.weight * term.target.square().mean() == pytest.approx(0.2 * 100, rel=1e-4)


def test_a_mesh_of_single_pixels_costs_what_its_squares_say(photo, painting):
    """Differences of 0.1 in both directions: 0.01 each, times 5."""
    objective = stylize(photo, painting, **EXACT).objective
    rows, columns = torch.meshgrid(*map(torch.arange, photo.shape[2:]), indexing="ij")
    mesh = (0.5 + 0.1 * ((rows + columns) % 2)).expand(1, 3, *photo.shape[2:])
    losses, _ = objective.evaluate(mesh.contiguous(), objective.weights())
    assert losses.shares["variation"] == pytest.approx(5 * 2 * 0.01, rel=1e-4)


def test_a_picture_as_narrow_as_the_network_takes_has_units(painting):
    long = torch.rand(1, 3, 16, 400)
    run = stylize(long, painting, **EXACT).finish()
    assert run.image.shape == long.shape


@pytest.fixture
def noise(photo):
    return torch.rand(photo.shape, generator=torch.Generator().manual_seed(4))


def test_the_textbook_is_the_sum_that_lesson_04_writes_by_hand(photo, painting, network, noise):
    objective = stylize(photo, painting, recipe="textbook", **EXACT).objective
    with torch.no_grad():
        seen, here, there = network(noise), network(photo), network(painting)
    styles = [style_loss(seen[layer], gram_matrix(there[layer])) for layer in STYLE_LAYERS]
    total = content_loss(seen["relu4_2"], here["relu4_2"]) + 1000 * sum(styles) / 5
    losses, _ = objective.evaluate(noise, objective.weights())
    assert losses.total == pytest.approx(total.item(), rel=1e-5)
