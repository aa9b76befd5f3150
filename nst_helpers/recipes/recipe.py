"""What a recipe for style transfer consists of, and its weights in the course's convention."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from nst_helpers.engine import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    Minimiser,
    check_layer,
    check_layers,
    layer_size,
    shared_weights,
)
from nst_helpers.errors import SettingError, check_factor
from nst_helpers.recipes.conventions import Convention, Weights, converted

OURS = Convention()
SCALE_RATIO = 2**0.5
FALL = 0.8  # steps at a scale, as a part of those at the scale before
IMAGENET_STD = 0.226  # torchvision's unit of a pixel, in pixels of [0, 1]: mean of three colours
ORIGINAL_LOUDNESS = 255 * IMAGENET_STD  # a pixel of the original network, in torchvision's unit


@dataclass(frozen=True)
class Phase:
    """A part of a run: `steps` at `scale` of the full size, with `style` times the recipe's β."""

    steps: int
    scale: float = 1.0
    style: float = 1.0


def growing(steps: int, times: float, scales: int | None = None) -> tuple[Phase, ...]:
    """`steps` shared among scales that grow by √2 to the full size, most of them to small ones.

    The picture grows `times`-fold, or as near to that as such scales come; `scales` says how many
    there shall be instead.
    """
    enough = 1 + max(0, math.floor(math.log(times, SCALE_RATIO) + 1e-9))
    count = min(scales or enough, steps)
    shares = [FALL**k for k in range(count)]
    ends = [0, *(round(steps * sum(shares[: k + 1]) / sum(shares)) for k in range(count))]
    sizes = [SCALE_RATIO ** (k + 1 - count) for k in range(count)]
    return tuple(
        Phase(end - begin, s) for (begin, end), s in zip(pairwise(ends), sizes, strict=True)
    )


@dataclass(frozen=True)
class Recipe:
    """The settings of a published style transfer; α, β and layer weights in its `convention`.

    `scales` is how many a picture grows through, instead of `phases` if it is not 1; None means as
    many as its size needs. `optimiser` is one of `Run`, its rate for pixels in [0, 1].
    `variation` weighs a `total_variation` of `power`.
    `parameters`, `normalised` and `pooling` describe the network of the source. `balanced` gives
    every layer a unit that its pictures set (`Scene.weighed`). `note` says what had to be decided
    here.
    """

    summary: str
    source: str
    start: str = "content"
    optimiser: str | Minimiser = "lbfgs"
    phases: tuple[Phase, ...] = (Phase(200),)
    scales: int | None = 1
    content_layers: Mapping[str, float] | tuple[str, ...] = CONTENT_LAYERS
    style_layers: Mapping[str, float] | tuple[str, ...] = STYLE_LAYERS
    convention: Convention = OURS
    alpha: float = 1.0
    beta: float = 1000.0
    variation: float = 0.0
    power: int = 1
    parameters: str = "original"
    normalised: bool = False
    pooling: str = "max"
    balanced: bool = False
    note: str = ""

    def __post_init__(self):
        for name, weight in (("α", self.alpha), ("β", self.beta), ("variation", self.variation)):
            check_factor(name, weight)
        if self.alpha == self.beta == 0:
            raise SettingError("α and β are 0: give one more than 0.")
        for group, layers in (("content", self.content_layers), ("style", self.style_layers)):
            check_layers(layers)
            for layer, weight in shared_weights(layers).items():
                check_factor(f"The weight of {group} {layer}", weight)

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    def phases_growing(self, times: float) -> tuple[Phase, ...]:
        """The parts of a run whose picture may grow `times`-fold."""
        return self.phases if self.scales == 1 else growing(self.steps, times, self.scales)

    @property
    def layers(self) -> set[str]:
        """What a network has to offer for it."""
        return {*self.content_layers, *self.style_layers}

    def own_weights(self) -> Weights:
        """α, β and the layers' weights as the recipe states them."""
        content, style = shared_weights(self.content_layers), shared_weights(self.style_layers)
        return Weights(self.alpha, self.beta, content, style, self.variation)

    def to_ours(self, height: int, width: int, loudness: float = 1.0) -> Weights:
        """Its weights in the course's convention, for a picture of `height` x `width`."""
        theirs = self.own_weights()
        return converted(theirs, self.convention, _sizes(theirs, height, width), loudness)

    def from_ours(self, ours: Weights, height: int, width: int, loudness: float = 1.0) -> Weights:
        """The way back: `ours` in the recipe's convention, its layer weights' sums kept."""
        theirs, sizes = self.own_weights(), _sizes(ours, height, width)
        sums = sum(theirs.content_layers.values()), sum(theirs.style_layers.values())
        return converted(ours, self.convention, sizes, loudness, back=True, sums=sums)

    def loudness(self, parameters: str | None = None) -> float:
        """How much larger activations are with `parameters` than in the recipe's own network.

        Other parameters than its own were asked for by name: then nothing is made up for.
        """
        stands_in = parameters is None and self.parameters == "torchvision"
        return ORIGINAL_LOUDNESS if stands_in else 1.0


def _sizes(weights: Weights, height: int, width: int) -> dict[str, tuple[int, int]]:
    names = {**weights.content_layers, **weights.style_layers}
    return {name: layer_size(name, height, width) for name in map(check_layer, names)}


def share_out(phases: tuple[Phase, ...], steps: int) -> tuple[Phase, ...]:
    """`phases` with `steps` in all, in their old proportions; the last takes the rest."""
    total = sum(phase.steps for phase in phases)
    counts = [steps * phase.steps // total for phase in phases]
    counts[-1] += steps - sum(counts)
    return tuple(replace(phase, steps=count) for phase, count in zip(phases, counts, strict=True))
