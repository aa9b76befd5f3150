"""Lesson 01: classic wrong answers, each with words its verdict must use."""

import torch
import torch.nn.functional as F


def kept(layers, image, wanted, output=True, clone=True, chain=True):
    """`extract_features` with a fault at choice; by default it only goes on too far."""
    features, value = {}, image
    for name, layer in layers:
        before, value = value, layer(value if chain else image)
        if name in wanted:
            features[name] = (value if output else before).clone() if clone else value
    return features


def one_filter_a_channel(image, kernels):
    return torch.stack([F.conv2d(image[None], k[:, None], groups=len(image))[0] for k in kernels])


def late_stride(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field


def apart_once_several(image, kernels):
    """Right in shape while the image has one channel, so that the check goes on."""
    apart = one_filter_a_channel(image, kernels)
    return apart[:, 0] if len(image) == 1 else apart


MISTAKES = [
    ("output_size", lambda n, k, p, s: (n + 2 * p - k) // s, "n strides make n + 1"),
    ("output_size", lambda n, k, p, s: (n + p - k) // s + 1, "counts twice"),
    ("output_size", lambda n, k, p, s: (n + 2 * p - k) / s + 1, "divide with //"),
    ("output_size", lambda n, k, p, s: n + 2 * p - k + 1, "stride is missing"),
    ("parameter_count", lambda i, o, k: i * o * k * k, "one bias"),
    ("parameter_count", lambda i, o, k: i * o * k * k + 1, "not one for the whole layer"),
    ("parameter_count", lambda i, o, k: i * o * k * k + i, "count outputs"),
    ("parameter_count", lambda i, o, k: o * k * k + o, "every input channel"),
    ("parameter_count", lambda i, o, k: i * o * k + o, "square"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k.flip(2, 3))[0], "flipped"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k.mT)[0], "exchanged"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k, padding=1)[0], "padding"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k)[0, :, :-1, :-1], "missing"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k)[0] / k[0].numel(), "mean"),
    ("convolve2d", lambda x, k: F.conv2d(x[None], k), "(1, 1, 2, 3); expected (1, 2, 3)"),
    ("receptive_field", lambda layers: 1 + sum(k - 1 for k, _ in layers), "counts 2"),
    ("receptive_field", lambda layers: sum(k for k, _ in layers), "overlap"),
    ("receptive_field", late_stride, "layers after it"),
    ("extract_features", lambda *a: kept(*a, chain=False), "output of the one before"),
    ("extract_features", lambda *a: kept(*a, output=False), "what went into relu"),
    ("extract_features", lambda *a: kept(*a, clone=False), "overwrote"),
    ("extract_features", lambda *a: kept(*a), "Stop at the deepest"),
    ("extract_features", lambda n, x, w: list(kept(n, x, w).values()), "expected a dict"),
    ("convolve2d", apart_once_several, "sums over all of them"),
]
