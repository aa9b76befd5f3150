"""The exercises of lesson 07: the parts of style transfer, and the whole of it."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Answers, cases
from nst_helpers.checks.lesson02 import walk
from nst_helpers.engine import VGG19Features, gram_matrix, load_network

Network = Callable[[Tensor], dict[str, Tensor]]
drawn = torch.Generator().manual_seed(7)
COUNTED = torch.tensor([1.0, 0, 2, 1, 3, 1, 0, 0, 1, 2, 1, 0]).reshape(1, 2, 2, 3)
RANDOM = torch.rand(1, 5, 3, 4, generator=drawn)
UNITS, GOAL = torch.tensor([[3.0, 0, 1, 2], [1, 1, 0, 2]]).reshape(2, 1, 2, 1, 2)
ONE, OTHER = torch.randn(2, 1, 3, 4, 5, generator=drawn).clamp_min(0)
SEEN = {name: torch.rand(1, 3, *size, generator=drawn) for name, size in
        {"relu1_1": (4, 6), "relu1_2": (4, 6), "relu2_1": (2, 3)}.items()}  # fmt: skip
GRAMS = {name: torch.rand(3, 3, generator=drawn) for name in ("relu1_1", "relu2_1")}
BACKWARDS = dict(reversed(GRAMS.items()))
PHOTO = torch.rand(1, 3, 12, 16, generator=drawn).cumsum(3).mul(0.7).sin().square()
PAINTING = torch.rand(1, 3, 14, 10, generator=drawn) ** 3
WANTED = torch.rand(1, 128, 6, 8, generator=drawn)
AIMS = {f"relu{n}_1": torch.rand(64 * n, 64 * n, generator=drawn) for n in (1, 2)}


@cache
def _loaded() -> VGG19Features:
    layers = ("relu1_1", "relu2_1", "relu2_2")
    return load_network(layers, device="cpu", precision="float32")


def vgg(picture: Tensor) -> dict[str, Tensor]:
    """The real VGG19 as far as `relu2_2`; loaded when a check first asks, not at import."""
    return _loaded()(picture)


vgg.prepare = _loaded  # what `marking.sandbox` calls before it closes


@cases((COUNTED,), (RANDOM,))
def gram(features: Tensor) -> Answers:
    """`(1, C, H, W)` to `(C, C)`: the mean over all positions of each product of two channels."""
    rows = features[0].flatten(1)
    channels, positions = rows.shape
    right, scrambled = rows @ rows.T / positions, features.reshape(positions, channels)
    centred = rows - rows.mean(1, keepdim=True)
    return {
        "each pair of channels has its mean product, and no place is left in it.": right,
        "The division by H·W is missing.": right * positions,
        "Divide by H·W only, not by the number of channels as well.": right / channels,
        "Divide by the number of positions, not of channels.": right * positions / channels,
        "That compares positions: multiply the other way round.": rows.T @ rows / positions,
        "A reshape to (H·W, C) mixes the channels; flatten each, then transpose.": (
            scrambled.T @ scrambled / positions
        ),
        "That is the covariance: leave the means in.": centred @ centred.T / positions,
    }


@cases((UNITS, GOAL), (ONE, OTHER))
def distance_to_photo(features: Tensor, target: Tensor) -> Answers:
    """The content loss: the mean squared difference of two activations, a scalar tensor."""
    difference = features - target
    squares = difference.square()
    return {
        "zero for the photo itself, and it grows with every difference.": squares.mean(),
        "That is the sum; take the mean, so that the size doesn't matter.": squares.sum(),
        "That is the paper's half of the sum; take the mean.": squares.sum() / 2,
        "Square the differences; you took absolute values.": difference.abs().mean(),
        "Square each difference before you take the mean.": difference.mean().square(),
        "No root here: the mean of the squares is the loss.": squares.mean().sqrt(),
        "Take the mean over channels and positions: a loss is one number.": squares,
    }


@cases((SEEN, GRAMS), (SEEN, BACKWARDS))
def distance_to_painting(seen: dict[str, Tensor], grams: dict[str, Tensor]) -> Answers:
    """The style loss: the mean over the layers in `grams` of the mean squared Gram difference."""
    squares = {name: (gram_matrix(seen[name]) - grams[name]).square() for name in grams}
    layers = torch.stack([square.mean() for square in squares.values()])
    raw = [gram_matrix(seen[name]) * seen[name][0, 0].numel() for name in grams]
    undivided = [(a - b).square().mean() for a, b in zip(raw, grams.values(), strict=True)]
    by_order = [
        (gram_matrix(a) - b).square().mean()
        for a, b in zip(seen.values(), grams.values(), strict=False)
    ]
    return {
        "every layer with a target counts, and the others are left alone.": layers.mean(),
        "Take the mean over the layers, not their sum.": layers.sum(),
        "Divide by the layers that have a target, not by all seen.": layers.sum() / len(seen),
        "Inside a layer, too, take the mean.": sum(s.sum() for s in squares.values()) / len(grams),
        "The Gram matrix of what is seen has not been divided by H·W.": sum(undivided) / len(grams),
        "Match the layers by name, not by order.": sum(by_order) / len(grams),
        "Only the last layer was counted.": layers[-1],
        "Only layers with a target count: go through `grams`.": lambda: grams["relu1_2"],
        "Return one number: the mean over the layers.": layers,
    }


def gram_of(features: Tensor, divide: bool = True) -> Tensor:
    return gram_matrix(features) * (1 if divide else features[0, 0].numel())


def losses(
    network: Network, image: Tensor, target: Tensor, grams: dict[str, Tensor], divide: bool = True
) -> tuple[Tensor, Tensor]:
    """The content loss, and the style loss of each layer; a Gram matrix may go undivided."""
    seen = network(image)
    (content,) = (value for name, value in seen.items() if name.endswith("_2"))
    style = [(gram_of(seen[name], divide) - grams[name]).square().mean() for name in grams]
    return (content - target).square().mean(), torch.stack(style)


def slope(loss: Tensor, image: Tensor) -> Tensor:
    return torch.autograd.grad(loss, image, retain_graph=True)[0]


@cases((vgg, PHOTO, WANTED, AIMS, 1.0, 20.0), (vgg, PHOTO, WANTED, AIMS, 3.0, 0.5))
def pixel_gradient(
    network: Network,
    image: Tensor,
    target: Tensor,
    grams: dict[str, Tensor],
    alpha: float,
    beta: float,
) -> Answers:
    """The gradient of α · content + β · style to the pixels of `image`, of the image's shape."""
    leaf = image.clone().requires_grad_()
    content, layers = losses(network, leaf, target, grams)
    _, loud = losses(network, leaf, target, grams, divide=False)
    one, other = slope(content, leaf), slope(layers.mean(), leaf)
    right, summed = alpha * one + beta * other, beta * slope(layers.sum(), leaf)
    return {
        "that is how each pixel should change to make the total larger.": right,
        "The sign is the wrong way round; the minus belongs into the step.": -right,
        "α and β are exchanged: α belongs to the content.": beta * one + alpha * other,
        "The style has been left out.": alpha * one,
        "The content has been left out.": beta * other,
        "The style loss is the mean over the layers, not their sum.": alpha * one + summed,
        "The Gram matrix is not divided by H·W.": alpha * one + beta * slope(loud.mean(), leaf),
        "That is the loss itself; return its gradient.": alpha * content + beta * layers.mean(),
        "That is the next picture; return the gradient alone.": image - right,
    }


def painted(
    network: Network, photo: Tensor, painting: Tensor, alpha: float, beta: float, steps: int,
    rate: float, *, start: Tensor | None = None, ends: tuple[str, ...] = ("_1",),
    divide: bool = True, over_layers: Callable = torch.mean, heap: bool = False,
    clamp: str = "each",
) -> Tensor:  # fmt: skip
    """The whole of it by plain projected descent, right unless a fault is asked for."""
    with torch.no_grad():
        (target,) = (value for name, value in network(photo).items() if name.endswith("_2"))
        aims = {n: gram_of(f, divide) for n, f in network(painting).items() if n.endswith(ends)}

    def total(image: Tensor, _: int) -> Tensor:
        content, layers = losses(network, image, target, aims, divide)
        return alpha * content + beta * over_layers(layers)

    first = photo if start is None else start
    image = walk(total, first, steps, rate, heap, clamp=clamp == "each")
    return image.clamp(0, 1) if clamp == "end" else image


@cases(*((vgg, PHOTO, PAINTING, 2.0, 30.0, *pace) for pace in ((2, 5e-4), (3, 2e-3), (2, 0.02))))
def style_transfer(
    network: Network,
    photo: Tensor,
    painting: Tensor,
    alpha: float,
    beta: float,
    steps: int,
    rate: float,
) -> Answers:
    """The picture after `steps` steps of plain projected descent on the total, from the photo."""
    own = {"alpha": alpha, "beta": beta, "steps": steps, "rate": rate}
    faults: dict[str, dict] = {
        "from an empty cell: the whole of style transfer.": {},
        "α and β are exchanged: α belongs to the content.": {"alpha": beta, "beta": alpha},
        "The content pulls at nothing: its target is the photo's, taken once.": {"alpha": 0},
        "The picture did not move: style targets come from the painting, once.": {"rate": 0},
        "α is missing.": {"alpha": 1},
        "β is missing.": {"beta": 1},
        "The Gram matrices are not divided by H·W.": {"divide": False},
        "The style loss is the mean over the layers, not their sum.": {"over_layers": torch.sum},
        "The layer that ends in _2 is for the content alone.": {"ends": ("_1", "_2")},
        "That goes uphill: subtract the gradient.": {"rate": -rate},
        "The rate is missing: go `rate` times the gradient.": {"rate": 1},
        "Clear the old gradient before each step.": {"heap": True},
        "Pixels have left [0, 1]: clamp after each step.": {"clamp": "never"},
        "You clamped once, at the end; clamp after each step.": {"clamp": "end"},
        "One step is missing.": {"steps": steps - 1},
        "That is one step too many.": {"steps": steps + 1},
        "Begin with the photo, not with the painting.": {"start": painting},
    }

    def later(fault: dict) -> Callable[[], Tensor]:  # each costs a walk: only those asked for
        return lambda: painted(network, photo, painting, **(own | fault))

    return {sentence: later(fault) for sentence, fault in faults.items()}
