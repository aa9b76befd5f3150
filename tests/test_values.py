"""Values that make no sense: each is one sentence that says which, its value, and what to do."""

import math

import numpy as np
import pytest
import torch

from nst_helpers.engine.objective import Objective, Term, content_terms, style_terms
from nst_helpers.engine.parameters import load_parameters
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.errors import ImageError, NSTError, SettingError, check_count, check_factor
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import (
    check_image,
    check_pixels,
    load_image,
    to_pil,
)
from nst_helpers.pictures.save import save_animation, save_image, to_jpeg
from nst_helpers.recipes import OWN
from nst_helpers.transfer import estimate, reconstruct_content, reconstruct_style, stylize

PHOTO = samples("content")["cat"]


@pytest.fixture(scope="module")
def course_network() -> VGG19Features:
    return VGG19Features(OWN["course"].layers)


@pytest.fixture(autouse=True)
def one_network(monkeypatch, course_network):
    """What is wrong here is wrong whatever the network, which takes long to load."""
    monkeypatch.setattr("nst_helpers.transfer.load_network", lambda layers, **_: course_network)


def plain(height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.full((1, 3, height, width), 0.5)


def one_bad(value: float) -> torch.Tensor:
    image = plain()
    image[0, 1, 2, 3] = value
    return image


IMAGES = {
    "nan": (one_bad(math.nan), "1 values that are NaN or infinite"),
    "infinite": (one_bad(math.inf), "1 values that are NaN or infinite"),
    "no batch": (plain()[0], r"has the shape \(3, 32, 32\)"),
    "a batch": (torch.cat([plain(), plain()]), r"has the shape \(2, 3, 32, 32\)"),
    "channels last": (plain().permute(0, 2, 3, 1), r"has the shape \(1, 32, 32, 3\)"),
    "grey": (plain()[:, :1], r"has the shape \(1, 1, 32, 32\)"),
    "nothing": (plain(0, 4), r"has the shape \(1, 3, 0, 4\)"),
    "bytes": (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "is uint8 .* divide|is uint8 .* / 255"),
    "truths": (torch.zeros(1, 3, 32, 32, dtype=torch.bool), "is bool"),
    "double": (plain().double(), "is float64 .* image.float"),
    "half": (plain().half(), "is float16 .* image.float"),
    "to 255": (255 * plain(), "values from 128 to 128 .*clamp"),
    "below 0": (one_bad(-0.5), "values from -0.5 to 0.5 .*clamp"),
    "numpy": (np.zeros((1, 3, 32, 32), np.float32), "of type ndarray .* load_image"),
    "none": (None, "of type NoneType .* load_image"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_no_image_tensor_is_refused_at_every_door(network, name):
    image, words = IMAGES[name]
    term = Term("mine", None, None, lambda value, _: value.mean())
    doors = {
        "The image": lambda: check_image(image),
        "The content image": lambda: stylize(image, plain()),
        "The style image": lambda: stylize(plain(), image),
        "The content image ": lambda: content_terms(network, image),
        "The style image ": lambda: style_terms(network, image),
        "The start image": lambda: Run(Objective(network, [term]), image),
    }
    for door, enter in doors.items():
        with pytest.raises(ImageError, match=words) as caught:
            enter()
        assert str(caught.value).startswith(door.strip())
        assert_one_sentence(caught.value)


@pytest.mark.parametrize("name", ["nan", "infinite", "no batch", "a batch", "bytes", "none"])
def test_what_cannot_be_shown_is_not_saved(tmp_path, name):
    image, words = IMAGES[name]
    for write in (to_pil, to_jpeg, lambda image: save_image(image, tmp_path / "out.png")):
        with pytest.raises(ImageError, match=words):
            write(image)
    assert not list(tmp_path.iterdir())


def test_values_beyond_the_range_are_clipped_where_they_are_shown():
    assert to_pil(torch.cat([plain() - 1, plain() + 1], 3)).getextrema() == ((0, 255),) * 3
    check_pixels(plain() * 9)


def assert_one_sentence(fault: NSTError) -> None:
    sentence = str(fault)
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith((".", "?"))
    assert ": " in sentence


STYLIZE = {
    "α nan": ({"alpha": math.nan}, "α is nan"),
    "α infinite": ({"alpha": math.inf}, "α is inf"),
    "α negative": ({"alpha": -1}, "α is -1.*: give a number from 0 up"),
    "β nan": ({"beta": math.nan}, "β is nan"),
    "β infinite": ({"beta": -math.inf}, "β is -inf"),
    "β a word": ({"beta": "much"}, "β is 'much'"),
    "β a numeral": ({"beta": "1"}, "β is '1'"),
    "β overflows": ({"beta": 1e308, "style_layers": {"relu1_1": 1e9}}, "with α or β, is inf"),
    "both 0": ({"alpha": 0, "beta": 0}, "are 0: give one more than 0"),
    "steps negative": ({"steps": -1}, "steps cannot be -1: give a whole number from 0 up"),
    "steps broken": ({"steps": 2.5}, "steps cannot be 2.5"),
    "steps nan": ({"steps": math.nan}, "steps cannot be nan"),
    "steps a word": ({"steps": "ten"}, "steps cannot be 'ten'"),
    "size 0": ({"size": 0}, "size .* cannot be 0"),
    "size negative": ({"size": -64}, "size .* cannot be -64"),
    "size broken": ({"size": 64.5}, "size .* cannot be 64.5"),
    "size enormous": ({"size": 10**9}, "size .* cannot be 1000000000"),
    "size too large": ({"size": 20_000}, "too large: give a size below 20000"),
    "seed a word": ({"start": "noise", "seed": "one"}, "seed cannot be 'one'"),
    "seed negative": ({"start": "noise", "seed": -1}, "seed cannot be -1"),
    "start unknown": ({"start": "white"}, "Unknown start 'white'"),
    "optimiser unknown": ({"optimiser": "sgd"}, "Unknown optimiser 'sgd'"),
    "setting unknown": ({"content_layer": "relu4_2"}, "no setting 'content_layer'"),
    "layer unknown": ({"content_layers": ["relu4-2"]}, "did you mean 'relu4_2'"),
    "style layer unknown": ({"style_layers": {"conv5_9": 1}}, "did you mean 'conv5_[1-4]'"),
    "layer a number": ({"content_layers": [4]}, "no layer 4"),
    "layer weight": ({"style_layers": {"relu1_1": -2}}, "weight of style relu1_1 is -2"),
    "layer weight a word": ({"style_layers": {"relu1_1": "x"}}, "weight of style relu1_1 is 'x'"),
    "layer weight none": ({"style_layers": {"relu1_1": None}}, "weight of style relu1_1 is None"),
}


@pytest.mark.parametrize("case", STYLIZE)
def test_a_setting_that_makes_no_sense_is_named_with_its_value(case):
    settings, words = STYLIZE[case]
    with pytest.raises(SettingError, match=words) as caught:
        stylize(PHOTO, PHOTO, **{"size": 32} | settings)
    assert_one_sentence(caught.value)


def test_the_picture_below_the_minimum_is_named_with_the_layer():
    small, enough = plain(12, 40), plain(40, 40)
    with pytest.raises(ImageError, match=r"content image is 40 x 12 px and relu5_1 .* 16 px"):
        stylize(small, enough)
    with pytest.raises(ImageError, match=r"style image is 40 x 12 px and relu5_1 .* 16 px"):
        stylize(enough, small)
    with pytest.raises(ImageError, match=r"content image .* relu5_1"):
        reconstruct_content(small)
    with pytest.raises(ImageError, match=r"style image .* relu5_1"):
        reconstruct_style(small)


def test_a_single_name_may_stand_for_a_list():
    run = stylize(plain(), plain(), content_layers="relu3_1", style_layers="relu1_1")
    assert [term.layer for term in run.objective.terms[:2]] == ["relu3_1", "relu1_1"]


def test_a_layer_that_a_network_was_not_made_with_is_named():
    network = VGG19Features(["relu1_1"])
    with pytest.raises(SettingError, match="not made with relu4_2"):
        content_terms(network, plain())
    with pytest.raises(SettingError, match="not made with relu2_1"):
        style_terms(network, plain(), {"relu2_1": 1.0})


def test_nothing_to_minimise_is_said(network):
    with pytest.raises(SettingError, match="are 0"):
        Run(Objective(network, []), plain())


@pytest.mark.parametrize("value", [2.5, "7", None, math.nan, -1, 11, 10**30])
def test_counts_are_whole_and_within_their_limits(value):
    with pytest.raises(SettingError, match="from 0 to 10"):
        check_count("It", value, 0, 10)
    assert check_count("It", np.int64(7), 0, 10) == 7


@pytest.mark.parametrize("value", [-1e-9, math.inf, math.nan, "1", None, [1], 10**400])
def test_weights_are_finite_and_not_negative(value):
    with pytest.raises(SettingError, match="from 0 up"):
        check_factor("It", value)
    assert check_factor("It", np.float32(0.5)) == 0.5


def test_other_doors_check_too(tmp_path):
    with pytest.raises(SettingError, match="steps cannot be -5"):
        estimate(64, -5)
    with pytest.raises(SettingError, match="seed"):
        load_parameters("random", seed=1.5)
    with pytest.raises(SettingError, match="size"):
        load_image(PHOTO, 0)
    with pytest.raises(SettingError, match="at least one picture"):
        save_animation([], tmp_path / "film.gif")
