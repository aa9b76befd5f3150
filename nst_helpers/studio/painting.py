"""A picture being painted: settings in, steps out. Touches the engine and no widget."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from nst_helpers.engine import Objective, Run, Snapshot, VGG19Features, load_network
from nst_helpers.pictures import STARTS, cover, rescale, starting_image
from nst_helpers.recipes import Phase, Scene, Weights, find_recipe, growing, weigh
from nst_helpers.studio.gallery import Gallery

ENDLESS = 10**9  # steps at full size; the worker decides when a run rests
ONCE_MORE = 20  # steps at a smaller size, after a change of pictures or layers there
MOST_FRAMES = 60  # of the film; beyond it every second one is dropped
ONE_GESTURE = 5  # steps within which moves of one slider count as one


@dataclass(frozen=True)
class Settings:
    """One reading of all controls; `content`, `style` and `start` are names of pictures.

    `weights` have the content layers that were chosen, and the style layers that are switched on;
    `strokes` is the style scale of `stylize`.
    """

    content: str
    style: str
    start: str
    size: int
    weights: Weights
    steps: int = 200
    strokes: float = 1.0

    @property
    def scene(self) -> tuple:
        """What the targets depend on; everything else is only weights."""
        layers = tuple(self.weights.content_layers), tuple(self.weights.style_layers)
        return self.content, self.style, self.size, self.strokes, *layers


def changes(before: Settings, after: Settings) -> dict[str, str]:
    """What moved between two readings: the name of each control and its new value in words."""
    old, new = _in_words(before), _in_words(after)
    return {name: new[name][1] for name in new if old.get(name, new[name])[0] != new[name][0]}


def _in_words(settings: Settings) -> dict[str, tuple[object, str]]:
    """Where each control stands, by its name: the value, and what a mark says of it."""
    weights, (*_, style) = settings.weights, settings.scene
    content = " + ".join(weights.content_layers)
    sliders = {name: f"{name} × {w * len(style):.3g}" for name, w in weights.style_layers.items()}
    return {
        "α": (weights.alpha, f"α = {weights.alpha:.3g}"),
        "β": (weights.beta, f"β = {weights.beta:.3g}"),
        **{name: (words, words) for name, words in sliders.items()},
        "style layers": (style, "style layers"),
        "content": (settings.content, settings.content.replace("_", " ")),
        "style": (settings.style, settings.style.replace("_", " ")),
        "content layer": (content, f"content {content or 'off'}"),
        "size": (settings.size, f"{settings.size} px"),
        "strokes": (settings.strokes, f"strokes × {settings.strokes:.2g}"),
    }


class Mark(NamedTuple):
    """A control moved: the step it first acted after, its name, and what it became."""

    step: int
    name: str
    text: str


class Painting:
    """The picture, and the run that carries it on.

    `follow(settings)` then `step()` is one round. `image` is the picture so far and `history`
    the run's own; `marks` are the changes on the way; `frames` a thinned film of 8-bit pictures.
    `network` holds the options of `load_network`.
    """

    def __init__(self, gallery: Gallery, seed: int = 0, **network: str | Path | None):
        self._gallery, self._seed = gallery, seed
        course = find_recipe(None)
        self._look = {"balanced": course.balanced, "power": course.power}
        self._options = {"normalised": course.normalised, "pooling": course.pooling} | network
        self.run: Run | None = None  # from the first step on
        self._settings: Settings | None = None

    # Others look while the worker may put another run, or none, in the place of this one: so each
    # property takes hold of it once.
    @property
    def image(self) -> Tensor:
        return run.image if (run := self.run) else self._start

    @property
    def history(self) -> list[dict[str, float]]:
        return run.history if (run := self.run) else []

    @property
    def steps_done(self) -> int:
        return max(0, run.state.step) if (run := self.run) else 0

    @property
    def is_warm(self) -> bool:
        """Whether the optimiser remembers where it was going."""
        return bool((run := self.run) and run.state.memory)

    @property
    def objective(self) -> Objective | None:
        return run.objective if (run := self.run) else None

    @property
    def network(self) -> VGG19Features | None:
        return objective.network if (objective := self.objective) else None

    def reset(self, settings: Settings) -> None:
        """Put the start image on the canvas and forget what was painted."""
        photo, painting = self._pictures(settings)
        if settings.start in STARTS:
            self._start = starting_image(settings.start, photo, painting, self._seed)
        else:
            self._start = fitted(self._gallery.at_size(settings.start, settings.size), photo)
        self.run, self.began_from = None, settings.start
        self.marks: list[Mark] = []
        self.frames: list[Tensor] = []
        self._stride = 1

    def rest(self) -> None:
        """Free the optimiser's memory; the picture stays and can be painted on."""
        if self.run:
            self.run.rest()

    def release(self) -> None:
        """Free the network and the targets too, until the next step makes them again."""
        if self.run:
            self.run.aim(Objective(None, ()), self.image, ENDLESS)  # at nothing: it holds neither
            self._scene = None

    def follow(self, settings: Settings) -> None:
        """Make the next step obey `settings`: move weights, or compute other targets."""
        before = self._settings
        if self.network is None or before.scene != settings.scene:
            self._aim(settings)
        weigh(self.objective, self._scene.weighed(settings.weights))
        if self.steps_done:
            self._mark(changes(before, settings))
        self._settings = settings

    def step(self) -> None:
        """Paint one step; the first one also records the picture it started from."""
        if self.run.state.step < 0:
            self._record(next(self.run))
        self._record(next(self.run))

    def film(self) -> list[Tensor]:
        """The frames as image tensors, all in the shape of the picture, which comes last."""
        image = self.image
        return [*(fitted(frame.float() / 255, image) for frame in self.frames), image]

    def at_step(self, step: int) -> Tensor:
        """The picture as it was after `step` steps, or at the nearest one that the film has."""
        if step >= self.steps_done or not self.frames:
            return self.image
        return self.frames[min(round(step / self._stride), len(self.frames) - 1)].float() / 255

    def _aim(self, settings: Settings) -> None:
        """Compute the targets of `settings`, fit the picture to their frame, and grow on."""
        weights, network = settings.weights, self.network
        layers = {*weights.content_layers, *weights.style_layers}
        if network is None or set(network.layers) != layers:
            network = load_network(layers, seed=self._seed, **self._options)
        photo, painting = self._pictures(settings)
        self._scene = scene = Scene(network, photo, painting, weights, **self._look)
        if self.run is None:
            phases = _phases(settings, scene.growth)
            self.run = scene.run(self._first(scene, phases[0]), phases)
            return
        phases = _phases(settings, scene.growth, self._settings.size, max(self.image.shape[2:]))
        image = fitted(self.image, rescale(photo, phases[0].scale))
        self.run.aim(scene.objective(phases[0]), image, phases[0].steps, scene.stages(phases))

    def _first(self, scene: Scene, phase: Phase) -> Tensor:
        """The start image, at the scale of `phase`."""
        if self.began_from in STARTS:
            return scene.start(self.began_from, phase, self._seed)
        return fitted(self._start, rescale(scene.photo, phase.scale))

    def _mark(self, moved: Mapping[str, str]) -> None:
        """Note what moved now; a gesture that goes on replaces its own last mark."""
        for name, text in moved.items():
            last = self.marks[-1] if self.marks else None
            if last and last.name == name and self.steps_done - last.step <= ONE_GESTURE:
                self.marks.pop()
            self.marks.append(Mark(self.steps_done, name, text))

    def _record(self, snapshot: Snapshot) -> None:
        if snapshot.step % self._stride == 0:
            self.frames.append((snapshot.image * 255).round().to(torch.uint8))
        if len(self.frames) > MOST_FRAMES:
            self.frames, self._stride = self.frames[::2], self._stride * 2

    def _pictures(self, settings: Settings) -> tuple[Tensor, Tensor]:
        size = settings.size
        photo = self._gallery.at_size(settings.content, size)
        return photo, self._gallery.at_size(settings.style, round(size * settings.strokes))


def _phases(settings: Settings, growth: float, wanted: int = 0, reached: int = 0) -> list[Phase]:
    """The way to full size, as `stylize` would take it; or what is left of it.

    A picture on its way to `wanted` px has `reached` so many.
    """
    *below, _ = growing(settings.steps, growth)
    left = [phase for phase in below if phase.scale * settings.size > reached + 1]
    here = [Phase(ONCE_MORE, reached / wanted)] if 0 < reached < wanted == settings.size else []
    return [*here, *left, Phase(ENDLESS)]


def fitted(image: Tensor, frame: Tensor) -> Tensor:
    """`image`, scaled and cropped to the shape of `frame` if it has another."""
    return image if image.shape == frame.shape else cover(image, *frame.shape[2:])
