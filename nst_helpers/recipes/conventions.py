"""Loss conventions: α and β mean nothing without them, so here they are converted.

Everybody writes α·content + β·Σ w_l·style_l, and nobody means the same. For an activation of C
channels on N positions the tables below say how many times the course's loss (see `losses`)
each published formula is. Products of weight and factor are all that counts, which is why a
conversion can be exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

Size = tuple[int, int]  # channels and positions of an activation
Factor = Callable[[int, int], float]

# (F - P)², reduced; ours is the mean
CONTENT: dict[str, Factor] = {"mean": lambda c, n: 1.0, "½ Σ": lambda c, n: c * n / 2}
# the Gram matrix; its factor enters the loss squared
GRAM: dict[str, Factor] = {
    "F Fᵀ": lambda c, n: n,
    "F Fᵀ / N": lambda c, n: 1.0,
    "F Fᵀ / CN": lambda c, n: 1 / c,
}
# (G - A)², reduced; ours is the mean
STYLE: dict[str, Factor] = {
    "mean": lambda c, n: 1.0,
    "mean / CN": lambda c, n: 1 / (c * n),
    "Σ / C²N²": lambda c, n: 1 / n**2,
    "Σ / 4C²N²": lambda c, n: 1 / (4 * n**2),
}


@dataclass(frozen=True)
class Convention:
    """Which formulas stand behind α and β: keys of CONTENT, GRAM and STYLE.

    `variation` says how many times `total_variation(image, power=1)` its smoothness term is.
    Where Grams are not divided by N, photo and painting are taken to have one size.
    """

    content: str = "mean"
    gram: str = "F Fᵀ / N"
    style: str = "mean"
    variation: float = 1.0

    def content_factor(self, size: Size) -> float:
        """How many times the course's content loss its content loss is."""
        return CONTENT[self.content](*size)

    def style_factor(self, size: Size) -> float:
        """How many times the course's style loss of one layer its style loss is."""
        return GRAM[self.gram](*size) ** 2 * STYLE[self.style](*size)


@dataclass(frozen=True)
class Weights:
    """α, β, the weight of each layer, and of total variation, in some convention."""

    alpha: float
    beta: float
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]
    variation: float = 0.0

    def times(self, factor: float) -> "Weights":
        """The same picture is best, and every loss is `factor` times as large."""
        return replace(
            self,
            alpha=self.alpha * factor,
            beta=self.beta * factor,
            variation=self.variation * factor,
        )


def converted(
    weights: Weights,
    convention: Convention,
    sizes: Mapping[str, Size],
    loudness: float = 1.0,
    *,
    back: bool = False,
    sums: tuple[float, float] = (1.0, 1.0),
) -> Weights:
    """Weights that give the course's losses the total that `weights` have under `convention`.

    Args:
        sizes: (channels, positions) of each layer, as `layer_size` gives them.
        loudness: how many times larger activations are here than in their network.
        back: the other way: `weights` are the course's, and those of `convention` are returned.
        sums: what the layers of content and style shall add up to. Layer weights and α or β only
            count as products, so this is free.
    """
    power = -1 if back else 1
    content = {
        name: weight * (convention.content_factor(sizes[name]) / loudness**2) ** power
        for name, weight in weights.content_layers.items()
    }
    style = {
        name: weight * (convention.style_factor(sizes[name]) / loudness**4) ** power
        for name, weight in weights.style_layers.items()
    }
    alpha, content = _shared(weights.alpha, content, sums[0])
    beta, style = _shared(weights.beta, style, sums[1])
    return Weights(alpha, beta, content, style, weights.variation * convention.variation**power)


def _shared(
    weight: float, layers: Mapping[str, float], total: float
) -> tuple[float, dict[str, float]]:
    """The same products with the layers' weights adding up to `total`."""
    scale = total / (sum(layers.values()) or total)
    return weight / scale, {name: value * scale for name, value in layers.items()}
