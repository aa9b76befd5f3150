"""Small real pictures and the real network, shared by the tests."""

import pytest
import torch

from nst_helpers.images import load_image, samples
from nst_helpers.vgg import VGG19Features


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
