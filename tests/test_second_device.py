"""Pictures in the computer's memory, the network on another device, as on a graphics card.

PyTorch's "lazy" device is on every machine: its tensors mix with others as little as a graphics
card's do. It computes on the processor, slowly.
"""

import pytest
import torch
import torch._lazy
import torch._lazy.ts_backend

from benchmarks.contenders import PlainLoss
from nst_helpers.beyond.distributions import mean_and_spread, mean_and_spread_loss, sliced_terms
from nst_helpers.beyond.masks import masked_style_terms
from nst_helpers.engine import vgg as vgg_module
from nst_helpers.engine.losses import content_loss, total_variation
from nst_helpers.engine.objective import Objective, Term, content_terms, style_share, style_terms
from nst_helpers.engine.parameters import load_parameters
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import VGG19Features, load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import check_image, load_image
from nst_helpers.recipes import Weights
from nst_helpers.studio.gallery import Gallery
from nst_helpers.studio.painting import Painting, Settings
from nst_helpers.transfer import reconstruct_content, reconstruct_style, stylize

LAYERS = ("relu1_1", "relu2_1")
FEW = {"content_layers": LAYERS[-1:], "style_layers": LAYERS}


@pytest.fixture(scope="module")
def lazy() -> torch.device:
    torch._lazy.ts_backend.init()
    return torch.device("lazy")


@pytest.fixture(autouse=True)
def second_device(monkeypatch, lazy) -> torch.device:
    """Every network is made there; what was asked for is computed after each evaluation."""
    evaluate = Objective.evaluate

    def evaluate_now(*arguments):
        found = evaluate(*arguments)
        torch._lazy.mark_step()
        return found

    monkeypatch.setattr(vgg_module, "pick_device", lambda name: lazy)
    monkeypatch.setattr(Objective, "evaluate", evaluate_now)
    monkeypatch.setenv("NST_PRECISION", "float32")
    return lazy


def test_the_device_is_not_the_pictures(photo, second_device):
    with pytest.raises(RuntimeError):
        photo + photo.to(second_device)


def test_activations_are_where_the_network_is(photo, second_device):
    there = load_network(LAYERS)(photo)
    here = VGG19Features(LAYERS)(photo)
    for name, expected in here.items():
        assert there[name].device.type == second_device.type
        torch.testing.assert_close(there[name].cpu(), expected, rtol=1e-4, atol=1e-4)


def test_an_optimiser_of_ones_own_gets_its_gradient_beside_its_picture(photo):
    vgg = load_network(LAYERS)
    target = vgg(photo)[LAYERS[-1]].detach()
    image = (0.5 * photo).requires_grad_()
    content_loss(vgg(image)[LAYERS[-1]], target).backward()
    assert image.grad.device == image.device
    assert image.grad.abs().max() > 0


def test_an_evaluation_is_that_of_the_processor(photo, painting):
    found = []
    for vgg in (load_network(LAYERS), VGG19Features(LAYERS)):
        terms = content_terms(vgg, photo, LAYERS[-1:]) + style_terms(vgg, painting, LAYERS)
        terms.append(Term("copy", None, photo, content_loss, weight=2.0))
        terms.append(Term("edges", None, None, lambda image, _: total_variation(image)))
        objective = Objective(vgg, terms)
        found.append(objective.evaluate(0.9 * photo, objective.weights()))
        assert 0 < style_share(objective, 0.9 * photo) < 1
    (losses, gradient), (expected, its_gradient) = found
    assert losses.total == pytest.approx(expected.total, rel=1e-4)
    torch.testing.assert_close(gradient, its_gradient, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("optimiser", ["lbfgs", "adam"])
def test_a_run_gives_its_pictures_back(photo, painting, optimiser, second_device):
    run = stylize(photo, painting, steps=3, optimiser=optimiser, **FEW)
    for snapshot in run:
        assert snapshot.position.device.type == second_device.type
        assert snapshot.image.device == photo.device
        assert (run.image - photo).isfinite().all()
    assert run.history[-1]["total"] < run.history[0]["total"]
    check_image(run.image)


def test_scales_and_reconstructions(painting):
    large = load_image(samples("content")["pavilion"], 364)[:, :, :32]
    run = stylize(large, large, steps=2, scales=2, **FEW).finish()
    assert run.image.shape == large.shape
    assert run.image.device == large.device
    for run in (
        reconstruct_content(painting, "relu1_1", steps=1),
        reconstruct_style(painting, ["relu1_1"], steps=1),
    ):
        assert run.finish().image.device == painting.device


def test_a_run_goes_on_from_where_another_stood(photo, painting, second_device):
    whole = stylize(photo, painting, steps=5, **FEW).finish()
    cut, resumed = (stylize(photo, painting, steps=5, **FEW) for _ in range(2))
    for snapshot in cut:
        if snapshot.step == 3:
            break
    assert cut.state.point.position.device.type == second_device.type
    resumed.restore(cut.state, cut.history)
    assert resumed.image.device == photo.device
    torch.testing.assert_close(resumed.finish().image, whole.image, rtol=0, atol=1e-3)


def test_other_terms(photo, painting):
    vgg = load_network(LAYERS)
    mask = (torch.arange(photo.shape[3]) < 30).float().expand(1, 1, *photo.shape[2:])
    for terms in (
        masked_style_terms(vgg, painting, mask, LAYERS),
        style_terms(vgg, painting, LAYERS, summary=mean_and_spread, loss=mean_and_spread_loss),
        sliced_terms(vgg, painting, LAYERS, directions=4),
    ):
        run = Run(Objective(vgg, terms), photo, steps=1).finish()
        assert run.history[-1]["total"] < run.history[0]["total"]
        assert run.image.device == photo.device


def test_the_studio_paints():
    weights = Weights(1.0, 1000.0, {LAYERS[-1]: 1.0}, dict.fromkeys(LAYERS, 0.5))
    settings = Settings("pavilion", "starry_night", "content", 64, weights)
    painting = Painting(Gallery())
    painting.reset(settings)
    painting.follow(settings)
    painting.step()
    assert painting.image.device.type == "cpu"
    assert [frame.device.type for frame in painting.film()] == ["cpu"] * len(painting.film())


def test_the_benchmarks_other_loops_compute_there_too(photo, painting, second_device):
    weights, losses = load_parameters(), []
    for place in (second_device, "cpu"):
        content, style = photo.to(place), painting.to(place)
        loss = PlainLoss(weights, content, style, beta=1000.0)(content)
        assert loss.device == content.device
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
