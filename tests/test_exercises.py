"""The exercises of all lessons: stubs wait, solutions pass, nonsense fails without an error."""

import importlib
from collections import Counter

import pytest
from exercises import NONSENSE, NOTEBOOKS, exercises

from nst_helpers.checks import check
from nst_helpers.checks.verdict import NOT_YET, Verdict

LESSONS = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem[:2] != "00"]
EXERCISES = {name: found for lesson in LESSONS for name, found in exercises(lesson).items()}


def test_every_check_has_its_exercise():
    assert set(EXERCISES) == set(vars(check))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_at_least_four(lesson):
    assert len(exercises(lesson)) >= 4


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_check_is_tried_with_two_classic_mistakes(lesson):
    mistakes = importlib.import_module(f"test_lesson{lesson[:2]}").MISTAKES
    tried = Counter(name for name, *_ in mistakes)
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
