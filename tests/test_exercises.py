"""The exercises of all lessons: stubs wait, solutions pass, mistakes are named."""

import re

import numpy as np
import pytest
import torch
from exercises import NOTEBOOKS, exercises

from nst_helpers.checks import check
from nst_helpers.checks.exercise import NOT_YET, Exercise

LESSONS = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem[:2] != "00"]
WRITTEN = {name: found for lesson in LESSONS for name, found in exercises(lesson).items()}
TABLE = vars(check)
MISTAKES = [(name, text) for name in TABLE for text in [*TABLE[name].solutions()][1:]]


def reference(exercise: Exercise):
    return next(iter(exercise.solutions().values()))


NONSENSE = {
    "text": lambda *_: "nonsense",
    "nan": lambda *_: float("nan"),
    "list": lambda *_: [1, [2, 3]],
    "dict": lambda *_: {"a": 1},
    "array": lambda *_: np.zeros((2, 3)),
    "empty tensor": lambda *_: torch.empty(0),
    "complex tensor": lambda *_: torch.zeros(1, 3, 3, 4, dtype=torch.complex64),
    "boolean tensor": lambda *_: torch.zeros(1, 3, 3, 4, dtype=torch.bool),
    "generator": lambda *_: (i for i in range(3)),
    "wrong number of arguments": lambda: 1,
    "raises": lambda *_: 1 / 0,
    "overwrites its input": lambda picture, target: picture.copy_(7),
    "not a function": 3,
}


def test_every_check_has_its_exercise_and_two_mistakes():
    assert set(WRITTEN) == set(TABLE)
    assert all(len(exercise.solutions()) >= 3 for exercise in TABLE.values())


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_at_least_four(lesson):
    assert len(exercises(lesson)) >= 4


@pytest.mark.parametrize("name", WRITTEN)
def test_a_stub_is_not_yet(name):
    verdict = WRITTEN[name].verdict(WRITTEN[name].stub)
    assert verdict.status == NOT_YET
    assert not verdict


@pytest.mark.parametrize("name", WRITTEN)
def test_the_solution_passes(name):
    verdict = WRITTEN[name].verdict(WRITTEN[name].solution)
    assert verdict, verdict


@pytest.mark.parametrize("name", TABLE)
def test_the_reference_passes(name):
    verdict = TABLE[name](reference(TABLE[name]))
    assert verdict, verdict


@pytest.mark.parametrize(("name", "sentence"), MISTAKES)
def test_a_mistake_is_told_its_own_sentence(name, sentence):
    verdict = TABLE[name](TABLE[name].solutions()[sentence])
    assert verdict.status == "failed"
    assert verdict.message.endswith(f" {sentence}")
    shown = re.search(r"(\[[^\[\]]*\]|\S+); expected (.*?)\. ", verdict.message)
    assert shown is None or shown[1] != shown[2]


@pytest.mark.parametrize(
    ("name", "kind"),
    [*(("match_channels", kind) for kind in NONSENSE), *((name, "text") for name in TABLE)],
)
def test_nonsense_fails_without_an_error(name, kind):
    verdict = TABLE[name](NONSENSE[kind])
    assert verdict.status == "failed"
    assert repr(verdict).startswith("✗ failed: ")


def test_a_check_shows_its_contract():
    assert repr(check.parameter_count).startswith("parameter_count(inputs, outputs, kernel): Weig")


def test_printing_is_no_answer(capsys):
    verdict = check.output_size(lambda *size: print("254"))
    assert "write return instead of print" in verdict.message
    assert capsys.readouterr().out == "254\n"


def test_whoever_overwrites_the_argument_works_on_a_clone():
    walk = reference(check.descend)
    verdict = check.descend(lambda loss, image, *rest: image.copy_(walk(loss, image, *rest)))
    assert verdict.message.endswith("changes what it was given; work on a copy, such as a clone().")


def test_conv2d_is_found_inside_a_module():
    verdict = check.convolve2d(lambda image, kernels: torch.nn.Conv2d(1, 2, 2)(image))
    assert verdict.message.endswith("without conv2d.")


def test_the_weights_of_total_loss_sum_to_1():
    assert [sum(case[2].values()) for case in check.total_loss.cases] == pytest.approx([1, 1])


def test_the_style_gradient_is_that_of_the_style_loss():
    """Two solutions of lesson 03 belong together: autograd says so."""
    loss, gradient = reference(check.paper_style_loss), reference(check.paper_style_gradient)
    before = torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    target = torch.rand(1, 4, 3, 5, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(loss(before.relu(), target), before)
    torch.testing.assert_close(gradient(before.detach().relu(), target), expected)
