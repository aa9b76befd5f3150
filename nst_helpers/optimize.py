"""The one loop: a generator of snapshots. Whoever shows, saves or steers consumes it."""

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nst_helpers.adam import Adam, ProjectedAdam
from nst_helpers.contract import check_count, check_image
from nst_helpers.device import has_tf32
from nst_helpers.errors import DivergenceError, SettingError
from nst_helpers.lbfgs import Point, ProjectedLBFGS
from nst_helpers.memory import reused_memory
from nst_helpers.objective import Losses, Objective

ROUNDING_NOISE = 1e-3  # relative error of the loss when activations are rounded to bf16 or TF32

OPTIMISERS = {
    "lbfgs": lambda image, steps, noise: ProjectedLBFGS(noise=noise),
    "lbfgs-fourier": lambda image, steps, noise: ProjectedLBFGS(roughness=0.5, noise=noise),
    "adam": lambda image, steps, noise: ProjectedAdam(image, steps),
}


@dataclass(frozen=True)
class Snapshot:
    """The state after `step` of `steps`; step 0 is the start image.

    `image` is a detached picture `(1, 3, H, W)` in [0, 1] that nobody writes to again, and
    `losses` are the losses of exactly that picture. `seconds` is the time the loop has
    computed, without what its consumer did in between; `evaluations` counts the forward and
    backward passes so far.

    `position` is that picture on the device that computes; `image` is on the one the start
    image came from, `home`, and is fetched from there only when somebody asks.
    """

    step: int
    steps: int
    position: Tensor
    losses: Losses
    seconds: float
    evaluations: int
    home: torch.device

    @property
    def image(self) -> Tensor:
        return self.position.to(self.home)


@dataclass(frozen=True)
class State:
    """Where the loop stood after `step`: all it needs to go on as if it had never stopped.

    `weights` are those the minimiser's memory belongs to. `memory` is what it learned so far,
    plain data; None after the last step, when nobody needs it any more.
    """

    step: int
    image: Tensor
    seconds: float
    evaluations: int
    weights: tuple[float, ...]
    memory: dict | None


def _minimiser(
    optimiser: str | Adam, image: Tensor, steps: int, noise: float
) -> ProjectedLBFGS | ProjectedAdam:
    if isinstance(optimiser, Adam):
        return ProjectedAdam(image, steps, optimiser)
    return OPTIMISERS[optimiser](image, steps, noise)


class _Evaluations:
    """`objective` as a function of the position alone, under the weights last read."""

    def __init__(self, objective: Objective, state: State | None):
        self.objective, self.count = objective, 0
        self.weights = objective.weights()
        if state is not None:  # its image is evaluated once more, which does not count
            self.weights, self.count = state.weights, state.evaluations - 1

    def __call__(self, position: Tensor) -> Point:
        self.count += 1
        losses, gradient = self.objective.evaluate(position, self.weights)
        return Point(position, losses.total, gradient, losses)

    def weights_changed(self) -> bool:
        before, self.weights = self.weights, self.objective.weights()
        return self.weights != before


def optimize(
    objective: Objective, image: Tensor, steps: int = 100, optimiser: str | Adam = "lbfgs"
) -> Iterator[Snapshot]:
    """Change the pixels of `image` to lower `objective`; yields a Snapshot a step, from 0.

    Args:
        objective: its α, β and term weights are read before each step; after a change the
            curvature learned so far is dropped, because it belonged to another loss.
        image: the start image `(1, 3, H, W)` in [0, 1], on any device; not modified.
        steps: how many; a step is one evaluation, rarely more (`Snapshot.evaluations`).
        optimiser: "lbfgs", "lbfgs-fourier" (broad areas first), "adam", or an `Adam` with a
            rate of its own, all confined to [0, 1].

    To stop, stop iterating; `close()` or the last reference frees the memory. Raises
    SettingError for a bad setting, DivergenceError, with the last good image attached, when
    the loss is no longer a finite number.
    """
    return _snapshots(resumable(objective, image, steps, optimiser))


def _snapshots(pairs: Iterator[tuple[Snapshot, State]]) -> Iterator[Snapshot]:
    for snapshot, _ in pairs:
        yield snapshot


def resumable(
    objective: Objective,
    image: Tensor,
    steps: int,
    optimiser: str | Adam,
    state: State | None = None,
) -> Iterator[tuple[Snapshot, State]]:
    """`optimize`, each snapshot with the State to go on from; given one, it begins after it."""
    if not isinstance(optimiser, Adam) and optimiser not in OPTIMISERS:
        raise SettingError(f"Unknown optimiser {optimiser!r}: choose {', '.join(OPTIMISERS)}.")
    steps = check_count("The number of steps", steps)
    check_image(image, "The start image")
    if not any(objective.weights()):
        raise SettingError("α and β, or the weights of all terms, are 0: give one more than 0.")
    if state is not None and state.step >= steps:
        return iter(())
    return _reusing_memory(_iterate(objective, image, steps, optimiser, state))


def _reusing_memory(pairs: Iterator[tuple[Snapshot, State]]) -> Iterator[tuple[Snapshot, State]]:
    # the first evaluation packs the network's kernels, which outlive the run: they must not
    # lie in memory that is kept
    yield from itertools.islice(pairs, 1)
    with reused_memory():
        yield from pairs


def _iterate(
    objective: Objective, image: Tensor, steps: int, optimiser: str | Adam, state: State | None
) -> Iterator[tuple[Snapshot, State]]:
    started = time.perf_counter() - (state.seconds if state else 0.0)
    evaluate = _Evaluations(objective, state)
    home, place = image.device, objective.network.device
    start = image if state is None else state.image
    point = evaluate(start.detach().to(place).clamp(0, 1).contiguous())
    exact = objective.network.dtype == torch.float32 and not has_tf32(place)
    noise = 0.0 if exact else ROUNDING_NOISE
    minimiser = _minimiser(optimiser, point.position, steps, noise)
    if state is not None:
        minimiser.restore(state.memory, point.position)
    first = state.step + 1 if state else 0
    _check_finite(first, point, point, home)
    for step in range(first, steps + 1):
        if step > 0:
            if evaluate.weights_changed():
                minimiser.forget()
                point = evaluate(point.position)
            before, point = point, minimiser.step(point, evaluate)
            _check_finite(step, point, before, home)
        seconds = time.perf_counter() - started
        memory = minimiser.state(point.position) if step < steps else None
        here = point.position, seconds, evaluate.count
        yield (
            Snapshot(step, steps, here[0], point.report, *here[1:], home),
            State(step, *here, evaluate.weights, memory),
        )
        started = time.perf_counter() - seconds


def _check_finite(step: int, point: Point, last_good: Point, home: torch.device) -> None:
    if not math.isfinite(point.loss):
        raise DivergenceError(step, last_good.position.to(home))
