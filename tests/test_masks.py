"""Masked Grams against loops over positions; a mask of ones against no mask."""

import pytest
import torch

from nst_helpers.beyond.masks import mask_at, masked_gram, masked_style_loss, masked_style_terms
from nst_helpers.engine.layers import STYLE_LAYERS
from nst_helpers.engine.losses import gram_matrix
from nst_helpers.engine.objective import Objective, style_terms
from nst_helpers.errors import SettingError


@pytest.fixture
def features() -> torch.Tensor:
    return torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(1)).relu()


@pytest.fixture
def mask() -> torch.Tensor:
    return torch.rand(1, 1, 3, 5, generator=torch.Generator().manual_seed(2))


def gram_by_loop(features, mask):
    weights, columns = mask.flatten(), features[0].flatten(1).T
    total = sum(m * torch.outer(f, f) for m, f in zip(weights, columns, strict=True))
    return total / weights.sum()


def test_masked_gram_is_a_weighted_mean_over_positions(features, mask):
    torch.testing.assert_close(masked_gram(features, mask), gram_by_loop(features, mask))


def test_a_hard_mask_is_the_gram_of_what_it_leaves(features):
    left = torch.zeros(1, 1, 3, 5)
    left[..., :2] = 1
    torch.testing.assert_close(masked_gram(features, left), gram_matrix(features[..., :2]))


@pytest.mark.parametrize("value", [1.0, 0.3])
def test_an_even_mask_is_no_mask(features, value):
    even = torch.full((1, 1, 6, 10), value)
    torch.testing.assert_close(masked_gram(features, even), gram_matrix(features))


def test_a_mask_is_averaged_down_to_the_layer():
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2, :3] = 1
    small = mask_at(mask, torch.zeros(1, 8, 2, 2))
    torch.testing.assert_close(small, torch.tensor([[[[1, 0.5], [0, 0]]]]))


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.ones(4, 4), r"\(4, 4\)"),
        (torch.ones(1, 3, 4, 4), r"\(1, 3, 4, 4\)"),
        (torch.zeros(1, 1, 4, 4), "0 everywhere: set the region to 1"),
        (torch.full((1, 1, 4, 4), 2.0), "from 0 to 1"),
        (torch.full((1, 1, 4, 4), -1.0), "from 0 to 1"),
        (torch.full((1, 1, 4, 4), float("nan")), "from 0 to 1"),
    ],
)
def test_a_mask_that_is_none_is_refused(features, mask, words):
    with pytest.raises(SettingError, match=words):
        masked_gram(features, mask)


def test_the_gradient_is_that_of_autograd_through_the_weighted_mean(features, mask):
    target = gram_matrix(features.flip(3))

    def gradient(loss):
        leaf = features.clone().requires_grad_()
        return torch.autograd.grad(loss(leaf), leaf)[0]

    found = gradient(lambda leaf: masked_style_loss(leaf, target, mask))
    direct = gradient(lambda leaf: (gram_by_loop(leaf, mask) - target).square().mean())
    torch.testing.assert_close(found, direct)


def test_terms_under_a_mask_of_ones_are_style_terms(network, photo, painting):
    ones = torch.ones(1, 1, 8, 8)
    masked = masked_style_terms(network, painting, ones, style_mask=ones)
    losses = [
        Objective(network, terms, beta=1.0).evaluate(photo, [1.0] * 5)
        for terms in (masked, style_terms(network, painting))
    ]
    (ours, gradient), (plain, expected) = losses
    assert ours.total == pytest.approx(plain.total, rel=1e-4)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-6)
    assert [term.weight for term in masked] == [0.2] * 5


def test_the_shallowest_term_moves_no_pixel_away_from_its_region(network, photo, painting):
    left = torch.zeros(1, 1, *photo.shape[2:])
    left[..., :20] = 1
    term = masked_style_terms(network, painting, left, ["relu1_1"])[0]
    _, gradient = Objective(network, [term], beta=1.0).evaluate(photo, [1.0])
    assert gradient[..., :21].abs().max() > 0
    assert gradient[..., 21:].abs().max() == 0  # a 3x3 unit sees one pixel beyond


def test_a_part_of_the_painting_may_be_the_style(network, painting):
    upper = torch.zeros(1, 1, *painting.shape[2:])
    upper[..., :32, :] = 1
    ones = torch.ones_like(upper)
    (term,) = masked_style_terms(network, painting, ones, ["relu1_1"], style_mask=upper)
    features = network(painting)["relu1_1"]
    torch.testing.assert_close(term.target, gram_matrix(features[:, :, :32]))


def test_labels_keep_the_shares_of_two_styles_apart(network, photo, painting):
    ones = torch.ones(1, 1, 4, 4)
    terms = style_terms(network, painting, label="night")
    terms += masked_style_terms(network, photo, ones, label="day")
    losses, _ = Objective(network, terms).evaluate(photo, [1.0] * len(terms))
    assert len(losses.shares) == 2 * len(STYLE_LAYERS)
    assert "style relu1_1 (night)" in losses.shares
    assert sum(losses.shares.values()) == pytest.approx(losses.total)
