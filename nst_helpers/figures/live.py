"""Figures that are redrawn while a run goes on."""

import math
import time
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from torch import Tensor

from nst_helpers.figures.still import WIDTH, new_figure, redraw_figure
from nst_helpers.pictures import to_pil

# Okabe & Ito's palette, told apart by any eye; the dashes say the same without colour.
COLOURS = {"total": "#000000", "content": "#0072B2", "style": "#D55E00"}
DASHES = {"total": "-", "content": "--", "style": ":"}
FRAMES_A_SECOND = 6


def draw_losses(axes: Axes, history: Sequence[Mapping[str, float]]) -> None:
    """Draw α·content, β·style and their total against the step, on a logarithmic axis."""
    axes.clear()
    steps = [record["step"] for record in history]
    for name, colour in COLOURS.items():
        values = [record[name] if record[name] > 0 else math.nan for record in history]
        if all(map(math.isnan, values)):
            continue
        label = {"content": "α·content", "style": "β·style"}.get(name, name)
        axes.plot(steps, values, DASHES[name], color=colour, label=label, linewidth=1.8)
    axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("step")
    axes.set_ylabel("loss of the picture shown")
    axes.grid(alpha=0.3, which="both", linewidth=0.5)
    if axes.lines:
        axes.legend(loc="upper center", fontsize=9)


def in_words(history: Sequence[Mapping[str, float]]) -> str:
    """The course of a run as text, for those who cannot see its curve."""
    if not history:
        return "nothing computed yet"
    first, last = history[0], history[-1]
    return f"total loss {first['total']:.4g} at step {first['step']}, " + (
        f"{last['total']:.4g} at step {last['step']} after {last['seconds']:.1f} s"
    )


class LivePreview:
    """The picture and its loss curves, redrawn in place while a run goes on.

    One figure is made and reused, which is what makes it fast.
    """

    def __init__(self, frames_a_second: float = FRAMES_A_SECOND):
        self.pause = 1 / frames_a_second
        self.figure = new_figure(WIDTH, 3.4)
        self.picture, self.curves = self.figure.subplots(1, 2, width_ratios=[3, 2])
        self.handle = None  # of the display, once there is one

    def draw(self, image: Tensor, history: Sequence[Mapping[str, float]], title: str = "") -> None:
        """Put `image` `(1, 3, H, W)` and the curves of `history` onto the figure."""
        self.picture.clear()
        self.picture.set_axis_off()
        self.picture.imshow(to_pil(image), interpolation="antialiased")
        if history:
            last = history[-1]
            when = f"step {last['step']}, {last['seconds']:.1f} s"
            self.picture.set_title(f"{title}, {when}" if title else when, fontsize=10)
        draw_losses(self.curves, history)

    def watch(self, run, title: str = "") -> Tensor:
        """Take all remaining steps of `run`, showing them; returns the last picture.

        `title` says what is running. Another run watched later is drawn in the same place.
        """
        shown_at = -math.inf
        try:
            for _ in run:
                if time.perf_counter() - shown_at > self.pause:
                    self._show(run, title)
                    shown_at = time.perf_counter()
        finally:  # also after an interrupt, the figure shows where the run stands
            self._show(run, title)
        return run.image

    def _show(self, run, title: str) -> None:
        self.draw(run.image, run.history, title)
        alt = f"{title or 'A run'}: {in_words(run.history)}"
        self.handle = redraw_figure(self.figure, alt, self.handle)
