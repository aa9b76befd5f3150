"""VGG19 as a function from an image to named activations, and where each run gets it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nst_helpers.engine.convolution import FrozenConvolution, in_two_parts
from nst_helpers.engine.device import keep_freed_memory, pick_device, pick_precision
from nst_helpers.engine.layers import (
    CONTENT_LAYERS,
    CONVOLUTIONS,
    LAYER_NAMES,
    STYLE_LAYERS,
    check_layers,
    minimum_side,
)
from nst_helpers.engine.parameters import (
    SOURCES,
    VGG19Parameters,
    load_parameters,
    normalise_activations,
)
from nst_helpers.errors import ImageError, SettingError
from nst_helpers.pictures import load_image, samples

POOLINGS = {"average": F.avg_pool2d, "max": F.max_pool2d}
NORMALISING_SIZE = 128  # px; for parameters whose mean activations are not kept in the package
_networks: WeakValueDictionary[tuple, "VGG19Features"] = WeakValueDictionary()


def load_network(
    layers: Iterable[str],
    *,
    parameters: str | Path = "original",
    normalised: bool = True,
    pooling: str = "average",
    seed: int = 0,
    device: str = "auto",
    precision: str | None = None,
) -> "VGG19Features":
    """VGG19 up to the deepest of `layers`, mean activations 1, where and how it runs best.

    `parameters` is a source of `load_parameters`; any but the original are normalised over
    the supplied pictures, which takes a few seconds. `normalised=False` leaves activations as
    loud as they are. `seed` matters to "random" ones only. A network is frozen, so the same
    request is answered with the same network for as long as somebody holds it.
    """
    place = pick_device(device)
    dtype = pick_precision(place, precision)
    wanted = tuple(sorted(set(check_layers(layers))))
    request = wanted, str(parameters), normalised, pooling, seed, str(place), dtype
    network = _networks.get(request)
    if network is None:
        keep_freed_memory(False)  # what is freed while it loads, some 200 MB, is not for a run
        loaded = load_parameters(parameters, seed=seed)
        loaded = _normalise(loaded) if normalised else loaded
        network = VGG19Features(wanted, loaded, pooling, place, dtype)
        if parameters in SOURCES:  # a file may have changed meanwhile
            _networks[request] = network
    return network


def check_network_options(options: Iterable[str]) -> None:
    """Raise SettingError for a name that is no option of `load_network`."""
    known = load_network.__kwdefaults__
    for name in options:
        if name not in known:
            raise SettingError(
                f"There is no setting {name!r}; for the network: {', '.join(known)}."
            )


def _normalise(parameters: VGG19Parameters) -> VGG19Parameters:
    if parameters.source == "original":
        return normalise_activations(parameters)
    paths = [path for kind in ("content", "style") for path in samples(kind).values()]
    pictures = [load_image(path, NORMALISING_SIZE) for path in paths]
    return normalise_activations(parameters, measure_activations(parameters, pictures))


class VGG19Features(nn.Module):
    """The convolutional part of VGG19, cut after the deepest of `layers`.

    Calling it maps an image `(1, 3, H, W)`, RGB in [0, 1], on any device, to a dict from layer
    name to activation `(1, C, h, w)`, in depth order, in `dtype` and on the network's device.
    "conv4_2" is the convolution, "relu4_2" the activation after it, "pool4" the pooling; each
    is its own tensor.

    Args:
        layers: names from LAYER_NAMES.
        parameters: None for the original ones with mean activations of 1.
        pooling: "average", as Gatys et al. used, or "max", as the network was trained.
        device, dtype: where and in which number format the convolutions run. Half precision
            also stores channels last, the layout in which it is fast, and takes the picture
            in two parts, so that the picture itself is not rounded.

    Raises SettingError for an unknown layer or pooling, ImageError for too small an image.
    """

    def __init__(
        self,
        layers: Iterable[str] = STYLE_LAYERS + CONTENT_LAYERS,
        parameters: VGG19Parameters | None = None,
        pooling: str = "average",
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__()
        if pooling not in POOLINGS:
            raise SettingError(f"Unknown pooling {pooling!r}: choose average or max.")
        self.layers = tuple(sorted(set(check_layers(layers)), key=LAYER_NAMES.index))
        if not self.layers:
            raise SettingError("No layer was asked for: name at least one, such as 'relu4_2'.")
        self.walk = LAYER_NAMES[: LAYER_NAMES.index(self.layers[-1]) + 1]
        self.pooling = pooling
        self.dtype = dtype
        parameters = parameters or normalise_activations(load_parameters())
        self.register_buffer(
            "mean", torch.tensor(parameters.mean, device=device).reshape(1, 3, 1, 1)
        )
        for name in set(CONVOLUTIONS).intersection(self.walk):
            kernel = parameters.tensors[f"{name}.weight"].to(device, dtype)
            bias = parameters.tensors[f"{name}.bias"].to(device, dtype)
            if name == "conv1_1" and self._halves:
                kernel = kernel.repeat(1, 2, 1, 1)  # weighs both parts of a picture alike
            self.add_module(name, FrozenConvolution(kernel, bias, self.layout))

    @property
    def _halves(self) -> bool:
        return self.dtype.itemsize < 4

    @property
    def device(self) -> torch.device:
        return self.mean.device

    @property
    def layout(self) -> torch.memory_format:
        return torch.contiguous_format if self.device.type == "mps" else torch.channels_last

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        self.check_size(image)
        value = (image.to(self.device) - self.mean).contiguous(memory_format=self.layout)
        if self._halves:
            value = in_two_parts(value, self.dtype)
        captured = {}
        for group in self._groups():
            value = self._apply(group, value)
            if group[-1] in self.layers:
                captured[group[-1]] = value
        return captured

    def _groups(self) -> Iterable[list[str]]:
        """The walk, with layers joined that are computed at once because nobody looks between.

        A convolution takes the ReLU after it along, and then the average pooling.
        """
        group: list[str] = []
        for name in self.walk:
            starts = name.startswith("conv") or group[-1] in self.layers
            if name.startswith("pool"):
                starts = starts or len(group) == 1 or self.pooling == "max"
            if starts and group:
                yield group
                group = []
            group = [*group, name]
        yield group

    def _apply(self, group: list[str], value: Tensor) -> Tensor:
        name, captured = group[0], group[-1] in self.layers
        if name.startswith("pool"):
            return POOLINGS[self.pooling](value, 2)
        if name.startswith("relu"):
            return value.relu()  # not in place: a captured convolution stays as it was
        convolution = getattr(self, name)
        if len(group) == 1:
            return convolution(value)
        return convolution.rectified(value, captured, pooled=len(group) == 3)

    def check_size(self, image: Tensor, name: str = "The image") -> None:
        """Raise ImageError, naming the deepest layer, if `image` is too small for it."""
        height, width = image.shape[2:]
        needed = minimum_side(self.layers[-1])
        if min(height, width) < needed:
            raise ImageError(
                f"{name} is {width} x {height} px and {self.layers[-1]} needs at least "
                f"{needed} px on each side: use a larger one or a shallower layer."
            )


@torch.no_grad()
def measure_activations(
    parameters: VGG19Parameters, images: Sequence[Tensor]
) -> Mapping[str, Tensor]:
    """Mean rectified output of each filter over all positions of `images`, by convolution.

    Feeds `normalise_activations`. Measured with max pooling, as the network was trained;
    with average pooling deeper layers then come out quieter than 1 (about 0.2 at relu5_1).
    A filter that never fires gets the smallest mean of its layer, to be divided by safely.
    """
    rectified = [name for name in LAYER_NAMES if name.startswith("relu")]
    network = VGG19Features(rectified, parameters, "max", images[0].device)
    sums, positions = dict.fromkeys(rectified, 0), 0
    for image in images:
        for name, activation in network(image).items():
            # weigh each picture by its own area, which is the same share in every layer
            sums[name] = sums[name] + activation.mean((0, 2, 3)) * image[0, 0].numel()
        positions += image[0, 0].numel()
    means = {name.replace("relu", "conv"): total / positions for name, total in sums.items()}
    return {name: torch.where(mean > 0, mean, mean[mean > 0].min()) for name, mean in means.items()}
