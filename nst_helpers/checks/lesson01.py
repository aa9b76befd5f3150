"""Checks for the exercises of lesson 01."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise
from nst_helpers.engine.layers import LAYER_NAMES


def output_size(function: Callable) -> Verdict:
    """`output_size(size, kernel, padding, stride)` gives the pixels a side after a layer."""
    settings = ((256, 3, 0, 1), (256, 5, 2, 1), (256, 2, 0, 2), (171, 2, 0, 2), (224, 7, 3, 2))
    cases = [_size_case(*values) for values in settings]
    return judge(function, cases, "convolutions and poolings of five kinds come out right.")


def _size_case(size: int, kernel: int, padding: int, stride: int) -> Case:
    span = size + 2 * padding - kernel
    hint = recognise(
        (span // stride, "Is the first position counted? n strides make n + 1 positions."),
        (
            (size + padding - kernel) // stride + 1,
            "The padding is added on both sides, so it counts twice.",
        ),
        (span / stride + 1, "A last step that does not fit is not taken: divide with //."),
        (span + 1, "The stride is missing: only every stride-th position is computed."),
    )
    shown = f"output_size({size}, {kernel}, {padding}, {stride})"
    return Case((size, kernel, padding, stride), span // stride + 1, shown, hint)


def parameter_count(function: Callable) -> Verdict:
    """`parameter_count(inputs, outputs, kernel)` counts a convolution's weights and biases."""
    cases = [_count_case(*values) for values in ((3, 64, 5), (64, 128, 1), (512, 512, 3))]
    return judge(function, cases, "5x5 filters on RGB, a 1x1 layer and conv5_1 all agree.")


def _count_case(inputs: int, outputs: int, kernel: int) -> Case:
    weights = inputs * outputs * kernel**2
    hint = recognise(
        (weights, "The weights are right; each filter also has one bias."),
        (weights + 1, "There is one bias a filter, not one for the whole layer."),
        (weights + inputs, "There is one bias a filter: count outputs, not inputs."),
        (outputs * kernel**2 + outputs, "A filter has a kernel for every input channel."),
        (inputs * outputs * kernel + outputs, "A kernel is a square: kernel * kernel weights."),
    )
    shown = f"parameter_count({inputs}, {outputs}, {kernel})"
    return Case((inputs, outputs, kernel), weights + outputs, shown, hint)


def convolve2d(function: Callable) -> Verdict:
    """`convolve2d(image, kernels)`: `(C, H, W)` and `(K, C, k, k)` to `(K, H-k+1, W-k+1)`."""
    ramp, corner = torch.arange(20.0).reshape(1, 4, 5), torch.zeros(1, 1, 3, 3)
    corner[0, 0, 0, 1] = 1
    generator = torch.Generator().manual_seed(0)
    colour = torch.rand(3, 5, 7, generator=generator)
    many = torch.randn(4, 3, 3, 3, generator=generator)
    pointwise = torch.randn(2, 3, 1, 1, generator=generator)
    cases = [
        _convolution_case(ramp, corner, "the numbers 0 to 19 in 4 rows, a 3x3 kernel"),
        _convolution_case(colour, many, "an image (3, 5, 7), kernels (4, 3, 3, 3)"),
        _convolution_case(colour, pointwise, "an image (3, 5, 7), kernels (2, 3, 1, 1)"),
    ]
    return judge(function, cases, "the same numbers as torch.nn.functional.conv2d.")


def _convolution_case(image: Tensor, kernels: Tensor, shown: str) -> Case:
    def convolve(weights: Tensor, **settings) -> Tensor:
        return F.conv2d(image[None], weights, **settings)[0]

    expected, area = convolve(kernels), kernels[0].numel()
    apart = torch.stack([convolve(kernel[:, None], groups=len(image)) for kernel in kernels])
    hint = recognise(
        (convolve(kernels.flip(2, 3)), "The kernel came out flipped: networks do not turn it."),
        (convolve(kernels.transpose(2, 3)), "Rows and columns of the kernel are exchanged."),
        (convolve(kernels, padding="same"), "There is padding; here the kernel stays inside."),
        (expected[:, :-1, :-1], "The last row and column of positions are missing."),
        (expected / area, "That is the mean of the products; a convolution takes their sum."),
        (apart, "The channels are still apart: one filter sums over all of them."),
    )
    return Case((image, kernels), expected, f"convolve2d({shown})", hint)


def receptive_field(function: Callable) -> Verdict:
    """`receptive_field(layers)`: (kernel, stride) pairs from the image on, to pixels a side."""
    cases = [
        _field_case([(3, 1)], "one 3x3 convolution"),
        _field_case([(3, 1), (3, 1)], "two 3x3 convolutions"),
        _field_case([(3, 1), (3, 1), (2, 2), (3, 1)], "VGG19 up to conv2_1"),
        _field_case([(7, 2), (3, 2), (3, 1)], "7x7 and 3x3 at stride 2, then 3x3"),
        _field_case([_geometry(name) for name in _steps_to("conv5_1")], "VGG19 up to conv5_1"),
    ]
    return judge(function, cases, "conv5_1 sees 156 pixels a side, as the table measured.")


def _steps_to(layer: str) -> list[str]:
    walked = LAYER_NAMES[: LAYER_NAMES.index(layer) + 1]
    return [name for name in walked if not name.startswith("relu")]


def _geometry(name: str) -> tuple[int, int]:
    return (2, 2) if name.startswith("pool") else (3, 1)


def _field_case(layers: list[tuple[int, int]], shown: str) -> Case:
    field, jump, late, late_jump = 1, 1, 1, 1
    for kernel, stride in layers:
        late_jump *= stride
        late += (kernel - 1) * late_jump
        field += (kernel - 1) * jump
        jump *= stride
    hint = recognise(
        (1 + sum(kernel - 1 for kernel, _ in layers), "After a stride of 2 every step counts 2."),
        (late, "A layer's own stride matters only to the layers after it."),
        (sum(kernel for kernel, _ in layers), "Neighbouring kernels overlap: add kernel - 1."),
        (field - 1, "Begin with 1: before any layer a unit is one pixel."),
    )
    return Case((layers,), field, f"receptive_field({layers}) ({shown})", hint)


def extract_features(function: Callable) -> Verdict:
    """`extract_features(layers, image, wanted)`: walk named layers, keep the wanted outputs."""
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    cases = [_one_layer(image), _two_layers(image), _in_place(image), _no_further(image)]
    return judge(function, cases, "right layers, kept unharmed, and no work beyond the deepest.")


def _chain() -> list[tuple[str, Callable]]:
    return [("conv", _shift), ("relu", F.relu), ("pool", lambda value: F.avg_pool2d(value, 2))]


def _one_layer(image: Tensor) -> Case:
    conv, relu = _shift(image), F.relu(_shift(image))
    everything = {"conv": conv, "relu": relu, "pool": F.avg_pool2d(relu, 2)}
    hint = recognise(
        ({"relu": F.relu(image)}, "Each layer takes the output of the one before."),
        ({"relu": conv}, "That is what went into relu, not what came out."),
        (everything, "Keep the wanted layers only."),
    )
    shown = "extract_features(conv → relu → pool, image, ['relu'])"
    return Case((_chain(), image, ["relu"]), {"relu": relu}, shown, hint)


def _two_layers(image: Tensor) -> Case:
    conv = _shift(image)
    expected = {"conv": conv, "pool": F.avg_pool2d(F.relu(conv), 2)}
    shown = "extract_features(conv → relu → pool, image, ['pool', 'conv'])"
    return Case((_chain(), image, ["pool", "conv"]), expected, shown)


def _in_place(image: Tensor) -> Case:
    conv, relu = _shift(image), F.relu(_shift(image))
    layers = [("conv", _shift), ("relu", torch.relu_)]
    overwritten = {"conv": relu, "relu": relu}
    hint = recognise((overwritten, "The in-place ReLU overwrote the kept 'conv': keep a clone()."))
    shown = "extract_features(conv → in-place relu, image, ['conv', 'relu'])"
    return Case((layers, image, ["conv", "relu"]), {"conv": conv, "relu": relu}, shown, hint)


def _no_further(image: Tensor) -> Case:
    layers = [*_chain(), ("conv2", _too_far)]
    shown = "extract_features(conv → relu → pool → conv2, image, ['relu'])"
    return Case((layers, image, ["relu"]), {"relu": F.relu(_shift(image))}, shown)


def _shift(value: Tensor) -> Tensor:
    return 2 * value - 9


def _too_far(value: Tensor) -> Tensor:
    raise RuntimeError("conv2 was computed, and nobody asked for it. Stop at the deepest wanted")


CHECKS = {
    "output_size": output_size,
    "parameter_count": parameter_count,
    "convolve2d": convolve2d,
    "receptive_field": receptive_field,
    "extract_features": extract_features,
}
