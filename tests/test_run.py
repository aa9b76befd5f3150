"""The loop: what it minimises falls, what it yields is true, what it holds is freed."""

import gc
import math
import weakref

import pytest
import torch

from nst_helpers.engine.minimise import OPTIMISERS
from nst_helpers.engine.objective import ROUNDING_NOISE, Objective, Term, content_terms, style_terms
from nst_helpers.engine.run import Run
from nst_helpers.errors import DivergenceError, SettingError
from nst_helpers.pictures.images import starting_image

WHAT = {"content": (1, 0), "style": (0, 1000), "both": (1, 1000)}


@pytest.fixture
def objective(network, photo, painting):
    return Objective(network, content_terms(network, photo) + style_terms(network, painting))


@pytest.fixture
def noise(photo, painting):
    return starting_image("noise", photo, painting, seed=1)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("what", WHAT)
def test_the_loss_falls(objective, noise, what, optimiser):
    objective.alpha, objective.beta = WHAT[what]
    totals = [s.losses.total for s in Run(objective, noise, 8, optimiser)]
    assert len(totals) == 9
    assert totals[-1] < 0.7 * totals[0]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_pixels_stay_in_range_and_the_losses_are_those_of_the_picture(objective, noise, optimiser):
    for snapshot in Run(objective, noise, 5, optimiser):
        assert 0 <= snapshot.image.min() <= snapshot.image.max() <= 1
        again, _ = objective.evaluate(snapshot.image, objective.weights())
        assert again.total == pytest.approx(snapshot.losses.total, rel=1e-6)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_one_forward_an_evaluation(objective, noise, optimiser, monkeypatch):
    calls = []
    forward = type(objective.network).forward
    monkeypatch.setattr(
        type(objective.network), "forward", lambda self, x: calls.append(1) or forward(self, x)
    )
    last = list(Run(objective, noise, 10, optimiser))[-1]
    assert last.evaluations == len(calls)
    assert len(calls) <= 13  # the start, ten steps, and the odd shortened one


def test_losses_add_up_and_carry_their_weights(objective, noise):
    objective.alpha, objective.beta = 3.0, 500.0
    losses = next(Run(objective, noise, 0)).losses
    assert losses.total == pytest.approx(losses.content + losses.style, rel=1e-6)
    assert losses.total == pytest.approx(sum(losses.shares.values()), rel=1e-6)
    plain, _ = objective.evaluate(noise, (1.0,) * 6)
    assert losses.content == pytest.approx(3 * plain.content, rel=1e-5)
    assert losses.style == pytest.approx(500 / 5 * plain.style, rel=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_same_run_twice_is_the_same_bit_for_bit(objective, noise, optimiser):
    first, second = (list(Run(objective, noise, 5, optimiser))[-1] for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert first.losses == second.losses


def test_a_weight_changed_mid_run_acts_on_the_next_step(objective, noise):
    run = Run(objective, noise, 10)
    before = [next(run) for _ in range(4)][-1]
    objective.beta = 10 * objective.beta
    after = next(run)
    plain, _ = objective.evaluate(after.image, (1.0,) * 6)
    assert after.losses.style == pytest.approx(10_000 / 5 * plain.style, rel=1e-5)
    assert after.losses.style > before.losses.style  # the same picture, nearly, at ten times
    assert next(run).losses.total < after.losses.total


def test_a_layers_weight_changed_mid_run_acts_too(objective, noise):
    run = Run(objective, noise, 10)
    next(run)
    objective.terms[3].weight = 0.0
    assert next(run).losses.shares[objective.terms[3].name] == 0


def test_changed_weights_drop_the_curvature(objective, noise):
    run = Run(objective, noise, 10)
    for _ in range(4):
        next(run)
    assert len(run.state.memory["pairs"]) == 3
    objective.alpha = 2.0
    next(run)
    assert len(run.state.memory["pairs"]) == 1


def test_the_start_image_is_left_alone(objective, noise):
    kept = noise.clone()
    for optimiser in OPTIMISERS:
        list(Run(objective, noise, 2, optimiser))
    assert torch.equal(noise, kept)
    assert not noise.requires_grad


def test_snapshots_are_never_written_to_again(objective, noise):
    for optimiser in OPTIMISERS:
        run = Run(objective, noise, 4, optimiser)
        second = [next(run), next(run)][-1]
        kept = second.image.clone()
        list(run)
        assert torch.equal(second.image, kept)


def test_a_step_changes_nothing_that_it_was_given(objective, noise):
    """So a step cut short has not happened, and any state can be gone on from."""
    for optimiser in OPTIMISERS:
        run = Run(objective, noise, 6, optimiser)
        next(run), next(run), next(run)
        before = run.state
        kept = repr(before.memory), before.point.position.clone(), before.point.gradient.clone()
        third = next(run)
        assert repr(before.memory) == kept[0]
        assert torch.equal(before.point.position, kept[1])
        assert torch.equal(before.point.gradient, kept[2])
        run.state = before
        again = next(run)
        assert torch.equal(again.image, third.image)
        assert [record["step"] for record in run.history] == [0, 1, 2, 3]


def test_a_run_that_is_given_up_frees_its_tensors(objective, noise):
    run = Run(objective, noise, 50)
    watched = [weakref.ref(next(run).position) for _ in range(4)]
    assert watched[-1]() is not None
    del run
    gc.collect()
    assert all(reference() is None for reference in watched)


def test_resting_frees_the_memory_and_the_run_goes_on(objective, noise):
    run = Run(objective, noise, 50)
    next(run), next(run)
    run.rest()
    assert run.state.memory is None
    assert run.state.point.gradient is None
    before, after = run.history[-1]["total"], next(run)
    assert after.step == 2
    assert after.losses.total < before


def test_a_run_can_be_aimed_anew(objective, noise, network, photo, painting):
    """Another objective and another shape of picture: steps and history count on."""
    run = Run(objective, noise, 50)
    next(run), next(run)
    run.aim(Objective(network, style_terms(network, photo)), photo[..., :32], steps=3)
    third = next(run)
    assert third.step == 2
    assert third.image.shape == (1, 3, *photo[..., :32].shape[2:])
    assert third.losses.content == 0
    assert third.steps == 4
    assert [record["step"] for record in run.finish().history] == [0, 1, 2, 3, 4]


def test_seconds_leave_out_what_the_consumer_does(objective, noise, clock):
    """An evaluation takes 1 s, and the consumer 100."""
    for snapshot in Run(objective, noise, 4):
        assert snapshot.seconds == snapshot.evaluations
        clock.now += 100


@pytest.mark.parametrize("terms", [content_terms, style_terms])
def test_layers_named_share_the_weight_1_and_others_weigh_what_is_given(network, photo, terms):
    layers = network.layers[:4]
    assert [term.weight for term in terms(network, photo, layers)] == [0.25] * 4
    given = dict(zip(layers, (0.5, 3.0, 0.0, 1.0), strict=True))
    assert {term.layer: term.weight for term in terms(network, photo, given)} == given


def test_a_term_of_ones_own_needs_no_layer(network, photo):
    red = Term("red", None, None, lambda image, _: (image[:, 0] - 1).square().mean(), 2.0)
    last = list(Run(Objective(network, [red]), photo, 30))[-1]
    assert last.image[:, 0].mean() > 0.95
    assert last.losses.total == pytest.approx(last.losses.shares["red"])


def test_bad_settings_are_one_sentence(objective, noise):
    with pytest.raises(SettingError, match="choose lbfgs, lbfgs-fourier, adam"):
        Run(objective, noise, 5, "sgd")
    with pytest.raises(SettingError, match="cannot be -1"):
        Run(objective, noise, -1)
    objective.beta = float("nan")
    with pytest.raises(SettingError, match="β is nan"):
        Run(objective, noise, 5)
    objective.beta = -1.0
    with pytest.raises(SettingError, match="from 0 up"):
        Run(objective, noise, 5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_divergence_carries_the_last_good_image(network, optimiser, poison):
    """A loss that turns bad for good, at a weight moved during the run or by itself."""
    bad = []
    term = Term("mine", None, None, lambda image, _: image.mean() * (poison if bad else 1.0))
    run = Run(Objective(network, [term]), torch.full((1, 3, 32, 32), 0.5), 10, optimiser)
    good = [next(run) for _ in range(3)][-1]
    bad.append(True)
    term.weight = 2.0
    with pytest.raises(DivergenceError, match="step 3") as caught:
        list(run)
    assert caught.value.step == 3
    assert torch.equal(caught.value.image, good.image)
    assert torch.equal(run.image, good.image)
    assert len(run.history) == 3


def test_a_loss_that_turns_bad_by_itself_ends_the_run_too(network, photo):
    calls = []

    def poisoned(image, _):
        calls.append(1)
        return image.mean() * (math.nan if len(calls) > 3 else 1.0)

    run = Run(Objective(network, [Term("trap", None, None, poisoned)]), photo, 10, "adam")
    with pytest.raises(DivergenceError, match="step 3") as caught:
        list(run)
    assert caught.value.image.isfinite().all()


def test_a_step_to_where_the_loss_is_bad_carries_the_picture_before_it(network):
    def trap(image, _):
        return image.mean() * (math.nan if image.mean() < 0.4 else 1.0)

    start = torch.full((1, 3, 32, 32), 0.5)
    run, taken = Run(Objective(network, [Term("trap", None, None, trap)]), start, 10, "adam"), []
    with pytest.raises(DivergenceError) as caught:
        taken.extend(run)
    assert taken[-1].image.mean() < start.mean()
    assert torch.equal(caught.value.image, taken[-1].image)


def test_a_loss_that_is_bad_from_the_start_carries_the_start_image(network, photo):
    term = Term("mine", None, None, lambda image, _: image.mean() * math.nan)
    with pytest.raises(DivergenceError, match="step 0") as caught:
        next(Run(Objective(network, [term]), photo, 10))
    assert torch.equal(caught.value.image, photo)


@pytest.mark.parametrize(("coarse", "expected"), [(False, 0.0), (True, ROUNDING_NOISE)])
def test_the_minimiser_is_told_of_a_cards_coarse_products(
    objective, photo, monkeypatch, coarse, expected
):
    monkeypatch.setattr("nst_helpers.engine.objective.has_tf32", lambda device: coarse)
    run = Run(objective, photo, 1)
    next(run)
    assert run.state.point.noise == expected
