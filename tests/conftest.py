"""Small real pictures and the real network, shared by the tests."""

import itertools
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# two workers on two cores: threads that wait awake would take each other's time
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

import pytest
import torch
from corpus import build
from corpus_cases import CASES
from hypothesis import settings
from PIL import Image

from nst_helpers.engine.objective import Objective
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

# where a shell runs the tests in the background it has them ignore Ctrl-C, and so all they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples each time, and no time limit on each: the machine may be busy
settings.register_profile("course", derandomize=True, database=None, deadline=None)
settings.load_profile("course")


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> dict[str, Path]:
    """The corpus of bad and odd pictures, by name."""
    return build(tmp_path_factory.mktemp("corpus"), CASES)


@pytest.fixture(scope="session")
def photo() -> torch.Tensor:
    return load_image(samples("content")["pavilion"], 64)


@pytest.fixture(scope="session")
def painting() -> torch.Tensor:
    return load_image(samples("style")["starry_night"], 72)


@pytest.fixture(scope="session")
def network() -> VGG19Features:
    """The course's default network in float32."""
    return VGG19Features()


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder that anybody may enter; the test is not root, who may read and write all."""
    Image.init()  # Pillow's readers are imported while they may be
    me = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        try:
            os.seteuid(me or 65534)
            yield Path(folder)
        finally:
            os.seteuid(me)


class Clock:
    """Shows `now`, in seconds; an evaluation takes the next of `durations`."""

    now = 0.0
    durations = itertools.repeat(1.0)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """A clock that only evaluations move, and the test."""
    clock, evaluate = Clock(), Objective.evaluate

    def timed(self, *arguments):
        clock.now += next(clock.durations)
        return evaluate(self, *arguments)

    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(Objective, "evaluate", timed)
    return clock
