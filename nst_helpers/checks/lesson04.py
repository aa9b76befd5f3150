"""The exercises of lesson 04."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases
from nst_helpers.checks.lesson02 import START, classic_walks, walk

NAMES = ("relu1_1", "relu2_1", "relu3_1")
STYLES = {"relu1_1": 0.5, "relu2_1": 0.25}
EQUAL, OTHER_ORDER = {"relu1_1": 0.5, "relu2_1": 0.5}, {"relu2_1": 0.8, "relu1_1": 0.2}


@cases((2.0, STYLES, EQUAL, 3.0, 20.0), (2.0, STYLES, OTHER_ORDER, 3.0, 20.0))
def total_loss(
    content: float, styles: dict[str, float], weights: dict[str, float], alpha: float, beta: float
) -> Answers:
    """α · content + β · the weighted sum of the layers' style losses; the weights sum to 1."""
    style, plain = sum(weights[name] * styles[name] for name in styles), sum(styles.values())
    in_order = sum(a * b for a, b in zip(weights.values(), styles.values(), strict=True))
    part, count = alpha * content, len(styles)
    return {
        "the content and every layer count, each with its own weight.": part + beta * style,
        "α and β are exchanged: α belongs to the content.": beta * content + alpha * style,
        "The layers' own weights are missing.": part + beta * plain,
        "The weights sum to 1 already: do not divide.": part + beta * style / count,
        "Each layer has its own weight; you took the mean.": part + beta * plain / count,
        "β is missing.": part + style,
        "α is missing.": content + beta * style,
        "The content has been left out.": beta * style,
        "Match the weights by layer name, not by order.": part + beta * in_order,
    }


@cases((4.0, 0.5, 0.8), (4.0, 0.5, 0.5), (3.0, 2.0, 0.1))
def beta_for_share(content: float, style: float, share: float) -> Answers:
    """The β with which β·style is `share` (between 0 and 1) of the total loss."""
    odds = share / (1 - share)
    return {
        "whatever the losses are, β·style has the share you asked for.": odds * content / style,
        "The total is content + β·style, not the content alone.": share * content / style,
        "Bring in the two losses: they differ in size.": odds,
        "Upside down: the smaller the style loss, the larger its β.": odds * style / content,
        "Upside down: that is α for β = 1.": style / (odds * content),
        "That gives the share to the content, not the style.": content / (odds * style),
    }


@cases((0, 100, 10.0, 1e3), (100, 100, 10.0, 1e3), (50, 100, 10.0, 1e3), (1, 4, 4e3, 250.0))
def scheduled_beta(step: int, steps: int, first: float, last: float) -> Answers:
    """β at `step` of `steps`, from `first` to `last`, each step by the same factor."""
    part, ratio = step / steps, last / first
    return {
        "each step multiplies by the same number, whether β rises or falls.": first * ratio**part,
        "You add the same amount each step; multiply instead.": first + (last - first) * part,
        "The last step is number `steps`, not one less.": first * ratio ** (step / (steps - 1)),
        "That runs backwards: step 0 has `first`.": last / ratio**part,
        "The exponent runs from 0 to 1: it is step / steps.": first * ratio**step,
        "The factor of the whole way is last / first, not last.": first * last**part,
    }


@cases((NAMES[:2], 3.0), (NAMES, 0.5), (NAMES, 1.0))
def layer_weights(layers: tuple[str, ...], factor: float) -> Answers:
    """A weight for each of `layers`: each `factor` times the one before, and their sum 1."""
    raw = [factor**number for number in range(len(layers))]

    def named(weights: list[float], divisor: float) -> dict[str, float]:
        return {name: weight / divisor for name, weight in zip(layers, weights, strict=True)}

    return {
        "one number now leads from fine marks to large shapes.": named(raw, sum(raw)),
        "The proportions are right; now divide by their sum.": named(raw, 1),
        "Divide by the sum of the weights, not by the largest.": named(raw, max(raw)),
        "Divide by the sum of the weights, not by their number.": named(raw, len(raw)),
        "Reversed: the factor first applies to the second layer.": named(raw[::-1], sum(raw)),
        "Give each weight its layer's name, in a dict.": [weight / sum(raw) for weight in raw],
    }


def beta_at(step: int) -> float:
    return 3.0 - step


@cases(*((torch.var, torch.std, START, beta_at, n, rate) for n, rate in ((2, 0.5), (3, 4.0))))
def steered_descent(
    content: Callable, style: Callable, image: Tensor, beta_at: Callable, steps: int, rate: float
) -> Answers:
    """The picture after `steps` steps, each obeying the β of its moment, clamped to [0, 1]."""

    def walked(beta: Callable[[int], float]) -> tuple:
        return lambda x, step: content(x) + beta(step) * style(x), image, steps, rate

    return {
        "each step obeyed the β of its own moment.": walk(*walked(beta_at)),
        **classic_walks(*walked(beta_at)),
        "You read β once; ask beta_at in each step.": walk(*walked(lambda step: beta_at(0))),
        "Steps count from 0; yours count from 1.": walk(*walked(lambda step: beta_at(step + 1))),
        "The style is missing.": walk(*walked(lambda step: 0)),
        "β is missing.": walk(*walked(lambda step: 1)),
    }
