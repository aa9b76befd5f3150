"""Checks for the exercises of lesson 04."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise

HERE, THERE = 0.2, 0.7  # where the toy content loss and the toy style loss are zero


def total_loss(function: Callable) -> Verdict:
    """`total_loss(content, styles, weights, alpha, beta)`: the sum that the loop lowers."""
    cases = [
        _total_case(2.0, {"relu1_1": 0.5, "relu2_1": 0.25}, {"relu1_1": 0.5, "relu2_1": 0.5}),
        _total_case(2.0, {"relu1_1": 0.5, "relu2_1": 0.25}, {"relu2_1": 0.8, "relu1_1": 0.4}),
    ]
    return judge(function, cases, "content and every layer's style, each with its own weight.")


def _total_case(content: float, styles: Mapping[str, float], weights: Mapping[str, float]) -> Case:
    alpha, beta = 3.0, 20.0
    style = sum(weights[layer] * loss for layer, loss in styles.items())
    in_order = sum(a * b for a, b in zip(weights.values(), styles.values(), strict=True))
    hint = recognise(
        (beta * content + alpha * style, "α and β are exchanged: α belongs to the content."),
        (alpha * content + beta * sum(styles.values()), "The layers' own weights are missing."),
        (alpha * content + beta * style / len(styles), "The weights already share out: only sum."),
        (alpha * content + style, "β is missing."),
        (content + beta * style, "α is missing."),
        (beta * style, "The content has been left out."),
        (alpha * content + beta * in_order, "Match weights by layer name, not by their order."),
    )
    shown = f"total_loss({content}, {dict(styles)}, {dict(weights)}, {alpha}, {beta})"
    return Case(
        (content, styles, weights, alpha, beta), alpha * content + beta * style, shown, hint
    )


def beta_for_share(function: Callable) -> Verdict:
    """`beta_for_share(content, style, share)`: the β with β·style as `share` of the total."""
    cases = [_share_case(*values) for values in ((4.0, 0.5, 0.5), (4.0, 0.5, 0.8), (3.0, 2.0, 0.1))]
    return judge(function, cases, "whatever the losses are, β·style has the share you asked for.")


def _share_case(content: float, style: float, share: float) -> Case:
    expected = share * content / ((1 - share) * style)
    hint = recognise(
        (
            share * content / style,
            "That leaves out the other part: the total is more than content.",
        ),
        (share / (1 - share), "The two losses have sizes of their own: bring them in."),
        (
            share * style / ((1 - share) * content),
            "Upside down: a small style loss needs a large β.",
        ),
        (1 / expected, "Upside down: that is α for β = 1."),
        ((1 - share) * content / (share * style), "That gives the content this share."),
    )
    shown = f"beta_for_share({content}, {style}, {share})"
    return Case((content, style, share), expected, shown, hint)


def scheduled_beta(function: Callable) -> Verdict:
    """`scheduled_beta(step, steps, first, last)`: even factors from `first` to `last`."""
    settings = ((0, 100, 10.0, 1000.0), (100, 100, 10.0, 1000.0), (50, 100, 10.0, 1000.0))
    cases = [_beta_case(*values) for values in (*settings, (1, 4, 4000.0, 250.0))]
    return judge(function, cases, "equal factors a step, up or down, from the first to the last.")


def _beta_case(step: int, steps: int, first: float, last: float) -> Case:
    part = step / steps
    expected = first * (last / first) ** part
    hint = recognise(
        (first + (last - first) * part, "Even differences: ask for even factors instead."),
        (first * (last / first) ** (step / (steps - 1)), "The last step is number `steps` itself."),
        (last * (first / last) ** part, "That runs backwards: step 0 has `first`."),
        (first * (last / first) ** step, "The exponent grows from 0 to 1 in all: step / steps."),
        (first * last**part, "The factor in all is last / first, not last."),
    )
    shown = f"scheduled_beta({step}, {steps}, {first}, {last})"
    return Case((step, steps, first, last), expected, shown, hint)


def layer_weights(function: Callable) -> Verdict:
    """`layer_weights(layers, factor)`: each weight `factor` times the one before, sum 1."""
    names = ("relu1_1", "relu2_1", "relu3_1")
    cases = [_weights_case(*pair) for pair in ((names[:2], 3.0), (names, 0.5), (names, 1.0))]
    return judge(function, cases, "from the finest marks to the largest shapes, by one number.")


def _weights_case(layers: Sequence[str], factor: float) -> Case:
    raw = [factor**number for number in range(len(layers))]
    expected = [weight / sum(raw) for weight in raw]

    def named(weights: Sequence[float]) -> dict[str, float]:
        return dict(zip(layers, weights, strict=True))

    hint = recognise(
        (named(raw), "The proportions are right: divide by their sum."),
        (named([w / max(raw) for w in raw]), "Divide by the sum of the weights, not the largest."),
        (named([w / len(raw) for w in raw]), "Divide by the sum of the weights, not their number."),
        (named(expected[::-1]), "Turned round: the first layer has the weight before all factors."),
        (expected, "The weights are right: give each its layer's name, in a dict."),
    )
    return Case((layers, factor), named(expected), f"layer_weights({layers}, {factor})", hint)


def steered_descent(function: Callable) -> Verdict:
    """`steered_descent(content, style, image, beta_at, steps, rate)`: β read at each step."""

    def guarded(content: Callable, style: Callable, image: Tensor, *rest):
        before = image.clone()
        result = function(content, style, image, *rest)
        if not torch.equal(image, before):
            raise ValueError("the image it was given has changed; work on a clone()")
        return result

    ramp = torch.linspace(0.1, 0.9, 12).reshape(1, 3, 2, 2)
    cases = [_steered_case(ramp, *values) for values in ((1, 0.05), (3, 0.05), (4, 0.4))]
    return judge(guarded, cases, "each step obeyed the β of its own moment.")


def _content(image: Tensor) -> Tensor:
    return (image - HERE).square().sum()


def _style(image: Tensor) -> Tensor:
    return (image - THERE).square().sum()


def _beta_at(step: int) -> float:
    return (3.0, 0.5, 2.0, 4.0, 0.25)[step]


def _steered(
    image: Tensor, steps: int, rate: float, beta_at: Callable = _beta_at, **fault: bool
) -> Tensor:
    """The right walk, or one with a fault: uphill, heaped or unclamped."""
    heap = torch.zeros_like(image)
    for step in range(steps):
        gradient = 2 * (image - HERE) + beta_at(step) * 2 * (image - THERE)
        heap = heap + gradient if fault.get("heaped") else gradient
        image = image + heap * rate * (1 if fault.get("uphill") else -1)
        image = image if fault.get("unclamped") else image.clamp(0, 1)
    return image


def _steered_case(image: Tensor, steps: int, rate: float) -> Case:
    walk = (image, steps, rate)
    hint = recognise(
        (_steered(*walk, lambda _: _beta_at(0)), "β was read once: ask beta_at anew each step."),
        (_steered(*walk, lambda step: _beta_at(step + 1)), "Steps count from 0: β is one late."),
        (_steered(*walk, uphill=True), "That goes uphill: subtract the gradient."),
        (_steered(*walk, heaped=True), "Gradients add up: each step needs a fresh one."),
        (_steered(*walk, unclamped=True), "Pixels left [0, 1] on the way: clamp each step."),
        (_steered(*walk, lambda _: 0), "The style is missing."),
        (_steered(*walk, lambda _: 1), "β is missing."),
        (image, "The picture did not move."),
    )
    shown = f"steered_descent(content, style, an image (1, 3, 2, 2), beta_at, {steps}, {rate})"
    arguments = (_content, _style, image, _beta_at, steps, rate)
    return Case(arguments, _steered(*walk), shown, hint)


CHECKS = {
    "total_loss": total_loss,
    "beta_for_share": beta_for_share,
    "scheduled_beta": scheduled_beta,
    "layer_weights": layer_weights,
    "steered_descent": steered_descent,
}
