"""A run on the disk: what a killed process computed is not lost.

A checkpoint holds the state of a run as plain data (picture, the minimiser's memory, step, stage,
loss weights, history), so a run that is resumed from it ends where an uninterrupted one would have.
"""

import hashlib
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from nst_helpers.engine.minimise import Point
from nst_helpers.engine.objective import Losses
from nst_helpers.engine.run import Run, State
from nst_helpers.errors import CheckpointError
from nst_helpers.pictures import write_whole

FORMAT = "nst_helpers run, version 2"
SECONDS = 10.0  # from one saving to the next
SHARE = 0.05  # of the time that saving may take: large pictures are saved more rarely
SAME = 3e-4  # relative difference of numbers that another machine may compute otherwise
PLAIN = ("step", "stage", "seconds", "evaluations", "weights", "memory")  # parts of a State


def keep_run(run: Run, path: str | Path, seconds: float = SECONDS) -> Run:
    """Keep `run` in the file `path` while it goes on, and resume it from there if it exists.

    A process that is killed loses at most the last `seconds`. Afterwards make the same run again
    and keep it in the same file: it goes on where it stood.

        run = keep_run(stylize(photo, painting, steps=500), "night.checkpoint")
        LivePreview().watch(run)

    Returns the run. Raises CheckpointError if the file cannot be read, was made by a run of other
    pictures or settings, or if the run has begun already: what it was made from could not be told
    any more.
    """
    if run.history:
        raise CheckpointError("This run has begun: keep it before its first step.")
    path = Path(os.path.expanduser(path))
    keeper = _Keeper(path, _fingerprint(run), seconds)
    if path.exists():
        keeper.restore(run, _read(path, run.objective.network.device))
    run.keeper = keeper
    return run


class _Keeper:
    """Saves a run, which calls it after each step and, with `now`, when it is cut short or ends."""

    def __init__(self, path: Path, made_of: Mapping, seconds: float):
        self.path, self._made_of = path, made_of
        self._pause, self._due = seconds, time.monotonic() + seconds

    def __call__(self, run: Run, now: bool) -> None:
        started = time.monotonic()
        if run.history and (now or started >= self._due):
            write_whole(self.path, lambda file: _write(self._contents(run), file))
            ended = time.monotonic()
            self._due = ended + max(self._pause, (ended - started) / SHARE)

    def _contents(self, run: Run) -> dict:
        state, objective = run.state, run.objective
        return {
            "format": FORMAT,
            "made of": self._made_of,
            "alpha": objective.alpha,
            "beta": objective.beta,
            "term weights": [term.weight for term in objective.terms],
            "state": {name: getattr(state, name) for name in PLAIN},
            "point": {**state.point._asdict(), "report": vars(state.point.report)},
            "history": run.history,
        }

    def restore(self, run: Run, contents: Mapping) -> None:
        try:
            _compare(self.path, contents["made of"], self._made_of)
            point = Point(**contents["point"])
            point = point._replace(report=Losses(**point.report))
            run.restore(State(run.objective, point, **contents["state"]), contents["history"])
            objective = run.objective  # that of its stage, the weights as they stood there
            objective.alpha, objective.beta = contents["alpha"], contents["beta"]
            for term, weight in zip(objective.terms, contents["term weights"], strict=True):
                term.weight = weight
        except (LookupError, TypeError, ValueError, AttributeError) as fault:
            raise _unreadable(self.path) from fault


def _write(contents: dict, file) -> None:
    try:
        torch.save(contents, file)
    except RuntimeError as fault:
        # torch hides the reason, such as a full disk, behind an error of its own
        raise fault.__context__ if isinstance(fault.__context__, OSError) else fault from None


def _read(path: Path, device: torch.device) -> Mapping:
    try:
        contents = torch.load(path, map_location=device, weights_only=True)
    except (PermissionError, IsADirectoryError) as fault:
        raise CheckpointError(f"{path} cannot be read ({fault.strerror}).") from fault
    except Exception as fault:  # the reader raises a dozen kinds, none of them for learners
        raise _unreadable(path) from fault
    if not isinstance(contents, Mapping) or contents.get("format") != FORMAT:
        raise _unreadable(path)
    return contents


def _unreadable(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is no checkpoint of this version, or it is damaged: name another file."
    )


def _fingerprint(run: Run) -> dict[str, object]:
    """What a run is made of, by name; what would say nothing to a reader is in a dict."""
    objective, network = run.objective, run.objective.network
    eight_bits = (run.image.detach() * 255).round().to("cpu", torch.uint8)
    made_of: dict[str, object] = {
        "picture size": list(eight_bits.shape[2:]),
        "number of steps": list(run.stages),
        "optimiser": str(run.optimiser),
        "precision": str(network.dtype),
        "pooling": network.pooling,
        "start image": {"sha256": hashlib.sha256(eight_bits.numpy().tobytes()).hexdigest()},
    }
    for term, weight in zip(objective.terms, objective.weights(), strict=True):
        kind = getattr(term.loss, "__qualname__", type(term.loss).__qualname__)
        target = torch.zeros(1) if term.target is None else term.target.float()
        numbers = {"mean": target.mean().item(), "size": target.square().mean().item()}
        shape = list(target.shape)
        made_of[f"target of the {term.name} loss"] = {"kind": kind, "shape": shape} | numbers
        made_of[f"weight of the {term.name} loss"] = weight
    return made_of


def _compare(path: Path, there: Mapping, here: Mapping) -> None:
    """Raise CheckpointError unless both runs are made of the same."""
    for name in {**here, **there}:
        one, other = there.get(name), here.get(name)
        if _alike(one, other):
            continue
        values = "" if isinstance(one or other, dict) else f" ({one} there, {other} here)"
        raise CheckpointError(
            f"{path} belongs to a run with another {name}{values}: "
            "give the pictures and settings of that run, or name another file."
        )


def _alike(one: object, other: object) -> bool:
    """Whether two entries agree; numbers that are measured may differ by rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=SAME)
    return one == other
