"""Checks for the exercises of lesson 05."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Case, Verdict, judge, recognise

Step = tuple[str, Callable[[Tensor], Tensor]]


def collect_activations(function: Callable) -> Verdict:
    """`collect_activations(image, steps, wanted)`: what each wanted step gave, and kept."""

    def guarded(image: Tensor, *rest):
        before = image.clone()
        result = function(image, *rest)
        if not torch.equal(image, before):
            raise ValueError("the image it was given has changed; keep a copy of it, too")
        return result

    first = torch.tensor([-1.0, 2, -3, 4]).reshape(1, 1, 2, 2)
    safe, unsafe = _steps(), [("relu1", torch.relu_), *_steps()[2:]]
    cases = [
        _collect_case(first, safe, ("conv1", "relu1")),
        _collect_case(first, safe, ("conv1", "conv2")),
        _collect_case(first, unsafe, ("relu1", "conv2")),
    ]
    return judge(guarded, cases, "no later step can reach what you kept.")


def _steps() -> list[Step]:
    """A toy network; every second step overwrites what it is given."""
    return [
        ("conv1", lambda value: value - 1),
        ("relu1", torch.relu_),
        ("conv2", lambda value: 3 - value),
        ("relu2", torch.relu_),
    ]


def _collected(
    image: Tensor, steps: list[Step], wanted: tuple[str, ...], keep: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    value, kept = image.clone(), {}
    for name, step in steps:
        value = step(value)
        if name in wanted:
            kept[name] = keep(value)
    return kept


def _collect_case(image: Tensor, steps: list[Step], wanted: tuple[str, ...]) -> Case:
    expected = _collected(image, steps, wanted, torch.clone)
    overwritten = _collected(image, steps, wanted, lambda value: value)
    hint = recognise(
        (
            overwritten,
            "A later ReLU wrote into it: a name is no copy, and detach() is none either.",
        ),
        (
            _collected(image, steps, tuple(name for name, _ in steps), torch.clone),
            "Only the wanted ones are asked for.",
        ),
    )
    names = [name for name, _ in steps]
    return Case(
        (image, steps, wanted), expected, f"collect_activations(image, {names}, {wanted})", hint
    )


def paper_beta(function: Callable) -> Verdict:
    """`paper_beta(ratio, channels, positions)`: the course's β for the paper's α/β."""
    cases = [_beta_case(*values) for values in ((1e-3, 3, 5), (5e-4, 512, 96))]
    return judge(function, cases, "and with twice the positions it is half as large.", 1e-8)


def _beta_case(ratio: float, channels: int, positions: int) -> Case:
    entries = channels * positions
    expected = 1 / (2 * ratio * entries)
    hint = recognise(
        (ratio / (2 * entries), "Upside down: the paper states α/β, and β/α is asked for."),
        (1 / (ratio * entries), "The content's ½ and the style's ¼ do not cancel: ½ is left."),
        (2 / (ratio * entries), "A quarter over a half is ½, not 2."),
        (1 / (4 * ratio), "The content's sum over all entries has to become a mean."),
        (1 / (4 * ratio * entries), "The ½ of the content loss is missing."),
        (2 * entries / ratio, "Upside down: ours is the loss divided by its factor."),
        (1 / (2 * ratio * channels), "The sum runs over positions, too."),
        (1 / (2 * ratio * positions), "The sum runs over channels, too."),
    )
    shown = f"paper_beta({ratio}, {channels}, {positions})"
    return Case((ratio, channels, positions), expected, shown, hint)


def style_pull(function: Callable) -> Verdict:
    """`style_pull(content, style)`: the style's share in the lengths of two gradients."""
    generator = torch.Generator().manual_seed(5)
    drawn = torch.randn(2, 1, 3, 4, 4, generator=generator)
    content, style = torch.tensor([3.0, -4.0]), torch.tensor([0.0, 15.0])
    cases = [
        _pull_case(content, style, "[3, -4] and [0, 15]"),
        _pull_case(drawn[0], 7 * drawn[1], "two gradients (1, 3, 4, 4)"),
        _pull_case(drawn[0], torch.zeros(1, 3, 4, 4), "a gradient and zeros"),
    ]
    return judge(function, cases, "a number from 0 to 1, whatever units the losses have.")


def _pull_case(content: Tensor, style: Tensor, shown: str) -> Case:
    one, other = content.norm().item(), style.norm().item()
    sums, squares = content.abs().sum().item(), one**2 + other**2
    hint = recognise(
        (other**2 / squares, "Those are squared lengths: take the root first."),
        (one / (one + other), "That is the content's share."),
        (other / one, "A share has both lengths below the line."),
        (
            other / (content + style).norm().item(),
            "Two opposed gradients would cancel: add their lengths, not the gradients.",
        ),
        (style.abs().sum().item() / (sums + style.abs().sum().item()), "Use Euclidean lengths."),
        (
            style.sum().item() / ((content + style).sum().item() or 1.0),
            "Signs cancel in a sum: a length is the root of the summed squares.",
        ),
    )
    return Case((content, style), other / (one + other), f"style_pull of {shown}", hint)


def saved_loss(function: Callable) -> Verdict:
    """`saved_loss(loss, pixels)`: the loss of the 8-bit picture that a file would hold."""

    def guarded(loss: Callable, pixels: Tensor):
        before = pixels.clone()
        result = function(loss, pixels)
        if not torch.equal(pixels, before):
            raise ValueError("the pixels being optimised have changed; clamp() makes a copy")
        return result

    wild = torch.tensor([-0.5, 0.1234, 0.5, 1.75]).reshape(1, 1, 2, 2)
    fine = torch.linspace(0.201, 0.399, 12).reshape(1, 3, 2, 2)
    cases = [_saved_case(wild, "[-0.5, 0.1234, 0.5, 1.75]"), _saved_case(fine, "12 fine greys")]
    return judge(guarded, cases, "the loss of what people see, and nothing else.", 1e-6)


def _toy_loss(picture: Tensor) -> Tensor:
    return (picture * 10).square().sum() + picture.sum()


def _saved_case(pixels: Tensor, shown: str) -> Case:
    def answer(picture: Tensor) -> float:
        return _toy_loss(picture).item()

    clamped = pixels.clamp(0, 1)
    rounded = (clamped * 255).round() / 255
    levels = answer((pixels * 255).round() / 255)
    hint = recognise(
        (levels, "That is the loss of free pixels: a file cuts them off at 0 and 1."),
        (answer(pixels), "That is the loss of free pixels: a file cuts them off at 0 and 1."),
        (answer(clamped), "A file has 256 levels: round to the nearest 1/255."),
        (answer((clamped * 255).floor() / 255), "Round to the nearest level; this cuts off."),
        (
            answer((pixels - pixels.min()) / (pixels.max() - pixels.min())),
            "Stretching the range makes another picture: clamp.",
        ),
        (answer((clamped * 255).round()), "Bring the levels back to [0, 1]: divide by 255."),
    )
    return Case((_toy_loss, pixels), answer(rounded), f"saved_loss(loss, {shown})", hint)


CHECKS = {
    "collect_activations": collect_activations,
    "paper_beta": paper_beta,
    "style_pull": style_pull,
    "saved_loss": saved_loss,
}
