"""A style for each region: Gram matrices in which a mask weighs the positions.

After Gatys et al. (2017, "Controlling perceptual factors in neural style transfer",
arXiv:1611.07865, spatial control). A mask is a tensor `(1, 1, H, W)` in [0, 1], 1 where it counts,
of any size: each layer takes its averages.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from torch import Tensor

from nst_helpers.engine import (
    STYLE_LAYERS,
    Term,
    VGG19Features,
    gram_matrix,
    mask_at,
    style_loss,
    style_terms,
)
from nst_helpers.errors import SettingError


def weigh_positions(features: Tensor, mask: Tensor) -> Tensor:
    """`features` times √(m / mean m), so that products of two of them are weighed by m.

    Raises SettingError for a mask that is none, or empty.
    """
    weights = mask_at(mask, features, most=1.0)
    if weights.max() == 0:
        raise SettingError("The mask is 0 everywhere: set the region to 1.")
    return features * (weights / weights.mean()).sqrt().to(features.dtype)


def masked_gram(features: Tensor, mask: Tensor) -> Tensor:
    """Σ m f fᵀ / Σ m over the positions: `(1, C, H, W)` to `(C, C)` float32.

    With a mask of ones it is `gram_matrix`. The paper scales its guides to Σ m = 1, which
    is the same.
    """
    return gram_matrix(weigh_positions(features, mask))


def masked_style_loss(features: Tensor, target_gram: Tensor, mask: Tensor) -> Tensor:
    """`style_loss` of what lies under `mask`. It does not shrink with the region."""
    return style_loss(weigh_positions(features, mask), target_gram)


def masked_style_terms(
    network: VGG19Features,
    style: Tensor,
    mask: Tensor,
    layers: Iterable[str] | Mapping[str, float] = STYLE_LAYERS,
    *,
    style_mask: Tensor | None = None,
    label: str = "",
) -> list[Term]:
    """One term a layer that asks, under `mask`, for the Gram matrix of the image `style`.

    `style_mask` says which part of the painting counts; None takes all of it. `layers` and
    `label` are as in `style_terms`. A deep unit at the edge of a region sees beyond it, so
    styles blend there.
    """
    summary = gram_matrix if style_mask is None else partial(masked_gram, mask=style_mask)
    loss = partial(masked_style_loss, mask=mask.to(network.device))
    return style_terms(network, style, layers, summary=summary, loss=loss, label=label)
