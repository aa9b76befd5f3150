"""The exercises of lesson 05."""

from collections.abc import Callable

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases
from nst_helpers.checks.lesson01 import outputs

STEPS = [("neg", torch.neg), ("relu1", torch.relu_), ("sin", torch.sin), ("relu2", torch.relu_)]
PIXELS = torch.tensor([-1.0, 2, -4, 3])
WANTED = ((STEPS, ("neg", "relu1")), (STEPS, ("neg", "sin")), (STEPS[1:], ("relu1", "sin")))
PULL, PUSH = torch.tensor([[3.0, -4.0], [0.0, 15.0]])
FIRST, SECOND = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(5))
WILD, FINE = torch.tensor([-0.2, 0.123, 0.457, 1.29]), torch.linspace(0.201, 0.399, 12)


@cases(*((PIXELS, steps, wanted) for steps, wanted in WANTED))
def collect_activations(image: Tensor, steps: list, wanted: tuple[str, ...]) -> Answers:
    """What each wanted step gave, untouched by later steps; the image stays as it was."""
    kept = outputs(steps, image.clone())
    renamed = outputs(steps, image.clone(), lambda value: value)
    right, overwritten = ({name: found[name] for name in wanted} for found in (kept, renamed))
    return {
        "no later step can reach what you kept.": right,
        "A later ReLU wrote over what you kept; detach() does not copy, clone() does.": overwritten,
        "Keep the wanted steps only.": kept,
        "Clone the image, too, before the first step.": lambda: outputs(steps, image) and right,
    }


@cases((1e-3, 3, 5), (5e-4, 512, 96))
def paper_beta(ratio: float, channels: int, positions: int) -> Answers:
    """The course's β, with α = 1, for the paper's `ratio` α/β."""
    right = 1 / (2 * ratio * channels * positions)
    return {
        "right; and twice as many positions would make it half as large.": right,
        "Upside down: `ratio` is α/β, so divide by it.": right * ratio**2,
        "Upside down: that is α for β = 1.": 1 / right,
        "½ and ¼ do not cancel: a quarter over a half leaves ½.": 2 * right,
        "Upside down: a quarter over a half is ½, not 2.": 4 * right,
        "The ½ of the content loss is missing.": right / 2,
        "The paper sums the content loss, the course averages: C·N is missing.": 1 / (2 * ratio),
        "The content loss has a factor, too: ½ · C·N.": 1 / (4 * ratio),
        "The content loss sums over positions, too.": right * positions,
        "The content loss sums over channels, too.": right * channels,
    }


@cases((PULL, PUSH), (FIRST, SECOND), (FIRST, torch.zeros_like(FIRST)))
def style_pull(content: Tensor, style: Tensor) -> Answers:
    """The style's share, 0 to 1, in the lengths of two gradients of one shape."""
    one, other, both = content.norm(), style.norm(), content + style
    sums = content.abs().sum() + style.abs().sum()
    return {
        "a share from 0 to 1, however large the two losses are.": (other / (one + other)).item(),
        "Those are squared lengths: take the root first.": other**2 / (one**2 + other**2),
        "That is the content's share.": one / (one + other),
        "For a share, the denominator is the sum of both lengths.": other / one,
        "Add the lengths, not the gradients: opposed gradients cancel.": other / both.norm(),
        "That adds up absolute values; norm() gives the length.": style.abs().sum() / sums,
        "Plus and minus cancel in a plain sum: use norm().": style.sum() / both.sum(),
    }


@cases((torch.norm, WILD), (torch.norm, FINE))
def saved_loss(loss: Callable[[Tensor], Tensor], pixels: Tensor) -> Answers:
    """`loss` of the 8-bit picture that a file would hold, in [0, 1]."""
    inside = pixels.clamp(0, 1)
    levels = (inside * 255).round()
    stretched = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    pictures = {
        "that is the loss of what people will see.": levels / 255,
        "That is the loss of the free pixels: clamp and round them first.": pixels,
        "A file holds nothing below 0 or above 1: clamp, too.": (pixels * 255).round() / 255,
        "A file has only 256 levels: round to the nearest.": inside,
        "Round to the nearest level; you rounded down.": (inside * 255).floor() / 255,
        "256 levels run from 0 to 255: multiply and divide by 255.": (inside * 256).round() / 256,
        "You multiplied by 255, so divide by 255, not 256.": levels / 256,
        "Bring the levels back to [0, 1]: divide by 255.": levels,
        "Stretching the range makes another picture: clamp instead.": stretched,
    }
    return {sentence: loss(picture).item() for sentence, picture in pictures.items()} | {
        "clamp_() works in place; clamp() makes a copy.": lambda: pixels.clamp_(0, 1)
    }
