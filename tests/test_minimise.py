"""Projected L-BFGS against scipy's L-BFGS-B on problems small enough to know the answer."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from nst_helpers.engine.minimise import OPTIMISERS, Adam, Point, ProjectedLBFGS, _search

SIZE = 30
START = torch.full((SIZE,), 0.3, dtype=torch.float64)


def quadratic(seed: int):
    """A convex quadratic whose free minimum lies outside the box in about half its axes."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
    matrix = root @ root.T / SIZE + 0.1 * torch.eye(SIZE, dtype=torch.float64)
    centre = torch.rand(SIZE, generator=generator, dtype=torch.float64) * 2 - 0.5
    return lambda x: 0.5 * (x - centre) @ matrix @ (x - centre)


def rosenbrock(x):
    """The curved valley, scaled so that its minimum, all ones, is a corner of the box."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def evaluator(function, seen=None):
    def evaluate(position):
        if seen is not None:
            seen.append(position.clone())
        leaf = position.clone().requires_grad_()
        loss = function(leaf)
        (gradient,) = torch.autograd.grad(loss, leaf)
        return Point(position, loss.item(), gradient)

    return evaluate


def walk(method, point, evaluate, steps):
    """The start, and the point after each step."""
    memory = method.begin(point, steps)
    yield point
    for _ in range(steps):
        memory, point = method.step(memory, point, evaluate)
        yield point


def ours(function, steps, seen=None):
    evaluate = evaluator(function, seen)
    points = list(walk(ProjectedLBFGS(), evaluate(START), evaluate, steps))
    return points[-1], [point.loss for point in points]


def scipys(function):
    def value_and_gradient(array):
        point = evaluator(function)(torch.from_numpy(array.copy()))
        return point.loss, point.gradient.numpy()

    start = np.full(SIZE, 0.3)
    options = {"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-10, "maxfun": 10**5}
    return minimize(
        value_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1)] * SIZE,
        options=options,
    )


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_scipys_minimum_of_a_quadratic(seed):
    function = quadratic(seed)
    point, _ = ours(function, 150)
    reference = scipys(function)
    assert point.loss == pytest.approx(reference.fun, rel=1e-6)
    np.testing.assert_allclose(point.position.numpy(), reference.x, atol=1e-3)


def test_it_follows_a_curved_valley():
    point, _ = ours(rosenbrock, 300)
    assert point.loss < 1e-6


def test_the_loss_never_rises_and_no_point_leaves_the_box():
    seen = []
    _, losses = ours(quadratic(7), 60, seen)
    assert all(after <= before for before, after in pairwise(losses))
    assert all(position.min() >= 0 and position.max() <= 1 for position in seen)


def test_a_step_costs_one_evaluation_as_a_rule():
    seen = []
    ours(quadratic(3), 25, seen)
    assert len(seen) <= 25 * 1.3


def test_a_step_that_is_too_long_is_cut_where_a_parabola_has_its_lowest_point():
    """From 0.3 on (x - 0.5)² / 2: a step three times too long, then the minimum itself."""
    seen = []
    evaluate = evaluator(lambda x: ((x - 0.5) ** 2).sum() / 2, seen)
    direction = torch.full((SIZE,), 0.65, dtype=torch.float64)  # 3.25 times too far
    found = _search(evaluate(START), direction, math.inf, evaluate)
    assert len(seen) == 3  # the start, the failure, the minimum
    assert found.position.allclose(torch.full_like(found.position, 0.5))


def test_nonsense_from_the_loss_is_never_accepted():
    """Outside a small ball the loss is not a number: the search must stay inside it."""

    def function(x):
        return torch.where((x - 0.3).norm() < 0.2, ((x - 0.6) ** 2).sum(), torch.nan)

    point, losses = ours(function, 40)
    assert np.isfinite(losses).all()
    assert (point.position - 0.3).norm() < 0.2
    assert losses[-1] < losses[0]


def test_at_the_minimum_it_stays_and_keeps_the_point():
    evaluate = evaluator(lambda x: ((x + 1) ** 2).sum())  # minimum of the box: all zeros
    point = evaluate(torch.zeros(SIZE, dtype=torch.float64))
    *_, last = walk(ProjectedLBFGS(), point, evaluate, 1)
    assert last is point


def test_where_rounding_hides_the_way_down_it_stops_paying():
    """A loss known to two decimals ends every descent: from then on a step is free."""
    seen = []
    function = quadratic(2)
    exact = evaluator(function, seen)

    def evaluate(position):
        point = exact(position)
        return point._replace(loss=round(point.loss, 2))

    method, point = ProjectedLBFGS(), evaluate(START)
    memory = method.begin(point, 40)
    for _ in range(40):
        memory, point = method.step(memory, point, evaluate)
    count = len(seen)
    assert method.step(memory, point, evaluate)[1] is point
    assert len(seen) == count
    method.step(method.forget(memory), point, evaluate)
    assert len(seen) > count


def test_noise_is_tolerated_but_never_adds_up():
    """A loss that wavers by a thousandth: descent goes on, and ends near its lowest value."""
    exact, calls = evaluator(quadratic(5)), []

    def wavering(position):
        calls.append(1)
        point = exact(position)
        loss = point.loss * (1 + 1e-3 * np.sin(len(calls) * 2.4))
        return point._replace(loss=loss, noise=1e-3)

    points = list(walk(ProjectedLBFGS(), wavering(START), wavering, 150))
    losses = [point.loss for point in points]
    assert max(losses[i + 1] / min(losses[: i + 1]) for i in range(150)) < 1.006
    assert exact(points[-1].position).loss < 1.005 * scipys(quadratic(5)).fun


def test_rises_within_the_noise_are_accepted_up_to_five_times_the_noise():
    """A loss that rises by 0.9 of its noise at each evaluation, whatever the position."""
    losses = [1 + 0.9e-3 * count for count in range(1000)]
    upcoming = iter(losses)

    def rising(position):
        return Point(position, next(upcoming), torch.full_like(position, 1e-4), 1e-3)

    found = [point.loss for point in walk(ProjectedLBFGS(), rising(START), rising, 10)]
    assert found == losses[:6] + [losses[5]] * 5


def test_the_smoothed_start_finds_the_same_minimum():
    centre = torch.rand(1, 3, 8, 6, generator=torch.Generator().manual_seed(1))
    evaluate = evaluator(lambda x: (x - centre * 1.5 + 0.25).square().sum())
    start = evaluate(torch.full_like(centre, 0.5))
    *_, point = walk(ProjectedLBFGS(roughness=0.5), start, evaluate, 60)
    torch.testing.assert_close(point.position, (centre * 1.5 - 0.25).clamp(0, 1), atol=1e-3, rtol=0)


def test_only_lbfgs_fourier_moves_broad_areas_before_fine_grain():
    """Towards two waves of one height, on a loss whose curvature differs from pixel to pixel."""
    generator = torch.Generator().manual_seed(2)
    stiffness = 0.01 + torch.rand(1, 3, 32, 32, generator=generator)
    phase = torch.arange(32) / 32 * 2 * math.pi
    broad, fine = (torch.sin(count * phase).expand(1, 3, 32, 32) for count in (1, 8))
    start = torch.full((1, 3, 32, 32), 0.5)
    target = start + 0.2 * broad + 0.2 * fine
    evaluate = evaluator(lambda x: (stiffness * (x - target).square()).sum())

    def ratio_of_what_is_done(name):
        *_, point = walk(OPTIMISERS[name], evaluate(start), evaluate, 3)
        change = point.position - start
        return ((change * broad).sum() / (change * fine).sum()).item()

    assert ratio_of_what_is_done("lbfgs") == pytest.approx(1, abs=0.02)
    assert ratio_of_what_is_done("lbfgs-fourier") > 1.05


def test_smoothing_is_symmetric_and_positive():
    """What an inverse Hessian must be, or the direction might lead uphill."""
    method = ProjectedLBFGS(roughness=0.5)
    one, two = torch.randn(2, 1, 3, 9, 7, generator=torch.Generator().manual_seed(4))
    left, right = (one * method._smooth(two)).sum(), (two * method._smooth(one)).sum()
    torch.testing.assert_close(left, right)
    assert (one * method._smooth(one)).sum() > 0


@pytest.mark.parametrize(
    ("method", "schedule"),
    [
        (Adam(0.03), lambda adam: torch.optim.lr_scheduler.StepLR(adam, 1000)),
        (Adam(0.1, 0.5, 4), lambda adam: torch.optim.lr_scheduler.StepLR(adam, 4, 0.5)),
        (Adam(cosine=True), lambda adam: torch.optim.lr_scheduler.CosineAnnealingLR(adam, 30)),
    ],
)
def test_adam_is_pytorchs_clamped_after_each_step(method, schedule):
    evaluate = evaluator(quadratic(1))
    leaf = START.clone().requires_grad_()
    adam = torch.optim.Adam([leaf], lr=method.rate)
    decay = schedule(adam)
    for point in walk(method, evaluate(START), evaluate, 30):
        torch.testing.assert_close(point.position, leaf.detach(), rtol=1e-9, atol=1e-12)
        leaf.grad = evaluate(leaf.detach()).gradient
        adam.step()
        decay.step()
        leaf.data.clamp_(0, 1)
