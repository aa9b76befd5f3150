"""The losses: pure functions from tensors to a scalar.

The convention of the whole course, where F is an activation of C channels on N = H·W
positions, written as a C x N matrix:

- Gram matrix: G = F Fᵀ / N, so it does not grow with the picture.
- content loss: the mean over all C·N entries of (F - P)².
- style loss of one layer: the mean over all C² entries of (G - A)²; of a picture: the
  mean of that over its style layers.
- total loss: α · content + β · style.

Gatys, Ecker & Bethge (CVPR 2016) write G = F Fᵀ undivided, which is N times ours, and sum
where we average. Their content loss (eq. 1), ½ Σ (F - P)², is ½·C·N times ours. Their E_l
(eq. 4), Σ (G - A)² / (4 C² N²), is exactly a quarter of ours.

Whatever the precision of the activations, sums are accumulated in float32.
"""

from torch import Tensor

from nst_helpers.errors import SettingError


def gram_matrix(features: Tensor) -> Tensor:
    """Gram matrix of an activation: `(1, C, H, W)` to `(C, C)` float32, divided by H·W.

    Entry (i, j) is the mean over positions of channel i times channel j (Gatys et al. 2016,
    eq. 3, which does not divide). Raises SettingError unless the batch holds one image.
    """
    if features.ndim != 4 or features.shape[0] != 1:
        raise SettingError(
            f"A Gram matrix takes activations (1, C, H, W), not {tuple(features.shape)}."
        )
    rows = features[0].flatten(1).float()  # a view in either memory layout
    return rows @ rows.T / rows.shape[1]


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of two activations of one shape (Gatys et al. 2016, eq. 1).

    The paper takes half the sum; see the module's docstring.
    """
    return mean_squared_error(features, target)


def style_loss(features: Tensor, target_gram: Tensor) -> Tensor:
    """Mean squared difference between the Gram matrix of `features` and `target_gram`.

    `features` is `(1, C, H, W)`, `target_gram` `(C, C)`: four times the paper's E_l (eq. 4).
    """
    return mean_squared_error(gram_matrix(features), target_gram)


def mean_squared_error(value: Tensor, target: Tensor) -> Tensor:
    """Mean of (value - target)² in float32. Raises SettingError if the shapes differ."""
    if value.shape != target.shape:
        shapes = f"{tuple(value.shape)} and {tuple(target.shape)}"
        raise SettingError(f"Losses compare tensors of one shape, not {shapes}.")
    return (value.float() - target.float()).square().mean()


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference between neighbouring pixels of `(1, 3, H, W)`, both directions.

    Not in the paper: Mahendran & Vedaldi (CVPR 2015, section 3, β = 2) use it against
    high-frequency noise.
    """
    down = image[:, :, 1:] - image[:, :, :-1]
    right = image[:, :, :, 1:] - image[:, :, :, :-1]
    return down.square().mean() + right.square().mean()
