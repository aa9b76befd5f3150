"""Ten questions a lesson, as data: each answer with a sentence that says why."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from nst_helpers.errors import SettingError

LESSONS = tuple(
    sorted(
        file.name[:2]
        for file in resources.files(__package__).iterdir()
        if file.name.endswith(".json")
    )
)


@dataclass(frozen=True)
class Question:
    """A question, its right answer and why, and each wrong answer with what is wrong about it."""

    question: str
    right: str
    because: str
    wrong: Mapping[str, str]

    @property
    def answers(self) -> list[str]:
        """All answers in an order that tells nothing, the same each time."""
        answers = [self.right, *self.wrong]
        random.Random(self.question).shuffle(answers)  # noqa: S311, no secret
        return answers

    def verdict(self, answer: str) -> str:
        """What to say to somebody who chose `answer`."""
        if answer == self.right:
            return f"✓ Right. {self.because}"
        return f"✗ Not quite. {self.wrong[answer]}"


def questions(lesson: str) -> list[Question]:
    """The questions of a lesson, by its number, such as "02"; SettingError if it has none."""
    if lesson not in LESSONS:
        raise SettingError(f"No quiz for lesson {lesson!r}: choose from {', '.join(LESSONS)}.")
    text = resources.files(__package__).joinpath(f"{lesson}.json").read_text(encoding="utf-8")
    return [Question(**entry) for entry in json.loads(text)]
