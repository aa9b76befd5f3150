"""The exercises of lesson 02."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases

ACTIVATIONS = torch.randn(2, 1, 2, 2, 3, generator=torch.Generator().manual_seed(2)).clamp_min(0)
STRIPES = torch.tensor([0.0, 0, 1, 1, 1, 0, 0, 0]).expand(1, 1, 4, 8).contiguous()
BLOTS = torch.rand(1, 3, 6, 9, generator=torch.Generator().manual_seed(6)).cumsum(3).fmod(1.7)
START = torch.linspace(0.1, 0.6, 12).reshape(1, 3, 2, 2)
UNITS, GOAL = torch.tensor([[5.0, 0, 1, 2], [2, 3, 4, 0]]).reshape(2, 1, 1, 1, 4)


def first_shift(
    features: Callable, photo: Tensor, passes: Callable[[Tensor, Tensor], bool], side: int = 3
) -> int:
    """The first shift along `side` whose activations `passes` says are too far; or all of them."""
    own, count = features(photo), photo.shape[side]
    moved = (features(photo.roll(shift, dims=side)) for shift in range(1, count))
    return next((number for number, value in enumerate(moved, 1) if passes(value, own)), count)


@cases(
    (torch.clone, STRIPES, 0.9),
    (torch.clone, BLOTS, 0.5),
    (F.relu, BLOTS, 1.2),
    (torch.clone, BLOTS, 9.0),
    (torch.square, BLOTS, 0.9),
)
def tolerated_shift(features: Callable[[Tensor], Tensor], photo: Tensor, limit: float) -> Answers:
    """The largest shift to the right up to which the relative error stays at or below `limit`."""

    def far(value: Tensor, own: Tensor) -> bool:
        return (value - own).norm() / own.norm() > limit

    def absolute(value: Tensor, own: Tensor) -> bool:
        return (value - own).norm() > limit

    first = first_shift(features, photo, far)
    return {
        "it stops one pixel before the first shift that is too far.": first - 1,
        "That is the first shift that is too far: one less.": first,
        "Divide by the norm of the photo's own activations.": (
            first_shift(features, photo, absolute) - 1
        ),
        "Move to the right, along the last dimension: dims=3.": (
            first_shift(features, photo, far, side=2) - 1
        ),
        "Compare activations, not pixels.": first_shift(torch.clone, photo, far) - 1,
    }


@cases((UNITS, GOAL), (*ACTIVATIONS,))
def paper_content_loss(features: Tensor, target: Tensor) -> Answers:
    """Half the sum of squared differences, a scalar tensor: the paper's equation 1."""
    difference = features - target
    squares = difference.square()
    return {
        "divided by half the number of entries, this is the course's loss.": squares.sum() / 2,
        "That is the course's mean; the paper takes half the sum.": squares.mean(),
        "That is half the mean; the paper takes half the sum.": squares.mean() / 2,
        "The half is missing.": squares.sum(),
        "This loss has no square root, but it has a half.": squares.sum().sqrt(),
        "Square each difference before you sum.": difference.sum().square() / 2,
        "Sum over all channels and positions: a loss is one number.": squares / 2,
    }


@cases((UNITS, GOAL), (*ACTIVATIONS,))
def paper_content_gradient(features: Tensor, target: Tensor) -> Answers:
    """F - P where F > 0, and 0 elsewhere: the paper's equation 2."""
    difference = features - target
    right = difference * (features > 0)
    return {
        "autograd, sent back through the ReLU, finds the same.": right,
        "The mask is missing: where F is 0, the unit passes nothing back.": difference,
        "The mask is where F is positive, not where P is.": difference * (target > 0),
        "The mask is where F is positive, not where F - P is.": difference.clamp_min(0),
        "The sign is the wrong way round: it is F - P.": -right,
        "The 2 of the square cancels the half in the loss.": 2 * right,
        "That is the gradient of the course's mean; the paper sums.": 2 * right / features.numel(),
    }


def walk(
    loss: Callable, image: Tensor, steps: int, rate: float, heap: bool = False, clamp: bool = True
) -> Tensor:
    """Gradient descent on `loss(image, step)`, right unless a fault is asked for."""
    moved = torch.zeros_like(image)
    for step in range(steps):
        leaf = image.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf, step), leaf)
        moved = rate * gradient + moved * heap
        image = (image - moved).clamp(0, 1) if clamp else image - moved
    return image


def classic_walks(loss: Callable, image: Tensor, steps: int, rate: float) -> Answers:
    """What `walk` gives for the mistakes that any descent invites."""
    free = walk(loss, image, steps, rate, clamp=False)
    return {
        "That goes uphill: subtract the gradient.": walk(loss, image, steps, -rate),
        "Clear the old gradient before each step.": walk(loss, image, steps, rate, heap=True),
        "Pixels have left [0, 1]: clamp after each step.": free,
        "You clamped once, at the end; clamp after each step.": free.clamp(0, 1),
        "The picture did not move.": image,
        "The rate is missing: go `rate` times the gradient.": walk(loss, image, steps, 1),
    }


@cases((torch.var, START, 2, 0.05), (torch.var, START, 3, 0.1), (torch.var, START, 2, 16.0))
def descend(loss: Callable[[Tensor], Tensor], image: Tensor, steps: int, rate: float) -> Answers:
    """The picture after `steps` steps against the gradient, each clamped to [0, 1]."""

    def at(picture: Tensor, step: int) -> Tensor:
        return loss(picture)

    return {
        "downhill, inside [0, 1], and your start is untouched.": walk(at, image, steps, rate),
        **classic_walks(at, image, steps, rate),
        "One step is missing.": walk(at, image, steps - 1, rate),
        "That is one step too many.": walk(at, image, steps + 1, rate),
    }
