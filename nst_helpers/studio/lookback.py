"""Looking back: any earlier step, a wipe between two pictures, and a strip of kept ones."""

from collections.abc import Callable

import ipywidgets as widgets
import torch
from torch import Tensor

from nst_helpers.figures import picture_tag
from nst_helpers.pictures import rescale, to_jpeg
from nst_helpers.studio.controls import LABELS, WIDE
from nst_helpers.studio.gallery import Gallery
from nst_helpers.studio.painting import Painting, Settings, fitted

NOW, PHOTO, PAINTING = "the picture", "the photo", "the painting"
THUMBNAIL = 120  # px, the height at which a kept picture is drawn
LINE = 0.004  # of the width: how thick the edge of the wipe is


class LookBack:
    """Owns the widgets that say which picture is looked at; `shown` is that picture.

    `changed` is called when one of them was moved, `restore(settings)` when somebody presses the
    button below a kept picture.
    """

    def __init__(
        self, gallery: Gallery, changed: Callable[[], None], restore: Callable[[Settings], None]
    ):
        self._gallery, self._changed, self._restore = gallery, changed, restore
        self._kept: dict[str, tuple[Tensor, Settings]] = {}
        self._moves = False  # while we move a widget ourselves
        self.moment = widgets.IntSlider(max=0, description="Step", style=LABELS, layout=WIDE)
        self.shows = widgets.Dropdown(options=[NOW], description="Show", style=LABELS, layout=WIDE)
        self.beside = widgets.Dropdown(
            options=[PHOTO, PAINTING], description="beside", style=LABELS, layout=WIDE
        )
        self.wipe = widgets.FloatSlider(
            max=100, step=1, description="Wipe", readout_format=".0f", style=LABELS, layout=WIDE
        )
        self.strip = widgets.HBox(layout={"flex_flow": "row wrap"}).add_class("nst-kept")
        for widget in (self.moment, self.shows, self.beside, self.wipe):
            widget.observe(self._moved, "value")

    def panel(self) -> widgets.VBox:
        pair = widgets.HBox([self.shows, self.beside])
        return widgets.VBox([self.moment, pair, self.wipe, self.strip]).add_class("nst-lookback")

    def _follow(self, painting: Painting) -> None:
        """Keep the scrubber at the newest step, unless somebody is looking back.

        A slider whose range changes cannot be dragged.
        """
        if self.moment.value < min(self.moment.max, painting.steps_done):
            return
        self._moves = True
        self.moment.max = self.moment.value = painting.steps_done
        self._moves = False

    def shown(self, painting: Painting, settings: Settings) -> Tensor:
        """The picture that is looked at, and left of the wipe's edge the one beside it."""
        self._follow(painting)
        picture = self._named(self.shows.value, painting, settings)
        edge = round(picture.shape[3] * self.wipe.value / 100)
        if edge == 0:
            return picture
        other = fitted(self._named(self.beside.value, painting, settings), picture)
        mixed = torch.cat([other[..., :edge], picture[..., edge:]], dim=3)
        half = max(1, round(picture.shape[3] * LINE / 2))
        mixed[..., max(0, edge - half) : edge + half] = 1.0
        return mixed

    def keep(self, painting: Painting, settings: Settings) -> str:
        """Put the picture that is looked at into the strip, and `settings` below it."""
        name = f"kept {len(self._kept) + 1}"
        image = self._named(self.shows.value, painting, settings).clone()
        self._kept[name] = image, settings
        words = f"{name}: β {settings.weights.beta:.3g}"
        again = widgets.Button(description=words, layout={"width": "auto"})
        again.on_click(lambda _: self._restore(settings))
        small = rescale(image, min(1, THUMBNAIL / image.shape[2])).clamp(0, 1)
        thumbnail = widgets.HTML(picture_tag(to_jpeg(small), words))
        self.strip.children = [*self.strip.children, widgets.VBox([thumbnail, again])]
        self._offer()
        return f"{name.capitalize()}: its button brings the settings back"

    def _offer(self) -> None:
        """Add the kept pictures to both lists."""
        self._moves = True
        for picker, first in ((self.shows, [NOW]), (self.beside, [PHOTO, PAINTING])):
            chosen, picker.options = picker.value, [*first, *self._kept]
            picker.value = chosen
        self._moves = False

    def _named(self, name: str, painting: Painting, settings: Settings) -> Tensor:
        if name == NOW:
            return painting.at_step(self.moment.value)
        if name in self._kept:
            return self._kept[name][0]
        picture = settings.content if name == PHOTO else settings.style
        return self._gallery.at_size(picture, settings.size)

    def _moved(self, _) -> None:
        if not self._moves:
            self._changed()
