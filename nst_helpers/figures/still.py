"""Still figures for the lessons.

They are drawn without pyplot, so that a background thread may draw them too, and shown as JPEG
together with a description in words.
"""

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence

from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from torch import Tensor

from nst_helpers.pictures import to_pil

DPI = 100
WIDTH = 9.0  # inches: fills a notebook's column


def new_figure(width: float, height: float) -> Figure:
    """A white figure of `width` by `height` inches that belongs to no window."""
    figure = Figure((width, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def figure_jpeg(figure: Figure, quality: int = 88, dpi: int = DPI) -> bytes:
    """The figure as the bytes of a JPEG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", dpi=dpi, pil_kwargs={"quality": quality})
    return buffer.getvalue()


def picture_tag(jpeg: bytes, alt: str, kind: str = "") -> str:
    """The picture as an HTML element of class `kind` that says `alt` to those who cannot see it.

    It goes into a widget of HTML, because ipywidgets' Image has no place for words.
    """
    data = base64.b64encode(jpeg).decode()
    words = html.escape(alt)
    # decoded at once: nothing is blank between two frames
    return f'<img class="{kind}" alt="{words}" decoding="sync" src="data:image/jpeg;base64,{data}">'


def show_figure(figure: Figure, alt: str) -> None:
    """Display `figure` in the notebook, `alt` saying in words what it shows."""
    redraw_figure(figure, alt, None)


def redraw_figure(figure: Figure, alt: str, handle: DisplayHandle | None) -> DisplayHandle:
    """Display `figure` in the place that an earlier call returned; None makes a new place."""
    content = {"image/jpeg": figure_jpeg(figure), "text/plain": alt}
    metadata = {"image/jpeg": {"alt": alt}}
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
