"""Recipes and conventions, each against its source's own formula, written out by hand."""

import json
import math
from dataclasses import replace
from itertools import pairwise, product

import pytest
import torch

from nst_helpers.__main__ import main
from nst_helpers.engine.checkpoint import keep_run
from nst_helpers.engine.layers import LAYER_NAMES, layer_size
from nst_helpers.engine.losses import total_variation
from nst_helpers.engine.minimise import Adam
from nst_helpers.engine.objective import style_share
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.errors import SettingError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import starting_image
from nst_helpers.recipes.conventions import (
    CONTENT,
    GRAM,
    STYLE,
    Convention,
    Weights,
    converted,
)
from nst_helpers.recipes.published import OWN, RECIPES, find_recipe
from nst_helpers.recipes.recipe import ORIGINAL_LOUDNESS, Phase
from nst_helpers.transfer import stylize

FIVE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def undivided(activation):
    rows = activation[0].flatten(1)
    return torch.einsum("ik,jk->ij", rows, rows)


def by_positions(activation):
    return undivided(activation) / (activation.shape[2] * activation.shape[3])


def by_entries(activation):
    return undivided(activation) / activation.numel()


def mean_squares(one, other):
    return torch.mean((one - other) ** 2)


def gatys_2016(now, photo, painting, image):
    """Eq. 1, 4, 5 and 7."""
    content = 0.5 * torch.sum((now["relu4_2"] - photo["relu4_2"]) ** 2)
    style = 0.0
    for layer in FIVE:
        _, channels, height, width = now[layer].shape
        squares = torch.sum((undivided(now[layer]) - undivided(painting[layer])) ** 2)
        style = style + squares / (4 * channels**2 * (height * width) ** 2) / 5
    return content + 1000 * style


def gatys_notebook(now, photo, painting, image):
    style = sum(
        1e3 / n**2 * mean_squares(by_positions(now[layer]), by_positions(painting[layer]))
        for layer, n in zip(FIVE, (64, 128, 256, 512, 512), strict=True)
    )
    return mean_squares(now["relu4_2"], photo["relu4_2"]) + style


def pytorch_tutorial(now, photo, painting, image):
    style = sum(
        mean_squares(by_entries(now[layer]), by_entries(painting[layer]))
        for layer in ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
    )
    return mean_squares(now["conv2_2"], photo["conv2_2"]) + 1e6 * style


def adam_long(now, photo, painting, image):
    style = 0.0
    for layer, weight in zip(FIVE, (1.0, 0.8, 0.5, 0.3, 0.1), strict=True):
        distance = mean_squares(undivided(now[layer]), undivided(painting[layer]))
        style = style + weight * distance / now[layer].numel()
    return mean_squares(now["relu4_2"], photo["relu4_2"]) + 1e6 * style


def content_first(now, photo, painting, image):
    height, width = now["relu4_2"].shape[2:]
    content = torch.sum((now["relu4_2"] - photo["relu4_2"]) ** 2) / (height * width * 512)
    style = sum(
        mean_squares(by_entries(now[layer]), by_entries(painting[layer])) / 5 for layer in FIVE
    )
    return content + 1e6 * style


def light_style(now, photo, painting, image):
    style = 0.0
    for layer in FIVE:
        squares = torch.sum((undivided(now[layer]) - undivided(painting[layer])) ** 2)
        style = style + squares / now[layer].numel() ** 2 / 5
    return mean_squares(now["relu4_2"], photo["relu4_2"]) + 1e3 * style


def tensorflow_guide(now, photo, painting, image):
    style = sum(mean_squares(by_positions(now[n]), by_positions(painting[n])) for n in FIVE)
    return 1e4 * mean_squares(now["relu5_2"], photo["relu5_2"]) + 1e-2 * style / 5


def d2l(now, photo, painting, image):
    style = sum(
        mean_squares(by_entries(now[n]), by_entries(painting[n])) for n in (*FIVE[:4], "conv5_1")
    )
    theirs = image / 0.226  # in standard deviations
    vertical = torch.abs(theirs[:, :, 1:, :] - theirs[:, :, :-1, :]).mean()
    horizontal = torch.abs(theirs[:, :, :, 1:] - theirs[:, :, :, :-1]).mean()
    content = mean_squares(now["relu4_4"], photo["relu4_4"])
    return content + 1e4 * style + 10 * 0.5 * (vertical + horizontal)


FORMULAS = {
    "gatys-2016": gatys_2016,
    "gatys-notebook": gatys_notebook,
    "pytorch-tutorial": pytorch_tutorial,
    "adam-long": adam_long,
    "content-first": content_first,
    "light-style": light_style,
    "tensorflow-guide": tensorflow_guide,
    "d2l": d2l,
}


@pytest.fixture(scope="module")
def same_size(photo, painting):
    """A painting of the photo's size, as formulas with undivided Grams take for granted."""
    return starting_image("style", photo, painting)


@pytest.fixture
def noise(photo):
    return torch.rand(photo.shape, generator=torch.Generator().manual_seed(4))


def test_the_formulas_are_those_of_all_recipes():
    assert set(FORMULAS) == set(RECIPES)
    assert len(RECIPES) == 8


@pytest.mark.parametrize("name", RECIPES)
def test_the_converted_gradient_is_that_of_the_recipes_own_formula(name, photo, same_size, noise):
    recipe = replace(RECIPES[name], phases=(Phase(1),))
    objective = stylize(photo, same_size, recipe=recipe, precision="float32").objective
    loudness = ORIGINAL_LOUDNESS if recipe.parameters == "torchvision" else 1.0

    def seen(image):
        return {n: value / loudness for n, value in objective.network(image).items()}

    leaf = noise.clone().requires_grad_()
    with torch.no_grad():
        targets = seen(photo), seen(same_size)
    total = FORMULAS[name](seen(leaf), *targets, leaf)
    (expected,) = torch.autograd.grad(total, leaf)
    losses, found = objective.evaluate(noise, objective.weights())
    assert (found / found.norm() - expected / expected.norm()).norm() <= 1e-4
    # and the loss itself, once the division by α is undone
    alpha = recipe.to_ours(*photo.shape[2:], loudness).alpha
    assert losses.total * alpha == pytest.approx(total.item(), rel=1e-4)


@pytest.mark.parametrize("name", RECIPES)
def test_the_way_back_returns_the_recipes_weights(name):
    recipe = RECIPES[name]
    ours = recipe.to_ours(300, 450)
    assert sum(ours.style_layers.values()) == pytest.approx(1)
    back = recipe.from_ours(ours.times(3.0), 300, 450).times(1 / 3)
    own = recipe.own_weights()
    assert back.alpha == pytest.approx(own.alpha)
    assert back.beta == pytest.approx(own.beta)
    assert back.style_layers == pytest.approx(own.style_layers)
    assert back.content_layers == pytest.approx(own.content_layers)
    assert back.variation == pytest.approx(own.variation)


@pytest.mark.parametrize("kinds", [*product(CONTENT, GRAM, STYLE)], ids=", ".join)
def test_every_convention_has_a_way_there_and_back(kinds):
    convention = Convention(*kinds, variation=0.5)
    sizes = {"relu1_1": (64, 1200), "relu2_1": (128, 300), "relu4_2": (512, 18)}
    theirs = Weights(2.0, 30.0, {"relu4_2": 1.0}, {"relu1_1": 3.0, "relu2_1": 1.0}, 7.0)
    ours = converted(theirs, convention, sizes, 58.0)
    back = converted(ours, convention, sizes, 58.0, back=True, sums=(1.0, 4.0))
    assert (back.alpha, back.beta, back.variation) == pytest.approx((2.0, 30.0, 7.0))
    assert back.style_layers == pytest.approx(theirs.style_layers)


def test_our_own_convention_converts_to_itself():
    weights = Weights(1.0, 1000.0, {"relu4_2": 1.0}, {"relu1_1": 0.25, "relu2_1": 0.75})
    sizes = {"relu1_1": (64, 1200), "relu2_1": (128, 300), "relu4_2": (512, 18)}
    assert converted(weights, Convention(), sizes) == weights


def test_layer_sizes_are_those_of_the_activations(photo):
    found = VGG19Features(LAYER_NAMES)(photo)
    for name, activation in found.items():
        expected = activation.shape[1], activation[0, 0].numel()
        assert layer_size(name, *photo.shape[2:]) == expected, name


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_runs(name, photo, painting):
    run = stylize(photo, painting, recipe=name, steps=3).finish()
    assert [record["step"] for record in run.history] == [0, 1, 2, 3]
    assert 0 <= run.image.min() <= run.image.max() <= 1
    assert run.image.shape == photo.shape
    assert all(math.isfinite(record["total"]) for record in run.history)


def test_explicit_settings_override_the_recipe(photo, painting):
    plain = stylize(photo, painting, recipe="d2l", steps=2).objective
    doubled = stylize(photo, painting, recipe="d2l", steps=2, beta=2e4).objective
    assert doubled.beta == pytest.approx(2 * plain.beta)
    run = stylize(
        photo,
        painting,
        recipe="gatys-2016",
        start="content",
        style_layers=["relu2_1"],
        pooling="max",
        normalised=False,
        steps=1,
    )
    assert torch.equal(run.image, photo)
    assert run.objective.network.pooling == "max"
    assert [term.layer for term in run.objective.terms] == ["relu4_2", "relu2_1"]


def test_weights_asked_for_by_name_are_taken_as_they_are(photo, painting):
    stands_in = stylize(photo, painting, recipe="pytorch-tutorial", steps=1).objective
    run = stylize(photo, painting, recipe="pytorch-tutorial", steps=1, parameters="original")
    # a style loss grows with the fourth power of the activations, a content loss with the second
    ratio = run.objective.beta / stands_in.beta
    assert ratio == pytest.approx(ORIGINAL_LOUDNESS**2)


def test_steps_are_shared_among_phases(photo, painting):
    assert [phase.steps for phase in find_recipe("gatys-notebook", steps=7).phases] == [5, 2]
    run = stylize(photo, painting, recipe="gatys-notebook", steps=7)
    widths = [snapshot.image.shape[3] for snapshot in run]
    assert widths == [41] * 6 + [64] * 2


def test_content_comes_first_where_the_recipe_says_so(photo, painting):
    run = stylize(photo, painting, recipe="content-first", steps=6)
    betas = []
    for _ in run:
        betas.append(run.objective.beta)
    assert betas[-1] == pytest.approx(1000 * betas[0])
    assert betas.count(betas[0]) == 3


@pytest.mark.parametrize("name", ["content-first", "d2l"])
def test_a_recipes_run_goes_on_from_a_checkpoint(name, photo, painting, tmp_path):
    def begin():
        run = stylize(photo, painting, recipe=name, steps=6)
        return keep_run(run, tmp_path / "run.checkpoint")

    first = begin()
    for _ in range(6):
        next(first)
    first.keeper(first, True)
    again = begin()
    assert len(again.history) == 6
    assert again.objective.weights() == first.objective.weights()
    assert torch.equal(again.finish().image, first.finish().image)


def test_without_a_recipe_alpha_and_beta_are_not_converted(photo, painting):
    objective = stylize(photo, painting, alpha=3, beta=500).objective
    assert (objective.alpha, objective.beta) == (3, 500)


def test_a_run_carries_the_recipe_as_it_was_filled_in(photo, painting):
    recipe = stylize(photo, painting, recipe="d2l", steps=10, beta=5.0).recipe
    assert (recipe.steps, recipe.beta, recipe.source) == (10, 5.0, RECIPES["d2l"].source)


def test_an_unknown_recipe_lists_those_there_are(photo, painting):
    with pytest.raises(SettingError, match="gatys-2016, gatys-notebook"):
        stylize(photo, painting, recipe="gatys")


def test_adam_takes_the_rate_it_is_given(network, photo, painting):
    objective = stylize(photo, painting, precision="float32").objective
    decaying = Adam(0.04, factor=0.25, every=2)
    start = torch.full_like(photo, 0.5)
    images = [snapshot.image for snapshot in Run(objective, start, 4, decaying)]
    moves = [(b - a).abs().max().item() for a, b in pairwise(images)]
    assert moves[0] == pytest.approx(0.04, rel=1e-3)
    assert moves[1] <= 0.041
    assert max(moves[2:]) <= 0.011


def test_the_share_of_the_style_has_no_unit(photo, painting, noise):
    objective = stylize(photo, painting, precision="float32").objective
    share = style_share(objective, noise)
    assert 0 < share < 1
    objective.alpha, objective.beta = 7 * objective.alpha, 7 * objective.beta
    assert style_share(objective, noise) == pytest.approx(share, rel=1e-5)
    objective.beta *= (1 - share) / share  # both pull equally now
    assert style_share(objective, noise) == pytest.approx(0.5, rel=1e-4)
    objective.beta = 0.0
    assert style_share(objective, noise) == 0


def test_variation_of_the_first_power_is_a_mean_of_absolute_differences(noise):
    down, right = noise.diff(dim=2), noise.diff(dim=3)
    expected = down.abs().mean() + right.abs().mean()
    torch.testing.assert_close(total_variation(noise, power=1), expected)


def paint(tmp_path, *options):
    files = [samples("content")["pavilion"], samples("style")["starry_night"]]
    out = tmp_path / "out.png"
    return main([*map(str, files), "-o", str(out), "--size", "64", *map(str, options)])


def test_the_terminal_lists_recipes_in_one_line_each(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--recipe", "list"])
    assert stopped.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*OWN, *RECIPES]
    assert max(map(len, lines)) <= 100


def test_the_terminal_paints_by_a_recipe_and_writes_down_what_it_says(tmp_path):
    numbers = tmp_path / "run.json"
    assert paint(tmp_path, "--recipe", "d2l", "--steps", 2, "--json", numbers) == 0
    settings = json.loads(numbers.read_text())["settings"]
    assert settings["recipe"] == "d2l"
    assert (settings["alpha"], settings["beta"], settings["steps"]) == (1.0, 1e4, 2)
    assert settings["optimiser"].startswith("Adam(rate=0.067")


def test_an_unknown_recipe_is_status_2_in_the_terminal(tmp_path, capsys):
    assert paint(tmp_path, "--recipe", "gatys") == 2
    assert "There is no recipe 'gatys'" in capsys.readouterr().err
