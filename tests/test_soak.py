"""Thousands of evaluations on every kind of loss: finite to the end, and never worse."""

import math
import os

import pytest

from nst_helpers.engine.layers import CONTENT_LAYERS, STYLE_LAYERS
from nst_helpers.engine.objective import Objective, content_terms, style_terms
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image, starting_image

SIZE = 64
LOSSES = {
    **{layer: ([], [layer]) for layer in STYLE_LAYERS},
    "all styles": ([], STYLE_LAYERS),
    "content": (CONTENT_LAYERS, []),
    "both": (CONTENT_LAYERS, STYLE_LAYERS),
}


def run_to_the_end(name, start, evaluations, precision):
    """Totals of every step until `evaluations` are spent or no step is left to take."""
    content_layers, style_layers = LOSSES[name]
    photo = load_image(samples("content")["pavilion"], SIZE)
    painting = load_image(samples("style")["starry_night"], SIZE)
    network = load_network({*content_layers, *style_layers}, precision=precision)
    terms = content_terms(network, photo, content_layers) if content_layers else []
    terms += style_terms(network, painting, style_layers) if style_layers else []
    first = starting_image(start, photo, painting, seed=3)
    totals = []
    for snapshot in Run(Objective(network, terms), first, evaluations):
        totals.append(snapshot.losses.total)
        if snapshot.evaluations >= evaluations:
            break
    assert 0 <= snapshot.image.min() <= snapshot.image.max() <= 1
    return totals


def assert_sound(totals):
    assert all(map(math.isfinite, totals))
    assert totals[-1] <= 1.05 * min(totals)


@pytest.mark.parametrize(
    ("name", "start"), [*((name, "noise") for name in LOSSES), ("both", "content")]
)
def test_a_short_run_is_sound(name, start):
    totals = run_to_the_end(name, start, 40, "float32")
    assert_sound(totals)
    assert totals[-1] < 0.5 * totals[0]


@pytest.mark.soak
@pytest.mark.parametrize(
    "precision", os.environ.get("NST_SOAK_PRECISION", "float32,bfloat16").split(",")
)
@pytest.mark.parametrize("start", ["content", "noise"])
@pytest.mark.parametrize("name", LOSSES)
def test_three_thousand_evaluations_are_sound(name, start, precision):
    totals = run_to_the_end(name, start, 3000, precision)
    print(f"{name} from {start} in {precision}: {totals[0]:.4g} to {totals[-1]:.4g}")
    assert_sound(totals)
