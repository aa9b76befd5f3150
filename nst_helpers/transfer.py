"""Composition roots: pictures and settings in, a run that yields snapshots out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from nst_helpers.device import check_memory, pick_device, pick_precision, suggest_size
from nst_helpers.images import load_image, rescale, samples, starting_image
from nst_helpers.objective import Objective, content_terms, style_terms
from nst_helpers.run import Run, Stage
from nst_helpers.vgg import CONTENT_LAYERS, STYLE_LAYERS, VGG19Features, measure_activations
from nst_helpers.weights import VGG19Weights, load_vgg19_weights, normalise_activations

Picture = Tensor | str | Path
NORMALISING_SIZE = 256  # px; for weights whose mean activations are not kept in the package
COARSEST_SIZE = 256  # px; the first scale of a run from coarse to fine
SCALE_RATIO = 2**0.5


def load_network(
    layers: Iterable[str],
    *,
    weights: str | Path = "original",
    pooling: str = "average",
    seed: int = 0,
    device: str = "auto",
    precision: str | None = None,
) -> VGG19Features:
    """VGG19 up to the deepest of `layers`, mean activations 1, where and how it runs best.

    `weights` is a source of `load_vgg19_weights`; any but the original are normalised over
    the supplied pictures, which takes a few seconds. `seed` matters to "random" ones only.
    """
    place = pick_device(device)
    loaded = load_vgg19_weights(weights, seed=seed)
    return VGG19Features(
        layers, _normalised(loaded), pooling, place, pick_precision(place, precision)
    )


def _normalised(weights: VGG19Weights) -> VGG19Weights:
    if weights.source == "original":
        return normalise_activations(weights)
    paths = [path for kind in ("content", "style") for path in samples(kind).values()]
    pictures = [load_image(path, NORMALISING_SIZE) for path in paths]
    return normalise_activations(weights, measure_activations(weights, pictures))


def _picture(picture: Picture, network: VGG19Features, size: int | None) -> Tensor:
    """`picture` on the network's device: a file scaled to `size`, a tensor as it is."""
    device = network.mean.device
    if not isinstance(picture, Tensor):
        picture = load_image(picture, size or suggest_size(device))
    check_memory(picture[0, 0].numel(), device, network.dtype)
    return picture.to(device)


def stylize(
    content: Picture,
    style: Picture,
    *,
    size: int | None = None,
    steps: int = 100,
    alpha: float = 1.0,
    beta: float = 1000.0,
    start: str = "content",
    optimiser: str = "lbfgs",
    content_layers: Sequence[str] = CONTENT_LAYERS,
    style_layers: Sequence[str] | Mapping[str, float] = STYLE_LAYERS,
    coarse_to_fine: bool = False,
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Paint `content` in the manner of `style` (Gatys et al. 2016, eq. 7).

    Args:
        content, style: files, or image tensors; their sizes and shapes may differ.
        size: longer side in pixels to which files are scaled; None suits the device.
        steps: optimiser steps of one evaluation each, rarely more.
        alpha, beta: weights of content and style. With the default network β = 10 barely
            paints and 10,000 leaves only paint; faces want about 100.
        start: "content", "style", "blank" or "noise" (from `seed`).
        optimiser: "lbfgs", "lbfgs-fourier" or "adam", as in `optimize`.
        content_layers, style_layers: names of layers; a mapping gives style weights.
        coarse_to_fine: share the steps among scales that grow to the full size by √2, which
            large structures need above 256 px; below, there is only one scale.
        network: weights, pooling, device and precision, as in `load_network`.

    Returns a Run: iterate it, or call its `finish()`. Raises ImageError, WeightsError or
    SettingError before the first step when something does not fit.
    """
    vgg = load_network({*content_layers, *style_layers}, seed=seed, **network)
    photo, painting = _picture(content, vgg, size), _picture(style, vgg, size)
    pair = _Pair(vgg, photo, painting, content_layers, style_layers)
    factors = _scales(max(photo.shape[2:])) if coarse_to_fine else [1.0]
    shares = [steps // len(factors)] * len(factors)
    shares[-1] += steps - sum(shares)
    later = [pair.stage(*three) for three in zip(factors, factors[1:], shares[1:], strict=False)]
    first = rescale(starting_image(start, photo, painting, seed), factors[0]).clamp(0, 1)
    return Run(pair.objective(factors[0], alpha, beta), first, shares[0], optimiser, later)


@dataclass(frozen=True)
class _Pair:
    """Photo and painting at full size, and what is asked of them at any scale."""

    network: VGG19Features
    photo: Tensor
    painting: Tensor
    content_layers: Sequence[str]
    style_layers: Sequence[str] | Mapping[str, float]

    def objective(self, factor: float, alpha: float, beta: float) -> Objective:
        photo, painting = (rescale(p, factor).clamp(0, 1) for p in (self.photo, self.painting))
        terms = content_terms(self.network, photo, self.content_layers)
        terms += style_terms(self.network, painting, self.style_layers)
        return Objective(self.network, terms, alpha, beta)

    def stage(self, before: float, factor: float, steps: int) -> Stage:
        """The part of a run that goes from one scale to the next."""

        def aim(earlier: Objective) -> Objective:
            objective = self.objective(factor, earlier.alpha, earlier.beta)
            for term, same in zip(objective.terms, earlier.terms, strict=True):
                term.weight = same.weight  # a slider may have moved it meanwhile
            return objective

        def carry(image: Tensor) -> Tensor:
            photo = rescale(self.photo, factor)
            change = image - rescale(self.photo, before)  # what was painted, not a blurred picture
            return (photo + rescale(change, None, photo.shape[2:])).clamp(0, 1)

        return Stage(steps, aim, carry)


def _scales(size: int) -> list[float]:
    """Factors of the full size, growing by √2 to 1; the first leaves at least 256 px."""
    count = max(0, math.floor(math.log(size / COARSEST_SIZE, SCALE_RATIO) + 1e-9))
    return [SCALE_RATIO**-k for k in range(count, -1, -1)]


def reconstruct_content(
    content: Picture,
    layer: str = "relu4_2",
    *,
    size: int | None = None,
    steps: int = 200,
    start: str = "noise",
    optimiser: str = "lbfgs",
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Find a picture with the activations of `content` at one layer (paper's figure 1, top).

    Arguments as in `stylize`; the loss is the content loss alone, with α = 1.
    """
    vgg = load_network([layer], seed=seed, **network)
    photo = _picture(content, vgg, size)
    first = starting_image(start, photo, photo, seed)
    return Run(Objective(vgg, content_terms(vgg, photo, [layer])), first, steps, optimiser)


def reconstruct_style(
    style: Picture,
    layers: Sequence[str] | Mapping[str, float] = STYLE_LAYERS,
    *,
    size: int | None = None,
    steps: int = 200,
    start: str = "noise",
    optimiser: str = "lbfgs",
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Find a texture with the Gram matrices of `style` (Gatys et al. 2015b; figure 1, bottom).

    Arguments as in `stylize`; the loss is the style loss alone, with β = 1.
    """
    vgg = load_network(layers, seed=seed, **network)
    painting = _picture(style, vgg, size)
    first = starting_image(start, painting, painting, seed)
    return Run(
        Objective(vgg, style_terms(vgg, painting, layers), beta=1.0), first, steps, optimiser
    )
