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

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.errors import SettingError

MOST_KEPT = 1e6  # times at most that one place counts


def gram_matrix(features: Tensor) -> Tensor:
    """Gram matrix of an activation: `(1, C, H, W)` to `(C, C)` float32, divided by H·W.

    Entry (i, j) is the mean over positions of channel i times channel j (Gatys et al. 2016,
    eq. 3, which does not divide). Raises SettingError unless the batch holds one image.
    """
    if features.ndim != 4 or features.shape[0] != 1:
        raise SettingError(
            f"A Gram matrix takes activations (1, C, H, W), not {tuple(features.shape)}."
        )
    rows = features[0].flatten(1)  # a view in either memory layout
    if rows.dtype == torch.float32:
        return rows @ rows.T / rows.shape[1]
    if rows.dtype == torch.float16:  # ends at 65,504, which a sum of squares soon passes
        peak = rows.detach().abs().amax().clamp_min(torch.finfo(torch.float16).tiny)
        return _gram_by_blocks(rows / peak) * (peak.float().square() / rows.shape[1])
    return _gram_by_blocks(rows) / rows.shape[1]


def _gram_by_blocks(rows: Tensor) -> Tensor:
    """F Fᵀ of half-precision `(C, N)` in float32.

    Processors multiply half precision into a float32 sum but round that sum once, at the
    end. Summing several blocks of positions in float32 makes the rounding cancel.
    """
    channels, positions = rows.shape
    count = min(max(32, positions // 2**15), max(2, positions // (2 * channels)), positions)
    length = positions // count
    blocks = rows[:, : count * length].unflatten(1, (count, length)).transpose(0, 1)
    gram = torch.bmm(blocks, blocks.transpose(1, 2)).float().sum(0)
    rest = rows[:, count * length :].float()
    return gram + rest @ rest.T


def content_loss(features: Tensor, target: Tensor, keep: Tensor | None = None) -> Tensor:
    """Mean squared difference of two activations of one shape (Gatys et al. 2016, eq. 1).

    The paper takes half the sum; see the module's docstring. `keep` `(1, 1, H, W)` multiplies the
    squares of each position before the mean: 1 is as usual, more holds the photo more firmly.
    """
    return mean_squared_error(features, target, keep)


def style_loss(features: Tensor, target_gram: Tensor) -> Tensor:
    """Mean squared difference between the Gram matrix of `features` and `target_gram`.

    `features` is `(1, C, H, W)`, `target_gram` `(C, C)`: four times the paper's E_l (eq. 4).
    """
    check_shapes((features.shape[1],) * 2, tuple(target_gram.shape))
    return _GramDistance.apply(features, target_gram)


class _GramDistance(torch.autograd.Function):
    """`style_loss` with its gradient written out: 4 (G - A) F / (C² N), the paper's eq. 6 times 4.

    Autograd would multiply twice, once for each factor of F Fᵀ, and in float32.
    """

    @staticmethod
    def forward(ctx, features, target_gram):
        difference = gram_matrix(features) - target_gram
        ctx.save_for_backward(features, difference)
        return difference.square().mean()

    @staticmethod
    def backward(ctx, gradient):
        features, difference = ctx.saved_tensors
        scale = 4 * gradient / (difference.numel() * features[0, 0].numel())
        factor = (difference * scale).to(features.dtype)
        if features.is_contiguous():
            return (factor @ features[0].flatten(1)).reshape(features.shape), None
        return (features.permute(0, 2, 3, 1) @ factor).permute(0, 3, 1, 2), None


def mean_squared_error(value: Tensor, target: Tensor, factors: Tensor | None = None) -> Tensor:
    """Mean of (value - target)² in float32, each square multiplied by its factor if there are any.

    Raises SettingError if the shapes of `value` and `target` differ.
    """
    check_shapes(tuple(value.shape), tuple(target.shape))
    squares = (value.float() - target.float()).square()
    return (squares if factors is None else squares * factors).mean()


def mask_at(mask: Tensor, features: Tensor, most: float = MOST_KEPT) -> Tensor:
    """`mask` averaged down to the positions of `features`: `(1, 1, h, w)` float32.

    Raises SettingError unless it has the shape `(1, 1, H, W)` and values from 0 to `most`.
    """
    if mask.ndim != 4 or mask.shape[:2] != (1, 1):
        raise SettingError(f"A mask has the shape (1, 1, H, W), not {tuple(mask.shape)}.")
    if not 0 <= mask.min() <= mask.max() <= most:
        raise SettingError(f"A mask has values from 0 to {most:g}.")
    return F.adaptive_avg_pool2d(mask.float().to(features.device), features.shape[2:])


def check_shapes(value: tuple[int, ...], target: tuple[int, ...]) -> None:
    """Raise SettingError unless the two shapes are the same."""
    if value != target:
        raise SettingError(f"Losses compare tensors of one shape, not {value} and {target}.")


def total_variation(image: Tensor, power: int = 2) -> Tensor:
    """Mean `|difference|^power` of neighbouring pixels of `(1, 3, H, W)`, both directions added.

    Not in the paper: Mahendran & Vedaldi (CVPR 2015, section 3, β = 2) use it against
    high-frequency noise. With `power` 1, as some programs have it, edges cost no more than
    slopes.
    """
    down = image[:, :, 1:] - image[:, :, :-1]
    right = image[:, :, :, 1:] - image[:, :, :, :-1]
    return down.abs().pow(power).mean() + right.abs().pow(power).mean()
