"""Numbers to pictures: figures for the lessons, the live preview.

Figures are drawn without pyplot, so that a background thread may draw them too, and shown
as JPEG together with a description in words.
"""

import io
import math
import time
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from nst_helpers.images import to_pil

# Okabe & Ito's palette, told apart by any eye; the dashes say the same without colour.
COLOURS = {"total": "#000000", "content": "#0072B2", "style": "#D55E00"}
DASHES = {"total": "-", "content": "--", "style": ":"}
DPI = 100
WIDTH = 9.0  # inches: fills a notebook's column
FRAMES_A_SECOND = 6


def new_figure(width: float, height: float) -> Figure:
    """A white figure of `width` by `height` inches that belongs to no window."""
    figure = Figure((width, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def figure_jpeg(figure: Figure) -> bytes:
    """The figure as the bytes of a JPEG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", pil_kwargs={"quality": 88})
    return buffer.getvalue()


def show_figure(figure: Figure, alt: str, handle=...):
    """Display `figure` in the notebook, `alt` saying in words what it shows.

    To redraw it in its place, pass `handle`, None the first time, and keep what is returned.
    Without `handle` nothing is returned, so that a cell may end with this call.
    """
    from IPython.display import display

    content = {"image/jpeg": figure_jpeg(figure), "text/plain": alt}
    metadata = {"image/jpeg": {"alt": alt}}
    if handle is ...:
        return display(content, metadata=metadata, raw=True)
    if handle is None:
        return display(content, metadata=metadata, raw=True, display_id=True)
    handle.update(content, metadata=metadata, raw=True)
    return handle


def _grid(count: int, columns: int, aspect: float, width: float) -> list[Axes]:
    """`count` empty axes in rows of `columns`; `aspect` is height over width of one."""
    columns = min(columns, count)
    rows, cell = math.ceil(count / columns), width / columns
    figure = new_figure(width, rows * (cell * aspect + 0.35))
    figure.get_layout_engine().set(h_pad=0.07)  # inches: no title touches the edge
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for unused in axes:
        unused.set_axis_off()
    return axes[:count]


def show_images(
    images: Sequence[Tensor] | Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 4,
    width: float = WIDTH,
    alt: str | None = None,
) -> None:
    """Show image tensors `(1, 3, H, W)` in rows of `columns`, each under its title.

    `images` may map titles to images. `alt` describes the figure; None lists the titles.
    """
    if isinstance(images, Mapping):
        titles, images = list(images), list(images.values())
    titles = titles or [""] * len(images)
    tallest = max(image.shape[2] / image.shape[3] for image in images)
    axes = _grid(len(images), columns, tallest, width)
    for place, image, title in zip(axes, images, titles, strict=True):
        place.imshow(to_pil(image), interpolation="antialiased")
        place.set_title(title, fontsize=10)
    show_figure(axes[0].figure, alt or "Pictures: " + "; ".join(filter(None, titles)))


def show_feature_maps(
    activation: Tensor, count: int = 8, *, title: str = "", columns: int = 8, alt: str | None = None
) -> None:
    """Show the `count` channels of `(1, C, H, W)` with the largest mean, brightest first.

    Each map has its own grey scale, from 0 (black) to its maximum (white).
    """
    strongest = activation[0].mean((1, 2)).argsort(descending=True)[:count].tolist()
    aspect = activation.shape[2] / activation.shape[3]
    axes = _grid(len(strongest), columns, aspect, WIDTH)
    for place, channel in zip(axes, strongest, strict=True):
        place.imshow(activation[0, channel].float().cpu().numpy(), cmap="gray", vmin=0)
        place.set_title(f"{channel}", fontsize=9)
    axes[0].figure.suptitle(title)
    show_figure(axes[0].figure, alt or f"The {len(strongest)} strongest feature maps of {title}")


def show_grams(grams: Mapping[str, Tensor], *, columns: int = 4, alt: str | None = None) -> None:
    """Show Gram matrices `(C, C)`, by title, as heat-maps on one common logarithmic scale."""
    from matplotlib.colors import LogNorm

    largest = max(gram.max().item() for gram in grams.values())
    axes = _grid(len(grams), columns, 1.0, WIDTH)
    for place, (title, gram) in zip(axes, grams.items(), strict=True):
        norm = LogNorm(largest * 1e-4, largest)
        values = gram.float().cpu().clamp_min(largest * 1e-4).numpy()
        heat = place.imshow(values, norm=norm, cmap="magma")
        place.set_title(title, fontsize=10)
    figure = axes[0].figure
    figure.colorbar(heat, ax=axes, shrink=0.8, label="mean product of two channels")
    show_figure(figure, alt or "Gram matrices of " + ", ".join(grams))


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
        axes.legend(loc="upper right", fontsize=9)


def plot_losses(history: Sequence[Mapping[str, float]], *, alt: str | None = None) -> None:
    """Show the loss curves of a run's `history`."""
    figure = new_figure(WIDTH * 0.6, 3.2)
    draw_losses(figure.add_subplot(), history)
    show_figure(figure, alt or f"Loss curves: {in_words(history)}")


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

    `watch(run)` is for a notebook cell; `jpeg(image, history)` gives one frame to anybody
    who shows it elsewhere. One figure is made and reused, which is what makes it fast.
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

    def jpeg(self, image: Tensor, history: Sequence[Mapping[str, float]]) -> bytes:
        """One frame as the bytes of a JPEG file."""
        self.draw(image, history)
        return figure_jpeg(self.figure)

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
        self.handle = show_figure(self.figure, alt, self.handle)
