"""The gradient of a large picture, tile by tile, so that it is never in memory all at once.

Losses read the activations of the whole picture, as a Gram matrix must; only the way back from
there to the pixels is cut up. A tile is walked with a margin as wide as what its activations see,
so what comes of it is what comes of the whole picture, but for rounding.
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor

from nst_helpers.engine.layers import minimum_side
from nst_helpers.engine.vgg import VGG19Features

TILE = 640  # px a side, about
STEP = 32  # px: where tiles begin and end, so that every pooling divides them as it does the whole


def gradient_by_tiles(
    network: VGG19Features, pixels: Tensor, pulls: Mapping[str, Tensor]
) -> Tensor:
    """The gradient to `pixels` `(1, 3, H, W)` from those to the activations, `pulls` by layer."""
    gradient, margin = torch.zeros_like(pixels), _margin(network)
    height, width = pixels.shape[2:]
    for top, bottom in _cuts(height):
        for left, right in _cuts(width):
            first_row, first_column = max(0, top - margin), max(0, left - margin)
            place = (..., slice(first_row, bottom + margin), slice(first_column, right + margin))
            tile = pixels[place].detach().requires_grad_()
            found = network(tile)
            ours = {
                name: _only(
                    pulls[name],
                    activation,
                    _part(name, top, bottom, first_row, height),
                    _part(name, left, right, first_column, width),
                )
                for name, activation in found.items()
            }
            (part,) = torch.autograd.grad(list(found.values()), tile, list(ours.values()))
            gradient[place] += part
    return gradient


def _margin(network: VGG19Features) -> int:
    """How far, in pixels to each side, the deepest layer sees, or a little more."""
    reach, stride = 0, 1
    for name in network.walk:
        if not name.startswith("relu"):
            reach += stride
        if name.startswith("pool"):
            stride *= 2
    return -(-reach // STEP) * STEP


def _cuts(length: int) -> list[tuple[int, int]]:
    """Where tiles begin and end along a side of `length` pixels."""
    count = max(1, round(length / TILE))
    ends = [round(length * k / count / STEP) * STEP for k in range(count)] + [length]
    return list(pairwise(ends))


def _part(name: str, begin: int, end: int, first: int, length: int) -> tuple[slice, slice]:
    """The positions of `name` above the pixels from `begin` to `end`: in the whole, in the tile."""
    stride = minimum_side(name)
    last = None if end == length else end // stride
    start = first // stride
    within = slice(begin // stride - start, None if last is None else last - start)
    return slice(begin // stride, last), within


def _only(
    pull: Tensor, activation: Tensor, rows: tuple[slice, slice], columns: tuple[slice, slice]
) -> Tensor:
    """`pull` where the tile has its own positions, and 0 in its margin."""
    ours = torch.zeros_like(activation)
    ours[..., rows[1], columns[1]] = pull[..., rows[0], columns[0]]
    return ours
