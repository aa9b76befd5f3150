"""The exercises of lesson 03."""

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases
from nst_helpers.engine import gram_matrix

COUNTED = torch.arange(12.0).reshape(1, 2, 2, 3)
drawn = torch.Generator().manual_seed(0)
SMALL, BATCH = (torch.rand(shape, generator=drawn) for shape in ((1, 3, 2, 2), (3, 4, 2, 5)))
TWO_PICTURES = torch.tensor([[1.0, 0, 0, 2, 1, 3], [1, 1, 3, 1, 0, 2]]).reshape(2, 3, 1, 2)
ON_PAPER = torch.tensor([[1.0, 2, 3, 0, 1, 1, 0, 2, 1, 0, 0, 1], [2.0, 0, 1, 1, 0, 2] * 2])
PAIRS = [ON_PAPER.reshape(2, 1, 3, 1, 4), torch.randn(2, 1, 3, 2, 4, generator=drawn).clamp_min(0)]
FIRST, SECOND = (
    {f"relu{n}_1": torch.rand(1, n + 1, 4 // n, 4, generator=drawn) for n in (1, 2)} for _ in "ab"
)
WIDE = {name: torch.cat([value] * 3, 3) for name, value in SECOND.items()}


@cases((COUNTED, torch.tensor([5, 0, 3, 1, 4, 2])), (SMALL, torch.tensor([1, 2, 3, 0])))
def shuffle_positions(features: Tensor, order: Tensor) -> Answers:
    """`(1, C, H, W)` with its H·W positions in the order given, the same in all channels."""
    rows, shape = features.flatten(2), features.shape
    each = torch.stack([row[order.roll(place)] for place, row in enumerate(rows[0])])
    columns = features.mT.flatten(2)[:, :, order].reshape(features.mT.shape).mT
    way_back = rows[:, :, order.argsort()].reshape(shape)
    return {
        "all channels moved together: the Gram matrix stays.": rows[:, :, order].reshape(shape),
        "That is the way back: position i takes what was at position order[i].": way_back,
        "Each channel went its own way; use one order for all.": each.reshape(shape),
        "Positions are counted row by row, not column by column.": columns,
        "The positions are right: give them back their rows and columns.": rows[:, :, order],
        "Nothing has moved.": features,
    }


@cases((TWO_PICTURES,), (BATCH,))
def batch_gram(features: Tensor) -> Answers:
    """`(B, C, H, W)` to `(B, C, C)`, each divided by H·W."""
    rows, mixed = features.flatten(2), features.flatten(2).flatten(0, 1)
    count, channels, positions = rows.shape
    right = rows @ rows.mT / positions
    return {
        "each picture has its own Gram matrix, and the pictures do not mix.": right,
        "The division by H·W is missing.": right * positions,
        "Divide by H·W only, not by the number of channels.": right / channels,
        "Divide by H·W only, not by the number of pictures.": right / count,
        "Only the first picture was used.": right[0],
        "You added up the pictures; keep them apart.": right.sum(0),
        "You averaged over the pictures; keep them apart.": right.mean(0),
        "You multiplied channels of different pictures.": mixed @ mixed.T / positions,
        "That compares positions: multiply the other way round.": rows.mT @ rows / positions,
        "gram_matrix takes one picture; @ multiplies a whole batch.": lambda: gram_matrix(features),
    }


@cases(*map(tuple, PAIRS))
def paper_style_loss(features: Tensor, target: Tensor) -> Answers:
    """E_l of two activations, a scalar tensor: the paper's equation 4, with undivided Grams."""
    channels, positions = features.shape[1], features[0, 0].numel()
    error = (gram_matrix(features) - gram_matrix(target)).square().sum() * positions**2
    right = error / (4 * channels**2 * positions**2)
    return {
        "exactly a quarter of the course's loss, whatever the size.": right,
        "That is the course's loss: the 4 in the denominator is missing.": 4 * right,
        "Here G is plain F Fᵀ, not divided by N.": right / positions**2,
        "The C² and N² in the denominator are missing.": error / 4,
        "The denominator has squares: C² and N².": error / (4 * channels * positions),
        "The C² in the denominator is missing.": error / (4 * positions**2),
        "The N² in the denominator is missing.": error / (4 * channels**2),
        "Compare Gram matrices, not the features.": (features - target).square().mean(),
    }


@cases(*map(tuple, PAIRS))
def paper_style_gradient(features: Tensor, target: Tensor) -> Answers:
    """The gradient of E_l to what goes into the ReLU: the paper's equation 6."""
    rows, goal = features[0].flatten(1), target[0].flatten(1)
    slope = (rows @ rows.T - goal @ goal.T) @ rows / rows.numel() ** 2
    right = slope.reshape(features.shape) * (features > 0)
    return {
        "autograd, sent back through the ReLU, finds the same.": right,
        "The mask is missing: a unit where F is 0 passes nothing back.": slope.view_as(features),
        "The sign is the wrong way round: it is G - A.": -right,
        "Here G is plain F Fᵀ, not divided by N.": right / rows.shape[1],
        "The C² and N² in the denominator are missing.": right * rows.numel() ** 2,
        "The 4 of the derivative cancels the 4 in the loss.": 4 * right,
        "Give the gradient the shape of the features.": right[0].flatten(1),
    }


@cases((FIRST, SECOND), (FIRST, WIDE), (FIRST, FIRST))
def style_distance(first: dict[str, Tensor], second: dict[str, Tensor]) -> Answers:
    """The mean over the layers of the mean squared difference of the Gram matrices."""
    pairs = [(first[name], second[name]) for name in first]
    squares = [(gram_matrix(one) - gram_matrix(other)).square() for one, other in pairs]
    layers = torch.stack([square.mean() for square in squares])
    return {
        "it compares pictures of different sizes, too.": layers.mean(),
        "Take the mean over the layers, not their sum.": layers.sum(),
        "Only the first layer was counted.": layers[0],
        "Only the last layer was counted.": layers[-1],
        "Inside a layer, too, take the mean.": sum(square.sum() for square in squares) / len(first),
        "No root here: the course's loss is a mean of squares.": layers.sqrt().mean(),
        "Return one number for the picture: the mean over the layers.": layers,
        "Compare Gram matrices, not the features.": (
            lambda: sum((one - other).square().mean() for one, other in pairs) / len(first)
        ),
    }
