"""A run: snapshots to iterate over, and what came of them, on one scale or several."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from nst_helpers.objective import Objective
from nst_helpers.optimize import Snapshot, optimize


@dataclass(frozen=True)
class Stage:
    """A further part of a run: `prepare(objective, image)` makes the next of both."""

    steps: int
    prepare: Callable[[Objective, Tensor], tuple[Objective, Tensor]]


class Run:
    """An optimisation that is iterated for its snapshots and remembers what came of it.

    `for snapshot in run` goes on where the last loop stopped. `image` is the picture so far
    and `history` one dict a step (step, seconds, evaluations, content, style, total); both
    survive an interrupt. `objective.alpha` and `objective.beta` may be set between steps.

    Args:
        objective, start, steps, optimiser: as in `optimize`.
        later: stages that follow, each going on from the picture of the one before.
    """

    def __init__(
        self,
        objective: Objective,
        start: Tensor,
        steps: int,
        optimiser: str = "lbfgs",
        later: Sequence[Stage] = (),
    ):
        self.objective = objective
        self.image = start
        self.history: list[dict[str, float]] = []
        first = optimize(objective, start, steps, optimiser)  # complains now if it must
        self._snapshots = _chain(first, objective, steps, optimiser, later)

    def __iter__(self) -> Iterator[Snapshot]:
        return self

    def __next__(self) -> Snapshot:
        self.objective, snapshot = next(self._snapshots)
        self.image = snapshot.image
        self.history.append(record(snapshot))
        return snapshot

    def finish(self) -> "Run":
        """Take all remaining steps; returns the run itself."""
        for _ in self:
            pass
        return self

    def close(self) -> None:
        """Stop for good and free the optimiser's memory; `image` and `history` stay."""
        self._snapshots.close()


def _chain(
    snapshots: Iterator[Snapshot],
    objective: Objective,
    steps: int,
    optimiser: str,
    later: Sequence[Stage],
) -> Iterator[tuple[Objective, Snapshot]]:
    """The snapshots of all stages, counted as one run; a later stage starts at its step 1."""
    total = steps + sum(stage.steps for stage in later)
    for snapshot in snapshots:
        yield objective, replace(snapshot, steps=total)
    for stage in later:
        before = snapshot
        objective, start = stage.prepare(objective, before.image)
        for part in optimize(objective, start, stage.steps, optimiser):
            snapshot = replace(
                part,
                step=before.step + part.step,
                steps=total,
                seconds=before.seconds + part.seconds,
                evaluations=before.evaluations + part.evaluations,
            )
            if part.step > 0:
                yield objective, snapshot


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
