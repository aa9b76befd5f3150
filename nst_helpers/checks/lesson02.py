"""Checks for the exercises of lesson 02."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise

CENTRE = 0.2  # of the bowl to descend: off the middle, so that clamping late makes a difference


def relative_error(function: Callable) -> Verdict:
    """`relative_error(value, target)`: the norm of the difference over that of the target."""
    long, short = torch.tensor([3.0, 4.0]), torch.tensor([0.0, 3.0])
    cases = [
        _error_case(short, long, "[0, 3], [3, 4]"),
        _error_case(long, short, "[3, 4], [0, 3]"),
        _error_case(*_activations(), "two activations (1, 2, 2, 3)"),
    ]
    return judge(function, cases, "0 for the target itself, 1 for silence.")


def _error_case(value: Tensor, target: Tensor, shown: str) -> Case:
    distance, length = (value - target).norm(), target.norm()
    absolute = (value - target).abs().sum() / target.abs().sum()
    hint = recognise(
        (distance.item(), "That is the distance itself: divide it by the target's norm."),
        ((distance / value.norm()).item(), "The yardstick is the target, not the value."),
        ((distance / length).square().item(), "The square root is missing: a norm, not a sum."),
        (absolute.item(), "Sums of absolute values are another distance: square, sum, root."),
        ((distance / target.numel()).item(), "Divide by the target's norm, not its size."),
    )
    shown_as = f"relative_error({shown})"
    return Case((value, target), (distance / length).item(), shown_as, hint)


def paper_content_loss(function: Callable) -> Verdict:
    """`paper_content_loss(features, target)`: half the sum of squares, the paper's eq. 1."""
    single = torch.tensor([[[[5.0, 1.0]]]]), torch.tensor([[[[2.0, 3.0]]]])
    cases = [
        _loss_case(*single, "[[[[5, 1]]]], [[[[2, 3]]]]"),
        _loss_case(*_activations(), "two activations (1, 2, 2, 3)"),
    ]
    return judge(function, cases, "and ours is this, divided by half the number of entries.")


def _loss_case(features: Tensor, target: Tensor, shown: str) -> Case:
    squares = (features - target).square()
    hint = recognise(
        (squares.mean(), "That is our mean; the paper takes half the sum."),
        (squares.mean() / 2, "That is half the mean; the paper takes half the sum."),
        (squares.sum(), "The half is missing."),
        (squares.sum().sqrt(), "That is a distance: no root, but a half."),
        ((features - target).sum().square() / 2, "Square each difference, then sum."),
        (squares / 2, "Sum over all channels and positions: a loss is one number."),
    )
    shown_as = f"paper_content_loss({shown})"
    return Case((features, target), squares.sum() / 2, shown_as, hint)


def paper_content_gradient(function: Callable) -> Verdict:
    """`paper_content_gradient(features, target)`: F - P where F > 0, the paper's eq. 2."""
    single = torch.tensor([[[[5.0, 0, 1, 2]]]]), torch.tensor([[[[2.0, 3, 4, 0]]]])
    cases = [
        _gradient_case(*single, "[[[[5, 0, 1, 2]]]], [[[[2, 3, 4, 0]]]]"),
        _gradient_case(*_activations(), "two activations (1, 2, 2, 3)"),
    ]
    return judge(function, cases, "autograd, sent back through the ReLU, gives the same.")


def _gradient_case(features: Tensor, target: Tensor, shown: str) -> Case:
    difference, active = features - target, features > 0
    hint = recognise(
        (difference, "Silent units, where F is 0, pass nothing back: the mask is missing."),
        (difference * (target > 0), "The mask asks where F is positive, not where P is."),
        (difference * (difference > 0), "The mask asks where F is positive, not where F - P is."),
        (-difference * active, "The sign is turned round: F - P points uphill."),
        (2 * difference * active, "The half in the loss cancels the 2 of the square."),
        (2 / features.numel() * difference * active, "That belongs to our mean, not to the sum."),
    )
    shown_as = f"paper_content_gradient({shown})"
    return Case((features, target), difference * active, shown_as, hint)


def _activations() -> tuple[Tensor, Tensor]:
    """Two rectified activations, some of whose units are silent."""
    drawn = torch.randn(2, 1, 2, 2, 3, generator=torch.Generator().manual_seed(2))
    features, target = drawn.mul(10).round().div(10).clamp_min(0)
    return features, target


def descend(function: Callable) -> Verdict:
    """`descend(loss, image, steps, rate)`: gradient descent inside [0, 1]."""

    def guarded(loss: Callable, image: Tensor, steps: int, rate: float):
        before = image.clone()
        result = function(loss, image, steps, rate)
        if not torch.equal(image, before):
            raise ValueError("the image it was given has changed; work on a clone()")
        return result

    ramp = torch.linspace(0.1, 0.9, 12).reshape(1, 3, 2, 2)
    cases = [_descent_case(ramp, *values) for values in ((1, 0.01), (3, 0.1), (2, 0.9))]
    return judge(guarded, cases, "downhill, inside [0, 1], and the start left as it was.")


def _bowl(image: Tensor) -> Tensor:
    return (image - CENTRE).square().sum()


def _walk(image: Tensor, steps: int, rate: float, clamp: bool = True, sign: int = -1) -> Tensor:
    for _ in range(steps):
        image = image + sign * rate * 2 * (image - CENTRE)
        image = image.clamp(0, 1) if clamp else image
    return image


def _heaped(image: Tensor, steps: int, rate: float) -> Tensor:
    """The walk of those who never zero the gradient: it adds up from step to step."""
    gradient = torch.zeros_like(image)
    for _ in range(steps):
        gradient = gradient + 2 * (image - CENTRE)
        image = (image - rate * gradient).clamp(0, 1)
    return image


def _descent_case(image: Tensor, steps: int, rate: float) -> Case:
    hint = recognise(
        (_walk(image, steps, rate, sign=1), "That goes uphill: subtract the gradient."),
        (_heaped(image, steps, rate), "Gradients add up: each step needs a fresh one."),
        (_walk(image, steps, rate, clamp=False), "Pixels left [0, 1] on the way: clamp each step."),
        (_walk(image, steps - 1, rate), "One step is missing."),
        (_walk(image, steps + 1, rate), "That is one step too many."),
        (image, "The picture did not move."),
    )
    shown = f"descend(sum of (image - {CENTRE})², an image (1, 3, 2, 2), {steps}, {rate})"
    return Case((_bowl, image, steps, rate), _walk(image, steps, rate), shown, hint)


CHECKS = {
    "relative_error": relative_error,
    "paper_content_loss": paper_content_loss,
    "paper_content_gradient": paper_content_gradient,
    "descend": descend,
}
