"""What the learner moves: pickers, sliders, switches and buttons. Makes widgets, and reads them."""

import math
from collections.abc import Mapping

import ipywidgets as widgets

from nst_helpers.engine import LAYER_NAMES, STYLE_LAYERS
from nst_helpers.pictures import STARTS
from nst_helpers.recipes import Weights
from nst_helpers.studio.gallery import LARGEST_SIZE, Gallery
from nst_helpers.studio.painting import Settings

BUTTONS = {  # name: (label, icon)
    "run": ("Run", "play"),
    "pause": ("Pause", "pause"),
    "step": ("Step", "step-forward"),
    "stop": ("Stop", "stop"),
    "reset": ("Reset", "undo"),
    "keep": ("Keep", "thumb-tack"),
    "save_png": ("Save PNG", "image"),
    "save_large": ("Save large", "expand"),
    "save_gif": ("Save GIF", "film"),
}
MOST = 4096  # px, of a picture painted large
LABELS = {"description_width": "68px"}
WIDE = {"width": "auto"}


class Controls:
    """Owns the widgets; `settings()` reads them all. Every widget is an attribute."""

    def __init__(self, gallery: Gallery, start: Settings):
        weights = start.weights
        self._variation = weights.variation
        self.content, self.style, self.start = (
            _dropdown(kind.capitalize(), _options(names), getattr(start, kind))
            for kind, names in _choices(gallery).items()
        )
        self.uploads = {"content": upload_button("Photo"), "style": upload_button("Painting")}
        self.thumbnails = {kind: widgets.HTML() for kind in self.uploads}
        self.alpha = _log_slider("α content", weights.alpha)
        self.beta = _log_slider("β style", weights.beta)
        self.strokes = _log_slider("strokes ×", start.strokes, 2, 1, 0.25)
        layers, self._mix = _joined(weights.content_layers), weights.content_layers
        choices = [name for name in LAYER_NAMES if name.startswith("relu")]
        choices += [layers] if layers and layers not in choices else []
        choices = [("none", ""), *zip(choices, choices, strict=True)]
        self.content_layer = _dropdown("Layer", choices, layers)
        self.layers = _layer_rows(weights.style_layers)
        self.size = _number("Size in px", start.size, 16, LARGEST_SIZE)
        self.steps = _number("Steps", start.steps, 1, 100_000)
        self.large = _number("Large px", LARGEST_SIZE, 16, MOST)
        self.buttons = {
            name: widgets.Button(description=label, icon=icon, layout=WIDE)
            for name, (label, icon) in BUTTONS.items()
        }
        self.buttons["run"].button_style = "primary"

    def settings(self) -> Settings:
        chosen = {name: slider for name, (switch, slider) in self.layers.items() if switch.value}
        style = {name: slider.value / len(chosen) for name, slider in chosen.items()}
        layers = self.content_layer.value
        content = self._mix if layers == _joined(self._mix) else {layers: 1.0} if layers else {}
        pulls = self.alpha.value, self.beta.value
        weights = Weights(*pulls, content, style, self._variation)
        pickers = self.content, self.style, self.start, self.size
        chosen = [picker.value for picker in pickers]
        return Settings(*chosen, weights, self.steps.value, self.strokes.value)

    def all(self) -> list[widgets.Widget]:
        """Everything that `settings` reads."""
        chosen = [self.content, self.style, self.start, self.size, self.steps, self.strokes]
        layers = [widget for row in self.layers.values() for widget in row]
        return [*chosen, self.alpha, self.beta, self.content_layer, *layers]

    def restore(self, settings: Settings) -> None:
        """Move everything to where it stood when `settings` were read."""
        weights = settings.weights
        self.content_layer.value = _joined(weights.content_layers)
        count = len(weights.style_layers)
        for name, (switch, slider) in self.layers.items():
            switch.value = name in weights.style_layers
            if switch.value:
                slider.value = weights.style_layers[name] * count
        for name in ("content", "style", "start", "size", "steps", "strokes"):
            getattr(self, name).value = getattr(settings, name)
        self.alpha.value, self.beta.value = weights.alpha, weights.beta

    def offer(self, gallery: Gallery, kind: str, name: str) -> None:
        """Renew the lists after an upload, and choose `name` as the `kind`."""
        for each, names in _choices(gallery).items():
            picker = getattr(self, each)
            chosen, picker.options = picker.value, _options(names)
            picker.value = chosen
        getattr(self, kind).value = name

    def show_pause(self, resume: bool) -> None:
        """Let the Pause button say what it would do."""
        pause = self.buttons["pause"]
        pause.description, pause.icon = ("Resume", "play") if resume else BUTTONS["pause"]

    def column(self) -> widgets.VBox:
        """All but the buttons, one group below the other."""
        rows = [
            _heading("Pictures", first=True),
            self._picker("content"),
            self._picker("style"),
            widgets.HBox(list(self.thumbnails.values())).add_class("nst-thumbs"),
            self.start,
            _heading("Balance"),
            self.alpha,
            self.beta,
            self.strokes,
            _heading("Content layer"),
            self.content_layer,
            _heading("Style layers and their weights"),
            *(widgets.HBox(row) for row in self.layers.values()),
            _heading("Run"),
            widgets.HBox([self.size, self.steps]),
            self.large,
        ]
        return widgets.VBox(rows, layout={"width": "330px"}).add_class("nst-controls")

    def toolbar(self) -> widgets.HBox:
        row = widgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        return row.add_class("nst-toolbar")

    def _picker(self, kind: str) -> widgets.HBox:
        picker = getattr(self, kind)
        picker.layout.flex = "1 1 auto"
        return widgets.HBox([picker, self.uploads[kind]])


class _UploadButton(widgets.FileUpload):
    """Says in words what it is, where a notebook is read without being run."""

    def __repr__(self) -> str:
        return "A button that takes a picture: run the notebook to press it."


def upload_button(label: str) -> widgets.FileUpload:
    """A button that takes one picture from the learner's disk; `uploaded` reads its value."""
    layout = {"width": "auto", "flex": "0 0 auto"}
    return _UploadButton(accept="image/*", multiple=False, description=label, layout=layout)


def uploaded(value: Mapping | tuple) -> list[tuple[str, bytes]]:
    """Name and bytes of each file in a FileUpload's value.

    ipywidgets 7 keeps a dict by name, 8 a tuple of dicts.
    """
    if isinstance(value, Mapping):
        value = [{"name": name, **file} for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


def _choices(gallery: Gallery) -> dict[str, list[str]]:
    names = {kind: gallery.names(kind) for kind in ("content", "style")}
    return names | {"start": [*STARTS, *gallery.added]}


def _options(names: list[str]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), name) for name in names]


def _dropdown(label: str, options: list[tuple[str, str]], value: str) -> widgets.Dropdown:
    return widgets.Dropdown(
        options=options, value=value, description=label, style=LABELS, layout=WIDE
    )


def _log_slider(
    label: str, value: float, base: float = 10, reach: float = 2, step: float = 0.1
) -> widgets.FloatLogSlider:
    """`reach` powers of `base` either way of where it begins, which is on one of a slider's marks.

    A weight of 0 begins at the lower end of a slider about 1.
    """
    middle = {10: math.log10, 2: math.log2}[base](value or 1)  # exact, as `math.log` is not
    low, high = middle - reach, middle + reach
    return widgets.FloatLogSlider(
        value=value or base**low, base=base, min=low, max=high, step=step, description=label,
        readout_format=".3r", style=LABELS, layout=WIDE,
    )  # fmt: skip


def _joined(layers: Mapping[str, float]) -> str:
    return " + ".join(layers)


def _layer_rows(shares: Mapping[str, float]) -> dict[str, tuple]:
    """A switch and a weight for the paper's five layers and any others asked for.

    On a slider 1 is an equal share.
    """
    weights = {name: share * len(shares) for name, share in shares.items()}
    names = sorted({*STYLE_LAYERS, *weights}, key=LAYER_NAMES.index)
    return {name: (_switch(name, name in weights), _weight(weights.get(name, 1))) for name in names}


def _switch(label: str, value: bool) -> widgets.Checkbox:
    layout = {"width": "92px", "flex": "0 0 auto"}
    return widgets.Checkbox(value=value, description=label, indent=False, layout=layout)


def _weight(value: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=value, min=0, max=max(3, value), step=0.05, description="weight",
        readout_format=".2f", style={"description_width": "46px"},
        layout={"width": "auto", "flex": "1 1 auto"},
    )  # fmt: skip


def _number(label: str, value: int, low: int, high: int) -> widgets.BoundedIntText:
    return widgets.BoundedIntText(
        value=value, min=low, max=high, description=label, style=LABELS, layout={"width": "50%"}
    )


def _heading(text: str, first: bool = False) -> widgets.HTML:
    return widgets.HTML(f'<div class="nst-heading{" nst-first" * first}">{text}</div>')
