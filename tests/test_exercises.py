"""The exercises of all lessons: stubs wait, solutions pass, mistakes are named."""

import importlib
from collections import Counter

import pytest
import torch
from exercises import NONSENSE, NOTEBOOKS, exercises

from nst_helpers.checks import check
from nst_helpers.checks.exercise import NOT_YET, Verdict

LESSONS = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem[:2] != "00"]
MISTAKES = {
    lesson: importlib.import_module(f"mistakes.lesson{lesson[:2]}").MISTAKES for lesson in LESSONS
}
EXERCISES = {name: found for lesson in LESSONS for name, found in exercises(lesson).items()}


def test_every_check_has_its_exercise():
    assert set(EXERCISES) == set(vars(check))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_at_least_four(lesson):
    assert len(exercises(lesson)) >= 4


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_check_is_tried_with_two_classic_mistakes(lesson):
    tried = Counter(name for name, *_ in MISTAKES[lesson])
    assert all(tried[name] >= 2 for name in exercises(lesson)), tried


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


@pytest.mark.parametrize(
    ("name", "wrong", "words"), [case for cases in MISTAKES.values() for case in cases]
)
def test_a_classic_mistake_is_named(name, wrong, words):
    verdict = getattr(check, name)(wrong)
    assert verdict.status == "failed"
    assert words in verdict.message


def test_the_style_gradient_is_that_of_the_style_loss():
    """Two solutions of lesson 03 belong together: autograd says so."""
    loss, gradient = (
        EXERCISES[name].build(EXERCISES[name].solution)
        for name in ("paper_style_loss", "paper_style_gradient")
    )
    before = torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    target = torch.rand(1, 4, 3, 5, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(loss(before.relu(), target), before)
    torch.testing.assert_close(gradient(before.detach().relu(), target), expected)
