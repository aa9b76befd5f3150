"""Many paintings, on any executor of `concurrent.futures`: a pool of processes, a cluster, none."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from nst_helpers.errors import SettingError, shown
from nst_helpers.pictures import picture_format, save_image
from nst_helpers.transfer import stylize


@dataclass(frozen=True)
class Job:
    """One painting: the files of its photo and painting, where it goes, and what `stylize` is told.

    Another process, or another machine, has to find the files under the same names.
    """

    content: str | Path
    style: str | Path
    output: str | Path
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its `seconds`, 0 if its file was there already, or its `error`."""

    job: Job
    seconds: float = 0.0
    error: BaseException | None = None


def paint_all(jobs: Iterable[Job], executor: Executor | None = None) -> Iterator[Outcome]:
    """Paint every job and save its picture; yields each outcome as soon as it is known.

    A job whose file exists is done, so what was cut short goes on where it was. A job that fails is
    reported, and the others go on. `executor` takes the jobs that it has workers for; None paints
    here, one after the other. Whoever stops listening cancels what has not begun.

    Raises SettingError, before anything is painted, if two jobs go to one file or a file's ending
    is not one that can be written.
    """
    jobs, places = list(jobs), set()
    for job in jobs:
        place = Path(job.output).expanduser().resolve()
        picture_format(place)
        if place in places:
            raise SettingError(f"Two jobs go to {shown(job.output)}: give each a file of its own.")
        places.add(place)
    return _outcomes(jobs, executor)


def _outcomes(jobs: list[Job], executor: Executor | None) -> Iterator[Outcome]:
    left = []
    for job in jobs:
        if Path(job.output).expanduser().exists():
            yield Outcome(job)
        else:
            left.append(job)
    if executor is None:
        yield from map(_paint, left)
        return
    futures = {executor.submit(_paint, job): job for job in left}
    try:
        for future in as_completed(futures):
            # the job's own error is in its outcome; this one is a worker that died
            lost = future.exception()
            yield Outcome(futures[future], error=lost) if lost else future.result()
    finally:
        for future in futures:
            future.cancel()


def _paint(job: Job) -> Outcome:
    try:
        run = stylize(job.content, job.style, **job.settings).finish()
        save_image(run.image, job.output)
    except Exception as error:
        return Outcome(job, error=error)
    return Outcome(job, run.state.seconds)
