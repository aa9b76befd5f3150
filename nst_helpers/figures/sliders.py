"""A slider above a figure: for the questions in the lessons that begin with "what if"."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure

from nst_helpers.figures.still import figure_jpeg, picture_tag


class _Sliders(widgets.VBox):
    """Says in words what it is, where a notebook is read without being run."""

    def __repr__(self) -> str:
        names = " and ".join(slider.description for slider in self.children[:-1])
        return f"Sliders for {names}: run the notebook to move them. A still figure is beside it."


def explore(
    draw: Callable[..., Figure], *, defaults: Mapping[str, Any] | None = None, **choices: Sequence
) -> widgets.VBox:
    """Sliders that redraw one figure.

    Args:
        draw: called with one value a slider, by name; returns a figure (`new_figure`).
        **choices: for each slider the values it steps through; the first is the default.
        defaults: by slider, another value to begin with.

    The picture is one widget whose content changes, so nothing flickers or stacks up.
    """
    sliders = {
        name: widgets.SelectionSlider(
            options=list(values),
            value=(defaults or {}).get(name, next(iter(values))),
            description=name.replace("_", " "),
            continuous_update=True,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="60%"),
        )
        for name, values in choices.items()
    }
    picture = widgets.HTML(layout=widgets.Layout(max_width="100%"))

    def redraw(_=None) -> None:
        chosen = {name: slider.value for name, slider in sliders.items()}
        words = "The figure at " + ", ".join(f"{name} {value}" for name, value in chosen.items())
        picture.value = picture_tag(figure_jpeg(draw(**chosen)), words)

    for slider in sliders.values():
        slider.observe(redraw, "value")
    redraw()
    return _Sliders([*sliders.values(), picture])
