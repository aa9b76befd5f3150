"""The loop: what it minimises falls, what it yields is true, what it holds is freed."""

import gc
import sys
import weakref

import pytest
import torch

from nst_helpers.engine.minimise import OPTIMISERS
from nst_helpers.engine.objective import Objective, Term, content_terms, style_terms
from nst_helpers.engine.run import ROUNDING_NOISE
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
    totals = [s.losses.total for s in optimize(objective, noise, 8, optimiser)]
    assert len(totals) == 9
    assert totals[-1] < 0.7 * totals[0]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_pixels_stay_in_range_and_the_losses_are_those_of_the_picture(objective, noise, optimiser):
    for snapshot in optimize(objective, noise, 5, optimiser):
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
    last = list(optimize(objective, noise, 10, optimiser))[-1]
    assert last.evaluations == len(calls)
    assert len(calls) <= 13  # the start, ten steps, and the odd shortened one


def test_losses_add_up_and_carry_their_weights(objective, noise):
    objective.alpha, objective.beta = 3.0, 500.0
    losses = next(optimize(objective, noise, 0)).losses
    assert losses.total == pytest.approx(losses.content + losses.style, rel=1e-6)
    assert losses.total == pytest.approx(sum(losses.shares.values()), rel=1e-6)
    plain, _ = objective.evaluate(noise, (1.0,) * 6)
    assert losses.content == pytest.approx(3 * plain.content, rel=1e-5)
    assert losses.style == pytest.approx(500 / 5 * plain.style, rel=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_same_run_twice_is_the_same_bit_for_bit(objective, noise, optimiser):
    first, second = (list(optimize(objective, noise, 5, optimiser))[-1] for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert first.losses == second.losses


def test_a_weight_changed_mid_run_acts_on_the_next_step(objective, noise):
    run = optimize(objective, noise, 10)
    before = [next(run) for _ in range(4)][-1]
    objective.beta = 10 * objective.beta
    after = next(run)
    plain, _ = objective.evaluate(after.image, (1.0,) * 6)
    assert after.losses.style == pytest.approx(10_000 / 5 * plain.style, rel=1e-5)
    assert after.losses.style > before.losses.style  # the same picture, nearly, at ten times
    assert next(run).losses.total < after.losses.total


def test_a_layers_weight_changed_mid_run_acts_too(objective, noise):
    run = optimize(objective, noise, 10)
    next(run)
    objective.terms[3].weight = 0.0
    assert next(run).losses.shares[objective.terms[3].name] == 0


def test_changed_weights_drop_the_curvature(objective, noise, monkeypatch):
    from nst_helpers.engine.minimise import ProjectedLBFGS

    forgotten = []
    monkeypatch.setattr(ProjectedLBFGS, "forget", lambda self: forgotten.append(1))
    run = optimize(objective, noise, 10)
    next(run), next(run), next(run)
    count = len(forgotten)
    objective.alpha = 2.0
    next(run)
    assert len(forgotten) == count + 1


def test_the_start_image_is_left_alone(objective, noise):
    kept = noise.clone()
    for optimiser in OPTIMISERS:
        list(optimize(objective, noise, 2, optimiser))
    assert torch.equal(noise, kept)
    assert not noise.requires_grad


def test_snapshots_are_never_written_to_again(objective, noise):
    for optimiser in OPTIMISERS:
        run = optimize(objective, noise, 4, optimiser)
        second = [next(run), next(run)][-1]
        kept = second.image.clone()
        list(run)
        assert torch.equal(second.image, kept)


def test_closing_early_frees_the_tensors(objective, noise):
    run = optimize(objective, noise, 50)
    snapshots = [next(run) for _ in range(4)]
    watched = [weakref.ref(snapshot.image) for snapshot in snapshots]
    del snapshots
    assert any(reference() is not None for reference in watched)
    run.close()
    gc.collect()
    assert all(reference() is None for reference in watched)


def test_seconds_leave_out_what_the_consumer_does(objective, noise):
    import time

    seconds = []
    for snapshot in optimize(objective, noise, 2):
        seconds.append(snapshot.seconds)
        time.sleep(0.5)
    assert seconds == sorted(seconds)
    started = time.perf_counter()
    list(optimize(objective, noise, 2))
    assert seconds[-1] < time.perf_counter() - started + 0.5


def test_a_term_of_ones_own_needs_no_layer(network, photo):
    red = Term("red", None, None, lambda image, _: (image[:, 0] - 1).square().mean(), 2.0)
    last = list(optimize(Objective(network, [red]), photo, 30))[-1]
    assert last.image[:, 0].mean() > 0.95
    assert last.losses.total == pytest.approx(last.losses.shares["red"])


def test_bad_settings_are_one_sentence(objective, noise):
    with pytest.raises(SettingError, match="choose lbfgs, lbfgs-fourier, adam"):
        optimize(objective, noise, 5, "sgd")
    with pytest.raises(SettingError, match="cannot be -1"):
        optimize(objective, noise, -1)
    objective.beta = float("nan")
    with pytest.raises(SettingError, match="β is nan"):
        optimize(objective, noise, 5)
    objective.beta = -1.0
    with pytest.raises(SettingError, match="from 0 up"):
        optimize(objective, noise, 5)


def test_divergence_carries_the_last_good_image(network, photo):
    calls = []

    def poisoned(image, _):
        calls.append(1)
        return image.mean() * (float("nan") if len(calls) > 3 else 1.0)

    run = optimize(Objective(network, [Term("trap", None, None, poisoned)]), photo, 10, "adam")
    with pytest.raises(DivergenceError, match="step 3") as caught:
        list(run)
    assert caught.value.image.isfinite().all()
    assert caught.value.step == 3


@pytest.mark.parametrize(("coarse", "expected"), [(False, 0.0), (True, ROUNDING_NOISE)])
def test_the_minimiser_is_told_of_a_cards_coarse_products(
    objective, photo, monkeypatch, coarse, expected
):
    told, usual = [], OPTIMISERS["lbfgs"]
    monkeypatch.setattr(sys.modules[optimize.__module__], "has_tf32", lambda device: coarse)
    monkeypatch.setitem(OPTIMISERS, "lbfgs", lambda *given: told.append(given[-1]) or usual(*given))
    list(optimize(objective, photo, 1))
    assert told == [expected]
