"""The benchmark's loops minimise one loss, and what the README says of speed was measured."""

import pytest
import torch

from benchmarks.contenders import PlainLoss
from benchmarks.loops import BETA, PAIRS, contenders, objective
from benchmarks.summary import load
from benchmarks.table import README, table
from nst_helpers.weights import load_vgg19_weights, normalise_activations


def test_the_other_loops_minimise_the_same_loss(photo, painting):
    ours = objective(photo, painting, "float32")
    image = (photo + 0.1).clamp(0, 1)
    losses, gradient = ours.evaluate(image, ours.weights())
    plain = PlainLoss(normalise_activations(load_vgg19_weights()), photo, painting, BETA)
    pixels = image.clone().requires_grad_()
    value = plain(pixels)
    (expected,) = torch.autograd.grad(value, pixels)
    assert value.item() == pytest.approx(losses.total, rel=1e-4)
    torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4 * expected.abs().max())


def test_the_other_loops_keep_pytorchs_own_memory_layout():
    tensors = load_vgg19_weights().tensors.values()
    assert all(tensor.is_contiguous() for tensor in tensors)


def test_the_readme_shows_the_saved_results(photo, painting):
    reports = load()
    text = README.read_text()
    assert table(reports) in text
    measured = [(report["size"], report["on"]) for report in reports]
    assert measured == [(256, ""), (512, ""), (256, "AMD EPYC")]
    for report in reports:
        assert report["machine"].split(",")[0].replace("(R)", "") in text
        place = "".join(f"_{word}" for word in report["on"].lower().split())
        assert f"benchmarks/results/loops_{report['size']}{place}.jpg" in text
        assert list(report["races"]) == [" × ".join(pair) for pair in PAIRS]
        for curves in report["races"].values():
            assert set(curves) == set(contenders(photo, painting))
