"""VGG19 with its weights, normalised, in the right place: the network that every run takes."""

from collections.abc import Iterable
from pathlib import Path

from nst_helpers.device import pick_device, pick_precision
from nst_helpers.images import load_image, samples
from nst_helpers.vgg import VGG19Features, measure_activations
from nst_helpers.weights import VGG19Weights, load_vgg19_weights, normalise_activations

NORMALISING_SIZE = 256  # px; for weights whose mean activations are not kept in the package


def load_network(
    layers: Iterable[str],
    *,
    weights: str | Path = "original",
    normalised: bool = True,
    pooling: str = "average",
    seed: int = 0,
    device: str = "auto",
    precision: str | None = None,
) -> VGG19Features:
    """VGG19 up to the deepest of `layers`, mean activations 1, where and how it runs best.

    `weights` is a source of `load_vgg19_weights`; any but the original are normalised over
    the supplied pictures, which takes a few seconds. `normalised=False` leaves activations as
    loud as they are. `seed` matters to "random" ones only.
    """
    place = pick_device(device)
    loaded = load_vgg19_weights(weights, seed=seed)
    if normalised:
        loaded = _normalised(loaded)
    return VGG19Features(layers, loaded, pooling, place, pick_precision(place, precision))


def _normalised(weights: VGG19Weights) -> VGG19Weights:
    if weights.source == "original":
        return normalise_activations(weights)
    paths = [path for kind in ("content", "style") for path in samples(kind).values()]
    pictures = [load_image(path, NORMALISING_SIZE) for path in paths]
    return normalise_activations(weights, measure_activations(weights, pictures))
