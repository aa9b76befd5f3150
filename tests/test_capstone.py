"""Lesson 07: what it says once its program is written, and the faults in the one to debug."""

from functools import cache

import nbformat
import pytest
import torch
from exercises import NOTEBOOKS, exercises

from nst_helpers import Objective, content_terms, gram_matrix, load_network, style_terms
from nst_helpers.checks import check
from nst_helpers.engine import STYLE_LAYERS
from nst_helpers.marking import mark_all
from nst_helpers.marking.submissions import Submission

LESSON = "07_capstone"
FIXES = {
    "seen[layer].reshape(-1, seen[layer].shape[1])": "seen[layer][0].flatten(1).T",
    "    total.backward()": "    adam.zero_grad()\n    total.backward()",
    "    image.clamp(0, 1)": "    with torch.no_grad():\n        image.clamp_(0, 1)",
}


@cache
def code() -> list[str]:
    cells = nbformat.read(NOTEBOOKS / f"{LESSON}.ipynb", as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def cell(words: str) -> str:
    """The one code cell with these words in it."""
    (found,) = (source for source in code() if words in source)
    return found


def test_the_reference_is_what_the_package_paints():
    _, photo, painting, alpha, beta, steps, rate = case = check.style_transfer.cases[0]
    layers = ["relu1_1", "relu2_1"]
    vgg = load_network([*layers, "relu2_2"], device="cpu", precision="float32")
    terms = content_terms(vgg, photo, ["relu2_2"]) + style_terms(vgg, painting, layers)
    objective, image = Objective(vgg, terms, alpha, beta), photo
    for _ in range(steps):
        _, gradient = objective.evaluate(image, objective.weights())
        image = (image - rate * gradient).clamp(0, 1)
    answer = next(iter(check.style_transfer.solutions().values()))(*case)
    torch.testing.assert_close(answer, image, rtol=0, atol=1e-5)
    assert (image - photo).abs().mean() > 1e-3, "it moved"


@pytest.mark.parametrize("written", [True, False])
def test_the_loop_is_held_against_the_package_once_it_is_written(written, capsys):
    program = exercises(LESSON)["style_transfer"]
    names = {}
    pieces = ("import Objective", "vgg = load_network", "class Descent", "course = Objective")
    for source in (*map(cell, pieces), program.solution if written else program.stub):
        exec(source, names)
    capsys.readouterr()
    exec(cell("for steps in (1"), names)
    said = capsys.readouterr().out
    assert said.count("equal to within 1e-5: True") == (4 if written else 0)
    assert "False" not in said
    assert ("not yet" in said) is not written


def test_a_class_is_marked_although_the_check_needs_the_real_network():
    """Which each learner's process has to load anew, under its limits."""
    good, head = exercises(LESSON)["style_transfer"].solution, cell("import Objective")
    texts = {"good": good, "bad": good.replace("image - rate", "image + rate")}
    handed = [Submission(name, (head, text)) for name, text in texts.items()]
    right, uphill = (marked.marks[0] for marked in mark_all(handed, ["style_transfer"]))
    assert right.status == "pass", right
    assert uphill.sentence.endswith("That goes uphill: subtract the gradient."), uphill


@cache
def run(*left: str) -> dict:
    """The variables of the program to debug after a run on small pictures.

    All its faults are fixed, except those `left` in.
    """
    source = cell("def look(picture)")
    for fault, fix in FIXES.items():
        assert source.count(fault) == 1
        source = source if fault in left else source.replace(fault, fix)
    drawn = torch.Generator().manual_seed(0)
    photo, painting = (torch.rand(1, 3, 32, 40, generator=drawn) for _ in "ab")
    vgg = load_network([*STYLE_LAYERS, "relu4_2"], device="cpu", precision="float32")
    names = {"torch": torch, "vgg": vgg, "STYLE_LAYERS": STYLE_LAYERS}
    names |= {"photo": photo, "painting": painting**3}
    exec(source, names)
    return names


def test_each_of_the_three_faults_spoils_the_picture():
    fixed, (gram, heap, clamp) = run(), FIXES
    image = fixed["image"]
    assert 0 <= image.min() <= image.max() <= 1
    seen = fixed["vgg"](fixed["painting"])
    for layer, found, wrong in zip(STYLE_LAYERS, fixed["grams"], run(gram)["grams"], strict=True):
        torch.testing.assert_close(found, gram_matrix(seen[layer]))
        assert not torch.allclose(found, wrong, rtol=0.01)
    assert run(heap)["total"] > 2 * fixed["total"]
    assert run(clamp)["image"].min() < 0 or run(clamp)["image"].max() > 1


def test_the_answer_names_each_fix():
    cells = nbformat.read(NOTEBOOKS / f"{LESSON}.ipynb", as_version=4).cells
    (answer,) = (c.source for c in cells if "never cleared" in c.source)
    for words in ("seen[layer][0].flatten(1).T", "adam.zero_grad()", "image.clamp_(0, 1)"):
        assert words in answer
