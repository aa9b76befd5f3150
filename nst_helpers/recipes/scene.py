"""A photo, a painting and what is asked of them: the one place that composes an objective."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import torch
from torch import Tensor

from nst_helpers.engine import (
    Minimiser,
    Objective,
    Run,
    Stage,
    Term,
    VGG19Features,
    content_terms,
    gram_matrix,
    minimum_side,
    style_loss,
    style_terms,
    total_variation,
)
from nst_helpers.pictures import rescale, starting_image
from nst_helpers.recipes.conventions import Weights
from nst_helpers.recipes.recipe import Phase, Recipe

WHOLE = Phase(0)  # full size, β as it is
UNIT_SIZE = 256  # px: where the units of balanced losses are measured, however large the picture
NEAREST = 0.01  # of the painting's own Gram matrix: no photo counts as nearer to it than that
COARSEST_SIZE = 96  # px, or up to √2 times as many: the longer side of a picture that will grow


@dataclass(frozen=True)
class Scene:
    """Image tensors `(1, 3, H, W)` at full size, and weights in the course's convention.

    In a `balanced` scene a layer's weight is in units of its own: see `weighed`.
    """

    network: VGG19Features
    photo: Tensor
    painting: Tensor
    weights: Weights
    keep: Tensor | None = None  # see `content_terms`
    balanced: bool = False
    power: int = 1  # of the total variation

    def weighed(self, weights: Weights) -> Weights:
        """`weights`, of the layers of this scene, as they multiply the course's losses.

        Balanced, a layer of the content loses 1 when the picture says nothing at all there
        (activations of 0), and a layer of the style 1 when the picture is still the photo. So one
        β suits most pairs, sizes and networks. By themselves the losses of a photo differ ten times
        from pair to pair, and 100,000 times from layer to layer. Not in the paper, whose layers
        share one weight.
        """
        if not self.balanced:
            return weights
        content, style = self._units
        return replace(
            weights,
            content_layers={name: w / content[name] for name, w in weights.content_layers.items()},
            style_layers={name: w / style[name] for name, w in weights.style_layers.items()},
        )

    @cached_property
    def _units(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """The losses of nothing in each content layer, and of the photo in each style layer."""
        photo, painting = self._small(self.photo), self._small(self.painting)
        content = {
            name: photo[name].float().square().mean() for name in self.weights.content_layers
        }
        style = {}
        for name in self.weights.style_layers:
            gram = gram_matrix(painting[name])
            nearest = NEAREST * gram.square().mean()
            style[name] = torch.maximum(style_loss(photo[name], gram), nearest)
        return tuple(
            {name: unit.item() or 1.0 for name, unit in units.items()} for units in (content, style)
        )

    @torch.no_grad()
    def _small(self, picture: Tensor) -> Mapping[str, Tensor]:
        """The activations of `picture` at UNIT_SIZE, or at what the network takes."""
        sides, needed = picture.shape[2:], minimum_side(self.network.layers[-1])
        factor = min(1.0, max(UNIT_SIZE / max(sides), needed / min(sides)))
        return self.network(rescale(picture, factor).clamp(0, 1))

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
        asked = self.weighed(self.weights)
        terms = content_terms(self.network, photo, asked.content_layers, keep=self.keep)
        terms += style_terms(self.network, painting, asked.style_layers)
        if asked.variation:
            loss = partial(_variation, power=self.power)
            terms.append(Term("variation", None, None, loss, asked.variation))
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
        if term.group in layers:
            term.weight = layers[term.group][term.layer]


def _variation(image: Tensor, _: None, power: int) -> Tensor:
    return total_variation(image, power)
