"""A photo, a painting and what is asked of them: the one place that composes an objective."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor

from nst_helpers.engine import (
    Minimiser,
    Objective,
    Run,
    Stage,
    Term,
    VGG19Features,
    content_terms,
    minimum_side,
    style_terms,
    total_variation,
)
from nst_helpers.pictures import rescale, starting_image
from nst_helpers.recipes.conventions import Weights
from nst_helpers.recipes.recipe import Phase, Recipe

WHOLE = Phase(0)  # full size, β as it is
COARSEST_SIZE = 96  # px, or up to √2 times as many: the longer side of a picture that will grow


@dataclass(frozen=True)
class Scene:
    """Image tensors `(1, 3, H, W)` at full size, and weights in the course's convention."""

    network: VGG19Features
    photo: Tensor
    painting: Tensor
    weights: Weights
    keep: Tensor | None = None  # see `content_terms`

    @property
    def growth(self) -> float:
        """How many times the picture may grow: from 96 px, or from what the network takes."""
        needed = minimum_side(self.network.layers[-1])
        shorter = min(*self.photo.shape[2:], *self.painting.shape[2:])
        return min(max(self.photo.shape[2:]) / COARSEST_SIZE, shorter / needed)

    def start(self, kind: str, phase: Phase, seed: int = 0) -> Tensor:
        """The picture that `starting_image` gives at the scale of `phase`."""
        return starting_image(kind, *self._at(phase), seed)

    def _at(self, phase: Phase) -> tuple[Tensor, ...]:
        pictures = self.photo, self.painting
        return tuple(rescale(picture, phase.scale).clamp(0, 1) for picture in pictures)

    def objective(self, phase: Phase = WHOLE) -> Objective:
        """What is lowered in `phase`: at its scale, with its part of β."""
        photo, painting = self._at(phase)
        asked = self.weights
        terms = content_terms(self.network, photo, asked.content_layers, keep=self.keep)
        terms += style_terms(self.network, painting, asked.style_layers)
        if asked.variation:
            terms.append(Term("variation", None, None, _edges, asked.variation))
        return Objective(self.network, terms, asked.alpha, asked.beta * phase.style)

    def run(
        self,
        start: Tensor,
        phases: Sequence[Phase],
        optimiser: str | Minimiser = "lbfgs",
        recipe: Recipe | None = None,
    ) -> Run:
        """A run through all `phases`, from `start` at the scale of the first."""
        objective, later = self.objective(phases[0]), self.stages(phases)
        return Run(objective, start, phases[0].steps, optimiser, later, recipe)

    def stages(self, phases: Sequence[Phase]) -> list[Stage]:
        """What follows the first of `phases` in a run."""
        return [self._stage(*two) for two in pairwise(phases)]

    def _stage(self, before: Phase, phase: Phase) -> Stage:
        """The part of a run that goes from one phase, and its scale, to the next."""

        def aim(earlier: Objective) -> Objective:
            objective = self.objective(phase)
            # a slider may have moved the weights meanwhile
            objective.alpha = earlier.alpha
            objective.beta = earlier.beta * phase.style / before.style
            for term, same in zip(objective.terms, earlier.terms, strict=True):
                term.weight = same.weight
            return objective

        def carry(image: Tensor) -> Tensor:
            photo = rescale(self.photo, phase.scale)
            # the paint, not a blurred picture
            change = image.to(photo.device) - rescale(self.photo, before.scale)
            return (photo + rescale(change, None, photo.shape[2:])).clamp(0, 1)

        return Stage(phase.steps, aim, carry)


def weigh(objective: Objective, weights: Weights) -> None:
    """Move `objective`, made of the same layers, to `weights`; the next step obeys them."""
    objective.alpha, objective.beta = weights.alpha, weights.beta
    layers = {"content": weights.content_layers, "style": weights.style_layers}
    for term in objective.terms:
        term.weight = layers[term.group][term.layer]


def _edges(image: Tensor, _: None) -> Tensor:
    return total_variation(image, power=1)
