"""Lesson 02: every solution passes its check, and classic mistakes are named."""

import pytest
import torch
from exercises import NONSENSE, exercises

from nst_helpers.checks import check, lesson02
from nst_helpers.checks.verdict import NOT_YET, Verdict

EXERCISES = exercises("02_content_reconstruction")


def test_every_check_has_its_exercise():
    assert set(EXERCISES) == set(lesson02.CHECKS)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_yet(name):
    assert EXERCISES[name].verdict(EXERCISES[name].stub).status == NOT_YET


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_passes(name):
    verdict = EXERCISES[name].verdict(EXERCISES[name].solution)
    assert verdict, verdict


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_fails_without_an_error(name, kind):
    verdict = getattr(check, name)(NONSENSE[kind])
    assert isinstance(verdict, Verdict)
    assert verdict.status == "failed"
    assert repr(verdict)


def walk(loss, image, steps, rate, sign=-1, inside=True):
    """`descend` with a fault at choice."""
    for _ in range(steps):
        leaf = image.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf), leaf)
        image = leaf.detach() + sign * rate * gradient
        image = image.clamp(0, 1) if inside else image
    return image


def never_zeroed(loss, image, steps, rate):
    leaf = image.clone().requires_grad_()
    for _ in range(steps):
        loss(leaf).backward()
        with torch.no_grad():
            leaf.sub_(rate * leaf.grad).clamp_(0, 1)
    return leaf.detach()


def overwritten(loss, image, steps, rate):
    return image.copy_(walk(loss, image, steps, rate))


def mask_of(condition):
    return lambda f, p: (f - p) * condition(f, p)


MISTAKES = [
    ("relative_error", lambda v, t: (v - t).norm(), "distance itself"),
    ("relative_error", lambda v, t: (v - t).norm() / v.norm(), "yardstick"),
    ("relative_error", lambda v, t: (v - t).square().sum() / t.square().sum(), "square root"),
    ("relative_error", lambda v, t: (v - t).abs().sum() / t.abs().sum(), "absolute values"),
    ("relative_error", lambda v, t: (v - t).norm() / t.numel(), "not its size"),
    ("paper_content_loss", lambda f, p: (f - p).square().mean(), "our mean"),
    ("paper_content_loss", lambda f, p: (f - p).square().mean() / 2, "half the mean"),
    ("paper_content_loss", lambda f, p: (f - p).square().sum(), "half is missing"),
    ("paper_content_loss", lambda f, p: (f - p).norm(), "no root"),
    ("paper_content_loss", lambda f, p: (f - p).sum().square() / 2, "then sum"),
    ("paper_content_loss", lambda f, p: (f - p).square() / 2, "a loss is one number"),
    ("paper_content_gradient", lambda f, p: f - p, "mask is missing"),
    ("paper_content_gradient", mask_of(lambda f, p: p > 0), "not where P is"),
    ("paper_content_gradient", mask_of(lambda f, p: f > p), "not where F - P is"),
    ("paper_content_gradient", lambda f, p: (p - f) * (f > 0), "sign"),
    ("paper_content_gradient", lambda f, p: 2 * (f - p) * (f > 0), "cancels"),
    ("paper_content_gradient", lambda f, p: 2 * (f - p) * (f > 0) / f.numel(), "our mean"),
    ("descend", lambda *a: walk(*a, sign=1), "uphill"),
    ("descend", never_zeroed, "add up"),
    ("descend", lambda *a: walk(*a, inside=False), "clamp each step"),
    ("descend", lambda *a: walk(*a, inside=False).clamp(0, 1), "clamp each step"),
    ("descend", lambda loss, x, n, rate: walk(loss, x, n + 1, rate), "too many"),
    ("descend", lambda loss, x, n, rate: walk(loss, x, n - 1, rate), "step is missing"),
    ("descend", overwritten, "work on a clone()"),
]


@pytest.mark.parametrize(("name", "wrong", "words"), MISTAKES)
def test_a_classic_mistake_is_named(name, wrong, words):
    verdict = getattr(check, name)(wrong)
    assert verdict.status == "failed"
    assert words in verdict.message
