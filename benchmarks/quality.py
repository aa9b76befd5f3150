"""Four numbers about a painting that no loss lowers: they help to look, and do not replace it.

All take image tensors `(1, 3, H, W)`. The picture has the size of its photo, the painting its own.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.beyond.colour import luminance
from nst_helpers.beyond.distributions import random_directions, sliced_loss, sorted_projections
from nst_helpers.engine import VGG19Features
from nst_helpers.pictures.images import rescale

FINE, MIDDLE = 1, (2, 3, 4)  # octaves of a Laplacian pyramid, the finest is the first
HAND_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")  # the default's losses read none of them
DIRECTIONS = 64  # of the sliced Wasserstein distance
FLAT = 0.4  # the part of a photo that is called flat


def octave(grey: Tensor, which: int) -> Tensor:
    """One level of a Laplacian pyramid of `(1, 1, H, W)`: 1 is the finest."""
    for _ in range(which - 1):
        grey = rescale(grey, 0.5)
    return grey - rescale(rescale(grey, 0.5), None, grey.shape[2:])


def grain(picture: Tensor, painting: Tensor) -> float:
    """The share of the finest octave in the luminance's energy, over that of the painting.

    1 is as grainy as the painting; much more is a mesh.
    """

    def share(image: Tensor) -> float:
        grey = luminance(image)
        return (octave(grey, FINE).square().mean() / grey.var()).item()

    return share(picture) / share(painting)


def structure(picture: Tensor, photo: Tensor) -> float:
    """Correlation of the luminance's slopes in picture and photo at an eighth of their size.

    About 0.8 is barely painted, 0.4 to 0.6 a painting of that photo; below 0.2 the photo is lost.
    """
    slopes = [_slope(rescale(luminance(image), 1 / 8)).flatten() for image in (picture, photo)]
    return torch.corrcoef(torch.stack(slopes))[0, 1].item()


def _slope(grey: Tensor) -> Tensor:
    down = grey[:, :, 1:, :-1] - grey[:, :, :-1, :-1]
    right = grey[:, :, :-1, 1:] - grey[:, :, :-1, :-1]
    return (down.square() + right.square()).sqrt()


def hand(picture: Tensor, photo: Tensor, painting: Tensor, network: VGG19Features) -> float:
    """How far the picture is from the painting, over how far the photo is: 0 is the same hand.

    The sliced Wasserstein distance of the activations of `network`, which captures HAND_LAYERS.
    """
    with torch.no_grad():
        own, before, aim = (network(image) for image in (picture, photo, painting))
    parts = [
        _sliced(own[layer], aim[layer]) / _sliced(before[layer], aim[layer])
        for layer in HAND_LAYERS
    ]
    return sum(parts) / len(parts)


def _sliced(one: Tensor, other: Tensor) -> float:
    generator = torch.Generator().manual_seed(0)
    directions = random_directions(one.shape[1], DIRECTIONS, generator).to(one.device)
    return sliced_loss(one, sorted_projections(other, directions), directions).item()


def pebbles(picture: Tensor, photo: Tensor, painting: Tensor) -> float:
    """What has no direction in the middle octaves where the photo is flat, over the painting's.

    A stroke runs along something: of the two eigenvalues of its structure tensor one is small. A
    pebble has two large ones. 1 is as restless as the painting is on average.
    """
    flatness = -_smooth(octave(luminance(photo), 2).square(), 8)
    cut = flatness.flatten().quantile(1 - FLAT)
    flat = rescale(flatness, None, luminance(photo).shape[2:]) >= cut
    own, hers = _restless(picture), _restless(painting)
    return (own[flat].mean() / hers.mean()).item()


def _restless(image: Tensor) -> Tensor:
    """The smaller eigenvalue's root of the structure tensor, over the middle octaves."""
    grey, total = luminance(image), 0
    for which in MIDDLE:
        band = octave(grey, which)
        down = F.pad(band, (0, 0, 1, 1), "replicate")
        down = (down[:, :, 2:] - down[:, :, :-2]) / 2
        right = F.pad(band, (1, 1, 0, 0), "replicate")
        right = (right[:, :, :, 2:] - right[:, :, :, :-2]) / 2
        yy, xx, xy = (_smooth(a * b, 4) for a, b in ((down, down), (right, right), (down, right)))
        half = ((yy - xx).square() / 4 + xy.square()).sqrt()
        smaller = ((yy + xx) / 2 - half).clamp_min(0)
        total = total + rescale(smaller.sqrt(), None, grey.shape[2:])
    return total


def _smooth(grey: Tensor, reach: int) -> Tensor:
    """Means over squares of 2·`reach` + 1 pixels, the rim repeated."""
    padded = F.pad(grey, (reach,) * 4, "replicate")
    return F.avg_pool2d(padded, 2 * reach + 1, stride=1)
