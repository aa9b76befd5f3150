"""The benchmark's loops minimise one loss, and what is said of speed and pictures was measured."""

import json

import pytest
import torch

from benchmarks import pictures
from benchmarks.contenders import OURS, TUTORIAL, PlainLoss
from benchmarks.loops import BETA, PAIRS, contenders, objective
from benchmarks.summary import chart, compare, load, summarise
from benchmarks.table import PAGE, ROWS, renewed
from nst_helpers.engine.parameters import load_parameters, normalise_activations


def test_the_other_loops_minimise_the_same_loss(photo, painting):
    ours = objective(photo, painting, "float32")
    image = (photo + 0.1).clamp(0, 1)
    losses, gradient = ours.evaluate(image, ours.weights())
    plain = PlainLoss(normalise_activations(load_parameters()), photo, painting, BETA)
    pixels = image.clone().requires_grad_()
    value = plain(pixels)
    (expected,) = torch.autograd.grad(value, pixels)
    assert value.item() == pytest.approx(losses.total, rel=1e-4)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4 * expected.abs().max())


def test_the_other_loops_keep_pytorchs_own_memory_layout():
    tensors = load_parameters().tensors.values()
    assert all(tensor.is_contiguous() for tensor in tensors)


def test_the_page_shows_the_saved_results(photo, painting):
    reports = load()
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text, reports) == text
    assert renewed(text, reports[:1]) != text
    measured = [(report["size"], report["on"]) for report in reports]
    assert measured == [(256, ""), (512, ""), (256, "AMD EPYC")]
    for report in reports:
        assert report["machine"].split(",")[0].replace("(R)", "") in text
        assert f"](results/{chart(report).name})" in text
        assert chart(report).exists()
        assert list(report["races"]) == [" × ".join(pair) for pair in PAIRS]
        for curves in report["races"].values():
            assert set(curves) == set(contenders(photo, painting))


def test_the_readme_says_of_speed_what_was_measured():
    xeon, _, epyc = load()
    text = (PAGE.parent.parent / "README.md").read_text(encoding="utf-8")
    names = list(ROWS)[:4]
    for report in (xeon, epyc):
        theirs, ours, times, exact = (ROWS[name](report) for name in names)
        row = f"| {theirs} | {ours} | {times.split('**')[1]} times faster |".replace(" s |", " |")
        assert row in text
        assert f"| | | {exact.split('**')[1]} times faster |" in text
    sooner = [
        round(r["summary"]["sooner_at_tutorials_lowest_loss"]["mean"], 1) for r in (xeon, epyc)
    ]
    assert "{} and {} times".format(*sooner) in text


def test_the_saved_figures_are_those_of_the_saved_curves():
    for report in load():
        tables = {title: compare(curves) for title, curves in report["races"].items()}
        for name, figure in summarise(tables).items():
            assert report["summary"][name]["pairs"] == pytest.approx(figure["pairs"])
            assert report["summary"][name]["mean"] == pytest.approx(figure["mean"])


def test_a_loop_that_loses_its_picture_is_met_at_its_lowest_loss():
    tutorial = {"seconds": [0.0, 1.0, 2.0, 3.0], "loss": [9.0, 4.0, 1.0, 5000.0]}
    ours = {"seconds": [0.0, 0.5, 1.0, 1.5], "loss": [9.0, 1.0, 0.5, 0.4]}
    table = compare({TUTORIAL: tutorial, OURS: ours})
    assert table[TUTORIAL]["seconds_to_tutorials_lowest_loss"] == 2.0
    assert table[OURS]["seconds_to_tutorials_lowest_loss"] == 0.5


def test_the_page_of_pictures_shows_the_saved_numbers_of_every_pair_and_way():
    done = json.loads((pictures.RESULTS / "pictures.json").read_text())
    assert list(done) == [f"{photo} as {painting}" for photo, painting in pictures.PAIRS]
    assert all(list(found) == list(pictures.WAYS) for found in done.values())
    text = (pictures.RESULTS / "pictures.md").read_text(encoding="utf-8")
    assert "\n".join(pictures.table(done)) in text
    assert "](pictures.jpg)" in text
    for found in done.values():
        ours, *others = (numbers["seconds"] for numbers in found.values())
        least, *_, most = sorted(others)
        assert most < 1.05 * least + 1, "equal seconds, but for the last evaluation"
        # the course was painted again with its new content layers, and the page says so
        assert ours < 1.25 * least
