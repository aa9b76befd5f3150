"""What the learner sees: picture, curves with marks, status line. Draws, and changes nothing."""

import html
import itertools
import time
from collections.abc import Callable
from importlib import resources

import ipywidgets as widgets
import psutil
import torch
from matplotlib.axes import Axes
from torch import Tensor

from nst_helpers.engine import describe_device
from nst_helpers.errors import NSTError
from nst_helpers.figures import (
    LivePreview,
    draw_losses,
    figure_jpeg,
    in_words,
    new_figure,
    picture_tag,
    redraw_figure,
)
from nst_helpers.pictures import to_jpeg
from nst_helpers.studio.painting import Painting
from nst_helpers.studio.worker import Worker

# Seconds from one showing to the next: on a machine at leisure, and at most.
PAUSES = {"picture": (0.08, 0.15), "curves": (0.5, 4.0), "status": (0.25, 1.0)}
SHARE = 0.03  # of the time that each of them may take from the painting
RECENT = 10  # steps over which the speed is averaged
MARGINS = {"left": 0.11, "right": 0.985, "top": 0.96, "bottom": 0.19}
BESIDE = {
    "xytext": (4, 0), "textcoords": "offset points", "rotation": 90, "va": "top", "fontsize": 9,
    "bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
}  # fmt: skip
CSS = f"<style>{resources.files(__package__).joinpath('studio.css').read_text()}</style>"


class View:
    """Owns the display widgets; `update` shows what a worker paints, and spares its time."""

    def __init__(self, shown: Callable[[], Tensor]):
        self._shown = shown  # the picture that is looked at
        self.picture, self.curves, self.status = widgets.HTML(), widgets.HTML(), widgets.HTML()
        # margins once and for all: fitting them anew takes as long as drawing
        figure = new_figure(7.2, 2.4)
        figure.set_layout_engine(None)
        self._axes = figure.subplots(gridspec_kw=MARGINS)
        self._drawn: list | None = None  # what the curves show
        self._due = dict.fromkeys(PAUSES, 0.0)  # when each is shown again
        self._still = None  # the handle of the figure shown where there is no front end

    def update(self, worker: Worker, now: bool) -> None:
        """Show the state of `worker`; the longer a part takes, the rarer, but `now` all of it."""
        for part, (shortest, longest) in PAUSES.items():
            started = time.perf_counter()
            if now or started >= self._due[part]:
                getattr(self, f"_show_{part}")(worker)
                cost = time.perf_counter() - started
                self._due[part] = started + min(max(shortest, cost / SHARE), longest)
        if now and self._still is not None:
            self.still(worker)

    def still(self, worker: Worker) -> None:
        """Show, or renew, one figure with all of it where there is nobody to move a widget."""
        preview, painting = LivePreview(), worker.painting
        preview.draw(painting.image, painting.history)
        _draw_marks(preview.curves, painting)
        moved = "".join(f" At step {mark.step} {mark.text}." for mark in painting.marks)
        words = f"The studio. {status_text(worker)} Loss: {in_words(painting.history)}.{moved}"
        self._still = redraw_figure(preview.figure, words, self._still)

    def _show_picture(self, worker: Worker) -> None:
        words = f"What is looked at, after {worker.painting.steps_done} steps"
        self.picture.value = picture_tag(to_jpeg(self._shown()), words, "nst-picture")

    def _show_curves(self, worker: Worker) -> None:
        painting, before = worker.painting, self._drawn
        self._drawn = [*painting.history, *painting.marks]
        if self._drawn != before:
            draw_losses(self._axes, painting.history)
            _draw_marks(self._axes, painting)
            words = f"Curves of the loss: {in_words(painting.history)}"
            self.curves.value = picture_tag(figure_jpeg(self._axes.figure), words, "nst-curves")

    def _show_status(self, worker: Worker) -> None:
        progress, machine, note = map(html.escape, _status(worker))
        done = 100 * worker.painting.steps_done / max(1, worker.goal)
        self.status.value = (
            f'<div class="nst-status"><div class="nst-track" aria-hidden="true">'
            f'<div class="nst-done" style="width:{done:.1f}%"></div></div>'
            f"<b>{worker.phase}</b> · {progress}{f'<br><b>{note}</b>' * bool(note)}"
            f'<br><span class="nst-quiet">{machine}</span></div>'
        )


def status_text(worker: Worker) -> str:
    """The status line in sentences."""
    progress, *others = _status(worker)
    sentences = filter(None, (f"{worker.phase}: {progress}", *others))
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences)


def _status(worker: Worker) -> tuple[str, str, str]:
    """How far, how fast and how long still; on what machine; and the note, or ""."""
    step, goal, recent = (
        worker.painting.steps_done,
        worker.goal,
        worker.painting.history[-RECENT - 1 :],
    )
    progress = f"step {step} of {goal}"
    if len(recent) > 1:
        pace = (recent[-1]["seconds"] - recent[0]["seconds"]) / (len(recent) - 1)
        left = pace * (goal - step)
        in_time = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
        progress += f", {pace:.3f} s a step, {in_time} left"
    note, fault = worker.note, worker.error
    if fault and not note:  # our own errors are sentences already
        note = str(fault) if isinstance(fault, NSTError) else f"{type(fault).__name__}: {fault}"
    return progress, _machine(worker.painting), note


def _machine(painting: Painting) -> str:
    """RAM in use, device and precision, such as "812 MB, CPU with 2 threads, …"."""
    ram = f"{psutil.Process().memory_info().rss / 2**20:.0f} MB"
    if painting.network is None:
        return ram
    device = painting.network.device
    if device.type == "cuda":
        ram = f"{torch.cuda.memory_allocated(device) / 2**20:.0f} MB on the GPU"
    return f"{ram}, {describe_device(device, painting.network.dtype)}"


def _draw_marks(axes: Axes, painting: Painting) -> None:
    """A line across the curves wherever a control was moved, and beside it what it became."""
    across = axes.get_xaxis_transform()  # steps along, a part of the height up
    for step, marks in itertools.groupby(painting.marks, lambda mark: mark.step):
        axes.axvline(step, color="#666666", linewidth=1)
        text = ", ".join(mark.text for mark in marks)
        axes.annotate(text, (step, 0.97), xycoords=across, **BESIDE)
