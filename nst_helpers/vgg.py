"""VGG19 as a function from an image to named activations."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nst_helpers.convolution import FrozenConvolution, in_two_parts
from nst_helpers.errors import ImageError, SettingError
from nst_helpers.weights import (
    BLOCKS,
    CONVOLUTIONS,
    VGG19Weights,
    load_vgg19_weights,
    normalise_activations,
)


def _names() -> Iterable[str]:
    for block, count, _ in BLOCKS:
        for number in range(1, count + 1):
            yield f"conv{block}_{number}"
            yield f"relu{block}_{number}"
        yield f"pool{block}"


LAYER_NAMES = tuple(_names())
CONTENT_LAYERS = ("relu4_2",)
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
POOLINGS = {"average": F.avg_pool2d, "max": F.max_pool2d}


def check_layer(name: str) -> str:
    """`name` if VGG19 has such a layer; otherwise SettingError with the closest that exists."""
    if name in LAYER_NAMES:
        return name
    closest = difflib.get_close_matches(str(name), LAYER_NAMES, n=1, cutoff=0)
    raise SettingError(f"VGG19 has no layer {name!r}: did you mean {closest[0]!r}?")


def check_layers(layers: str | Iterable[str], captured: Sequence[str] = LAYER_NAMES) -> list[str]:
    """`layers` as a list, each of them among `captured`; otherwise SettingError."""
    names = [check_layer(name) for name in ([layers] if isinstance(layers, str) else layers)]
    for name in names:
        if name not in captured:
            raise SettingError(
                f"This network was not made with {name}: make it with that layer, "
                f"or choose among {', '.join(captured)}."
            )
    return names


def minimum_side(layer: str) -> int:
    """Fewest pixels a side for `layer` to have any output: 2 to the number of poolings."""
    walked = LAYER_NAMES[: LAYER_NAMES.index(check_layer(layer)) + 1]
    return 2 ** sum(name.startswith("pool") for name in walked)


def layer_size(layer: str, height: int, width: int) -> tuple[int, int]:
    """Channels and positions of `layer` for a picture of `height` x `width` pixels."""
    shrink, block = minimum_side(layer), int(layer[4])
    return BLOCKS[block - 1][2], (height // shrink) * (width // shrink)


class VGG19Features(nn.Module):
    """The convolutional part of VGG19, cut after the deepest of `layers`.

    Calling it maps an image `(1, 3, H, W)`, RGB in [0, 1], on any device, to a dict from layer
    name to activation `(1, C, h, w)`, in depth order, in `dtype` and on the network's device.
    "conv4_2" is the convolution, "relu4_2" the activation after it, "pool4" the pooling; each
    is its own tensor.

    Args:
        layers: names from LAYER_NAMES.
        weights: None for the original weights with mean activations of 1.
        pooling: "average", as Gatys et al. used, or "max", as the network was trained.
        device, dtype: where and in which number format the convolutions run. Half precision
            also stores channels last, the layout in which it is fast, and takes the picture
            in two parts, so that the picture itself is not rounded.

    Raises SettingError for an unknown layer or pooling, ImageError for too small an image.
    """

    def __init__(
        self,
        layers: Iterable[str] = STYLE_LAYERS + CONTENT_LAYERS,
        weights: VGG19Weights | None = None,
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
        weights = weights or normalise_activations(load_vgg19_weights())
        self.register_buffer("mean", torch.tensor(weights.mean, device=device).reshape(1, 3, 1, 1))
        for name in set(CONVOLUTIONS).intersection(self.walk):
            kernel = weights.tensors[f"{name}.weight"].to(device, dtype)
            bias = weights.tensors[f"{name}.bias"].to(device, dtype)
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
def measure_activations(weights: VGG19Weights, images: Sequence[Tensor]) -> Mapping[str, Tensor]:
    """Mean rectified output of each filter over all positions of `images`, by convolution.

    Feeds `normalise_activations`. Measured with max pooling, as the network was trained;
    with average pooling deeper layers then come out quieter than 1 (about 0.2 at relu5_1).
    A filter that never fires gets the smallest mean of its layer, to be divided by safely.
    """
    rectified = [name for name in LAYER_NAMES if name.startswith("relu")]
    network = VGG19Features(rectified, weights, "max", images[0].device)
    sums, positions = dict.fromkeys(rectified, 0), 0
    for image in images:
        for name, activation in network(image).items():
            # weigh each picture by its own area, which is the same share in every layer
            sums[name] = sums[name] + activation.mean((0, 2, 3)) * image[0, 0].numel()
        positions += image[0, 0].numel()
    means = {name.replace("relu", "conv"): total / positions for name, total in sums.items()}
    return {name: torch.where(mean > 0, mean, mean[mean > 0].min()) for name, mean in means.items()}
