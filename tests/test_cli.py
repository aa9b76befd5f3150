"""The terminal way in, as its user types it."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from nst_helpers.__main__ import main, parser
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

PHOTO, PAINTING = samples("content")["pavilion"], samples("style")["starry_night"]
QUICK = ["--size", "64", "--steps", "4"]


def run(*arguments):
    command = [sys.executable, "-m", "nst_helpers", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_paints_and_says_where_everything_is(tmp_path):
    files = [tmp_path / name for name in ("out.png", "run.gif", "run.json")]
    done = run(PHOTO, PAINTING, "-o", files[0], *QUICK, "--gif", files[1], "--json", files[2])
    assert done.returncode == 0, done.stderr
    assert all(str(file) in done.stdout for file in files)
    assert "step 4/4" in done.stderr
    assert "loss" in done.stderr
    assert "left" in done.stderr
    assert load_image(files[0]).shape == (1, 3, 43, 64)
    with Image.open(files[1]) as film:
        assert film.n_frames == 5
    numbers = json.loads(files[2].read_text())
    assert set(numbers) == {"settings", "versions", "device", "seconds", "steps"}
    assert [record["step"] for record in numbers["steps"]] == [0, 1, 2, 3, 4]
    assert all({"content", "style", "total"} <= set(record) for record in numbers["steps"])
    assert numbers["settings"]["beta"] == 30


def test_the_same_command_twice_gives_the_same_picture(tmp_path):
    for name in ("one.png", "two.png"):
        assert (
            main(
                [str(PHOTO), str(PAINTING), "-o", str(tmp_path / name), *QUICK, "--start", "noise"]
            )
            == 0
        )
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(
    "option",
    [
        ["--optimiser", "adam"],
        ["--start", "blank"],
        ["--start", "style"],
        ["--parameters", "random"],
        ["--alpha", "0"],
        ["--precision", "float32"],
    ],
)
def test_options_are_obeyed(tmp_path, option):
    numbers = tmp_path / "run.json"
    command = [
        str(PHOTO),
        str(PAINTING),
        "-o",
        str(tmp_path / "out.jpg"),
        *QUICK,
        "--json",
        str(numbers),
    ]
    assert main([*command, *option]) == 0
    settings = json.loads(numbers.read_text())["settings"]
    assert str(settings[option[0].removeprefix("--")]) in (option[1], f"{option[1]}.0")


BAD = {
    "missing photo": (["nowhere.jpg", PAINTING, "-o", "x.png"], "no file nowhere.jpg"),
    "no output": ([PHOTO, PAINTING], "--output"),
    "odd ending": ([PHOTO, PAINTING, "-o", "x.abc", *QUICK], "end it in .png or .jpg"),
    "zero size": ([PHOTO, PAINTING, "-o", "x.png", "--size", "0"], "not a positive whole number"),
    "negative steps": (
        [PHOTO, PAINTING, "-o", "x.png", "--steps", "-3"],
        "not a positive whole number",
    ),
    "too small": ([PHOTO, PAINTING, "-o", "x.png", "--size", "12"], "at least 16 px"),
    "nan": ([PHOTO, PAINTING, "-o", "x.png", "--beta", "nan"], "is nan"),
    "unknown parameters": (
        [PHOTO, PAINTING, "-o", "x.png", "--parameters", "best"],
        "no parameters 'best'",
    ),
    "unknown start": ([PHOTO, PAINTING, "-o", "x.png", "--start", "white"], "invalid choice"),
    "not a number": ([PHOTO, PAINTING, "-o", "x.png", "--alpha", "much"], "--alpha"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_status_2_and_one_sentence(tmp_path, monkeypatch, capsys, case):
    monkeypatch.chdir(tmp_path)
    arguments, words = BAD[case]
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        status = stopped.code
    said = capsys.readouterr().err
    assert status == 2
    assert words in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


def test_a_bad_ending_is_found_before_painting(tmp_path):
    done = run(PHOTO, PAINTING, "-o", tmp_path / "x.abc", *QUICK)
    assert done.returncode == 2
    assert "Painting" not in done.stderr


def test_layers_with_and_without_weights():
    assert parser_of_layers("relu1_1,relu2_1") == ["relu1_1", "relu2_1"]
    assert parser_of_layers("relu1_1=0.2,relu2_1=1") == {"relu1_1": 0.2, "relu2_1": 1.0}
    assert parser_of_layers("none") == []


def parser_of_layers(text):
    return parser().parse_args(["a", "b", "-o", "c.png", "--style-layers", text]).style_layers


def test_a_layer_without_its_weight_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        parser_of_layers("relu1_1=0.2,relu2_1")
    assert "give each layer a number, or none of them" in capsys.readouterr().err
