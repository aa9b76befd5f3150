"""VGG19's plan: its blocks, and the names of its layers."""

import difflib
from collections.abc import Iterable, Sequence

from nst_helpers.errors import SettingError

# (block, number of convolutions, channels): Simonyan & Zisserman 2014, table 1, column E.
BLOCKS = ((1, 2, 64), (2, 2, 128), (3, 4, 256), (4, 4, 512), (5, 4, 512))
CONVOLUTIONS = tuple(f"conv{b}_{c}" for b, count, _ in BLOCKS for c in range(1, count + 1))


def _names() -> Iterable[str]:
    for block, count, _ in BLOCKS:
        for number in range(1, count + 1):
            yield f"conv{block}_{number}"
            yield f"relu{block}_{number}"
        yield f"pool{block}"


LAYER_NAMES = tuple(_names())
CONTENT_LAYERS = ("relu4_2",)
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def check_layer(name: str) -> str:
    """`name` if VGG19 has such a layer; otherwise SettingError with the closest that exists."""
    if name in LAYER_NAMES:
        return name
    closest = difflib.get_close_matches(str(name), LAYER_NAMES, n=1, cutoff=0)
    raise SettingError(f"VGG19 has no layer {name!r}: did you mean {closest[0]!r}?")


def check_layers(layers: str | Iterable[str], captured: Sequence[str] = LAYER_NAMES) -> list[str]:
    """`layers` as a list, each of them among `captured`; otherwise SettingError."""
    names = [check_layer(name) for name in ([layers] if isinstance(layers, str) else layers)]
    for name in names:
        if name not in captured:
            raise SettingError(
                f"This network was not made with {name}: make it with that layer, "
                f"or choose among {', '.join(captured)}."
            )
    return names


def minimum_side(layer: str) -> int:
    """Fewest pixels a side for `layer` to have any output: 2 to the number of poolings."""
    walked = LAYER_NAMES[: LAYER_NAMES.index(check_layer(layer)) + 1]
    return 2 ** sum(name.startswith("pool") for name in walked)


def layer_size(layer: str, height: int, width: int) -> tuple[int, int]:
    """Channels and positions of `layer` for a picture of `height` x `width` pixels."""
    shrink, block = minimum_side(layer), int(layer[4])
    return BLOCKS[block - 1][2], (height // shrink) * (width // shrink)
