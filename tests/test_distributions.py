"""Style statistics against torch's own, hand-made cases and finite differences."""

from functools import partial

import pytest
import torch

from nst_helpers.beyond.distributions import (
    mean_and_covariance,
    mean_and_root,
    mean_and_spread,
    mean_and_spread_loss,
    random_directions,
    sliced_loss,
    sliced_terms,
    sorted_projections,
    wasserstein_loss,
)
from nst_helpers.engine.objective import Objective, style_terms
from nst_helpers.engine.run import Run
from nst_helpers.errors import SettingError

MAKERS = {
    "mean and spread": partial(style_terms, summary=mean_and_spread, loss=mean_and_spread_loss),
    "wasserstein": partial(style_terms, summary=mean_and_root, loss=wasserstein_loss),
    "sliced": sliced_terms,
}


@pytest.fixture
def features() -> torch.Tensor:
    return torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def other() -> torch.Tensor:
    return torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def directions() -> torch.Tensor:
    return random_directions(4, 6, torch.Generator().manual_seed(3))


def shuffled(features):
    order = torch.randperm(15, generator=torch.Generator().manual_seed(4))
    return features.flatten(2)[:, :, order].reshape(features.shape)


def test_mean_and_spread_are_torchs(features):
    spread, mean = torch.std_mean(features, dim=(2, 3), correction=0)
    expected = torch.stack([mean[0], spread[0]])
    torch.testing.assert_close(mean_and_spread(features), expected, atol=1e-5, rtol=1e-4)


def test_a_flat_channel_has_a_finite_gradient():
    flat = torch.ones(1, 2, 3, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(mean_and_spread(flat).sum(), flat)
    assert torch.isfinite(gradient).all()


def test_directions_have_length_one_and_follow_their_seed(directions):
    torch.testing.assert_close(directions.norm(dim=1), torch.ones(6))
    again = random_directions(4, 6, torch.Generator().manual_seed(3))
    assert torch.equal(directions, again)
    with pytest.raises(SettingError, match="0 directions"):
        random_directions(4, 0, torch.Generator())


def test_sliced_loss_along_axes_by_hand():
    features = torch.tensor([[[[3.0, 1.0]], [[0.0, 5.0]]]])  # two channels, two positions
    target = torch.tensor([[1.0, 5.0], [1.0, 5.0]])  # sorted already
    loss = sliced_loss(features, target, torch.eye(2))
    assert loss.item() == pytest.approx(((1 - 1) ** 2 + (3 - 5) ** 2 + (0 - 1) ** 2 + 0) / 4)


def test_on_a_line_it_is_the_distance_of_wasserstein(features, other):
    """Along one direction the best matching of two equal clouds is the sorted one."""
    from scipy.optimize import linear_sum_assignment

    line = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
    cost = (features[0, 1].reshape(-1, 1) - other[0, 1].reshape(1, -1)).square()
    rows, columns = linear_sum_assignment(cost.numpy())
    loss = sliced_loss(features, sorted_projections(other, line), line)
    assert loss.item() == pytest.approx(cost[rows, columns].mean().item(), rel=1e-5)


def test_wasserstein_by_scipys_matrix_root(features, other):
    from scipy.linalg import sqrtm

    (m, s), (n, t) = mean_and_covariance(features), mean_and_covariance(other)
    torch.testing.assert_close(s, features[0].flatten(1).cov(correction=0) + 1e-4 * torch.eye(4))
    root = sqrtm(t.double().numpy())
    cross = sqrtm(root @ s.double().numpy() @ root)
    expected = (m - n).square().sum() + s.trace() + t.trace() - 2 * cross.trace().real
    loss = wasserstein_loss(features, mean_and_root(other))
    assert loss.item() == pytest.approx(expected.item() / 4, rel=1e-5)


def test_wasserstein_of_a_shifted_cloud_is_the_shift(features):
    loss = wasserstein_loss(features + 3, mean_and_root(features))
    assert loss.item() == pytest.approx(9, rel=1e-5)


def test_fewer_positions_than_channels_leave_wasserstein_a_finite_gradient():
    few = torch.rand(1, 8, 1, 3, requires_grad=True)
    target = mean_and_root(torch.rand(1, 8, 1, 3))
    (gradient,) = torch.autograd.grad(wasserstein_loss(few, target), few)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() < 100


def test_statistics_forget_where_things_are(features, directions):
    torch.testing.assert_close(mean_and_spread(shuffled(features)), mean_and_spread(features))
    torch.testing.assert_close(
        mean_and_root(shuffled(features)), mean_and_root(features), atol=1e-5, rtol=1e-4
    )
    torch.testing.assert_close(
        sorted_projections(shuffled(features), directions), sorted_projections(features, directions)
    )


def test_slices_know_what_mean_and_spread_do_not(directions):
    """Two clouds with the same means and spreads: one in two clumps, one spread evenly."""
    clumps = torch.tensor([-1.0, -1, -1, 1, 1, 1])
    even = torch.linspace(-1, 1, 6)
    even = even / even.std(correction=0)
    one, two = (values.reshape(1, 1, 2, 3).repeat(1, 4, 1, 1) for values in (clumps, even))
    assert mean_and_spread_loss(one, mean_and_spread(two)).item() < 1e-10
    assert sliced_loss(one, sorted_projections(two, directions), directions).item() > 0.01


def test_a_larger_target_is_read_off_between_its_values(features, directions):
    twice = torch.cat([features, features], dim=3)
    target = sorted_projections(twice, directions)
    assert sliced_loss(features, target, directions).item() < 1e-10


def losses(features, other, directions):
    return {
        "mean and spread": lambda value: mean_and_spread_loss(value, mean_and_spread(other)),
        "wasserstein": lambda value: wasserstein_loss(value, mean_and_root(other)),
        "sliced": lambda value: sliced_loss(
            value, sorted_projections(other, directions), directions
        ),
    }


@pytest.mark.parametrize("name", MAKERS)
def test_gradients_agree_with_finite_differences(name, features, other, directions):
    loss = losses(features, other, directions)[name]
    leaf = features.clone().requires_grad_()
    (found,) = torch.autograd.grad(loss(leaf), leaf)
    step = 1e-3
    for index in range(0, features.numel(), 7):
        nudge = torch.zeros(features.numel())
        nudge[index] = step
        nudge = nudge.reshape(features.shape)
        slope = (loss(features + nudge) - loss(features - nudge)) / (2 * step)
        assert found.flatten()[index].item() == pytest.approx(slope.item(), rel=3e-2, abs=1e-3)


@pytest.mark.parametrize("name", MAKERS)
def test_the_painting_itself_has_no_loss_and_others_have(name, network, photo, painting):
    objective = Objective(network, MAKERS[name](network, painting), beta=1.0)
    none, _ = objective.evaluate(painting, objective.weights())
    some, _ = objective.evaluate(photo, objective.weights())
    assert none.total < 1e-8
    assert some.total > 0.01
    assert set(some.shares) == {f"style {layer}" for layer in network.layers if "4_2" not in layer}


@pytest.mark.parametrize("name", MAKERS)
def test_the_loss_falls_in_five_steps(name, network, photo, painting):
    objective = Objective(network, MAKERS[name](network, painting, ["relu1_1", "relu2_1"]))
    totals = [snapshot.losses.total for snapshot in Run(objective, photo, 5)]
    assert totals[-1] < totals[0] / 2


def test_slices_follow_their_seed_and_work_in_half_precision(network, painting):
    terms = [sliced_terms(network, painting, ["relu1_1"], seed=seed)[0] for seed in (0, 0, 1)]
    assert torch.equal(terms[0].target, terms[1].target)
    assert not torch.equal(terms[0].target, terms[2].target)
    half = network(painting)["relu1_1"].bfloat16()
    assert terms[0].loss(half, terms[0].target).dtype == torch.float32
