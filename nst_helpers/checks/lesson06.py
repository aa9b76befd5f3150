"""Checks for the exercises of lesson 06."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise
from nst_helpers.engine.losses import gram_matrix, total_variation
from nst_helpers.engine.objective import Term


def _random(*shape: int, seed: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def match_channels(function: Callable) -> Verdict:
    """`match_channels(picture, target)`: each colour's mean and standard deviation, in [0, 1]."""
    scale, picture = torch.tensor([1, 0.5, 0.8]).reshape(1, 3, 1, 1), _random(1, 3, 3, 4, seed=2)
    pale = 0.4 + 0.2 * _random(1, 3, 2, 6, seed=1) * scale  # as many pixels, so that either
    bright = _random(1, 3, 6, 2, seed=3) ** 0.2  # convention of the deviation will do
    cases = [_channels_case(picture, pale), _channels_case(picture, bright)]
    return judge(function, cases, "red, green and blue each have their new mean and spread.")


def _channels_case(picture: Tensor, target: Tensor) -> Case:
    spread, mean = torch.std_mean(picture, (2, 3), keepdim=True)
    wanted, goal = torch.std_mean(target, (2, 3), keepdim=True)
    centred, whole = picture - mean, (picture - picture.mean()) / picture.std()
    raw = centred / spread * wanted + goal
    expected = raw.clamp(0, 1)
    as_one = (whole * target.std() + target.mean()).clamp(0, 1)
    hint = recognise(
        (raw, "Some values left [0, 1]: clamp the result."),
        ((centred + goal).clamp(0, 1), "The means are right; the spreads are still the old ones."),
        ((raw - goal).clamp(0, 1), "The target's mean is missing: add it at the end."),
        ((centred * wanted + goal).clamp(0, 1), "Divide by the old spread first."),
        ((centred / spread + goal).clamp(0, 1), "Multiply by the target's spread."),
        ((picture / spread * wanted + goal).clamp(0, 1), "Subtract the old mean first."),
        (as_one, "All colours were treated as one: take mean and spread for each channel."),
        (picture, "The picture did not change."),
        (target, "That is the target; keep what `picture` shows."),
    )
    sizes = f"{tuple(picture.shape)} and {tuple(target.shape)}"
    return Case((picture, target), expected, f"match_channels(pictures of {sizes})", hint)


def gram_under_mask(function: Callable) -> Verdict:
    """`gram_under_mask(features, mask)`: the Gram matrix with positions weighed by the mask."""
    features = _random(1, 3, 2, 4, seed=4)
    hard, soft = torch.zeros(1, 1, 2, 4), (_random(1, 1, 2, 4, seed=5) - 0.3).clamp_min(0)
    hard[..., :2] = 1
    cases = [_mask_case(features, *pair) for pair in ((hard, "0 and 1"), (soft, "0 to 1"))]
    return judge(function, cases, "only what lies under the mask counts, however large it is.")


def _mask_case(features: Tensor, mask: Tensor, values: str) -> Case:
    rows, weights = features[0].flatten(1), mask.flatten()
    undivided, squared = (rows * weights) @ rows.T, (rows * weights) @ (rows * weights).T
    hint = recognise(
        (gram_matrix(features), "That is the Gram matrix without a mask."),
        (undivided, "Divide by the sum of the mask."),
        (undivided / weights.numel(), "Divide by the sum of the mask, not by H·W."),
        (squared / weights.numel(), "Divide by the sum of the mask, not by H·W."),
        (squared / weights.sum(), "Both factors were weighed, so the mask counts twice."),
        (undivided / (weights > 0).sum(), "Divide by the sum of the mask, not by its positions."),
    )
    shown = f"gram_under_mask(features {tuple(features.shape)}, a mask of {values})"
    return Case((features, mask), undivided / weights.sum(), shown, hint)


def sliced_distance(function: Callable) -> Verdict:
    """`sliced_distance(first, second, directions)`: between two clouds of points."""
    first, second = _random(1, 2, 2, 3, seed=6), _random(1, 2, 3, 2, seed=7)
    slanted = torch.tensor([[0.6, 0.8], [0.8, -0.6], [0.28, 0.96]])
    cases = [_sliced_case(first, second, directions) for directions in (torch.eye(2), slanted)]
    return judge(function, cases, "projected, sorted, compared: no position was asked for.")


def _sliced_case(first: Tensor, second: Tensor, directions: Tensor) -> Case:
    one, two = (features[0].flatten(1) for features in (first, second))
    along, across = directions @ one, directions @ two
    difference = along.sort(1).values - across.sort(1).values
    early = directions @ (one.sort(1).values - two.sort(1).values)
    wrong = along.sort(0).values - across.sort(0).values
    hint = recognise(
        ((along - across).square().mean(), "Sort each row of projections before you compare."),
        (wrong.square().mean(), "Sort along the positions, not along the directions."),
        (early.square().mean(), "Project first, then sort: each direction has its own order."),
        (difference.abs().mean(), "Square the differences."),
        (difference.square().sum(), "Take the mean, not the sum."),
        (difference.square().mean().sqrt(), "No root: it is the squared distance."),
        (difference.mean().square(), "Square each difference before the mean."),
    )
    sizes = ", ".join(str(tuple(tensor.shape)) for tensor in (first, second, directions))
    shown = f"sliced_distance(tensors of {sizes})"
    return Case((first, second, directions), difference.square().mean(), shown, hint)


def seamless_term(function: Callable) -> Verdict:
    """`seamless_term(weight)`: a Term that asks opposite edges of the image to be the same."""

    def tried(weight: float, image: Tensor) -> Any:
        term = function(weight)
        return term if term is None or term is ... else _record(term, image)

    cases = [_seamless_case(weight, _random(1, 3, 4, 5, seed=8)) for weight in (1.0, 30.0)]
    return judge(tried, cases, "a picture that pleases it can be laid as tiles.")


def _record(term: Any, image: Tensor) -> dict[str, Any]:
    """What an objective would see of `term`; a ValueError says what it could not use."""
    if not isinstance(term, Term):
        raise ValueError(f"it returned a {type(term).__name__}, and a Term is needed")
    if term.group in ("content", "style"):
        raise ValueError(f"the group {term.group!r} is multiplied by α or β: take another name")
    if term.layer is not None:
        raise ValueError(f"it reads {term.layer}: for the image itself the layer is None")
    leaf = image.requires_grad_()
    loss = term.loss(leaf, term.target)
    if not isinstance(loss, Tensor) or not loss.requires_grad or loss.numel() != 1:
        raise ValueError("its loss must be one number in a tensor, with its gradient: no item()")
    (gradient,) = torch.autograd.grad(loss, leaf)
    return {"weight": float(term.weight), "loss": loss.detach(), "gradient": gradient}


def _seams(image: Tensor) -> tuple[Tensor, Tensor]:
    return image[..., 0] - image[..., -1], image[..., 0, :] - image[..., -1, :]


def _seamless_case(weight: float, image: Tensor) -> Case:
    def seen(loss: Callable[[Tensor], Tensor], factor: float = weight) -> dict[str, Any]:
        return _record(
            Term("seam", None, None, lambda value, _: loss(value), factor), image.clone()
        )

    def both(value: Tensor) -> Tensor:
        return sum(seam.square().mean() for seam in _seams(value))

    twice = "`weight` belongs to the Term alone: the objective multiplies by it."
    hint = recognise(
        (seen(lambda value: _seams(value)[0].square().mean()), "Top and bottom are missing."),
        (seen(lambda value: _seams(value)[1].square().mean()), "Left and right are missing."),
        (seen(lambda value: sum(s.mean() for s in _seams(value))), "Square the differences."),
        (seen(lambda value: sum(s.square().sum() for s in _seams(value))), "Mean, not sum."),
        (seen(total_variation), "Those are neighbours: compare the first row with the last."),
        (seen(lambda value: weight * both(value)), twice),
        (seen(lambda value: weight * both(value), 1.0), twice),
        (seen(both, 1.0), "The term does not have the weight it was given."),
    )
    shown = f"seamless_term({weight}) on an image {tuple(image.shape)}"
    return Case((weight, image), seen(both), shown, hint)


CHECKS = {
    "match_channels": match_channels,
    "gram_under_mask": gram_under_mask,
    "sliced_distance": sliced_distance,
    "seamless_term": seamless_term,
}
