"""Losses against triple loops, the paper's formulas, its derivatives and finite differences."""

import pytest
import torch

from nst_helpers.engine.losses import content_loss, gram_matrix, style_loss, total_variation
from nst_helpers.errors import SettingError


@pytest.fixture
def features() -> torch.Tensor:
    """Rectified random activations: 4 channels at 3 x 5 positions."""
    return torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(1)).relu()


@pytest.fixture
def target() -> torch.Tensor:
    return torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(2)).relu()


def gram_by_loops(features):
    _, channels, height, width = features.shape
    gram = torch.zeros(channels, channels)
    for i in range(channels):
        for j in range(channels):
            for k in range(height * width):
                y, x = divmod(k, width)
                gram[i, j] += features[0, i, y, x] * features[0, j, y, x]
    return gram / (height * width)


def test_gram_matrix_equals_a_triple_loop(features):
    torch.testing.assert_close(gram_matrix(features), gram_by_loops(features))


def test_gram_matrix_is_the_same_in_either_memory_layout(features):
    nhwc = features.to(memory_format=torch.channels_last)
    torch.testing.assert_close(gram_matrix(nhwc), gram_matrix(features))


def test_gram_matrix_accumulates_in_float32():
    ones = torch.ones(1, 2, 64, 64, dtype=torch.bfloat16)
    gram = gram_matrix(ones)
    assert gram.dtype == torch.float32
    torch.testing.assert_close(gram, torch.ones(2, 2))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shape", [(2, 65, 1), (4, 5, 13), (3, 1, 1), (4, 19, 7)])
def test_gram_matrix_by_blocks_counts_each_position_once(dtype, shape):
    """Of whole numbers, whose sums over a few positions half precision holds exactly."""
    generator = torch.Generator().manual_seed(4)
    features = torch.randint(1, 3, (1, *shape), generator=generator).float()
    torch.testing.assert_close(gram_matrix(features.to(dtype)), gram_by_loops(features))


def test_gram_matrix_forgets_where_things_are(features):
    order = torch.randperm(15, generator=torch.Generator().manual_seed(3))
    shuffled = features.flatten(2)[:, :, order].reshape(features.shape)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(features))


def test_gram_matrix_of_twice_the_picture_is_the_same(features):
    torch.testing.assert_close(
        gram_matrix(torch.cat([features, features], dim=3)), gram_matrix(features)
    )


def test_gram_matrix_refuses_batches_and_flat_tensors():
    with pytest.raises(SettingError, match=r"\(2, 4, 3, 5\)"):
        gram_matrix(torch.zeros(2, 4, 3, 5))
    with pytest.raises(SettingError, match=r"\(4, 15\)"):
        gram_matrix(torch.zeros(4, 15))


def test_content_loss_is_the_papers_divided_by_half_the_entries(features, target):
    paper = 0.5 * (features - target).square().sum()  # eq. 1
    torch.testing.assert_close(content_loss(features, target), paper / (0.5 * features.numel()))


def test_style_loss_is_four_times_the_papers(features, target):
    channels, positions = 4, 15
    ours = features[0].flatten(1)
    theirs = target[0].flatten(1)
    difference = ours @ ours.T - theirs @ theirs.T
    paper = difference.square().sum() / (4 * channels**2 * positions**2)  # eq. 4
    torch.testing.assert_close(style_loss(features, gram_matrix(target)), 4 * paper)


def gradient(loss, features):
    leaf = features.clone().requires_grad_()
    return torch.autograd.grad(loss(leaf), leaf)[0]


def test_content_gradient_is_the_papers(features, target):
    """Eq. 2: dL/dF = F - P, where F > 0; through the ReLU it is 0 elsewhere."""
    paper = features - target
    found = gradient(lambda value: content_loss(value, target), features)
    torch.testing.assert_close(found, paper * 2 / features.numel())


def test_style_gradient_is_the_papers(features, target):
    """Eq. 6: dE/dF = Fᵀ(G - A) / (N² M²), transposed to our layout and times four."""
    channels, positions = 4, 15
    ours, theirs = features[0].flatten(1), target[0].flatten(1)
    paper = (ours @ ours.T - theirs @ theirs.T) @ ours / (channels**2 * positions**2)
    found = gradient(lambda value: style_loss(value, gram_matrix(target)), features)
    torch.testing.assert_close(found[0].flatten(1), 4 * paper)


LOSSES = {
    "content": lambda value, target: content_loss(value, target),
    "style": lambda value, target: style_loss(value, gram_matrix(target)),
    "variation": lambda value, target: total_variation(value),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_agree_with_finite_differences(name, features, target):
    loss = lambda value: LOSSES[name](value, target)  # noqa: E731
    found = gradient(loss, features).flatten()
    step = 1e-2
    for index in range(0, features.numel(), 7):
        nudge = torch.zeros_like(features).flatten()
        nudge[index] = step
        nudge = nudge.reshape(features.shape)
        slope = (loss(features + nudge) - loss(features - nudge)) / (2 * step)
        assert found[index].item() == pytest.approx(slope.item(), rel=2e-2, abs=2e-4)


def test_total_variation_counts_both_directions():
    image = torch.zeros(1, 3, 2, 2)
    image[:, :, 0, 0] = 1
    assert total_variation(image).item() == pytest.approx(0.5 + 0.5)
    assert total_variation(torch.full((1, 3, 4, 4), 0.3)).item() == 0
    stripes = torch.tensor([0.0, 1.0, 0.0, 1.0]).expand(1, 3, 2, 4)
    assert total_variation(stripes).item() == total_variation(stripes.mT).item() == 1


def test_losses_refuse_different_shapes(features):
    with pytest.raises(SettingError, match="one shape"):
        content_loss(features, features[:, :2])
    with pytest.raises(SettingError, match="one shape"):
        style_loss(features, torch.zeros(3, 3))


def test_content_loss_counts_each_place_as_often_as_it_is_to_be_kept(features):
    target, keep = torch.zeros_like(features), torch.rand(1, 1, *features.shape[2:])
    squares = [
        keep[0, 0, y, x] * features[0, c, y, x] ** 2
        for c in range(features.shape[1])
        for y in range(features.shape[2])
        for x in range(features.shape[3])
    ]
    torch.testing.assert_close(content_loss(features, target, keep), torch.stack(squares).mean())
    ones = torch.ones_like(keep)
    torch.testing.assert_close(content_loss(features, target, ones), content_loss(features, target))
