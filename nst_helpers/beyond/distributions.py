"""Other summaries of style than the Gram matrix, as terms of an objective.

Each forgets where things are, as the Gram matrix does. Mean and spread keep less than it. Mean and
covariance keep a little more: with mean m and covariance S, the Gram matrix is S + m mᵀ. The sliced
distribution keeps more still.
"""

from collections.abc import Iterable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.engine import STYLE_LAYERS, Term, VGG19Features, mean_squared_error, shared_weights
from nst_helpers.errors import SettingError

LEAST_VARIANCE = 1e-6  # added under the root, whose slope is infinite at 0
LEAST_COVARIANCE = 1e-4  # added to its diagonal, whose square root is too steep at 0
DIRECTIONS = 32


def mean_and_spread(features: Tensor) -> Tensor:
    """Mean and standard deviation of each channel: `(1, C, H, W)` to `(2, C)` float32."""
    rows = features[0].flatten(1).float()
    variance = rows.var(1, correction=0)
    return torch.stack([rows.mean(1), (variance + LEAST_VARIANCE).sqrt()])


def mean_and_spread_loss(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of `mean_and_spread(features)` and `target` `(2, C)`.

    Half the BN statistics loss of Li et al. (2017, "Demystifying neural style transfer",
    arXiv:1701.01036); Huang & Belongie (2017, arXiv:1703.06868) match the same numbers.
    """
    return mean_squared_error(mean_and_spread(features), target)


def mean_and_covariance(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `(C,)` and covariance `(C, C)` of the channels of `(1, C, H, W)`, in float32."""
    rows = features[0].flatten(1).float()
    mean = rows.mean(1, keepdim=True)
    covariance = (rows - mean) @ (rows - mean).T / rows.shape[1]
    return mean[:, 0], covariance + LEAST_COVARIANCE * torch.eye(len(rows), device=rows.device)


def mean_and_root(features: Tensor) -> Tensor:
    """The target of `wasserstein_loss`: the mean as a row above the covariance's square root.

    `(1, C, H, W)` to `(C + 1, C)`, in float64 and on the processor, where C² numbers cost little.
    """
    mean, covariance = (value.cpu().double() for value in mean_and_covariance(features))
    values, vectors = torch.linalg.eigh(covariance)
    return torch.cat([mean[None], vectors * values.clamp_min(0).sqrt() @ vectors.T])


def wasserstein_loss(features: Tensor, target: Tensor) -> Tensor:
    """Wasserstein-2 distance, squared and over C, of two Gaussians: the features' and `target`'s.

    Of means m, n and covariances S, T = R²: `|m - n|² + tr(S + T - 2 (R S R)^½)` (Olkin &
    Pukelsheim 1982): the least work that turns one cloud of activations into the other, if both are
    Gaussian.
    Its gradient never divides by differences of eigenvalues: it is finite where two are equal.
    """
    mean, covariance = (value.cpu().double() for value in mean_and_covariance(features))
    wanted, root = target[0], target[1:]
    shared = torch.linalg.eigvalsh(root @ covariance @ root).clamp_min(LEAST_COVARIANCE**2)
    spread = covariance.trace() + root.square().sum() - 2 * shared.sqrt().sum()
    loss = ((mean - wanted).square().sum() + spread) / len(mean)
    return loss.float().to(features.device)


def random_directions(channels: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` unit vectors in the space of `channels`, evenly spread: `(count, channels)`."""
    if count < 1:
        raise SettingError(f"{count} directions are impossible: give a positive number.")
    return F.normalize(torch.randn(count, channels, generator=generator))


def sorted_projections(features: Tensor, directions: Tensor) -> Tensor:
    """The positions' values along each direction, in rising order: `(K, H·W)` float32."""
    return (directions @ features[0].flatten(1).float()).sort(dim=1).values


def sliced_loss(features: Tensor, target: Tensor, directions: Tensor) -> Tensor:
    """Mean squared difference of the sorted projections and `target` `(K, M)`.

    This is the sliced Wasserstein distance, squared, between two clouds of points (Heitz et
    al. 2021, arXiv:2006.07229). If M is not H·W, `target` is read off between its values.
    """
    values = sorted_projections(features, directions)
    if target.shape[1] != values.shape[1]:
        target = F.interpolate(target[None], values.shape[1], mode="linear")[0]
    return mean_squared_error(values, target)


@torch.no_grad()
def sliced_terms(
    network: VGG19Features,
    style: Tensor,
    layers: Iterable[str] | Mapping[str, float] = STYLE_LAYERS,
    *,
    directions: int = DIRECTIONS,
    seed: int = 0,
) -> list[Term]:
    """One term a layer that asks for the distribution of `style` along random `directions`.

    `layers` as in `style_terms`. Heitz et al. draw new directions at each step; here they
    are drawn once, from `seed`, because L-BFGS needs a loss that stays the same.
    """
    activations, generator = network(style), torch.Generator().manual_seed(seed)
    terms = []
    for layer, weight in shared_weights(layers).items():
        features = activations[layer]
        slices = random_directions(features.shape[1], directions, generator).to(features.device)
        target = sorted_projections(features, slices)
        terms.append(Term("style", layer, target, partial(sliced_loss, directions=slices), weight))
    return terms
