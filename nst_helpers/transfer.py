"""Composition roots: pictures and settings in, a run that yields snapshots out."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from torch import Tensor

from nst_helpers.engine import (
    STYLE_LAYERS,
    Minimiser,
    Objective,
    Run,
    VGG19Features,
    check_memory,
    check_network_options,
    content_terms,
    free_memory,
    load_network,
    run_memory,
    style_terms,
    suggest_size,
)
from nst_helpers.errors import SettingError, check_count, check_factor
from nst_helpers.pictures import (
    Picture,
    check_image,
    load_image,
    rescale,
    samples,
    starting_image,
)
from nst_helpers.recipes import COARSEST_SIZE, Recipe, Scene, find_recipe

SMALLEST = 0.1  # style scale, and its inverse the largest
STEPS_TO_EVALUATIONS = 1.02  # L-BFGS now and then shortens a step, for one evaluation more


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
    optimiser: str | Minimiser | None = None,
    content_layers: Sequence[str] | None = None,
    style_layers: Sequence[str] | Mapping[str, float] | None = None,
    scales: int | None = None,
    style_scale: float = 1.0,
    keep: Tensor | None = None,
    seed: int = 0,
    **network: str | Path | bool | None,
) -> Run:
    """Paint `content` in the manner of `style` (Gatys et al. 2016, eq. 7).

    What is None is as the recipe says, and without a recipe as "course" does it: 200 steps of
    L-BFGS from the content image, from coarse to fine, the paper's layers, each with a unit that
    the two pictures set (`Scene.weighed`), α = 1, β = 30.

    Args:
        content, style: files, or image tensors; their sizes and shapes may differ.
        recipe: "course"; "textbook", which is the paper as the lessons build it; a name in RECIPES,
            which are published settings, run by the projected optimisers of this course (see
            `published` for what departs from the source); or a Recipe.
        size: longer side in pixels to which files are scaled; None suits the device.
        steps: optimiser steps of one evaluation each, rarely more; of all scales together.
        alpha, beta: weights of content and style, in the convention of the recipe. Without
            one β = 3 tints the photo, 30 is balanced, and 300 leaves mostly paint.
        start: "content", "style", "blank" or "noise" (from `seed`).
        optimiser: "lbfgs", "lbfgs-fourier", "adam" or an `Adam`, as in `Run`.
        content_layers, style_layers: names of layers; a mapping gives style weights.
        scales: how many the picture grows through, √2 apart, most steps at the small ones; the
            course begins at 96 to 136 px, so that strokes can be large. 1 is the paper's way.
        style_scale: the painting's size against the photo's: 2 makes its strokes twice as large.
        keep: where the photo counts more: a tensor `(1, 1, H, W)` of any size, 1 as usual, 5 for a
            face, 0 to leave a place to the style.
        network: parameters, normalised, pooling, device and precision, as in `load_network`.

    Returns a Run: iterate it, or call its `finish()`. Its objective speaks the course's
    convention; a recipe's weights are converted, and divided by α. Raises ImageError,
    ParametersError or SettingError before the first step when something does not fit.
    """
    check_network_options(network)
    settings = {"alpha": alpha, "beta": beta, "start": start, "optimiser": optimiser}
    layers = {"content_layers": content_layers, "style_layers": style_layers}
    chosen = find_recipe(recipe, steps=steps, scales=scales, **settings, **layers)
    options = {name: option for name, option in network.items() if option is not None}
    own = {"normalised": chosen.normalised, "pooling": chosen.pooling}
    vgg = load_network(chosen.layers, seed=seed, **own | options)
    photo = _picture(content, "content", vgg, size)
    painting = _picture(style, "style", vgg, size, style_scale)
    weights = chosen.own_weights()
    if not chosen.balanced:
        weights = chosen.to_ours(*photo.shape[2:], chosen.loudness(options.get("parameters")))
        if weights.alpha > 0:  # some recipes' own numbers leave half precision
            weights = weights.times(1 / weights.alpha)
    scene = Scene(vgg, photo, painting, weights, keep, chosen.balanced, chosen.power)
    phases = chosen.phases_growing(scene.growth)
    first = scene.start(chosen.start, phases[0], seed)
    return scene.run(first, phases, chosen.optimiser, chosen)


def _picture(
    picture: Picture, name: str, network: VGG19Features, size: int | None, scale: float = 1.0
) -> Tensor:
    """`picture` as a tensor: a file of `size` px, a tensor as it is, either `scale` times."""
    if not SMALLEST <= check_factor("The style scale", scale) <= 1 / SMALLEST:
        raise SettingError(f"The style scale is {scale!r}: give a number from 0.1 to 10.")
    if isinstance(picture, str | os.PathLike):
        size = suggest_size(network.device) if size is None else size
        picture = load_image(picture, size if scale == 1 else round(size * scale))
    else:
        picture = rescale(check_image(picture, f"The {name} image"), scale).clamp(0, 1)
    network.check_size(picture, f"The {name} image")
    check_memory(*picture.shape[2:], network.device, network.dtype)
    return picture


def reconstruct_content(
    content: Picture,
    layer: str = "relu4_2",
    *,
    size: int | None = None,
    steps: int = 200,
    start: str = "noise",
    optimiser: str | Minimiser = "lbfgs",
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
    optimiser: str | Minimiser = "lbfgs",
    seed: int = 0,
    **network: str | Path | None,
) -> Run:
    """Find a texture with the Gram matrices of `style` (Gatys et al. 2015b; figure 1, bottom).

    Arguments as in `stylize`; the loss is the style loss alone, with β = 1.
    """
    vgg = load_network(layers, seed=seed, **network)
    painting = _picture(style, "style", vgg, size)
    first = starting_image(start, painting, painting, seed)
    objective = Objective(vgg, style_terms(vgg, painting, layers), beta=1.0)
    return Run(objective, first, steps, optimiser)


@dataclass(frozen=True)
class Estimate:
    """What a run would cost: `seconds`, peak `memory` of the process and `free` memory, bytes."""

    width: int
    height: int
    steps: int
    seconds: float
    memory: int
    free: int

    def __str__(self) -> str:
        return (
            f"{self.steps} steps at {self.width} x {self.height} px: about {self.seconds:.0f} s, "
            f"{self.memory / 1e9:.1f} GB of memory ({self.free / 1e9:.0f} GB are free)"
        )


def estimate(
    size: int = 256,
    steps: int = 200,
    device: str = "auto",
    *,
    content: Picture | None = None,
    precision: str | None = None,
) -> Estimate:
    """Seconds and peak memory of `stylize` at `size` px, from a short trial.

    `content` is the picture whose shape counts; None takes a supplied photo of 3 to 2.
    Raises SettingError, naming what would fit, if there is not enough memory even to try.
    """
    check_count("The number of steps", steps)
    content = samples("content")["pavilion"] if content is None else content
    painting = samples("style")["starry_night"]
    options = {"device": device, "precision": precision}
    run = stylize(content, painting, size=size, steps=2, scales=1, **options)
    height, width = run.image.shape[2:]
    network = run.objective.network
    place, dtype = network.device, network.dtype
    base = (
        torch.cuda.memory_allocated()
        if place.type == "cuda"
        else psutil.Process().memory_info().rss
    )
    next(run), next(run)  # the first evaluation warms up
    started = time.perf_counter()
    next(run)
    a_step = time.perf_counter() - started
    phases = find_recipe(None, steps=steps).phases_growing(max(height, width) / COARSEST_SIZE)
    whole_steps = sum((phase.steps + 1) * phase.scale**2 for phase in phases)
    seconds = a_step * whole_steps * STEPS_TO_EVALUATIONS
    memory = base + run_memory(height * width, dtype)
    return Estimate(width, height, steps, seconds, memory, free_memory(place))
