"""Composition roots: pictures and settings in, a run that yields snapshots out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from torch import Tensor

from nst_helpers.device import pick_device, pick_precision, suggest_size
from nst_helpers.images import load_image, samples, starting_image
from nst_helpers.objective import Objective, content_terms, style_terms
from nst_helpers.optimize import Snapshot, optimize
from nst_helpers.vgg import CONTENT_LAYERS, STYLE_LAYERS, VGG19Features, measure_activations
from nst_helpers.weights import VGG19Weights, load_vgg19_weights, normalise_activations

Picture = Tensor | str | Path
NORMALISING_SIZE = 256  # px; for weights whose mean activations are not kept in the package


class Run:
    """An optimisation that is iterated for its snapshots and remembers what came of it.

    `for snapshot in run` goes on where the last loop stopped. `image` is the picture so far
    and `history` one dict a step (step, seconds, evaluations, content, style, total); both
    survive an interrupt. `objective.alpha` and `objective.beta` may be set between steps.
    """

    def __init__(self, objective: Objective, start: Tensor, steps: int, optimiser: str):
        self.objective = objective
        self.image = start
        self.history: list[dict[str, float]] = []
        self._snapshots = optimize(objective, start, steps, optimiser)

    def __iter__(self) -> Iterator[Snapshot]:
        return self

    def __next__(self) -> Snapshot:
        snapshot = next(self._snapshots)
        self.image = snapshot.image
        self.history.append(record(snapshot))
        return snapshot

    def finish(self) -> "Run":
        """Take all remaining steps; returns the run itself."""
        for _ in self:
            pass
        return self

    def close(self) -> None:
        """Stop for good and free the optimiser's memory; `image` and `history` stay."""
        self._snapshots.close()


def record(snapshot: Snapshot) -> dict[str, float]:
    """The numbers of a snapshot, without its picture."""
    losses = snapshot.losses
    return {
        "step": snapshot.step,
        "seconds": snapshot.seconds,
        "evaluations": snapshot.evaluations,
        "content": losses.content,
        "style": losses.style,
        "total": losses.total,
    }


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
    if isinstance(picture, Tensor):
        return picture.to(device)
    return load_image(picture, size or suggest_size(device)).to(device)


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
    content_layers: Iterable[str] = CONTENT_LAYERS,
    style_layers: Iterable[str] | Mapping[str, float] = STYLE_LAYERS,
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
        optimiser: "lbfgs" or "adam".
        content_layers, style_layers: names of layers; a mapping gives style weights.
        network: weights, pooling, device and precision, as in `load_network`.

    Returns a Run: iterate it, or call its `finish()`. Raises ImageError, WeightsError or
    SettingError before the first step when something does not fit.
    """
    layers = {*content_layers, *style_layers}
    vgg = load_network(layers, seed=seed, **network)
    photo, painting = _picture(content, vgg, size), _picture(style, vgg, size)
    terms = content_terms(vgg, photo, content_layers) + style_terms(vgg, painting, style_layers)
    first = starting_image(start, photo, painting, seed)
    return Run(Objective(vgg, terms, alpha, beta), first, steps, optimiser)


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
    layers: Iterable[str] | Mapping[str, float] = STYLE_LAYERS,
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
