"""Composition roots: pictures and settings in, a run that yields snapshots out."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from torch import Tensor

from nst_helpers.adam import Adam
from nst_helpers.contract import check_count, check_image
from nst_helpers.conventions import Weights
from nst_helpers.device import check_memory, suggest_size
from nst_helpers.images import load_image, rescale, starting_image
from nst_helpers.losses import total_variation
from nst_helpers.network import load_network
from nst_helpers.objective import Objective, Term, content_terms, style_terms
from nst_helpers.recipe import Phase, Recipe, growing
from nst_helpers.recipes import find_recipe
from nst_helpers.run import Run, Stage
from nst_helpers.vgg import STYLE_LAYERS, VGG19Features

Picture = Tensor | str | Path


def _picture(picture: Picture, name: str, network: VGG19Features, size: int | None) -> Tensor:
    """`picture` as a tensor: a file scaled to `size`, a tensor as it is."""
    device = network.device
    if isinstance(picture, str | os.PathLike):
        picture = load_image(picture, suggest_size(device) if size is None else size)
    check_image(picture, f"The {name} image")
    network.check_size(picture, f"The {name} image")
    check_memory(*picture.shape[2:], device, network.dtype)
    return picture


def stylize(
    content: Picture,
    style: Picture,
    *,
    recipe: str | Recipe | None = None,
    size: int | None = None,
    steps: int | None = None,
    alpha: float | None = None,
    beta: float | None = None,
    start: str | None = None,
    optimiser: str | Adam | None = None,
    content_layers: Sequence[str] | None = None,
    style_layers: Sequence[str] | Mapping[str, float] | None = None,
    coarse_to_fine: bool = False,
    seed: int = 0,
    **network: str | Path | bool | None,
) -> Run:
    """Paint `content` in the manner of `style` (Gatys et al. 2016, eq. 7).

    What is None is as the recipe says, and without a recipe as the course does it: 100 steps of
    L-BFGS from the content image, α = 1, β = 1,000, the paper's layers.

    Args:
        content, style: files, or image tensors; their sizes and shapes may differ.
        recipe: a name in RECIPES, or a Recipe: published settings, run by the projected
            optimisers of this course (see `recipes` for what departs from the source).
        size: longer side in pixels to which files are scaled; None suits the device.
        steps: optimiser steps of one evaluation each, rarely more.
        alpha, beta: weights of content and style, in the convention of the recipe. Without
            one β = 10 barely paints and 10,000 leaves only paint; faces want about 100.
        start: "content", "style", "blank" or "noise" (from `seed`).
        optimiser: "lbfgs", "lbfgs-fourier", "adam" or an `Adam`, as in `optimize`.
        content_layers, style_layers: names of layers; a mapping gives style weights.
        coarse_to_fine: share the steps among scales that grow to the full size by √2, which
            large structures need above 256 px; below, there is only one scale.
        network: weights, normalised, pooling, device and precision, as in `load_network`.

    Returns a Run: iterate it, or call its `finish()`. Its objective speaks the course's
    convention; a recipe's weights are converted, and divided by α. Raises ImageError,
    WeightsError or SettingError before the first step when something does not fit.
    """
    check_count("The number of steps", 0 if steps is None else steps)
    settings = {"steps": steps, "alpha": alpha, "beta": beta, "start": start}
    layers = {"content_layers": content_layers, "style_layers": style_layers}
    chosen = find_recipe(recipe, optimiser=optimiser, **settings, **layers)
    vgg = _network_of(chosen, seed, network)
    photo = _picture(content, "content", vgg, size)
    painting = _picture(style, "style", vgg, size)
    weights = chosen.to_ours(*photo.shape[2:], chosen.loudness(network.get("weights")))
    if recipe is not None and weights.alpha > 0:  # some recipes' own numbers leave half precision
        weights = weights.times(1 / weights.alpha)
    pair = _Pair(vgg, photo, painting, weights)
    phases = growing(chosen.steps, max(photo.shape[2:])) if coarse_to_fine else chosen.phases
    later = [pair.stage(*two) for two in pairwise(phases)]
    start_image = starting_image(chosen.start, photo, painting, seed)
    first = rescale(start_image, phases[0].scale).clamp(0, 1)
    return Run(pair.objective(phases[0]), first, phases[0].steps, chosen.optimiser, later)


def _network_of(recipe: Recipe, seed: int, options: Mapping[str, object]) -> VGG19Features:
    """The network of a recipe, the original weights in it, with whatever `options` override."""
    own = {"normalised": recipe.normalised, "pooling": recipe.pooling}
    given = {name: option for name, option in options.items() if option is not None}
    return load_network({*recipe.content_layers, *recipe.style_layers}, seed=seed, **own | given)


@dataclass(frozen=True)
class _Pair:
    """Photo and painting at full size, and what is asked of them at any scale."""

    network: VGG19Features
    photo: Tensor
    painting: Tensor
    weights: Weights

    def objective(self, phase: Phase) -> Objective:
        photo, painting = (rescale(p, phase.scale).clamp(0, 1) for p in (self.photo, self.painting))
        asked = self.weights
        terms = content_terms(self.network, photo, asked.content_layers)
        for term in terms:
            term.weight = asked.content_layers[term.layer]
        terms += style_terms(self.network, painting, asked.style_layers)
        if asked.variation:
            terms.append(Term("variation", None, None, _edges, asked.variation))
        return Objective(self.network, terms, asked.alpha, asked.beta * phase.style)

    def stage(self, before: Phase, phase: Phase) -> Stage:
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


def _edges(image: Tensor, _: None) -> Tensor:
    return total_variation(image, power=1)


def reconstruct_content(
    content: Picture,
    layer: str = "relu4_2",
    *,
    size: int | None = None,
    steps: int = 200,
    start: str = "noise",
    optimiser: str = "lbfgs",
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Find a picture with the activations of `content` at one layer (paper's figure 1, top).

    Arguments as in `stylize`; the loss is the content loss alone, with α = 1.
    """
    vgg = load_network([layer], seed=seed, **network)
    photo = _picture(content, "content", vgg, size)
    first = starting_image(start, photo, photo, seed)
    return Run(Objective(vgg, content_terms(vgg, photo, [layer])), first, steps, optimiser)


def reconstruct_style(
    style: Picture,
    layers: Sequence[str] | Mapping[str, float] = STYLE_LAYERS,
    *,
    size: int | None = None,
    steps: int = 200,
    start: str = "noise",
    optimiser: str = "lbfgs",
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Find a texture with the Gram matrices of `style` (Gatys et al. 2015b; figure 1, bottom).

    Arguments as in `stylize`; the loss is the style loss alone, with β = 1.
    """
    vgg = load_network(layers, seed=seed, **network)
    painting = _picture(style, "style", vgg, size)
    first = starting_image(start, painting, painting, seed)
    return Run(
        Objective(vgg, style_terms(vgg, painting, layers), beta=1.0), first, steps, optimiser
    )
