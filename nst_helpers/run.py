"""A run: snapshots to iterate over, and what came of them, on one scale or several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from nst_helpers.adam import Adam
from nst_helpers.objective import Objective
from nst_helpers.optimize import Snapshot, State, resumable


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
class Progress:
    """Where a run stands: the state of its stage, and what the stages before it took."""

    stage: int = 0
    steps: int = 0
    seconds: float = 0.0
    evaluations: int = 0
    state: State | None = None

    @property
    def length(self) -> int:
        """How many snapshots there have been; the first is that of step 0."""
        return self.steps + self.state.step + 1 if self.state else 0

    def counted(self, part: Snapshot, steps: int) -> Snapshot:
        """A snapshot of this stage as one of the whole run of `steps`."""
        return replace(
            part,
            step=self.steps + part.step,
            steps=steps,
            seconds=self.seconds + part.seconds,
            evaluations=self.evaluations + part.evaluations,
        )

    def next_stage(self) -> "Progress":
        """Before the first step of the stage after this one."""
        state = self.state
        return Progress(
            self.stage + 1,
            self.steps + state.step,
            self.seconds + state.seconds,
            self.evaluations + state.evaluations,
        )


class Run:
    """An optimisation that is iterated for its snapshots and remembers what came of it.

    `for snapshot in run` goes on where the last loop stopped. `image` is the picture so far
    and `history` one dict a step (step, seconds, evaluations, content, style, total); both
    survive an interrupt or an error, and the run can be iterated on from there. `image` is on
    the device of the start image, wherever the run computes.
    `objective.alpha` and `objective.beta` may be set between steps. `progress` is what a
    checkpoint keeps.

    Args:
        objective, start, steps, optimiser: as in `optimize`.
        later: stages that follow, each going on from the picture of the one before.
    """

    def __init__(
        self,
        objective: Objective,
        start: Tensor,
        steps: int,
        optimiser: str | Adam = "lbfgs",
        later: Sequence[Stage] = (),
    ):
        self.objective, self.optimiser = objective, optimiser
        self._home, self._position = start.device, start
        self.history: list[dict[str, float]] = []
        self.progress, self.stages = Progress(), (steps, *(stage.steps for stage in later))
        self._later = tuple(later)
        self._go_on()  # complains now if it must

    @property
    def image(self) -> Tensor:
        return self._position.to(self._home)

    def __iter__(self) -> Iterator[Snapshot]:
        return self

    def __next__(self) -> Snapshot:
        if self._snapshots is None:
            self._go_on()
        try:
            self.objective, snapshot, progress = next(self._snapshots)
            self._position = snapshot.position
            self.history.append(record(snapshot))
            self.progress = progress  # last: up to here an interrupt undoes the step
        except StopIteration:
            raise
        except BaseException:
            self._snapshots = None
            self._step_back()
            raise
        return snapshot

    def finish(self) -> "Run":
        """Take all remaining steps; returns the run itself."""
        for _ in self:
            pass
        return self

    def close(self) -> None:
        """Stop for good and free the optimiser's memory; `image` and `history` stay."""
        if self._snapshots is not None:
            self._snapshots.close()
        self._snapshots, self.progress = iter(()), Progress()

    def restore(self, progress: Progress, history: Sequence[dict[str, float]]) -> None:
        """Stand where a run of the same making stood."""
        if progress.stage > 0:
            self.objective = self._later[progress.stage - 1].aim(self.objective)
        self.progress, self.history = progress, list(history)
        self._go_on()

    def _step_back(self) -> None:
        """Stand after the last whole step."""
        del self.history[self.progress.length :]
        if self.progress.state is not None:
            self._position = self.progress.state.image

    def _go_on(self) -> None:
        self._step_back()
        stage, state = self.progress.stage, self.progress.state
        loop = resumable(self.objective, self.image, self.stages[stage], self.optimiser, state)
        self._snapshots = _chain(
            self.objective, loop, self.optimiser, self._later, self.progress, sum(self.stages)
        )


def _chain(
    objective: Objective,
    loop: Iterator[tuple[Snapshot, State]],
    optimiser: str,
    later: Sequence[Stage],
    progress: Progress,
    total: int,
) -> Iterator[tuple[Objective, Snapshot, Progress]]:
    """The snapshots of all stages, counted as one run; a later one starts at its step 1."""
    while True:
        for part, state in loop:
            progress = replace(progress, state=state)
            if part.step > 0 or progress.stage == 0:
                yield objective, progress.counted(part, total), progress
        if progress.stage == len(later):
            return
        stage = later[progress.stage]
        objective, start = stage.aim(objective), stage.carry(progress.state.image)
        loop = resumable(objective, start, stage.steps, optimiser)
        progress = progress.next_stage()


def record(snapshot: Snapshot) -> dict[str, float]:
    """The numbers of a snapshot, without its picture."""
    losses = snapshot.losses
    return {
        "step": snapshot.step,
        "seconds": snapshot.seconds,
        "evaluations": snapshot.evaluations,
        "content": losses.content,
        "style": losses.style,
        "total": losses.total,
    }
