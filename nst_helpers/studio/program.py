"""Settings as a program: a line of Python, and a command, that paint the same from the start."""

import os
import shlex
from collections.abc import Mapping

from nst_helpers.recipes import find_recipe
from nst_helpers.studio.gallery import Gallery
from nst_helpers.studio.painting import Settings


def differing(settings: Settings) -> dict[str, object]:
    """What `stylize` has to be told, by the names of its arguments: all that is not its default."""
    weights, course = settings.weights, find_recipe(None)
    usual = course.own_weights()
    asked = {
        "steps": (settings.steps, course.steps),
        "alpha": (weights.alpha, course.alpha),
        "beta": (weights.beta, course.beta),
        "start": (settings.start, course.start),
        "content_layers": (_layers(weights.content_layers), _layers(usual.content_layers)),
        "style_layers": (dict(weights.style_layers), dict(usual.style_layers)),
        "style_scale": (settings.strokes, 1.0),
    }
    return {"size": settings.size} | {
        name: value for name, (value, default) in asked.items() if value != default
    }


def _layers(weights: Mapping[str, float]) -> dict[str, float] | list[str]:
    """Content layers as one would write them: several with their weights, one by its name."""
    return dict(weights) if len(weights) > 1 else list(weights)


def python_line(settings: Settings, gallery: Gallery, options: Mapping[str, object]) -> str:
    """`options` are those of the network, and the seed, that are not the usual ones."""
    files = [
        f'samples("{kind}")["{name}"]' if path is None else repr(path)
        for kind, name, path in _pictures(settings, gallery)
    ]
    told = [f"{name}={value!r}" for name, value in (differing(settings) | dict(options)).items()]
    return f"run = stylize({', '.join(files + told)}).finish()"


def command_line(settings: Settings, gallery: Gallery, options: Mapping[str, object]) -> str:
    """The same for a terminal in the folder of the notebook."""
    pictures = _pictures(settings, gallery)
    files = [path or os.path.relpath(gallery.file(name)) for _, name, path in pictures]
    words = ["nst", "paint", *files]
    for name, value in (differing(settings) | dict(options)).items():
        words += [f"--{name.replace('_', '-')}", _word(value)]
    return shlex.join([*words, "-o", f"{settings.content}-{settings.style}.png"])


def _pictures(settings: Settings, gallery: Gallery) -> list[tuple[str, str, str | None]]:
    """Kind and name of both, and the file of one that is not supplied; an upload has its name."""
    named = ("content", settings.content), ("style", settings.style)
    return [
        (kind, name, str(gallery.file(name) or name) if name in gallery.added else None)
        for kind, name in named
    ]


def _word(value: object) -> str:
    """A value as the command takes it; of layers the names, with their weights if they have any."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={weight!r}" for name, weight in value.items())
    if isinstance(value, list):
        return ",".join(value) or "none"
    return str(value)
