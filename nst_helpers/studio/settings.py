"""What the controls say at one moment, and how two moments differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """One reading of all controls.

    `content` and `style` are names in the gallery; `start` is one of them or of STARTS.
    `content_layer` may be "" for no content term; `style_weights` holds the layers that are
    switched on, each with its weight relative to an equal share.
    """

    content: str
    style: str
    start: str
    size: int
    alpha: float
    beta: float
    content_layer: str
    style_weights: tuple[tuple[str, float], ...]

    @property
    def style_layers(self) -> tuple[str, ...]:
        return tuple(layer for layer, _ in self.style_weights)

    @property
    def layers(self) -> set[str]:
        return {*self.style_layers, self.content_layer} - {""}

    @property
    def canvas(self) -> tuple[str, str, str, int]:
        """What the start image depends on."""
        return self.content, self.style, self.start, self.size

    @property
    def scene(self) -> tuple:
        """What the targets depend on; everything else is only weights."""
        return self.content, self.style, self.size, self.content_layer, self.style_layers


def changes(before: Settings, after: Settings) -> dict[str, str]:
    """What moved between two readings: the name of each control and its new value in words."""
    found = {}
    for name, sign in (("alpha", "α"), ("beta", "β")):
        if getattr(before, name) != getattr(after, name):
            found[sign] = f"{sign} = {getattr(after, name):.3g}"
    if before.style_layers == after.style_layers:
        pairs = zip(before.style_weights, after.style_weights, strict=True)
        found |= {layer: f"{layer} × {new:.3g}" for (layer, old), (_, new) in pairs if old != new}
    else:
        found["style layers"] = "style layers"
    for name in ("content", "style"):
        if getattr(before, name) != getattr(after, name):
            found[name] = getattr(after, name).replace("_", " ")
    if before.content_layer != after.content_layer:
        found["content layer"] = f"content {after.content_layer or 'off'}"
    if before.size != after.size:
        found["size"] = f"{after.size} px"
    return found


def relative_weights(
    style_layers: Iterable[str] | Mapping[str, float],
) -> tuple[tuple[str, float], ...]:
    """Weights as the sliders show them: 1 is an equal share."""
    if isinstance(style_layers, Mapping):
        return tuple((name, weight * len(style_layers)) for name, weight in style_layers.items())
    return tuple((name, 1.0) for name in style_layers)
