"""Whatever is typed: exit status 0 or 2 and one sentence, never a traceback."""

import functools
import itertools
import os
import subprocess
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from nst_helpers import __main__ as program
from nst_helpers.engine.vgg import load_network
from nst_helpers.pictures.catalogue import samples

SAME_FIXTURES = [HealthCheck.function_scoped_fixture]  # what they patch stays the same
PHOTO = str(samples("content")["cat"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="23456789"), max_size=12)
ODD = st.sampled_from(
    ["", " ", "-", "--", "0", "-1", "1", "1e3", "nan", "inf", "-inf", "1e999", "١", "0x1", "1_0",
     "~", "~nobody-is-called-this/x.png", "..", "/", "/dev/null", "/dev/zero", "a" * 300 + ".png",
     "x.png", "x.gif", "x.abc", "no/where.png", "two\nlines.png", "null\0.png", "%s", "{0}",
     "9" * 5000, PHOTO]
)  # fmt: skip
ANY = st.one_of(ODD, TEXT)
VALUES = {
    "--size": st.sampled_from(["16", "32", "48", "0", "-5", "15", "1e9", "9" * 30, "19999", "abc"]),
    "--steps": st.sampled_from(["1", "2", "0", "-1", "1.5", "x"]),
    "--alpha": st.floats().map(str) | ANY,
    "--beta": st.floats().map(str) | ANY,
    "--start": st.sampled_from(["content", "style", "blank", "noise"]) | ANY,
    "--optimiser": st.sampled_from(["lbfgs", "lbfgs-fourier", "adam"]) | ANY,
    "--parameters": st.just("original") | ODD,
    "--scales": st.sampled_from(["1", "2", "0", "-1", "99", "x"]),
    "--style-scale": st.floats().map(str) | ANY,
    "--seed": st.integers(-9, 2**70).map(str) | ANY,
    "--precision": st.sampled_from(["float32"]) | ANY,
    "--device": st.sampled_from(["auto", "cpu", "cuda", "tpu"]),
    "--recipe": st.just("list") | TEXT,
    "--gif": ANY,
    "--json": ANY,
    "--checkpoint": ANY,
}
OPTIONS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: VALUES[name].map(lambda value: [name, value])
)
FLAGS = st.sampled_from([["--resume"], ["--help"], ["--surprise"], ["-o"]])
PICTURE = st.just(PHOTO) | ANY
OUTPUT = st.one_of(st.sampled_from(["out.png", "out.jpg", "deep/er/out.webp"]), ANY)


@functools.cache
def network(layers: frozenset[str]):
    return load_network(layers, precision="float32")


@pytest.fixture
def quick(monkeypatch):
    """One network for all, and faults of the program as what they are."""
    monkeypatch.setenv("NST_DEBUG", "1")

    def cached(layers, parameters="original", **_):
        own = parameters == "original"
        return network(frozenset(layers)) if own else load_network(layers, parameters=parameters)

    monkeypatch.setattr("nst_helpers.transfer.load_network", cached)


def status_and_words(arguments, capsys) -> tuple[int, str]:
    capsys.readouterr()
    try:
        status = program.main(arguments)
    except SystemExit as stopped:
        status = stopped.code
    return status, capsys.readouterr().err


def assert_civil(arguments, capsys) -> None:
    """In an empty folder of its own, so that nothing typed can harm."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            status, words = status_and_words(arguments, capsys)
        finally:
            os.chdir(before)
    assert status in (0, 2), words
    assert "Traceback" not in words
    said = [line for line in words.splitlines() if line.startswith("nst_helpers: ")]
    assert len(said) == (status == 2), words
    if status == 2:
        assert said[0].endswith((".", "?"))


@settings(max_examples=100, suppress_health_check=SAME_FIXTURES)
@given(PICTURE, PICTURE, OUTPUT, st.lists(st.one_of(OPTIONS, FLAGS), max_size=3))
@example(PHOTO, PHOTO, "out.png", [["--json", "run.json"], ["--gif", "run.gif"]])
@example(PHOTO, PHOTO, "~nobody-is-called-this/out.png", [])
@example("two\nlines.png", PHOTO, "out.png", [])
@example(PHOTO, PHOTO, "out.png", [["--surprise\nparty"]])
def test_any_arguments(quick, capsys, photo, painting, output, options):
    typed = itertools.chain(*options)  # of what is named twice, the last counts
    quickly = ["--size", "24", "--steps", "1"]
    assert_civil(["-o", output, *quickly, *typed, photo, painting], capsys)


@settings(max_examples=50, suppress_health_check=SAME_FIXTURES)
@given(st.lists(st.one_of(ANY, st.sampled_from(sorted(VALUES))), max_size=5))
def test_any_words(quick, capsys, words):
    assert_civil(words, capsys)


def test_a_note_is_one_line_and_the_picture_is_painted(quick, capsys, tmp_path):
    Image.new("RGBA", (40, 40), (255, 0, 0, 128)).save(tmp_path / "veil.png")
    command = [str(tmp_path / "veil.png"), PHOTO, "-o", str(tmp_path / "out.png")]
    status, words = status_and_words([*command, "--size", "24", "--steps", "1"], capsys)
    assert status == 0
    assert f"nst_helpers: {tmp_path / 'veil.png'} is transparent in places" in words
    assert "ImageNote" not in words


def test_a_fault_of_the_program_is_one_sentence_and_status_1(monkeypatch, capsys):
    def fail(*_, **__):
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(program, "stylize", fail)
    status, words = status_and_words([PHOTO, PHOTO, "-o", "out.png"], capsys)
    assert status == 1
    assert words.splitlines() == [
        "nst_helpers: a fault of the program (ZeroDivisionError: by zero): "
        "set NST_DEBUG=1 to see where."
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_can_be_painted_and_printed(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (20, 20)).save(tmp_path / name)
    command = [sys.executable, "-m", "nst_helpers", name, PHOTO, "-o", os.fsdecode(b"\xff.png")]
    done = subprocess.run(
        [*command, "--size", "24", "--steps", "1", "--precision", "float32"],
        cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / os.fsdecode(b"\xff.png")).exists()
