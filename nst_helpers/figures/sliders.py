"""Sliders over a figure, for the questions in the lessons that begin with "what if".

Every frame is drawn beforehand, and a few lines of JavaScript show the one that was asked for. So
a slider moves in a page that no kernel stands behind, and asks nothing of any network.
"""

import base64
import html
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from IPython.display import display
from matplotlib.figure import Figure

from nst_helpers.figures.still import figure_jpeg, picture_tag

QUALITY, DPI = 62, 80  # of a frame: there are many in one page
SCRIPT = (Path(__file__).parent / "sliders.js").read_text(encoding="utf-8")
ROW = "display:flex;gap:1em;align-items:center;max-width:40em;margin:.3em 0"


class Sliders:
    """Sliders and their figure: a page where HTML is read, a sentence elsewhere."""

    def __init__(self, choices: Mapping[str, Sequence], chosen: Sequence[int], frames: list[bytes]):
        self._choices, self._chosen, self._frames = choices, chosen, frames

    def __repr__(self) -> str:
        return f"Sliders for {' and '.join(map(_in_words, self._choices))}: move them in a browser."

    def _repr_html_(self) -> str:
        number, rows, words = 0, "", []
        for (name, values), index in zip(self._choices.items(), self._chosen, strict=True):
            number = number * len(values) + index
            rows += _row(_in_words(name), [str(value) for value in values], index)
            words.append(f"{_in_words(name)} {values[index]}")
        picture = picture_tag(self._frames[number], f"The figure at {', '.join(words)}")
        data = json.dumps([base64.b64encode(frame).decode() for frame in self._frames])
        attributes = f'oninput="{html.escape(SCRIPT)}" data-frames="{html.escape(data)}"'
        return f'<div class="nst-sliders" {attributes}>{rows}{picture}</div>'


def explore(
    draw: Callable[..., Figure], *, defaults: Mapping[str, Any] | None = None, **choices: Sequence
) -> None:
    """Show sliders that change one figure, with or without a kernel.

    Args:
        draw: called once for each combination of values, by name; returns a figure (`new_figure`).
        **choices: for each slider the values it steps through; the first is the default.
        defaults: by slider, another value to begin with.
    """
    choices = {name: list(values) for name, values in choices.items()}
    combinations = (
        dict(zip(choices, values, strict=True)) for values in product(*choices.values())
    )
    frames = [figure_jpeg(draw(**values), QUALITY, DPI) for values in combinations]
    first = {name: values[0] for name, values in choices.items()} | dict(defaults or {})
    display(Sliders(choices, [choices[name].index(first[name]) for name in choices], frames))


def _in_words(name: str) -> str:
    return name.replace("_", " ")


def _row(name: str, values: list[str], index: int) -> str:
    """A slider with its name before it and its value behind it."""
    data, value = html.escape(json.dumps(values)), html.escape(values[index])
    return (
        f'<label style="{ROW}"><span style="min-width:8em">{html.escape(name)}</span>'
        f'<input type="range" min="0" max="{len(values) - 1}" value="{index}" style="flex:1" '
        f'aria-valuetext="{value}" data-values="{data}">'
        f'<output style="min-width:6em">{value}</output></label>'
    )
