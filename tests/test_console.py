"""The command `nst`, as its user types it."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, entry_points

import pytest

from nst_helpers import console
from nst_helpers.__main__ import main as module
from nst_helpers.pictures.catalogue import samples

PAIR = [str(samples("content")["pavilion"]), str(samples("style")["starry_night"])]
QUICK = ["--size", "64", "--steps", "2"]


def test_installing_brings_the_command():
    (found,) = entry_points(group="console_scripts", name="nst")
    assert found.load() is console.main


def test_nst_paint_is_the_module(tmp_path):
    files = [tmp_path / "one.png", tmp_path / "two.png"]
    assert console.main(["paint", *PAIR, *QUICK, "-o", str(files[0])]) == 0
    assert module([*PAIR, *QUICK, "-o", str(files[1])]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_help_names_the_commands(words, capsys):
    with pytest.raises(SystemExit) as ended:
        console.main(words)
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in console.COMMANDS)


@pytest.mark.parametrize("name", ["", *console.COMMANDS])
def test_every_help_text_has_examples_that_begin_as_they_are_typed(name, capsys):
    with suppress(SystemExit):
        console.main([*name.split(), "--help"])
    text = capsys.readouterr().out
    examples = re.search(r"^examples?:\n((?:  .*\n)+)", text, re.M)[1]
    assert f"  nst {name}".rstrip() in examples
    if name in ("", "paint"):
        assert "β" in text


@pytest.mark.parametrize("words", [["--help"], ["paint", "--help"]])
def test_help_is_shown_where_the_encoding_has_no_beta(words):
    program = f"from nst_helpers.console import main; main({words})"
    windows = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", program], env=windows, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"\\u03b2" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["pain"], "invalid choice: 'pain'"), (["paint"], "see nst paint --help"),
     (["doctor", "who"], "unrecognized arguments: who")],
)  # fmt: skip
def test_a_wrong_word_is_one_sentence(words, expected, capsys):
    with pytest.raises(SystemExit) as ended:
        console.main(words)
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert expected in text
    assert text.count("\n") == 1


def test_the_doctor_finds_this_machine_well(capsys):
    assert console.main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Python 3.")
    for said in ("torchvision 0.", "GB of memory are free", "A painting of 200 steps at 256 x"):
        assert said in text
    assert text.endswith("\nAll is well.\n")


def test_the_doctor_knows_versions_with_faults(monkeypatch, capsys):
    monkeypatch.setattr(console, "version", {"ipywidgets": "8.1.9", "ipykernel": "7.0.1"}.get)
    assert console.main(["doctor"]) == 2
    text = capsys.readouterr().out
    assert 'VS Code: run pip install "ipywidgets!=8.1.9" and restart.' in text
    assert 'run pip install "ipykernel!=7.0.0,!=7.0.1" and restart.' in text
    assert "well" not in text


def test_the_doctor_says_what_is_missing_and_what_is_wrong(monkeypatch, capsys):
    def nothing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(console, "version", nothing)
    monkeypatch.setenv("NST_DEVICE", "abacus")
    assert console.main(["doctor"]) == 2
    text = capsys.readouterr().out
    assert "jupyterlab is missing" in text
    assert "Unknown device 'abacus'" in text


def test_what_pip_is_told_to_leave_out_is_what_the_doctor_knows():
    from tests.test_environment import PROJECT, bounds

    everything = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]
    asked = bounds(everything)
    for package, (versions, _, wanted) in console.BROKEN.items():
        left_out = ",".join(f"!={version}" for version in versions)
        assert wanted == package + left_out
        assert asked[package].endswith(left_out)
