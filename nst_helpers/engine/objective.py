"""What is minimised: weighted terms, one forward pass, one total."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from nst_helpers.engine.device import fast_products, has_tf32
from nst_helpers.engine.layers import CONTENT_LAYERS, STYLE_LAYERS, check_layers
from nst_helpers.engine.losses import content_loss, gram_matrix, mask_at, style_loss
from nst_helpers.engine.minimise import Point
from nst_helpers.engine.tiles import gradient_by_tiles
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.errors import check_factor
from nst_helpers.pictures import check_image

LARGE = 2_000_000  # pixels: from here on less memory is worth some more time
ROUNDING_NOISE = 1e-3  # relative error of the loss when activations are rounded to bf16 or TF32
SCALINGS = 8  # how often at most a gradient in float16 is tried, the loss scaled less and less


@dataclass
class Term:
    """One summand of the total loss.

    Args:
        group: "content" (its weight is multiplied by α), "style" (by β), or any other
            name for a term of your own (multiplied by 1).
        layer: the activation that `loss` reads, or None for the image itself.
        target: what it is compared with; computed once, never changed.
        loss: `loss(value, target)` gives a scalar tensor.
        weight: its share inside the group; may change during a run.
        label: tells terms apart that share group and layer, such as those of two styles.
    """

    group: str
    layer: str | None
    target: Tensor | None
    loss: Callable[[Tensor, Tensor | None], Tensor]
    weight: float = 1.0
    label: str = ""

    @property
    def name(self) -> str:
        name = f"{self.group} {self.layer}" if self.layer else self.group
        return f"{name} ({self.label})" if self.label else name

    def of(self, activation: Tensor) -> Tensor:
        """The loss of `activation`, unweighted."""
        target = self.target
        return self.loss(activation, target if target is None else target.to(activation.device))


@dataclass(frozen=True)
class Losses:
    """The loss of one picture, weights included: `content` is α·content, `style` β·style.

    `shares` has one entry a term, by name; together they make `total`.
    """

    shares: Mapping[str, float]
    content: float
    style: float
    total: float


@dataclass
class Objective:
    """α · content + β · style + any other terms, as a function of the pixels.

    Pictures may be on any device; it computes on that of `network`.

    `alpha`, `beta` and each term's `weight` may be changed at any time, from any thread: the
    optimiser reads them once a step, through `weights()`.
    """

    network: VGG19Features
    terms: Sequence[Term]
    alpha: float = 1.0
    beta: float = 1000.0
    _loss_scale: float = field(default=1.0, init=False, repr=False)  # in float16; see `evaluate`

    def weights(self) -> tuple[float, ...]:
        """The factor of each term now. Raises SettingError if one is negative or not finite."""
        scale = {"content": check_factor("α", self.alpha), "style": check_factor("β", self.beta)}
        factors = []
        for term in self.terms:
            check_factor(f"The weight of {term.name}", term.weight)
            factor = scale.get(term.group, 1.0) * term.weight
            factors.append(check_factor(f"The weight of {term.name}, with α or β,", factor))
        return tuple(factors)

    def evaluate(self, image: Tensor, weights: Sequence[float]) -> tuple[Losses, Tensor]:
        """One evaluation: the losses of `image`, and the gradient of the total to its pixels.

        One forward pass through the network and one backward pass, whatever the number of terms.
        The gradient is on the device of `image`.
        """
        if self.network.dtype != torch.float16:
            return self._evaluate(image, weights, 1.0)
        # Loss scaling: float16 begins at 6e-8, where deep gradients live, and ends at 65,504. The
        # loss is multiplied on the way back, and by less where that carries others past the end.
        largest = image[0, 0].numel() / (max(weights) or 1.0)
        for attempt in range(SCALINGS):
            scale = self._loss_scale / 64**attempt
            losses, gradient = self._evaluate(image, weights, largest * scale)
            if gradient.isfinite().all() or not math.isfinite(losses.total):
                self._loss_scale = scale
                break
        return losses, gradient

    def _evaluate(
        self, image: Tensor, weights: Sequence[float], loss_scale: float
    ) -> tuple[Losses, Tensor]:
        pixels = image.detach().to(self.network.device).requires_grad_()
        factors = torch.tensor(weights, device=pixels.device)
        large = pixels[0, 0].numel() >= LARGE
        with fast_products(pixels.device):
            activations = self._activations(pixels, whole=not large)
            values = torch.stack([term.of(activations[term.layer]) for term in self.terms])
            total = values @ factors * loss_scale
            if large:
                gradient = self._gradient_by_tiles(total, activations)
            else:
                (gradient,) = torch.autograd.grad(total, pixels)
        # contiguous, as the image is: the optimiser combines the two many times over
        gradient = (gradient / loss_scale).contiguous().to(image.device)
        return self._losses((values.detach() * factors).tolist()), gradient

    def _activations(self, pixels: Tensor, whole: bool) -> dict[str | None, Tensor]:
        """What terms read, by layer; unless `whole`, without the way back to the pixels."""
        with torch.set_grad_enabled(whole):
            found = self.network(pixels)
        if not whole:
            found = {name: activation.requires_grad_() for name, activation in found.items()}
        return {None: pixels, **found}

    def _gradient_by_tiles(self, total: Tensor, activations: dict[str | None, Tensor]) -> Tensor:
        """The gradient of `total` to the pixels; `activations` are emptied, which frees memory."""
        layers, read = list(activations), list(activations.values())
        activations.clear()
        pulls = torch.autograd.grad(total, read, allow_unused=True, materialize_grads=True)
        pixels, pulls = read[0], dict(zip(layers, pulls, strict=True))
        read.clear()
        return pulls.pop(None) + gradient_by_tiles(self.network, pixels, pulls)

    def _losses(self, shares: list[float]) -> Losses:
        group = {"content": 0.0, "style": 0.0}
        for term, share in zip(self.terms, shares, strict=True):
            group[term.group] = group.get(term.group, 0.0) + share
        named = {term.name: share for term, share in zip(self.terms, shares, strict=True)}
        return Losses(named, group["content"], group["style"], sum(shares))


class Evaluations:
    """`objective` as a function of the position alone, under its weights of this moment."""

    def __init__(self, objective: Objective):
        self.objective, self.weights, self.count = objective, objective.weights(), 0
        network = objective.network
        exact = network.dtype == torch.float32 and not has_tf32(network.device)
        self.noise = 0.0 if exact else ROUNDING_NOISE

    def __call__(self, position: Tensor) -> Point:
        self.count += 1
        losses, gradient = self.objective.evaluate(position, self.weights)
        return Point(position, losses.total, gradient, self.noise, losses)


def style_share(objective: Objective, image: Tensor) -> float:
    """The style's part, 0 to 1, in the lengths of the content's and the style's gradients.

    Unlike β it has no unit: it compares what pulls at the pixels of `image` `(1, 3, H, W)`,
    whatever the conventions. Costs two evaluations; 0 where nothing pulls.
    """
    factors, pulls = objective.weights(), []
    for group in ("content", "style"):
        only = [
            factor if term.group == group else 0.0
            for term, factor in zip(objective.terms, factors, strict=True)
        ]
        pulls.append(objective.evaluate(image, only)[1].norm().item())
    return pulls[1] / (sum(pulls) or 1.0)


@torch.no_grad()
def content_terms(
    network: VGG19Features,
    content: Tensor,
    layers: Iterable[str] | Mapping[str, float] = CONTENT_LAYERS,
    *,
    keep: Tensor | None = None,
) -> list[Term]:
    """One term a layer that asks for the activations of the image `content`.

    `layers` are names that share the weight 1 equally, or a mapping from name to weight. They
    must be among `network.layers`. `keep` is a mask `(1, 1, H, W)` of any size that says how many
    times the loss counts at each place; each layer takes its averages (`mask_at`).
    """
    check_layers(layers, network.layers)
    network.check_size(check_image(content, "The content image"), "The content image")
    activations = network(content)
    terms = []
    for layer, weight in shared_weights(layers).items():
        activation = activations[layer]
        held = None if keep is None else mask_at(keep, activation)
        loss = partial(content_loss, keep=held)
        terms.append(Term("content", layer, activation, loss, weight))
    return terms


@torch.no_grad()
def style_terms(
    network: VGG19Features,
    style: Tensor,
    layers: Iterable[str] | Mapping[str, float] = STYLE_LAYERS,
    *,
    summary: Callable[[Tensor], Tensor] = gram_matrix,
    loss: Callable[[Tensor, Tensor], Tensor] = style_loss,
    label: str = "",
) -> list[Term]:
    """One term a layer that asks for the Gram matrix of the image `style`, or another summary.

    `layers` are names that share the weight 1 equally (the paper's w_l = 1/5), or a mapping
    from name to weight. They must be among `network.layers`. `summary(activation)` is the
    target that `loss(activation, target)` compares with; `label` is that of each term.
    """
    check_layers(layers, network.layers)
    network.check_size(check_image(style, "The style image"), "The style image")
    activations = network(style)
    return [
        Term("style", layer, summary(activations[layer]), loss, weight, label)
        for layer, weight in shared_weights(layers).items()
    ]


def shared_weights(layers: Iterable[str] | Mapping[str, float]) -> Mapping[str, float]:
    """A weight for each layer: names share 1 equally, a mapping is taken as it is."""
    if isinstance(layers, Mapping):
        return layers
    layers = check_layers(layers)
    return dict.fromkeys(layers, 1 / max(1, len(layers)))
