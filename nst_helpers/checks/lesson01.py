"""The exercises of lesson 01."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from nst_helpers.checks.exercise import Answers, RefusedError, cases

RAMP = torch.arange(12.0).reshape(1, 3, 4)
PAIR = torch.tensor([[[0.0, 1], [0, 0]], [[1, 0], [0, 2]]])[:, None]
drawn = torch.Generator().manual_seed(0)
COLOUR = torch.rand(3, 5, 7, generator=drawn)
FILTERS, POINTS = (torch.randn(n, 3, k, k, generator=drawn) for n, k in ((4, 3), (2, 1)))
TWO, FOUR = [(3, 1)] * 2 + [(2, 2)], [(3, 1)] * 4 + [(2, 2)]
VGG = [*TWO, *TWO, *FOUR, *FOUR, (3, 1)]  # up to conv5_1


@cases((256, 3, 0, 1), (256, 5, 2, 1), (256, 2, 0, 2), (171, 2, 0, 2), (224, 7, 3, 2))
def output_size(size: int, kernel: int, padding: int, stride: int) -> Answers:
    """Pixels a side after a convolution or pooling."""
    span = size + 2 * padding - kernel
    return {
        "all five convolutions and poolings come out right.": span // stride + 1,
        "n strides make n + 1 positions: count the first one as well.": span // stride,
        "The padding is missing.": (size - kernel) // stride + 1,
        "There is padding on both sides: count it twice.": (span - padding) // stride + 1,
        "The stride is missing: only every stride-th position is computed.": span + 1,
        "A last step that does not fit is left out: divide with //.": span / stride + 1,
    }


@cases((3, 64, 5), (64, 128, 1), (512, 512, 3))
def parameter_count(inputs: int, outputs: int, kernel: int) -> Answers:
    """Weights and biases of one convolution."""
    weights = inputs * outputs * kernel**2
    return {
        "right for 5x5 filters on RGB, for a 1x1 layer and for conv5_1.": weights + outputs,
        "The weights are right, but each filter also has a bias.": weights,
        "Each filter has its own bias; you counted one for the whole layer.": weights + 1,
        "There is one bias for each filter: count outputs, not inputs.": weights + inputs,
        "A filter has a kernel for each input channel.": outputs * kernel**2 + outputs,
        "A kernel is a square: kernel * kernel weights.": inputs * outputs * kernel + outputs,
    }


class _NoConvolution(TorchFunctionMode):
    def __torch_function__(self, function, types, arguments=(), keywords=None):
        if getattr(function, "__name__", "").startswith("conv"):
            raise RefusedError("calls PyTorch's own convolution.")
        return function(*arguments, **(keywords or {}))


def _by_hand(function: Callable, *arguments: Tensor) -> Any:
    with _NoConvolution():
        return function(*arguments)


def _products(image: Tensor, kernels: Tensor) -> Tensor:
    """What each kernel gives on its own channel: `(K, C, H-k+1, W-k+1)`."""
    patches = image.unfold(1, kernels.shape[2], 1).unfold(2, kernels.shape[3], 1)
    return torch.einsum("kcij,chwij->kchw", kernels, patches)


@cases((RAMP, PAIR), (COLOUR, FILTERS), (COLOUR, POINTS), call=_by_hand)
def convolve2d(image: Tensor, kernels: Tensor) -> Answers:
    """`(C, H, W)` and filters `(K, C, k, k)` give `(K, H-k+1, W-k+1)`, without conv2d."""
    products, padded = _products(image, kernels), F.pad(image, [kernels.shape[3] // 2] * 4)
    right, turned = products.sum(1), _products(image, kernels.flip(2, 3)).sum(1)
    return {
        "the same numbers as torch.nn.functional.conv2d.": right,
        "Slide the filters yourself, without conv2d.": lambda: F.conv2d(image[None], kernels),
        "You turned the filters by 180°; networks do not.": turned,
        "You exchanged the filters' rows and columns.": _products(image, kernels.mT).sum(1),
        "You added padding; here the filters stay inside.": _products(padded, kernels).sum(1),
        "The last row and the last column of positions are missing.": right[:, :-1, :-1],
        "That is the mean of the products; take their sum.": right / kernels[0].numel(),
        "The channels are still apart: each filter sums over all of them.": products,
        "The result has no batch dimension: take it off with [0].": right[None],
    }


def _field(kernels: tuple[int, ...], steps: list[int]) -> int:
    return 1 + sum((kernel - 1) * step for kernel, step in zip(kernels, steps, strict=True))


@cases(([(3, 1)],), (TWO[:2],), ([*TWO, (3, 1)],), ([(7, 2), (3, 2), (3, 1)],), (VGG,))
def receptive_field(layers: list[tuple[int, int]]) -> Answers:
    """Pixels a side that a unit sees, for (kernel, stride) pairs from the image on."""
    kernels, strides = zip(*layers, strict=True)
    before = [math.prod(strides[:place]) for place in range(len(layers))]
    right, own = _field(kernels, before), _field(kernels, strides)
    late = _field(kernels, [one * other for one, other in zip(before, strides, strict=True)])
    return {
        "conv5_1 sees 156 pixels a side, just as the lesson measured.": right,
        "Begin with 1: before any layer, a unit is one pixel.": right - 1,
        "Neighbouring kernels overlap: each adds only kernel - 1.": sum(kernels),
        "After a stride of 2, a step is two pixels wide.": _field(kernels, [1] * len(layers)),
        "A layer's own stride counts only for the layers after it.": late,
        "You took each layer's own stride; take the product of all strides before it.": own,
        "Strides multiply: the last one alone is not enough.": _field(kernels, [1, *strides[:-1]]),
    }


def outputs(layers: list, image: Tensor, keep: Callable = Tensor.clone) -> dict[str, Tensor]:
    """What each of the named layers gives, and keeps."""
    kept = {}
    for name, layer in layers:
        image = layer(image)
        kept[name] = keep(image)
    return kept


def never(value: Tensor) -> Tensor:
    raise RefusedError("computes a layer that nobody asked for.")


CHAIN, GREYS = [("neg", torch.neg), ("relu", F.relu), ("sqrt", torch.sqrt)], torch.arange(-2.0, 3)
IN_PLACE, LONGER = [("neg", torch.neg), ("relu", torch.relu_)], [*CHAIN, ("never", never)]
WANTED = ((CHAIN, ["relu"]), (CHAIN, ["sqrt", "neg"]), (IN_PLACE, ["neg", "relu"]))


@cases(*((layers, GREYS, wanted) for layers, wanted in (*WANTED, (LONGER, ["relu"]))))
def extract_features(layers: list, image: Tensor, wanted: list[str]) -> Answers:
    """The outputs of the `wanted` layers by name, with nothing computed beyond the deepest."""
    names = [name for name, _ in layers]
    needed = layers[: max(map(names.index, wanted)) + 1]
    kept, renamed = outputs(needed, image), outputs(needed, image, lambda value: value)
    right, overwritten = ({name: found[name] for name in wanted} for found in (kept, renamed))
    apart = {name: dict(layers)[name](image.clone()) for name in wanted}
    hasty = {name: right[name] for name in names[: names.index(wanted[-1]) + 1] if name in wanted}
    return {
        "the right layers, none of them overwritten, and nothing computed in vain.": right,
        "Each layer takes the output of the one before.": apart,
        "Keep what comes out of a layer, not what goes in.": dict.fromkeys(wanted, -image),
        "Keep the wanted layers only.": lambda: outputs(layers, image),
        "Give each output its layer's name, in a dict.": list(right.values()),
        "Layers may be wanted in any order: go on until you have them all.": hasty,
        "The in-place ReLU wrote over what you kept: keep a clone().": overwritten,
        "Stop once you have all you want.": lambda: outputs(layers, image) and right,
    }


CORNER = torch.tensor([[0.0, 0, 0], [0, 1, 1], [0, 1, 1]])


@cases((CORNER,), (COLOUR[0, :5, :5],), (FILTERS[0, 0],))
def kernel_for(pattern: Tensor) -> Answers:
    """The smallest kernel of the pattern's size that gives 0 on what is flat, 1 on the pattern."""
    bare = pattern - pattern.mean()
    right = bare / bare.square().sum()
    return {
        "silent on every flat area, and 1 where the pattern stands.": right,
        "It answers 1 to the pattern, but it is not silent on a bright wall: take the mean off.": (
            pattern / pattern.square().sum()
        ),
        "It is silent where it should be; now divide, so that it answers 1 to the pattern.": bare,
        "Divide by the sum of squares, not by its root.": bare / bare.norm(),
        "Divide by the sum of squares of what is left, not of the pattern.": (
            bare / pattern.square().sum()
        ),
        "That is the mean of squares; take their sum.": bare / bare.square().mean(),
        "It finds the negative of the pattern: the sign is the wrong way round.": -right,
    }
