"""The exercises of lesson 06."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, RefusedError, cases
from nst_helpers.engine import Term, gram_matrix, total_variation

drawn = torch.Generator().manual_seed(1)
SIZES = ((3, 4), (2, 6), (6, 2))  # 12 pixels each: either kind of standard deviation will do
COLOURS, PALE, BRIGHT = (torch.rand(1, 3, *size, generator=drawn) for size in SIZES)
PALE, BRIGHT = 0.4 + 0.2 * PALE, BRIGHT**0.2
ROWS, TILE = (torch.rand(1, 3, *size, generator=drawn) for size in ((2, 4), (4, 5)))
SOFT = torch.tensor([0.0, 0.5, 0.2, 0, 0.7, 0.1, 0, 0.3]).reshape(1, 1, 2, 4)
CLOUDS = [torch.rand(1, 2, *size, generator=drawn) for size in ((2, 3), (3, 2))]
SLANTED = torch.tensor([[0.6, 0.8], [0.8, -0.6], [0.28, 0.96]])


@cases((COLOURS, PALE), (COLOURS, BRIGHT))
def match_channels(picture: Tensor, target: Tensor) -> Answers:
    """`picture`, each colour with the mean and spread it has in `target`, in [0, 1]."""
    spread, mean = torch.std_mean(picture, (2, 3), keepdim=True)
    wanted, goal = torch.std_mean(target, (2, 3), keepdim=True)
    centred, ratio = picture - mean, wanted / spread
    free = centred * ratio + goal
    whole = (picture - picture.mean()) / picture.std() * target.std() + target.mean()
    wrong = {
        "The means are right, but the spreads are still the old ones.": centred + goal,
        "The target's mean is missing: add it at the end.": centred * ratio,
        "Divide by the old spread first.": centred * wanted + goal,
        "Multiply by the target's spread, too.": centred / spread + goal,
        "That is the variance; the spread is its square root.": centred * ratio**2 + goal,
        "The two spreads are exchanged: divide by the old one.": centred / ratio + goal,
        "Subtract the old mean first.": picture * ratio + goal,
        "Subtract the old mean before you scale, not after.": picture * ratio - mean + goal,
        "Add the new mean last; here it is scaled as well.": (centred + goal) * ratio,
        "You treated all colours as one: take the mean and spread of each.": whole,
    }
    return {
        "red, green and blue each have their new mean and spread.": free.clamp(0, 1),
        **{sentence: answer.clamp(0, 1) for sentence, answer in wrong.items()},
        "Some values have left [0, 1]: clamp the result.": free,
        "With keepdim=True, mean and spread will fit.": lambda: picture - picture.mean((2, 3)),
        "The picture did not change.": picture,
        "That is the target itself: keep what `picture` shows.": target,
    }


@cases((ROWS, SOFT), (ROWS, (SOFT > 0).float()))
def gram_under_mask(features: Tensor, mask: Tensor) -> Answers:
    """The `(C, C)` mean product of channels, positions weighed by `mask`, `(1, 1, H, W)`."""
    rows, shares = features[0].flatten(1), mask.flatten() / mask.sum()
    right, twice = (rows * shares) @ rows.T, (rows * shares) @ (rows * mask.flatten()).T
    mean, covered = mask.mean(), (mask > 0).sum()
    return {
        "only what lies under the mask counts, however small the mask.": right,
        "That is the Gram matrix without a mask.": gram_matrix(features),
        "Divide by the sum of the mask.": right * mask.sum(),
        "Divide by the sum of the mask, not by H·W.": right * mean,
        "Divide by the mask's sum, not by the positions in it.": right * mask.sum() / covered,
        "The mask is in both factors, so it counts twice.": twice,
        "Weigh one factor, not both, and divide by the mask's sum.": twice * mean,
    }


@cases((*CLOUDS, torch.eye(2)), (*CLOUDS, SLANTED))
def sliced_distance(first: Tensor, second: Tensor, directions: Tensor) -> Answers:
    """The mean squared difference of two clouds of positions, sorted along each direction."""
    one, two = (features[0].flatten(1) for features in (first, second))
    along, across = directions @ one, directions @ two
    difference = along.sort(1).values - across.sort(1).values
    early = directions @ (one.sort(1).values - two.sort(1).values)
    columns = along.sort(0).values - across.sort(0).values
    return {
        "where a value stood in the picture no longer matters.": difference.square().mean(),
        "Sort each row of projections before you compare.": (along - across).square().mean(),
        "Sort along the positions, not along the directions.": columns.square().mean(),
        "Project first, then sort: each direction has its own order.": early.square().mean(),
        "Square the differences; you took absolute values.": difference.abs().mean(),
        "Take the mean, not the sum.": difference.square().sum(),
        "No root here: return the squared distance.": difference.square().mean().sqrt(),
        "Square each difference before you take the mean.": difference.mean().square(),
    }


def _as_objective(function: Callable, weight: float) -> Any:
    """What an objective would see of the term that `function` makes."""
    term = function(weight)
    if term is None or term is ...:
        return term
    if not isinstance(term, Term):
        raise RefusedError(f"gives a {type(term).__name__}; expected a Term.")
    leaf = TILE.clone().requires_grad_()
    loss, free = term.loss(leaf, term.target), term.group not in ("content", "style")
    slope = torch.autograd.grad(loss, leaf)[0] if isinstance(loss, Tensor) else None
    seen = {"a group of its own": free, "layer": term.layer, "weight": float(term.weight)}
    return seen | {"loss": loss, "gradient": slope}


def _both(columns: Tensor, rows: Tensor) -> Tensor:
    return columns.square().mean() + rows.square().mean()


@cases((30.0,), (0.5,), call=_as_objective)
def seamless_term(weight: float) -> Answers:
    """A Term, with `weight`, that asks opposite edges of the image to be the same."""

    def seam(loss: Callable, factor: float = weight, group: str = "seams", layer=None) -> Term:
        def on_image(x: Tensor, _: None) -> Tensor:
            return loss(x[..., 0] - x[..., -1], x[..., 0, :] - x[..., -1, :])

        return Term(group, layer, None, on_image, factor)

    neighbours = Term("seams", None, None, lambda image, _: total_variation(image), weight)
    return {
        "a picture with a small loss can be laid out in tiles.": seam(_both),
        "Top and bottom are missing.": seam(lambda columns, rows: columns.square().mean()),
        "Left and right are missing.": seam(lambda columns, rows: rows.square().mean()),
        "Square the differences.": seam(lambda columns, rows: columns.mean() + rows.mean()),
        "Take the mean, not the sum.": seam(lambda *edges: sum(e.square().sum() for e in edges)),
        "Those are neighbours: compare the first row with the last.": neighbours,
        "Leave the weight to the Term alone.": seam(lambda *e: weight * _both(*e)),
        "Give the weight to the Term, not to the loss.": seam(lambda *e: weight * _both(*e), 1.0),
        "The Term does not have the weight it was given.": seam(_both, 1.0),
        "That group is multiplied by α or β: use another name.": seam(_both, group="style"),
        "The loss reads the image itself, so the layer is None.": seam(_both, layer="relu1_1"),
        "Leave out item(): the loss must keep its gradient.": seam(lambda *e: _both(*e).item()),
        "Give this function to a Term, and return the Term.": lambda: _both,
    }
