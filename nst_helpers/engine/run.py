"""The one loop: a run is iterated for its snapshots, and remembers what came of it."""

import math
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nst_helpers.engine.device import keep_freed_memory
from nst_helpers.engine.minimise import OPTIMISERS, Minimiser, Point
from nst_helpers.engine.objective import Evaluations, Losses, Objective
from nst_helpers.errors import DivergenceError, SettingError, check_count
from nst_helpers.pictures import check_image


@dataclass(frozen=True)
class Snapshot:
    """The picture after `step` of `steps`; step 0 is the start image.

    `image` is a detached picture `(1, 3, H, W)` in [0, 1] that nobody writes to again, and
    `losses` are the losses of exactly that picture. `seconds` is the time the run has computed,
    without what its consumer did in between; `evaluations` counts the forward and backward passes
    so far. `position` is the picture on the device that computes; `image` is fetched from there
    only when somebody asks.
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

    @property
    def numbers(self) -> dict[str, float]:
        """The snapshot without its picture: an entry of `Run.history`."""
        of = self.losses
        numbers = {"step": self.step, "seconds": self.seconds, "evaluations": self.evaluations}
        return numbers | {"content": of.content, "style": of.style, "total": of.total}


@dataclass(frozen=True)
class Stage:
    """A further part of a run, such as the next scale.

    `aim(objective)` makes its objective from that of a stage before, `carry(image)` its start
    image from the last picture of the stage just before.
    """

    steps: int
    aim: Callable[[Objective], Objective]
    carry: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class State:
    """Where a run stands, and all that it needs to go on from there. Replaced whole, never changed.

    `step` is -1 before the start image is evaluated. `weights` are those that the loss of `point`
    and the minimiser's `memory` belong to; before a stage begins and after the last step of all
    there is no memory.
    """

    objective: Objective
    point: Point
    step: int = -1
    stage: int = 0
    seconds: float = 0.0
    evaluations: int = 0
    weights: tuple[float, ...] = ()
    memory: dict | None = None


class Run:
    """An optimisation of pixels: iterate it for its snapshots. To stop it, stop iterating.

    `for snapshot in run` goes on where the last loop stopped. `image` is the picture so far and
    `history` one dict a step (step, seconds, evaluations, content, style, total). An interrupt or
    an error leaves both as they were after the last whole step, and the run can be iterated on
    from there. `image` is on the device of the start image, wherever the run computes.

    `objective.alpha`, `objective.beta` and term weights are read before each step; after a change
    the curvature learned so far is dropped, because it belonged to another loss.

    Args:
        objective: what is lowered.
        start: the start image `(1, 3, H, W)` in [0, 1], on any device; not modified.
        steps: how many; a step is one evaluation, rarely more (`Snapshot.evaluations`).
        optimiser: "lbfgs", "lbfgs-fourier" (broad areas first), "adam", or a minimiser with
            settings of its own, such as `Adam(rate=0.02)`; all are confined to [0, 1].
        later: stages that follow.
        recipe: what it was composed from, carried along for those who report it.

    Raises SettingError or ImageError at once for what makes no sense, and while it is iterated
    DivergenceError, with the last good image attached, when the loss is no finite number.
    """

    def __init__(
        self,
        objective: Objective,
        start: Tensor,
        steps: int = 100,
        optimiser: str | Minimiser = "lbfgs",
        later: Sequence[Stage] = (),
        recipe: object = None,
    ):
        if isinstance(optimiser, str) and optimiser not in OPTIMISERS:
            raise SettingError(f"Unknown optimiser {optimiser!r}: choose {', '.join(OPTIMISERS)}.")
        check_image(start, "The start image")
        if not any(objective.weights()):
            raise SettingError("α and β, or the weights of all terms, are 0: give one more than 0.")
        steps = check_count("The number of steps", steps)
        self.optimiser, self.recipe = optimiser, recipe
        self.stages = (steps, *(stage.steps for stage in later))
        self.state, self._numbers = State(objective, Point(start)), []
        self.keeper: Callable[[Run, bool], None] | None = None  # see `checkpoint`
        self._later, self._home = tuple(later), start.device
        weakref.finalize(self, keep_freed_memory, False)

    @property
    def objective(self) -> Objective:
        return self.state.objective

    @property
    def history(self) -> list[dict[str, float]]:
        return self._numbers[: self.state.step + 1]

    @property
    def image(self) -> Tensor:
        return self.state.point.position.to(self._home)

    @property
    def steps(self) -> int:
        return sum(self.stages)

    def __iter__(self) -> Iterator[Snapshot]:
        return self

    def __next__(self) -> Snapshot:
        try:
            snapshot = self._advance()
        except BaseException:  # an interrupt, an error, or the end of the run
            if self.keeper:
                self.keeper(self, True)
            raise
        if self.keeper:
            self.keeper(self, False)
        return snapshot

    def finish(self) -> "Run":
        """Take all remaining steps; returns the run itself."""
        for _ in self:
            pass
        return self

    def rest(self) -> None:
        """Drop what the minimiser learned, and free its memory; the run can go on."""
        state = self.state
        self.state = replace(state, point=Point(state.point.position), memory=None)
        keep_freed_memory(False)

    def aim(
        self, objective: Objective, image: Tensor, steps: int, later: Sequence[Stage] = ()
    ) -> None:
        """From here on lower another `objective`, from `image`, for `steps` and through `later`.

        What the minimiser learned is dropped; steps, seconds and history count on.
        """
        self.stages = (max(0, self.state.step) + steps, *(stage.steps for stage in later))
        self._later = tuple(later)
        self.state = replace(self.state, objective=objective, point=Point(image), stage=0)
        self.rest()

    def restore(self, state: State, history: Sequence[Mapping]) -> None:
        """Stand where a run of the same making stood; `state` has the objective of any stage."""
        if state.stage > 0:
            aim = self._later[state.stage - 1].aim
            state = replace(state, objective=aim(state.objective))
        self.state, self._numbers = state, list(history)

    def _advance(self) -> Snapshot:
        """One step on. It has happened once `state` is replaced, in the last line but one."""
        if self.state.step == self.steps:
            raise StopIteration
        if self.state.point.gradient is None:
            keep_freed_memory(False)  # a first evaluation packs kernels, which outlive the run
        state = self._after(self.state)
        snapshot = Snapshot(
            state.step, self.steps, state.point.position, state.point.report,
            state.seconds, state.evaluations, self._home,
        )  # fmt: skip
        if state.step == self.steps:
            state = replace(state, point=state.point._replace(gradient=None), memory=None)
        self._numbers[state.step :] = [snapshot.numbers]
        self.state = state
        keep_freed_memory(state.step < self.steps)
        return snapshot

    def _after(self, state: State) -> State:
        """The state one step after `state`, which is the start image's evaluation at first."""
        started = time.perf_counter()
        while state.step == sum(self.stages[: state.stage + 1]):
            state = self._next_stage(state)
        minimiser = OPTIMISERS.get(self.optimiser, self.optimiser)
        point, memory, evaluate = state.point, state.memory, Evaluations(state.objective)
        if point.gradient is None or evaluate.weights != state.weights:
            place = state.objective.network.device
            point = evaluate(point.position.detach().to(place).clamp(0, 1).contiguous())
            memory = memory and minimiser.forget(memory)
        before = point
        if state.step >= 0 and math.isfinite(point.loss):
            memory = memory or minimiser.begin(point, self.stages[state.stage])
            memory, point = minimiser.step(memory, point, evaluate)
        if not math.isfinite(point.loss):
            raise DivergenceError(state.step + 1, before.position.to(self._home))
        return replace(
            state,
            point=point,
            step=state.step + 1,
            seconds=state.seconds + time.perf_counter() - started,
            evaluations=state.evaluations + evaluate.count,
            weights=evaluate.weights,
            memory=memory,
        )

    def _next_stage(self, state: State) -> State:
        keep_freed_memory(False)  # pieces that fitted the last size do not fit the next one
        stage = self._later[state.stage]
        objective, start = stage.aim(state.objective), stage.carry(state.point.position)
        return replace(
            state, objective=objective, point=Point(start), stage=state.stage + 1, memory=None
        )
