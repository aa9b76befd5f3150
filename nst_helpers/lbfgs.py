"""Projected L-BFGS: quasi-Newton steps that never leave the box [0, 1].

Nothing here knows about pictures. Pixels pinned at 0 or 1 whose gradient pushes further out
are left alone; on the others the two-loop recursion (Nocedal & Wright, algorithm 7.4) gives
a direction; the move is projected onto the box and shortened until the loss falls enough.
Each point evaluated is valid, so the loss reported is the loss of what is shown, and it never
rises beyond the noise it is known to have. The idea follows Bertsekas' projected Newton
method (1982).
"""

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

FIRST_MOVE = 0.02  # largest pixel change of a step taken without curvature
LARGEST_MOVE = 0.1  # of any step; longer early ones pin areas to 0 or 1, some of them for good
SUFFICIENT = 1e-4  # Armijo: the fall asked for, as a part of the fall the gradient predicts
SHORTENINGS = 12  # of a step before it counts as failed


class Point(NamedTuple):
    """A position, the loss there, its gradient, and whatever else `evaluate` reported."""

    position: Tensor
    loss: float
    gradient: Tensor
    report: object = None


Evaluate = Callable[[Tensor], Point]


class ProjectedLBFGS:
    """Minimise over [0, 1], one accepted step a call of `step`.

    Args:
        history: how many (step, gradient change) pairs the curvature is estimated from.
        roughness: exponent p of the initial inverse Hessian |f|^-p over the frequencies f of
            the last two axes; 0 is the usual multiple of the identity, 0.5 moves broad
            areas before fine grain.
        noise: relative error of the loss. A rise within it is accepted, or half precision
            would end a run early; together such rises never pass five times the noise.
    """

    def __init__(self, history: int = 20, roughness: float = 0.0, noise: float = 0.0):
        self.pairs: deque[tuple[Tensor, ...]] = deque(maxlen=history)
        self.roughness, self.noise = roughness, noise
        self.lowest = math.inf
        self.stuck_at: Tensor | None = None

    def forget(self) -> None:
        """Drop the curvature, as one must when the loss itself has changed."""
        self._restart()
        self.lowest = math.inf
        self.stuck_at = None

    def _restart(self) -> None:
        self.pairs.clear()

    def state(self, position: Tensor) -> dict:
        """What was learned on the way to `position`, as plain data; never written to again."""
        stuck = self.stuck_at is position
        return {"pairs": list(self.pairs), "lowest": self.lowest, "stuck": stuck}

    def restore(self, state: dict, position: Tensor) -> None:
        """Go on as the minimiser that gave `state` would."""
        self.pairs.extend(tuple(pair) for pair in state["pairs"])
        self.lowest = state["lowest"]
        self.stuck_at = position if state["stuck"] else None

    def step(self, point: Point, evaluate: Evaluate) -> Point:
        """The next point: lower in loss, or `point` itself where no step lowers it.

        A failed step restarts from steepest descent. Where that fails too, rounding hides any
        way down: the point is returned, at no further cost, until `forget` is called.
        """
        if self.stuck_at is point.position:
            return point
        self.lowest = min(self.lowest, point.loss)
        found = self._search(point, self._direction(point), evaluate)
        if found is None and self.pairs:
            self._restart()
            found = self._search(point, self._direction(point), evaluate)
        if found is None:
            self.stuck_at = point.position
            return point
        self._remember(found.position - point.position, found.gradient - point.gradient)
        return found

    def _direction(self, point: Point) -> Tensor:
        outwards = torch.where(point.gradient > 0, point.position <= 0, point.position >= 1)
        gradient = point.gradient.masked_fill(outwards, 0)
        direction = self._times_inverse_hessian(-gradient).masked_fill_(outwards, 0)
        if not self.pairs or _dot(direction, gradient) >= 0:
            self._restart()
            return -gradient * (FIRST_MOVE / gradient.abs().max().clamp_min(1e-30))
        return direction * (LARGEST_MOVE / direction.abs().max()).clamp_max(1)

    def _times_inverse_hessian(self, vector: Tensor) -> Tensor:
        """The two-loop recursion; without history, the identity."""
        shares = []
        for step, change, curvature, _ in reversed(self.pairs):
            shares.append(_dot(step, vector) / curvature)
            vector = torch.addcmul(vector, shares[-1], change, value=-1)
        if self.pairs:
            vector = self._smooth(vector) * self._first_scale()
        for (step, change, curvature, _), share in zip(self.pairs, reversed(shares), strict=True):
            vector = torch.addcmul(vector, share - _dot(change, vector) / curvature, step)
        return vector

    def _first_scale(self) -> Tensor:
        """The multiple of the identity that the recursion starts from.

        Usual is s·y / y·y of the latest pair. On pictures that is too short, and noise in y
        shortens it further; the largest in the history takes 5 to 15 per cent off the loss.
        """
        return torch.stack([scale for *_, scale in self.pairs]).max()

    def _smooth(self, vector: Tensor) -> Tensor:
        """Multiply by |f|^-roughness in the frequency domain; its scale does not matter."""
        if self.roughness == 0:
            return vector
        height, width = vector.shape[-2:]
        rows = torch.fft.fftfreq(height, device=vector.device)[:, None]
        columns = torch.fft.rfftfreq(width, device=vector.device)
        # the mean has frequency 0: treat it like one wave across the longer side
        frequency = torch.hypot(rows, columns).clamp_min(1 / max(height, width))
        return torch.fft.irfft2(
            torch.fft.rfft2(vector) * frequency**-self.roughness, s=(height, width)
        )

    def _search(self, point: Point, direction: Tensor, evaluate: Evaluate) -> Point | None:
        """Shorten the projected step until the loss falls by a part of what was predicted."""
        allowed = min(point.loss * (1 + self.noise), self.lowest * (1 + 5 * self.noise))
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

    def _remember(self, step: Tensor, change: Tensor) -> None:
        """Keep a pair only if it says that the loss curves upwards along it."""
        curvature = _dot(step, change)
        if curvature > 1e-10 * _dot(change, change):
            scale = curvature / _dot(change, self._smooth(change))
            self.pairs.append((step, change, curvature, scale))


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
