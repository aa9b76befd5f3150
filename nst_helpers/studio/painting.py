"""A picture being painted: settings in, steps out. Knows nothing of widgets."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nst_helpers.engine.objective import Objective, content_terms, style_terms
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import VGG19Features, load_network
from nst_helpers.pictures.images import STARTS, cover, starting_image
from nst_helpers.studio.gallery import Gallery
from nst_helpers.studio.painting import Settings, changes

ENDLESS = 10**9  # the studio itself decides when a run rests
MOST_FRAMES = 60  # of the film; beyond it every second one is dropped
ONE_GESTURE = 5  # steps within which moves of one slider count as one


@dataclass(frozen=True)
class Mark:
    """A control moved: the step it first acted after, its name, and what it became."""

    step: int
    name: str
    text: str


class Painting:
    """The picture, its history, and the run that carries it on.

    `follow(settings)` then `step()` is one round. `image` is the picture so far; `history`
    holds one dict a step, counted through however often the targets were recomputed; `marks`
    the changes on the way; `frames` a thinned film of 8-bit pictures.
    """

    def __init__(self, gallery: Gallery, seed: int = 0, **network: str | Path | None):
        self._gallery, self._seed, self._options = gallery, seed, network
        self.network: VGG19Features | None = None
        self.objective: Objective | None = None
        self.run: Run | None = None
        self.settings: Settings | None = None

    @property
    def steps_done(self) -> int:
        return self.history[-1]["step"] if self.history else 0

    def reset(self, settings: Settings) -> None:
        """Put the start image on the canvas and forget what was painted."""
        self.close()
        photo, painting = self._pictures(settings)
        if settings.start in STARTS:
            self.image = starting_image(settings.start, photo, painting, self._seed)
        else:
            other = self._gallery.at_size(settings.start, settings.size)
            self.image = cover(other, *photo.shape[2:])
        self.history: list[dict[str, float]] = []
        self.marks: list[Mark] = []
        self.frames: list[Tensor] = []
        self.began_from, self._stride = settings.start, 1

    def close(self) -> None:
        """Free the optimiser's memory; the picture stays and can be painted on."""
        if self.run is not None:
            self.run.close()
        self.run = None

    def release(self) -> None:
        """Free the network and the targets too, until the next step makes them again."""
        self.close()
        self.network = self.objective = None

    def follow(self, settings: Settings) -> None:
        """Make the next step obey `settings`: move weights, or recompute targets."""
        before = self.settings
        if self.objective is None or before.scene != settings.scene:
            self._aim(settings)
        self._weigh(settings)
        if before is not None and self.history:
            self._mark(changes(before, settings))
        self.settings = settings

    def step(self) -> None:
        """Paint one step; the first one also records the picture it started from."""
        if self.run is None:
            self._offset = self.history[-1] if self.history else {}
            self.run = Run(self.objective, self.image, ENDLESS, "lbfgs")
            next(self.run)
            if not self.history:
                self._record()
        next(self.run)
        self._record()

    def _aim(self, settings: Settings) -> None:
        """Compute the targets of `settings`, and fit the picture to their frame."""
        if self.network is None or set(self.network.layers) != settings.layers:
            self.network = load_network(settings.layers, seed=self._seed, **self._options)
        network = self.network
        photo, painting = self._pictures(settings)
        wanted = [settings.content_layer] if settings.content_layer else []
        terms = content_terms(network, photo, wanted)
        terms += style_terms(network, painting, settings.style_layers)
        self.close()
        self.objective = Objective(network, terms)
        if self.image.shape != photo.shape:
            self.image = cover(self.image, *photo.shape[2:])

    def _weigh(self, settings: Settings) -> None:
        weights = dict(settings.style_weights)
        self.objective.alpha, self.objective.beta = settings.alpha, settings.beta
        for term in self.objective.terms:
            if term.group == "style":
                term.weight = weights[term.layer] / len(weights)

    def _mark(self, changed: dict[str, str]) -> None:
        for name, text in changed.items():
            last = self.marks[-1] if self.marks else None
            if last and last.name == name and self.steps_done - last.step <= ONE_GESTURE:
                self.marks.pop()
            self.marks.append(Mark(self.steps_done, name, text))

    def _record(self) -> None:
        self.image, record = self.run.image, dict(self.run.history[-1])
        for key in ("step", "seconds", "evaluations"):
            record[key] += self._offset.get(key, 0)
        self.history.append(record)
        if record["step"] % self._stride == 0:
            self.frames.append((self.image * 255).round().to(torch.uint8))
        if len(self.frames) > MOST_FRAMES:
            self.frames, self._stride = self.frames[::2], self._stride * 2

    def film(self) -> list[Tensor]:
        """The frames as image tensors, all in the shape of the picture, which comes last."""
        shape = self.image.shape[2:]
        pictures = [frame.float() / 255 for frame in self.frames]
        fitted = [p if p.shape[2:] == shape else cover(p, *shape) for p in pictures]
        return [*fitted, self.image]

    def _pictures(self, settings: Settings) -> tuple[Tensor, Tensor]:
        at_size = self._gallery.at_size
        return at_size(settings.content, settings.size), at_size(settings.style, settings.size)
