"""Half precision against float32: losses and gradients of real pictures, loud ones too."""

import pytest
import torch

from nst_helpers.engine.layers import CONTENT_LAYERS, STYLE_LAYERS
from nst_helpers.engine.losses import gram_matrix
from nst_helpers.engine.objective import Objective, content_terms, style_terms
from nst_helpers.engine.vgg import VGG19Features, load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

LAYERS = (*STYLE_LAYERS, *CONTENT_LAYERS)


@pytest.fixture(scope="module")
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """At 256 px, because sums over fewer positions are easier."""
    return load_image(samples("content")["cat"], 256), load_image(
        samples("style")["kazusa_sea_route"], 256
    )


def evaluate(precision, pair, beta=1000.0, **options):
    """The course's loss of the photo, and its gradient."""
    network = load_network(LAYERS, precision=precision, device="cpu", **options)
    photo, painting = pair
    terms = content_terms(network, photo) + style_terms(network, painting)
    objective = Objective(network, terms, beta=beta)
    losses, gradient = objective.evaluate(photo, objective.weights())
    return losses.total, gradient


# float16 is slow on processors, which emulate it
@pytest.mark.parametrize(("precision", "side"), [("bfloat16", 256), ("float16", 128)])
def test_losses_and_gradients_are_those_of_float32(pair, precision, side):
    pair = [picture[:, :, :side, :side] for picture in pair]
    (total, gradient), (expected, exact) = (evaluate(p, pair) for p in (precision, "float32"))
    assert total == pytest.approx(expected, rel=0.01)
    assert (gradient - exact).norm() / exact.norm() < 0.05


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_picture_is_not_rounded(dtype):
    """Near a minimum, grain that rounding leaves in the picture would be most of the gradient."""
    painting = load_image(samples("style")["great_wave"], 128)
    noise = torch.randn(painting.shape, generator=torch.Generator().manual_seed(1))
    image = (painting + 0.01 * noise).clamp(0, 1)
    gradients = []
    for kind in (torch.float32, dtype):
        network = VGG19Features(["relu1_1"], dtype=kind)
        objective = Objective(network, style_terms(network, painting, ["relu1_1"]))
        gradients.append(objective.evaluate(image, objective.weights())[1])
    exact, rough = gradients
    # 0.02; of a picture rounded to bfloat16, 0.64
    assert (rough - exact).norm() / exact.norm() < 0.1


@pytest.mark.parametrize("beta", [1e-3, 1e6])
def test_loud_activations_stay_within_float16(pair, beta):
    """Without normalising they reach thousands, their squares millions; float16 ends at 65,504."""
    options = {"beta": beta, "normalised": False}
    pair = [picture[:, :, :64, :64] for picture in pair]
    total, gradient = evaluate("float16", pair, **options)
    expected, exact = evaluate("float32", pair, **options)
    assert total == pytest.approx(expected, rel=0.01)
    assert (gradient - exact).norm() / exact.norm() < 0.05


@pytest.mark.parametrize("value", [0.0, 1e-3, 30.0, 6e4])
def test_gram_matrix_in_float16_at_any_loudness(value):
    """A flat picture at 1500 px has two million positions, all at their peak."""
    features = torch.full((1, 2, 1500, 1500), value, dtype=torch.float16)
    expected = features[0, 0, 0, 0].double().square().float().expand(2, 2)
    torch.testing.assert_close(gram_matrix(features), expected, rtol=2e-3, atol=0)


def test_the_gradient_through_a_gram_matrix_in_float16():
    features = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    wanted = torch.arange(9.0).reshape(3, 3)
    gradients = []
    for value in (features, features.half()):
        leaf = value.clone().requires_grad_()
        (gradient,) = torch.autograd.grad((gram_matrix(leaf) * wanted).sum(), leaf)
        gradients.append(gradient.float())
    torch.testing.assert_close(*gradients, rtol=2e-2, atol=2e-3)


def test_what_no_scale_makes_finite_ends(pair, monkeypatch):
    """A term whose gradient is infinite is tried a few times, not for ever."""
    network = load_network(["relu1_1"], precision="float16", device="cpu")
    photo = pair[0][:, :, :32, :32]
    terms = content_terms(network, 1 - photo, ["relu1_1"])
    terms[0].loss = lambda value, target: (value.float() * 0).sum().sqrt() + 1.0
    objective = Objective(network, terms)
    losses, gradient = objective.evaluate(photo, objective.weights())
    assert losses.total == 1.0
    assert not gradient.isfinite().all()
