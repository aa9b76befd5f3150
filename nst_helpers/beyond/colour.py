"""Keeping a photo's colours: after the painting, or before it.

Both ways are those of Gatys et al. (2016b, "Preserving color in neural artistic style
transfer", arXiv:1606.05897). All pictures are image tensors `(1, 3, H, W)`, RGB in [0, 1].
"""

import torch
from torch import Tensor

from nst_helpers.engine import check_shapes
from nst_helpers.errors import SettingError

LUMINANCE = (0.299, 0.587, 0.114)  # weights of R, G and B in the Y of YIQ and YUV
FLAT = 1e-6  # a direction of colour space with less variance than this has no colours to spread


def luminance(image: Tensor) -> Tensor:
    """How bright each pixel is: `(1, 3, H, W)` to `(1, 1, H, W)`, in [0, 1]."""
    weights = torch.tensor(LUMINANCE, device=image.device).reshape(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def keep_colours(painting: Tensor, photo: Tensor) -> Tensor:
    """The luminance of `painting` with the colours of `photo`, both of one shape.

    In YIQ, Y comes from one picture, I and Q from the other. Y enters R, G and B alike, so it
    is enough to add the difference of the two. Clamped to [0, 1], where a colour may pale.

    The paper also styles luminance alone, and evens out the two luminance histograms first;
    here any finished painting will do. Raises SettingError if the shapes differ.
    """
    check_shapes(tuple(painting.shape), tuple(photo.shape))
    return (photo + luminance(painting) - luminance(photo)).clamp(0, 1)


def match_colours(picture: Tensor, target: Tensor) -> Tensor:
    """`picture` recoloured so that the mean and covariance of its pixels are those of `target`.

    The paper's linear map x → A x + b with A = Σₜ^½ Σₚ^-½, its "Image Analogies" variant; the
    sizes may differ. Clamped to [0, 1], which moves the statistics a little. Where `picture`
    has no spread of colour, as in a grey one, none is invented.
    """
    (mean, covariance), (goal, wanted) = _statistics(picture), _statistics(target)
    transform = _power(wanted, 0.5) @ _power(covariance, -0.5)
    pixels = transform @ (picture[0].flatten(1) - mean) + goal
    return pixels.reshape(picture.shape).clamp(0, 1)


def _statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `(3, 1)` and covariance `(3, 3)` of the pixels."""
    if image.ndim != 4 or image.shape[:2] != (1, 3):
        raise SettingError(f"Colours are those of an image (1, 3, H, W), not {tuple(image.shape)}.")
    pixels = image[0].flatten(1)
    mean = pixels.mean(1, keepdim=True)
    return mean, (pixels - mean) @ (pixels - mean).T / pixels.shape[1]


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """A power of a symmetric matrix without negative eigenvalues; flat directions become 0."""
    values, vectors = torch.linalg.eigh(matrix)
    powers = torch.where(values > FLAT, values.clamp_min(FLAT) ** exponent, 0)
    return vectors * powers @ vectors.T
