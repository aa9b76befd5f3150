"""What the learner moves: pickers, sliders, switches and buttons."""

from collections.abc import Mapping

import ipywidgets as widgets

from nst_helpers.engine.layers import LAYER_NAMES, STYLE_LAYERS
from nst_helpers.pictures.images import STARTS
from nst_helpers.studio.gallery import LARGEST_SIZE, Gallery
from nst_helpers.studio.painting import Settings

WIDTH = 330  # px, the column of controls
CONTENT_CHOICES = tuple(name for name in LAYER_NAMES if name.startswith("relu"))
BUTTONS = {  # name: (label, icon)
    "run": ("Run", "play"),
    "pause": ("Pause", "pause"),
    "step": ("Step", "step-forward"),
    "stop": ("Stop", "stop"),
    "reset": ("Reset", "undo"),
    "save_png": ("Save PNG", "image"),
    "save_gif": ("Save GIF", "film"),
}


class Controls:
    """Owns the widgets; `settings()` reads them all. Every widget is an attribute."""

    def __init__(self, gallery: Gallery, start: Settings, steps: int):
        self.content = _dropdown("Content", _options(gallery.names("content")), start.content)
        self.style = _dropdown("Style", _options(gallery.names("style")), start.style)
        self.start = _dropdown("Start", _starts(gallery), start.start)
        self.uploads = {"content": upload_button("Photo"), "style": upload_button("Painting")}
        self.thumbnails = {kind: _thumbnail() for kind in ("content", "style")}
        self.alpha = _log_slider("α content", start.alpha, -2, 2)
        self.beta = _log_slider("β style", start.beta, 0, 5)
        choices = [("none", ""), *((name, name) for name in CONTENT_CHOICES)]
        self.content_layer = _dropdown("Layer", choices, start.content_layer)
        self.layers = _layer_rows(dict(start.style_weights))
        self.size = _number("Size in px", start.size, 16, LARGEST_SIZE)
        self.steps = _number("Steps", steps, 1, 100_000)
        self.buttons = {name: _button(*face) for name, face in BUTTONS.items()}
        self.buttons["run"].button_style = "primary"

    def settings(self) -> Settings:
        weights = tuple(
            (name, slider.value) for name, (switch, slider) in self.layers.items() if switch.value
        )
        return Settings(
            self.content.value,
            self.style.value,
            self.start.value,
            self.size.value,
            self.alpha.value,
            self.beta.value,
            self.content_layer.value,
            weights,
        )

    def offer(self, gallery: Gallery, kind: str, name: str) -> None:
        """Renew the lists after an upload, and choose `name` as the `kind`."""
        for picker, options in (
            (self.content, _options(gallery.names("content"))),
            (self.style, _options(gallery.names("style"))),
            (self.start, _starts(gallery)),
        ):
            chosen = picker.value
            picker.options = options
            picker.value = chosen
        getattr(self, kind).value = name

    def show_pause(self, resume: bool) -> None:
        """Let the Pause button say what it would do."""
        label, icon = ("Resume", "play") if resume else BUTTONS["pause"]
        if self.buttons["pause"].description != label:
            self.buttons["pause"].description, self.buttons["pause"].icon = label, icon

    def column(self) -> widgets.VBox:
        """All but the buttons, one group below the other."""
        rows = [
            _heading("Pictures", first=True),
            self._picker("content"),
            self._picker("style"),
            _classed(widgets.HBox(list(self.thumbnails.values())), "nst-thumbs"),
            self.start,
            _heading("Balance"),
            self.alpha,
            self.beta,
            _heading("Content layer"),
            self.content_layer,
            _heading("Style layers and their weights"),
            *(widgets.HBox(row) for row in self.layers.values()),
            _heading("Run"),
            widgets.HBox([self.size, self.steps]),
        ]
        return _classed(widgets.VBox(rows, layout={"width": f"{WIDTH}px"}), "nst-controls")

    def toolbar(self) -> widgets.HBox:
        row = widgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        return _classed(row, "nst-toolbar")

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
    return _UploadButton(
        accept="image/*", multiple=False, description=label, layout={"width": "120px"}
    )


def uploaded(value: Mapping | tuple) -> list[tuple[str, bytes]]:
    """Name and bytes of each file in a FileUpload's value.

    ipywidgets 7 keeps a dict by name, 8 a tuple of dicts.
    """
    if isinstance(value, Mapping):
        return [(name, bytes(file["content"])) for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


def _options(names: list[str]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), name) for name in names]


def _starts(gallery: Gallery) -> list[tuple[str, str]]:
    return _options([*STARTS, *gallery.added])


def _dropdown(label: str, options: list[tuple[str, str]], value: str) -> widgets.Dropdown:
    return widgets.Dropdown(
        options=options, value=value, description=label, style=_labels(), layout={"width": "auto"}
    )


def _log_slider(label: str, value: float, low: float, high: float) -> widgets.FloatLogSlider:
    return widgets.FloatLogSlider(
        value=value, base=10, min=low, max=high, step=0.1, description=label,
        readout_format=".3r", style=_labels(), layout={"width": "auto"},
    )  # fmt: skip


def _layer_rows(weights: Mapping[str, float]) -> dict[str, tuple]:
    """A switch and a weight for the paper's five layers and any others asked for."""
    names = sorted({*STYLE_LAYERS, *weights}, key=LAYER_NAMES.index)
    return {name: (_switch(name, name in weights), _weight(weights.get(name, 1))) for name in names}


def _switch(label: str, value: bool) -> widgets.Checkbox:
    layout = {"width": "92px", "flex": "0 0 auto"}
    return widgets.Checkbox(value=value, description=label, indent=False, layout=layout)


def _weight(value: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=value, min=0, max=max(3, value), step=0.1, description="weight",
        readout_format=".1f", style={"description_width": "46px"},
        layout={"width": "auto", "flex": "1 1 auto"},
    )  # fmt: skip


def _number(label: str, value: int, low: int, high: int) -> widgets.BoundedIntText:
    return widgets.BoundedIntText(
        value=value, min=low, max=high, description=label, style=_labels(), layout={"width": "50%"}
    )


def _button(label: str, icon: str) -> widgets.Button:
    return widgets.Button(description=label, icon=icon, layout={"width": "auto"})


def _thumbnail() -> widgets.Image:
    return _classed(widgets.Image(format="jpeg"), "nst-thumb")


def _labels() -> dict[str, str]:
    return {"description_width": "68px"}


def _heading(text: str, first: bool = False) -> widgets.HTML:
    return widgets.HTML(f'<div class="nst-heading{" nst-first" * first}">{text}</div>')


def _classed(widget: widgets.DOMWidget, name: str) -> widgets.DOMWidget:
    widget.add_class(name)
    return widget
