"""The terminal's runs, stopped in every way there is: Ctrl-C, kill -9, divergence, a full disk."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from nst_helpers import __main__ as terminal
from nst_helpers.engine.objective import Objective, Term
from nst_helpers.engine.run import Run
from nst_helpers.errors import SaveError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

PHOTO, PAINTING = samples("content")["pavilion"], samples("style")["starry_night"]
STEPS = 60
KEEPS_OFTEN = """
import sys
from nst_helpers import __main__ as terminal
from nst_helpers.engine import checkpoint
checkpoint.keep_run.__defaults__ = (0.0,)
checkpoint.SHARE = 1.0
sys.exit(terminal.main())
"""

posix = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")


def command(folder: Path, *more: str) -> list[str]:
    """An L-BFGS run of a few seconds, kept in a checkpoint."""
    names = {"-o": "out.png", "--checkpoint": "run.checkpoint"}
    files = [word for option, name in names.items() for word in (option, str(folder / name))]
    return [str(PHOTO), str(PAINTING), *files, "--size", "64", "--steps", str(STEPS), *more]


def paint(folder: Path, *program: str, until) -> subprocess.Popen:
    """A process that paints, as soon as `until(what it said)` is true of it."""
    arguments = [sys.executable, *(program or ("-m", "nst_helpers")), *command(folder)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.set_blocking(process.stderr.fileno(), False)
    said, deadline = "", time.monotonic() + 120
    while not until(said):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        said += (process.stderr.read() or b"").decode()
        time.sleep(0.01)
    return process


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    """The picture of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    assert terminal.main(command(folder)) == 0
    return (folder / "out.png").read_bytes()


@posix
def test_ctrl_c_saves_what_there_is_and_says_where_and_the_run_goes_on(tmp_path, whole, capsys):
    process = paint(tmp_path, until=lambda said: re.search(r"step [5-9]/", said))
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert f"The picture is in {tmp_path / 'out.png'}" in stdout.decode()
    assert f"The run is in {tmp_path / 'run.checkpoint'}: add --resume" in stdout.decode()
    assert load_image(tmp_path / "out.png").shape == (1, 3, 43, 64)
    assert (tmp_path / "out.png").read_bytes() != whole
    assert terminal.main(command(tmp_path, "--resume")) == 0
    assert (tmp_path / "out.png").read_bytes() == whole


@posix
def test_a_killed_process_goes_on_from_its_last_checkpoint(tmp_path, whole, capsys):
    kept = tmp_path / "run.checkpoint"
    process = paint(tmp_path, "-c", KEEPS_OFTEN, until=lambda _: kept.exists())
    time.sleep(0.3)
    process.kill()
    process.communicate()
    assert not (tmp_path / "out.png").exists(), "it was over before it was killed"
    assert terminal.main(command(tmp_path, "--resume")) == 0
    first = int(re.search(r"step (\d+)/", capsys.readouterr().err)[1])
    assert 0 < first <= STEPS
    assert (tmp_path / "out.png").read_bytes() == whole


@pytest.mark.parametrize(
    ("more", "words"), [([], "add --resume"), (["--resume"], "no checkpoint of this version")]
)
def test_a_checkpoint_is_never_overwritten_by_mistake(tmp_path, capsys, more, words):
    (tmp_path / "run.checkpoint").write_text("precious")
    assert terminal.main(command(tmp_path, *more)) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "run.checkpoint").read_text() == "precious"


def test_resume_needs_a_checkpoint(tmp_path, capsys):
    assert terminal.main([str(PHOTO), str(PAINTING), "-o", "x.png", "--resume"]) == 2
    assert "--checkpoint FILE" in capsys.readouterr().err


def trap(network, photo) -> Run:
    """A run that diverges at its third step."""
    calls = []

    def poisoned(image: torch.Tensor, _) -> torch.Tensor:
        calls.append(1)
        return image.mean() * (float("nan") if len(calls) > 3 else 1.0)

    return Run(Objective(network, [Term("trap", None, None, poisoned)]), photo, STEPS, "adam")


def test_divergence_saves_the_last_good_picture(network, photo, tmp_path, monkeypatch, capsys):
    run = trap(network, photo)
    monkeypatch.setattr(terminal, "stylize", lambda *_, **__: run)
    assert terminal.main(command(tmp_path)) == 2
    said = capsys.readouterr()
    assert "no longer finite at step 3" in said.err
    assert str(tmp_path / "out.png") in said.out
    saved = load_image(tmp_path / "out.png")
    assert torch.equal(saved, (run.image * 255).round() / 255)
    assert (tmp_path / "run.checkpoint").exists()


def test_a_checkpoint_that_cannot_be_written_costs_no_picture(tmp_path, monkeypatch, capsys):
    def refuse(path, write):
        raise SaveError("the disk is full")

    monkeypatch.setattr("nst_helpers.engine.checkpoint.write_whole", refuse)
    assert terminal.main(command(tmp_path)) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert (tmp_path / "out.png").exists()


def test_ctrl_c_before_the_first_step_is_one_sentence(tmp_path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "stylize", interrupted)
    assert terminal.main(command(tmp_path)) == 130
    assert capsys.readouterr().err == "nst_helpers: interrupted, and nothing more is saved.\n"
