"""Checks for the exercises of lesson 03."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise
from nst_helpers.engine.losses import gram_matrix


def shuffle_positions(function: Callable) -> Verdict:
    """`shuffle_positions(features, order)`: `(1, C, H, W)`, each channel in the same order."""
    toy, order = torch.arange(12.0).reshape(1, 2, 2, 3), torch.tensor([5, 0, 3, 1, 4, 2])
    drawn = torch.rand(1, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    cases = [
        _shuffle_case(toy, order, "0 to 11 as (1, 2, 2, 3), [5, 0, 3, 1, 4, 2]"),
        _shuffle_case(drawn, torch.tensor([1, 2, 3, 0]), "(1, 3, 2, 2), [1, 2, 3, 0]"),
    ]
    return judge(function, cases, "all channels move together, so the Gram matrix stays.")


def _shuffle_case(features: Tensor, order: Tensor, shown: str) -> Case:
    rows = features.flatten(2)
    expected = rows[:, :, order].reshape(features.shape)
    turned = rows[:, :, order.argsort()].reshape(features.shape)
    mixed = features.flatten()[_over_channels(order, features.shape[1])].reshape(features.shape)
    hint = recognise(
        (turned, "That is the way back: position i takes the value from position order[i]."),
        (mixed, "Each channel went its own way; one order holds for all of them."),
        (rows[:, :, order], "The positions are right: give them back their rows and columns."),
        (features, "Nothing moved."),
    )
    return Case((features, order), expected, f"shuffle_positions({shown})", hint)


def _over_channels(order: Tensor, channels: int) -> Tensor:
    """The order of those who turn it by one more place in each channel."""
    count = len(order)
    return torch.cat([order.roll(channel) + channel * count for channel in range(channels)])


def batch_gram(function: Callable) -> Verdict:
    """`batch_gram(features)`: `(B, C, H, W)` to `(B, C, C)`, each divided by H·W."""
    drawn = torch.rand(3, 4, 2, 5, generator=torch.Generator().manual_seed(0))
    toy = torch.tensor([[1.0, 0, 2, 1], [0, 1, 1, 3]]).reshape(1, 2, 2, 2)
    cases = [
        _batch_case(toy, "[[1, 0, 2, 1], [0, 1, 1, 3]] as (1, 2, 2, 2)"),
        _batch_case(drawn, "features (3, 4, 2, 5)"),
    ]
    return judge(function, cases, "one Gram matrix a picture, none knowing of the others.")


def _batch_case(features: Tensor, shown: str) -> Case:
    rows = features.flatten(2)
    count, channels, positions = rows.shape
    expected = rows @ rows.mT / positions
    mixed = features.reshape(count * channels, -1)
    hint = recognise(
        (expected * positions, "The division by H·W is missing."),
        (expected / channels, "Divide by H·W only: the channels are not averaged over."),
        (expected / count, "Each picture has a Gram matrix of its own: leave the batch out."),
        (expected[0], "The batch has gone: the result has three sizes, (B, C, C)."),
        (expected.sum(0), "The pictures were added up: keep them apart."),
        (expected.mean(0), "The pictures were averaged: keep them apart."),
        (mixed @ mixed.T / positions, "Channels of different pictures were multiplied."),
        (rows.mT @ rows / positions, "That compares positions: multiply the other way round."),
    )
    return Case((features,), expected, f"batch_gram({shown})", hint)


def paper_style_loss(function: Callable) -> Verdict:
    """`paper_style_loss(features, target)`: E_l of the paper's eq. 4, Grams undivided."""
    cases = [_layer_case(*_toy(), "a toy (1, 3, 1, 2)"), _layer_case(*_pair(), "(1, 3, 2, 4)")]
    return judge(function, cases, "a quarter of ours, exactly, whatever the size.")


def _layer_case(features: Tensor, target: Tensor, shown: str) -> Case:
    channels, positions = features.shape[1], features[0, 0].numel()
    ours = (gram_matrix(features) - gram_matrix(target)).square()
    undivided = ours.sum() * positions**2
    hint = recognise(
        (ours.mean(), "That is our loss, four times E_l: the 4 below the line is missing."),
        (ours.sum() / (4 * channels**2 * positions**2), "Here G is F Fᵀ, not yet divided by N."),
        (undivided / 4, "The C² and N² below the line are missing."),
        (undivided / (4 * channels * positions), "Below the line stand squares: C² and N²."),
        (undivided / (2 * channels * positions) ** 2 * channels**2, "The C² is missing."),
        ((features - target).square().mean(), "Compare Gram matrices, not the features."),
    )
    shown_as = f"paper_style_loss(features, target), both {shown},"
    return Case((features, target), undivided / (4 * channels**2 * positions**2), shown_as, hint)


def paper_style_gradient(function: Callable) -> Verdict:
    """`paper_style_gradient(features, target)`: the gradient of E_l, the paper's eq. 6."""
    cases = [_slope_case(*_toy(), "a toy (1, 3, 1, 2)"), _slope_case(*_pair(), "(1, 3, 2, 4)")]
    return judge(function, cases, "autograd, sent back through the ReLU, gives the same.")


def _slope_case(features: Tensor, target: Tensor, shown: str) -> Case:
    rows, goal = features[0].flatten(1), target[0].flatten(1)
    factor = 1 / rows.numel() ** 2
    full = (factor * (rows @ rows.T - goal @ goal.T) @ rows).reshape(features.shape)
    expected = full * (features > 0)
    hint = recognise(
        (full, "Silent units, where F is 0, pass nothing back: the mask is missing."),
        (-expected, "The sign is turned round: it is G - A."),
        (expected / rows.shape[1], "Here G is F Fᵀ, not yet divided by N."),
        (expected / factor, "The C² and N² below the line are missing."),
        (expected * 4, "The 4 in the loss cancels the 4 of the derivative."),
        (expected[0].flatten(1), "Give the gradient the shape of the features."),
    )
    shown_as = f"paper_style_gradient(features, target), both {shown},"
    return Case((features, target), expected, shown_as, hint)


def style_distance(function: Callable) -> Verdict:
    """`style_distance(first, second)`: dicts of activations by layer; mean of Gram MSEs."""
    generator = torch.Generator().manual_seed(3)
    shapes = {"relu1_1": (1, 2, 4, 4), "relu2_1": (1, 3, 2, 2)}
    first = {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}
    second = {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}
    wide = {name: torch.cat([value, value, value], 3) for name, value in second.items()}
    cases = [
        _distance_case(first, second, "two pictures of one size"),
        _distance_case(first, wide, "the second three times as wide"),
        _distance_case(first, first, "a picture and itself"),
    ]
    return judge(function, cases, "and pictures of any two sizes can be compared.")


def _distance_case(first: dict[str, Tensor], second: dict[str, Tensor], shown: str) -> Case:
    grams = [(gram_matrix(first[name]), gram_matrix(second[name])) for name in first]
    layers = torch.stack([(one - other).square().mean() for one, other in grams])
    sums = torch.stack([(one - other).square().sum() for one, other in grams])
    hint = recognise(
        (layers.sum(), "The mean over the layers is asked for, not their sum."),
        (layers[0], "Only the first layer was counted."),
        (layers[-1], "Only the last layer was counted."),
        (sums.mean(), "Inside a layer, too, take the mean over the entries."),
        (layers.sqrt().mean(), "No root: the mean of squares is the course's loss."),
        (layers, "One number for the picture: the mean over the layers."),
    )
    shown_as = f"style_distance(first, second), {shown},"
    return Case((dict(first), dict(second)), layers.mean(), shown_as, hint)


def _toy() -> tuple[Tensor, Tensor]:
    """Small enough to do on paper; one unit is silent."""
    features = torch.tensor([[1.0, 2], [3, 0], [1, 1]]).reshape(1, 3, 1, 2)
    target = torch.tensor([[2.0, 0], [1, 1], [0, 2]]).reshape(1, 3, 1, 2)
    return features, target


def _pair() -> tuple[Tensor, Tensor]:
    """Two rectified activations."""
    drawn = torch.randn(2, 1, 3, 2, 4, generator=torch.Generator().manual_seed(1))
    features, target = drawn.clamp_min(0)
    return features, target


CHECKS = {
    "shuffle_positions": shuffle_positions,
    "batch_gram": batch_gram,
    "paper_style_loss": paper_style_loss,
    "paper_style_gradient": paper_style_gradient,
    "style_distance": style_distance,
}
