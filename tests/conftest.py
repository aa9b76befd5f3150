"""Small real pictures and the real network, shared by the tests."""

from pathlib import Path

import pytest
import torch
from corpus import build
from corpus_cases import CASES
from hypothesis import settings

from nst_helpers.images import load_image, samples
from nst_helpers.vgg import VGG19Features

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
