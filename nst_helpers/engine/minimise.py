"""Minimisers over the box [0, 1]: projected L-BFGS, and Adam for comparison.

Nothing here knows about pictures. A minimiser is its settings, and never changes. What it learns
on the way is its memory, a plain dictionary that the caller keeps: `begin(point, steps)` gives the
first, and `step(memory, point, evaluate)` returns the next memory and the next point, changing
neither of those it was given. So a step cut short has not happened, and whoever has saved the
memory can go on from it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

FIRST_MOVE = 0.02  # largest pixel change of a step taken without curvature
LARGEST_MOVE = 0.1  # of any step; longer early ones pin areas to 0 or 1, some of them for good
SUFFICIENT = 1e-4  # Armijo: the fall asked for, as a part of the fall the gradient predicts
SHORTENINGS = 12  # of a step before it counts as failed


class Point(NamedTuple):
    """A position and, once it is evaluated, the loss there and its gradient.

    `noise` is the relative error that the loss is known to have; `report` is whatever else the
    evaluation had to say.
    """

    position: Tensor
    loss: float = math.nan
    gradient: Tensor | None = None
    noise: float = 0.0
    report: object = None


Evaluate = Callable[[Tensor], Point]


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015), the position put back into [0, 1] after each step.

    The papers use L-BFGS; this is the comparison that most tutorials make. `rate`, for pixels in
    [0, 1], is multiplied by `factor` after each `every` steps, or with `cosine` falls to 0 along
    half a wave while the run lasts. The default rate is the best we measured.
    """

    rate: float = 0.05
    factor: float = 1.0
    every: int = 100
    cosine: bool = False

    def begin(self, point: Point, steps: int) -> dict:
        zero = torch.zeros_like(point.gradient)
        return {"count": 0, "mean": zero, "square": zero, "steps": max(1, steps)}

    def forget(self, memory: dict) -> dict:
        """After a change of the loss: the averages adapt within a few steps, so keep them."""
        return memory

    def step(self, memory: dict, point: Point, evaluate: Evaluate) -> tuple[dict, Point]:
        """The next point; its loss may be higher than before."""
        count, gradient = memory["count"] + 1, point.gradient
        mean = torch.lerp(memory["mean"], gradient, 1 - 0.9)
        square = torch.addcmul(memory["square"] * 0.999, gradient, gradient, value=1 - 0.999)
        spread = square.sqrt() / (1 - 0.999**count) ** 0.5 + 1e-8
        rate = self._rate_after(count - 1, memory["steps"]) / (1 - 0.9**count)
        memory = {**memory, "count": count, "mean": mean, "square": square}
        return memory, evaluate(point.position.addcdiv(mean, spread, value=-rate).clamp_(0, 1))

    def _rate_after(self, count: int, steps: int) -> float:
        if self.cosine:
            return self.rate * (1 + math.cos(math.pi * count / steps)) / 2
        return self.rate * self.factor ** (count // self.every)


@dataclass(frozen=True)
class ProjectedLBFGS:
    """Quasi-Newton steps that never leave the box.

    Coordinates pinned at 0 or 1 whose gradient pushes further out are left alone; on the others
    the two-loop recursion (Nocedal & Wright, algorithm 7.4) gives a direction; the move is
    projected onto the box and shortened until the loss falls enough. Each point evaluated is
    valid, so the loss reported is the loss of what is shown. It never rises beyond its noise: a
    rise within that is accepted, or half precision would end a run early, but together such rises
    never pass five times the noise. The idea follows Bertsekas' projected Newton method (1982).

    Args:
        history: how many (step, gradient change) pairs the curvature is estimated from.
        roughness: exponent p of the initial inverse Hessian |f|^-p over the frequencies f of
            the last two axes; 0 is the usual multiple of the identity, 0.5 moves broad
            areas before fine grain.
    """

    history: int = 20
    roughness: float = 0.0

    def begin(self, point: Point, steps: int) -> dict:
        return {"pairs": (), "lowest": math.inf, "stuck": False}

    def forget(self, memory: dict) -> dict:
        """After a change of the loss: drop the curvature, which belonged to the old one."""
        return {"pairs": (), "lowest": math.inf, "stuck": False}

    def step(self, memory: dict, point: Point, evaluate: Evaluate) -> tuple[dict, Point]:
        """The next point: lower in loss, or `point` itself where no step lowers it.

        A failed step is tried again from steepest descent. Where that fails too, rounding hides
        any way down: the point is returned, at no further cost, until the memory is dropped.
        """
        if memory["stuck"]:
            return memory, point
        pairs, lowest = memory["pairs"], min(memory["lowest"], point.loss)
        while True:
            pairs, direction = self._direction(pairs, point)
            found = _search(point, direction, lowest, evaluate)
            if found is not None:
                pair = self._pair(found.position - point.position, found.gradient - point.gradient)
                pairs = (*pairs, *pair)[-self.history :]
                return {"pairs": pairs, "lowest": lowest, "stuck": False}, found
            if not pairs:
                return {"pairs": (), "lowest": lowest, "stuck": True}, point
            pairs = ()

    def _direction(self, pairs: tuple, point: Point) -> tuple[tuple, Tensor]:
        """Where to go, and the pairs that said so: none where they would lead uphill."""
        outwards = torch.where(point.gradient > 0, point.position <= 0, point.position >= 1)
        gradient = point.gradient.masked_fill(outwards, 0)
        direction = self._times_inverse_hessian(pairs, -gradient).masked_fill_(outwards, 0)
        if not pairs or _dot(direction, gradient) >= 0:
            return (), -gradient * (FIRST_MOVE / gradient.abs().max().clamp_min(1e-30))
        return pairs, direction * (LARGEST_MOVE / direction.abs().max()).clamp_max(1)

    def _times_inverse_hessian(self, pairs: tuple, vector: Tensor) -> Tensor:
        """The two-loop recursion; without pairs, the identity.

        The multiple of the identity that it starts from is usually s·y / y·y of the latest pair.
        On pictures that is too short, and noise in y shortens it further; the largest in the
        history takes 5 to 15 per cent off the loss.
        """
        shares = []
        for step, change, curvature, _ in reversed(pairs):
            shares.append(_dot(step, vector) / curvature)
            vector = torch.addcmul(vector, shares[-1], change, value=-1)
        if pairs:
            vector = self._smooth(vector) * torch.stack([scale for *_, scale in pairs]).max()
        for (step, change, curvature, _), share in zip(pairs, reversed(shares), strict=True):
            vector = torch.addcmul(vector, share - _dot(change, vector) / curvature, step)
        return vector

    def _smooth(self, vector: Tensor) -> Tensor:
        """Multiply by |f|^-roughness in the frequency domain; its scale does not matter."""
        if self.roughness == 0:
            return vector
        height, width = vector.shape[-2:]
        rows = torch.fft.fftfreq(height, device=vector.device)[:, None]
        columns = torch.fft.rfftfreq(width, device=vector.device)
        # the mean has frequency 0: treat it like one wave across the longer side
        frequency = torch.hypot(rows, columns).clamp_min(1 / max(height, width))
        smoothed = torch.fft.rfft2(vector) * frequency**-self.roughness
        return torch.fft.irfft2(smoothed, s=(height, width))

    def _pair(self, step: Tensor, change: Tensor) -> tuple:
        """What to remember of a step: nothing unless the loss curves upwards along it."""
        curvature = _dot(step, change)
        if not curvature > 1e-10 * _dot(change, change):
            return ()
        return ((step, change, curvature, curvature / _dot(change, self._smooth(change))),)


Minimiser = Adam | ProjectedLBFGS
OPTIMISERS: dict[str, Minimiser] = {
    "lbfgs": ProjectedLBFGS(),
    "lbfgs-fourier": ProjectedLBFGS(roughness=0.5),
    "adam": Adam(cosine=True),
}


def _search(point: Point, direction: Tensor, lowest: float, evaluate: Evaluate) -> Point | None:
    """Shorten the projected step until the loss falls by a part of what was predicted."""
    allowed = min(point.loss * (1 + point.noise), lowest * (1 + 5 * point.noise))
    length = 1.0
    for _ in range(SHORTENINGS):
        position = (point.position + length * direction).clamp_(0, 1)
        predicted = _dot(position - point.position, point.gradient).item()
        if predicted >= 0:
            return None  # projected away, or smaller than float32 can tell
        found = evaluate(position)
        if found.loss <= allowed + SUFFICIENT * predicted:
            return found
        length *= _shortening(predicted, found.loss - point.loss)
    return None


def _shortening(predicted: float, change: float) -> float:
    """The part of a failed step to try next: the lowest point of the parabola through both ends.

    The parabola starts with the slope that `predicted` a fall and ends at the `change` found
    (Nocedal & Wright, equation 3.58); the part lies between a tenth and a half.
    """
    above = change - predicted  # the tangent; not more than 0 only within the noise, or for nan
    return min(max(-predicted / (2 * above), 0.1), 0.5) if above > 0 else 0.5


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """The inner product of two tensors of one shape, in one pass."""
    return torch.dot(one.flatten(), other.flatten())
