"""Marks for submissions: every function is asked in its sandbox, and judged here."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

from nst_helpers.checks import BY_LESSON, check
from nst_helpers.checks.exercise import Verdict
from nst_helpers.errors import SettingError
from nst_helpers.marking.fresh import fresh_cases, good_seeds
from nst_helpers.marking.sandbox import Answers, Limits, Task, ask
from nst_helpers.marking.submissions import MissingError, Submission, SubmissionError

PASS, FAIL, NOT_YET = "pass", "fail", "not yet"
STATUSES = {"passed": PASS, "failed": FAIL}
Found = Mapping[str, Answers | SubmissionError]


@dataclass(frozen=True)
class Mark:
    """One exercise of one submission: "pass", "fail" or "not yet", and a sentence."""

    exercise: str
    status: str
    sentence: str

    @property
    def points(self) -> int:
        return int(self.status == PASS)


@dataclass(frozen=True)
class Marked:
    """A submission and its marks, in the order of the course."""

    submission: Submission
    marks: tuple[Mark, ...]

    @property
    def points(self) -> int:
        return sum(mark.points for mark in self.marks)


def exercises_of(lesson: str) -> list[str]:
    """The names of a lesson's exercises; SettingError if there is no such lesson."""
    if lesson not in BY_LESSON:
        known = ", ".join(BY_LESSON)
        raise SettingError(f"Lesson {lesson!r} has no exercises: choose from {known}.")
    return list(BY_LESSON[lesson])


def chosen(submissions: Sequence[Submission], lessons: Sequence[str] | None) -> list[str]:
    """The exercises of the lessons named, or of those of which some submission has a check.

    Raises SettingError if that is none.
    """
    cells = "\n".join(cell for submission in submissions for cell in submission.cells)
    seen = [n for n, own in BY_LESSON.items() if any(f"check.{name}(" in cells for name in own)]
    if not (lessons or seen):
        raise SettingError("No submission has a check in it: name the lessons with --lessons.")
    return [name for lesson in lessons or seen for name in exercises_of(lesson)]


def mark_all(
    submissions: Sequence[Submission],
    exercises: Sequence[str],
    executor: Executor | None = None,
    seed: int = 0,
    limits: Limits = Limits(),  # noqa: B008, it is frozen
) -> Iterator[Marked]:
    """Mark every submission; yields each as soon as it is known.

    `executor` asks as many at once as it has workers; None asks here, one after the other. What
    breaks in one submission, or kills its worker, is told in its marks alone. `seed` draws the
    fresh cases, the same for all.
    """
    seeds = {name: good_seeds(getattr(check, name), seed) for name in exercises}
    if executor is None:
        for submission in submissions:
            yield _judged(submission, seeds, _ask_all(submission, seeds, limits))
        return
    futures = {executor.submit(_ask_all, one, seeds, limits): one for one in submissions}
    try:
        for future in as_completed(futures):
            lost = future.exception()
            trouble = Answers(trouble=f"could not be marked, for {type(lost).__name__}: {lost}.")
            found = dict.fromkeys(seeds, trouble) if lost else future.result()
            yield _judged(futures[future], seeds, found)
    finally:
        for waiting in futures:
            waiting.cancel()


def _ask_all(submission: Submission, seeds: Mapping[str, tuple], limits: Limits) -> Found:
    """What each function of a submission answers, or why it cannot be asked."""
    found: dict[str, Answers | SubmissionError] = {}
    for name, own in seeds.items():
        try:
            found[name] = ask(Task(name, *submission.program(name), own), limits)
        except SubmissionError as fault:
            found[name] = fault
    return found


def _judged(submission: Submission, seeds: Mapping[str, tuple], found: Found) -> Marked:
    marks = [Mark(name, *_judge(name, seeds[name], found[name])) for name in seeds]
    return Marked(submission, tuple(marks))


def _judge(name: str, seeds: tuple, found: Answers | SubmissionError) -> tuple[str, str]:
    """Status and sentence; judged here and not by the workers, for a verdict prints to nowhere."""
    if isinstance(found, SubmissionError):
        status = NOT_YET if isinstance(found, MissingError) else FAIL
        return status, f"{name}: {found}"
    if found.trouble:
        return FAIL, f"{name} {found.trouble}"
    exercise = getattr(check, name)
    fresh = fresh_cases(exercise, seeds)
    try:
        answers = found.unpacked()
        pairs = list(zip([*exercise.cases, *fresh], answers, strict=True))
    except ValueError:  # too few answers, or no answers at all
        return FAIL, f"{name} gave an answer that cannot be read."
    verdict = exercise.judge(pairs[: len(exercise.cases)])
    if verdict and fresh:
        again = exercise.judge(pairs[len(exercise.cases) :])
        verdict = verdict if again else Verdict("failed", f"With other numbers, {again.message}")
    return STATUSES.get(verdict.status, NOT_YET), verdict.message
