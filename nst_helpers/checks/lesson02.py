"""The exercises of lesson 02."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases

ACTIVATIONS = torch.randn(2, 1, 2, 2, 3, generator=torch.Generator().manual_seed(2)).clamp_min(0)
SHORT, LONG = torch.tensor([[0.0, 3.0], [6.0, 8.0]])
START = torch.linspace(0.1, 0.6, 12).reshape(1, 3, 2, 2)
UNITS, GOAL = torch.tensor([[5.0, 0, 1, 2], [2, 3, 4, 0]]).reshape(2, 1, 1, 1, 4)


@cases((SHORT, LONG), (LONG, SHORT), (*ACTIVATIONS,))
def relative_error(value: Tensor, target: Tensor) -> Answers:
    """The norm of the difference, over the norm of the target."""
    difference, length, absolute = value - target, target.norm(), target.abs().sum()
    distance, lengths = difference.norm(), (value.norm() - length).abs() / length
    return {
        "it is 0 for the target itself, and 1 for all zeros.": (distance / length).item(),
        "That is the distance itself: divide it by the target's norm.": distance,
        "Divide by the norm of the target, not of the value.": distance / value.norm(),
        "The square root is missing: a norm is the root of a sum.": (distance / length).square(),
        "You summed absolute values; a norm squares first.": difference.abs().sum() / absolute,
        "Divide by the target's norm, not by its number of entries.": distance / target.numel(),
        "You compared two lengths; take the length of the difference.": lengths,
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
