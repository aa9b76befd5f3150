"""What the learner sees: the picture, the curves with their marks, the status line."""

import itertools
import time
from collections.abc import Callable

import ipywidgets as widgets
from matplotlib.axes import Axes
from torch import Tensor

from nst_helpers.figures.live import LivePreview, draw_losses, in_words
from nst_helpers.figures.still import figure_jpeg, new_figure, show_figure
from nst_helpers.pictures.save import to_jpeg
from nst_helpers.studio.painting import Painting
from nst_helpers.studio.view import Status

# Seconds from one showing to the next: on a machine at leisure, and at most.
PICTURE_PAUSE, CURVES_PAUSE, STATUS_PAUSE = (0.08, 0.15), (0.5, 4.0), (0.25, 1.0)
MARGINS = {"left": 0.11, "right": 0.985, "top": 0.96, "bottom": 0.19}
BESIDE = {
    "xytext": (4, 0), "textcoords": "offset points", "rotation": 90, "fontsize": 9,
    "bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
}  # fmt: skip
SHARE = 0.03  # of the time that each of them may take from the loop


class Paced:
    """Calls `show` every so often: the longer it takes, the rarer, within bounds."""

    def __init__(self, show: Callable[..., None], pauses: tuple[float, float]):
        self._show, self._due = show, 0.0
        self._shortest, self._longest = pauses

    def __call__(self, *arguments, now: bool = False) -> None:
        started = time.perf_counter()
        if not now and started < self._due:
            return
        self._show(*arguments)
        cost = time.perf_counter() - started
        self._due = started + min(max(self._shortest, cost / SHARE), self._longest)


class View:
    """Owns the display widgets; `update` shows a painting, at a pace that spares the loop."""

    def __init__(self):
        self.picture, self.curves = widgets.Image(format="jpeg"), widgets.Image(format="jpeg")
        self.status = widgets.HTML()
        for widget, name in ((self.picture, "nst-picture"), (self.curves, "nst-curves")):
            widget.add_class(name)
        # margins once and for all: fitting them anew takes as long as drawing
        self._figure = new_figure(7.2, 2.4)
        self._figure.set_layout_engine(None)
        self._axes = self._figure.subplots(gridspec_kw=MARGINS)
        self._show_picture = Paced(self._draw_picture, PICTURE_PAUSE)
        self._show_curves = Paced(self._draw_curves, CURVES_PAUSE)
        self._show_status = Paced(self._write_status, STATUS_PAUSE)
        self._still = None  # the handle of the figure shown where there is no front end

    def update(self, painting: Painting, status: Callable[[], Status], now: bool) -> None:
        """Show `painting` and `status()`; `now` shows all of it, whatever it costs."""
        self._show_picture(painting.image, now=now)
        self._show_curves(painting, now=now)
        self._show_status(status, now=now)

    def still(self, painting: Painting, status: str) -> None:
        """Show, or renew, one figure with all of it where there is nobody to move a widget."""
        preview = LivePreview()
        preview.draw(painting.image, painting.history)
        _draw_marks(preview.curves, painting)
        moved = "".join(f" At step {mark.step} {mark.text}." for mark in painting.marks)
        words = f"The studio. {status} Loss: {in_words(painting.history)}.{moved}"
        self._still = show_figure(preview.figure, words, self._still)

    @property
    def is_still(self) -> bool:
        return self._still is not None

    def _draw_picture(self, image: Tensor) -> None:
        self.picture.value = to_jpeg(image)

    def _draw_curves(self, painting: Painting) -> None:
        draw_losses(self._axes, painting.history)
        _draw_marks(self._axes, painting)
        self.curves.value = figure_jpeg(self._figure)

    def _write_status(self, status: Callable[[], Status]) -> None:
        self.status.value = status().html


def _draw_marks(axes: Axes, painting: Painting) -> None:
    """A line across the curves wherever a control was moved, and beside it what it became."""
    across = axes.get_xaxis_transform()  # steps along, a part of the height up
    for step, marks in itertools.groupby(painting.marks, lambda mark: mark.step):
        axes.axvline(step, color="#666666", linewidth=1)
        text = ", ".join(mark.text for mark in marks)
        axes.annotate(text, (step, 0.04), xycoords=across, **BESIDE)
